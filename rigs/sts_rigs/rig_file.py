"""Describe a bench in a TOML file: facts of the bench, never test flow."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sts_rigs.echo import Echo
from sts_rigs.toml_files import FileSection, load_toml

__all__ = ["ActionsSection", "HostClockSection", "PortSection", "Rig", "RigSection", "load_rig", "virtual_rig"]


class RigSection(FileSection):
    """[rig]: the bench as such."""

    name: str = Field(description="what this bench is called in reports")


class PortSection(FileSection):
    """[port]: the way to the meter."""

    url: str = Field(
        description='"/dev/ttyUSB0", "COM7", "socket://host:port", "rfc2217://host:port" or "virtual"'
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

    @property
    def is_virtual(self) -> bool:
        """Whether the meter is the virtual one."""
        return self.url == "virtual"


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

    power: Performer = Field(default="operator", description="switches the meter off and on")
    cover: Performer = Field(default="operator", description="opens and closes the terminal cover")
    display: Performer = Field(default="operator", description="reads the display")


class Rig(FileSection):
    """A rig file."""

    rig: RigSection
    port: PortSection
    host_clock: HostClockSection = HostClockSection()
    actions: ActionsSection = ActionsSection()
    decision_rule: Literal["guarded", "simple"] = Field(
        default="guarded", description='"guarded" keeps U away from a limit, "simple" ignores U'
    )


def load_rig(path: Path) -> Rig:
    """Read a rig file; FileFault tells what is wrong with it."""
    return load_toml(path, Rig)


def virtual_rig() -> Rig:
    """Return the rig of the virtual bench."""
    return Rig(rig=RigSection(name="virtual bench"), port=PortSection(url="virtual", parity="software"))
