"""The rig file: facts of one bench in TOML, never test flow."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from sts_rigs.files.consent import Runnable
from sts_rigs.files.toml import FileSection, load_toml

__all__ = [
    "ActionsSection",
    "CalibrationSection",
    "Echo",
    "HostClockSection",
    "InstrumentSection",
    "JudgementSection",
    "LoadSection",
    "PortSection",
    "Rig",
    "RigSection",
    "Side",
    "SignalSection",
    "load_rig",
    "simulated_rig",
]

_DEVICE = "device:"
_SERVERS = ("socket", "rfc2217")
_OTHER_PORTS = ("hwgrep", "loop", "cp2110")
_OWN_PACKAGE = "sts_rigs"
_OWN_BACKENDS = ("@py", "@ivi")
"""Of VISA: a Python package of ours, and the library that this computer has; all others are named by the file."""

_PLACE = r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*"

Echo = bool | Literal["auto"]
"""Whether a port echoes what it sends; "auto": that is to be learnt from the first command."""

Side = Literal["meter", "reader"]
"""Who speaks on a channel: the meter, or the reader that stands for its user."""


class RigSection(FileSection):
    """[rig]: the bench as such."""

    name: str = Field(description="what this bench is called in reports")


class PortSection(FileSection):
    """[port]: the way to the meter."""

    url: str = Field(
        description='"/dev/ttyUSB0", "COM7", "socket://host:port", "rfc2217://host:port" or "simulated"; '
        '"device:package.module:factory" for a device of your own behind the simulated line; "none" '
        "for a bench that does not reach the port, or a meter without one"
    )
    interface: Literal["optical", "current-loop", "voltage"] = Field(
        default="optical", description="the option of IEC 62055-52, 6.2"
    )
    parity: Literal["driver", "software"] = Field(
        default="driver", description='"software" for adapters that only do 8N1'
    )
    echo: Echo = Field(
        default="auto",
        description="whether the port gives back what it sends: true, false, or "
        '"auto" to learn it from the first command',
    )
    rts: bool | None = Field(
        default=None, description="level of RTS while the port is open, if it powers the head"
    )
    dtr: bool | None = Field(
        default=None, description="level of DTR while the port is open, if it powers the head"
    )
    settle_ms: int = Field(
        default=0, ge=0, le=5000, description="wait after opening so that the head powers up, in milliseconds"
    )
    turnaround_ms: int = Field(
        default=50, ge=0, le=1000, description="silence after an answer before the next command, in milliseconds"
    )
    patience_ms: int = Field(
        default=4000,
        ge=2000,
        le=60_000,
        description="how long to listen before silence is silence, in milliseconds",
    )

    @field_validator("url")
    @classmethod
    def _names_a_port(cls, value: str) -> str:
        if value.startswith(_DEVICE):
            if not re.fullmatch(_PLACE, value.removeprefix(_DEVICE)):
                raise ValueError("write device:package.module:factory, the place of what makes your device")
        elif reason := _wrong_url(value):
            raise ValueError(reason)
        return value

    @property
    def is_simulated(self) -> bool:
        """Whether the line to the meter is simulated, with our simulated meter behind it or another device."""
        return self.url == "simulated" or self.device is not None

    @property
    def device(self) -> str | None:
        """The place of the factory of the device behind the simulated line; None for our meter, or a real one."""
        return self.url.removeprefix(_DEVICE) if self.url.startswith(_DEVICE) else None

    @property
    def is_there(self) -> bool:
        """Whether the bench reaches the meter's port."""
        return self.url != "none"


def _wrong_url(url: str) -> str:
    """Return what is wrong with the name of a port, "" for nothing that its text shows."""
    if "://" not in url:
        is_address = re.fullmatch(r"(\[[0-9A-Fa-f:]+\]|[\w.-]+):\d+", url)
        return (
            f'{url} is the address of a server: write "socket://{url}" or "rfc2217://{url}"' if is_address else ""
        )
    scheme, _, address = url.partition("://")
    if scheme not in (*_SERVERS, *_OTHER_PORTS):
        # others of pyserial write files, or load modules
        return f'{scheme}:// is no port: write the name of a device, "socket://host:port" or "rfc2217://host:port"'
    if scheme not in _SERVERS:
        return ""
    example = f'write "{scheme}://host:port", such as "{scheme}://192.0.2.7:7001"'
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return f"{address} has no port number from 1 to 65535: {example}"
    if not parts.hostname:
        return f"{url} names no host: {example}"
    return "" if port else f"{url} has no port number: {example}"


class HostClockSection(FileSection):
    """[host_clock]: what the computer's clock is good for when no instrument measures."""

    uncertainty_ms: float = Field(
        default=50.0,
        gt=0,
        allow_inf_nan=False,
        description="expanded uncertainty (k = 2) of an interval on the line, in milliseconds",
    )


def _performer(value: str) -> str:
    if value != "operator" and not re.fullmatch(r"socket://[^/]+:[0-9]+", value):
        raise ValueError('write "operator", or "socket://host:port" for a device')
    return value


Performer = Annotated[str, AfterValidator(_performer)]


class ActionsSection(FileSection):
    """[actions]: who does what to the meter: "operator", or the socket:// address of a device that takes lines."""

    power: Performer | Literal["source"] = Field(
        default="operator", description='switches the meter off and on; also "source", the AC source of the bench'
    )
    cover: Performer = Field(default="operator", description="opens and closes the terminal cover")
    display: Performer = Field(default="operator", description="reads the display")
    keypad: Performer = Field(
        default="operator", description="keys in tokens at the keypad, and says what the display shows then"
    )
    load: Performer = Field(default="operator", description="applies loads and watches the meter's load switch")
    levels: Performer = Field(
        default="operator", description="measures the levels of the meter's interface that no recording shows"
    )
    seen_to_act: list[Literal["power", "cover", "load", "load switch", "display"]] = Field(
        default=[],
        description="what somebody has seen to act on this meter or to show it, so that no run has to show it",
        examples=[["cover"]],
    )
    patience_s: int = Field(
        default=1800,
        ge=0,
        description="how long the operator may take for an answer, in seconds; 0 waits for ever",
    )

    @property
    def performers(self) -> dict[str, str]:
        """Performers by key."""
        return self.model_dump(exclude={"patience_s", "seen_to_act"})


class LoadSection(FileSection):
    """[load]: what this bench can put behind the meter's load switch."""

    watts: int = Field(
        default=2000, ge=100, le=100_000, description="the load that it applies, on each phase that is named"
    )
    percent: int = Field(
        default=10, ge=0, le=50, description="by how much of that the true power may differ at most"
    )


class CalibrationSection(FileSection):
    """[instruments.NAME.calibration]: what its certificate says."""

    certificate: str = Field(default="", description="the certificate's number")
    lab: str = Field(default="", description="the laboratory that issued it")
    serial: str = Field(default="", description="the serial number that it is for")
    performed: date | None = Field(default=None, description="the day of the calibration")
    due: date = Field(description="the day after which it is overdue")
    dcc: str | None = Field(
        default=None, description="a digital calibration certificate (DCC, XML) that says the rest"
    )
    deviation_ppm: float = Field(default=0.0, description="how much too fast its time base is")
    uncertainty_ppm: float = Field(default=0.0, ge=0, description="U of that, with its k")
    k: float = Field(default=2.0, gt=0, description="coverage factor of that U")


class OutputSection(FileSection):
    """[instruments.NAME.output]: what an AC source gives to the meter."""

    volts: float = Field(gt=0, le=300, description="RMS voltage in V")
    hertz: float = Field(gt=0, le=500, description="frequency in Hz")


class InstrumentSection(FileSection):
    """[instruments.NAME]: one instrument, its driver and its calibration."""

    driver: str = Field(description='such as "keysight-infiniivision"; `stsbench doctor --drivers` lists them')
    resource: str = Field(description='VISA resource, such as "TCPIP::192.0.2.10::INSTR", or "simulated"')
    backend: str = Field(default="@py", description='"@py", or the path of a VISA library of NI or Keysight')
    timeout_ms: int = Field(default=5000, ge=100, le=120_000, description="how long to wait for an answer")
    channels: dict[Side, int] = Field(
        default_factory=dict, description="which input sees whom, such as { meter = 1, reader = 2 }"
    )
    accuracy_ppm: float | None = Field(
        default=None, gt=0, description="the maker's accuracy of the time base, or its stability if calibrated"
    )
    drift_ppm: float = Field(default=0.0, ge=0, description="what the time base may change in a year at most")
    single_shot_ns: float = Field(default=0.0, ge=0, description="a counter's resolution for one time, RMS")
    output: OutputSection | None = Field(default=None, description="of an AC source; it is switched on with it")
    calibration: CalibrationSection | None = None
    options: dict[str, Any] = Field(
        default_factory=dict, description="what the driver needs beside this, by its own keys, if it takes any"
    )

    @property
    def is_simulated(self) -> bool:
        """Whether the instrument is a simulated one."""
        return self.resource == "simulated"


class SignalSection(FileSection):
    """[signal]: the line as the instruments see it, at the tips of their probes."""

    low: float = Field(default=0.0, description="the lower level, in V")
    high: float = Field(default=5.0, description="the higher level, in V")
    inverted: bool = Field(default=False, description="true where the lower level is mark, the idle one")
    probe: float = Field(default=1.0, gt=0, description="the probes' factor: 10 for a 10:1 probe")
    threshold: float = Field(
        default=0.05, ge=0, description="half-width in V of where the threshold truly lies: offset and gain"
    )
    delay_us: float = Field(
        default=1.0, ge=0, description="half-width of how much either side may be delayed on its way, more or less"
    )
    asymmetry_us: float = Field(
        default=1.0, ge=0, description="half-width of how differently rising and falling edges may be delayed"
    )
    per_volt: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="what one volt of the meter's signal stands for, in `unit`, where its receiver or shunt is "
        "calibrated; no volt stands for nothing",
    )
    unit: Literal["uW/cm2", "mA", "V"] | None = Field(
        default=None, description="the unit of per_volt: uW/cm2 of light, mA of a loop, V"
    )
    per_volt_uncertainty: float | None = Field(
        default=None, gt=0, lt=1, description="relative expanded uncertainty (k = 2) of per_volt, such as 0.05"
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        calibration = (self.per_volt, self.unit, self.per_volt_uncertainty)
        if None in calibration and any(calibration):
            raise ValueError("per_volt, unit and per_volt_uncertainty go together: add what is missing")
        return self

    @field_validator("high")
    @classmethod
    def _is_above(cls, value: float, info: object) -> float:
        low = getattr(info, "data", {}).get("low", value - 1)
        if value <= low:
            raise ValueError(f"it is {value:g} V, not above low, {low:g} V: exchange them, or say inverted")
        return value


class JudgementSection(FileSection):
    """[judgement]: how measured values are judged."""

    rule: Literal["guarded", "simple", "nonbinary"] = Field(
        default="guarded",
        description='"guarded" decides nothing within U of a limit, "nonbinary" decides there conditionally, '
        '"simple" ignores U',
    )
    guard_ratio: float = Field(default=1.0, ge=0, le=3, description="r: the guard band is r x U")
    repeats: int = Field(default=1, ge=1, le=1000, description="how often a time is measured; the worst counts")


class Rig(FileSection):
    """A rig file."""

    rig: RigSection
    port: PortSection
    host_clock: HostClockSection = HostClockSection()
    actions: ActionsSection = ActionsSection()
    load: LoadSection = LoadSection()
    judgement: JudgementSection = JudgementSection()
    signal: SignalSection = SignalSection()
    instruments: Mapping[str, InstrumentSection] = Field(default_factory=dict)
    carriers: Mapping[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="[carriers.NAME]: what a carrier of an installed package needs here, by its own keys",
    )

    def device_run(self, folder: Path) -> list[Runnable]:
        """Return the module of the device behind the simulated line, which a plan runs, too; none for our own.

        folder: that of the file.
        """
        module = (self.port.device or "").partition(":")[0]
        is_ours = module.partition(".")[0] in ("", _OWN_PACKAGE)
        return [] if is_ours else [Runnable.of_module("port.url", module, folder)]

    def runnables(self, folder: Path) -> list[Runnable]:
        """Return what the file has this computer run; folder: that of the file."""
        libraries = [
            Runnable.of_library(f"instruments.{name}.backend", one.backend, folder)
            for name, one in self.instruments.items()
            if one.backend not in _OWN_BACKENDS
        ]
        return [*self.device_run(folder), *libraries]


def load_rig(path: Path) -> Rig:
    """Read a rig file; FileFault tells what is wrong with it."""
    return load_toml(path, Rig)


def simulated_rig() -> Rig:
    """Return the rig of the simulated bench."""
    return Rig(rig=RigSection(name="simulated bench"), port=PortSection(url="simulated", parity="software"))
