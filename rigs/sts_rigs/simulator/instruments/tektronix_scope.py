"""Simulated Tektronix TBS2000 oscilloscope."""

from functools import partial
from typing import ClassVar

import numpy as np

from sts_rigs.simulator.instruments.acquisition import Record, State
from sts_rigs.simulator.instruments.device import (
    NO_ERROR,
    Answer,
    Block,
    Choice,
    CommandError,
    Event,
    Integer,
    Number,
    Setting,
    Switch,
    Value,
)
from sts_rigs.simulator.instruments.oscilloscope import Oscilloscope
from sts_rigs.simulator.instruments.sampling import Channel

__all__ = ["TektronixScope"]

_DIVISIONS = 15
_RECORDS = (2_000, 20_000, 200_000, 2_000_000, 20_000_000)
_SOURCE = Choice("CH<n>")
_STATES = {
    State.PRETRIGGER: "ARMED",
    State.WAITING: "READY",
    State.TRIGGERED: "TRIGGER",
    State.COMPLETE: "SAVE",
    State.STOPPED: "SAVE",
}
_EVENTS = {
    -113: (113, "Undefined header"),
    -109: (109, "Missing parameter"),
    -104: (104, "Data type error"),
    -222: (222, "Data out of range"),
    -224: (224, "Illegal parameter value"),
}
_BINARY = {"RIB": ("RI", "MSB"), "RPB": ("RP", "MSB"), "SRI": ("RI", "LSB"), "SRP": ("RP", "LSB")}


class TektronixScope(Oscilloscope):
    """A TBS2104: 1 GSa/s, records of 2 k to 20 M points.

    Simplified: the record fills the fifteen divisions of the screen at whatever rate that takes; XZERO is the time
    of the first point sent.
    """

    identity: ClassVar = ("TEKTRONIX", "TBS2104", "C010001", "CF:91.1CT FV:v1.28")
    follows_probe: ClassVar = ("scale", "offset")
    settings: ClassVar = (
        Setting("header", "HEADer|HDR", Switch(), True),
        Setting("verbose", "VERBose", Switch(), True),
        Setting("scale", "CH<n>:SCAle", Number("V", 1e-4, 1e4), 1.0),
        Setting("offset", "CH<n>:OFFSet", Number("V"), 0.0),
        Setting("vertical", "CH<n>:POSition", Number("", -5.0, 5.0), 0.0),
        Setting("gain", "CH<n>:PRObe:GAIN", Number("", 1e-4, 100.0), 0.1),
        Setting("coupling", "CH<n>:COUPling", Choice("AC", "DC", "GND"), "DC"),
        Setting("limit", "CH<n>:BANdwidth", Choice("TWEnty", "FULl"), "FUL"),
        Setting("display", "SELect:CH<n>", Switch(), False),
        Setting("timebase", "HORizontal[:MAIN]:SCAle", Number("S", 1e-9, 100.0), 4e-6),
        Setting("position", "HORizontal[:MAIN]:POSition", Number("", 0.0, 100.0), 50.0),
        Setting("delayed", "HORizontal[:MAIN]:DELay:MODe", Switch(), False),
        Setting("delay", "HORizontal[:MAIN]:DELay:TIMe", Number("S"), 0.0),
        Setting("length", "HORizontal[:MAIN]:RECOrdlength", Integer(1), 2_000),
        Setting("type", "TRIGger:A:TYPe", Choice("EDGE"), "EDGE"),
        Setting("sweep", "TRIGger:A:MODe", Choice("AUTO", "NORMal"), "AUTO"),
        Setting("source", "TRIGger:A:EDGE:SOUrce", _SOURCE, "CH1"),
        Setting("slope", "TRIGger:A:EDGE:SLOpe", Choice("RISe", "FALL"), "RIS"),
        Setting("trigger_coupling", "TRIGger:A:EDGE:COUPling", Choice("DC", "HFRej", "LFRej"), "DC"),
        Setting("level", "TRIGger:A:LEVel", Number("V"), 0.0),
        Setting("acquire", "ACQuire:MODe", Choice("SAMple", "PEAKdetect", "HIRes", "AVErage"), "SAM"),
        Setting("after", "ACQuire:STOPAfter", Choice("RUNSTop", "SEQuence"), "RUNST"),
        Setting("wave_source", "DATa:SOUrce", _SOURCE, "CH1"),
        Setting(
            "encoding", "DATa:ENCdg", Choice("RIBinary", "RPBinary", "SRIbinary", "SRPbinary", "ASCIi"), "RIB"
        ),
        Setting("width", "DATa:WIDth", Integer(1, 2), 1),
        Setting("first", "DATa:STARt", Integer(1), 1),
        Setting("last", "DATa:STOP", Integer(1), 2_000),
    )

    def set_up(self) -> None:
        """Initialise the state of this family, and add its commands."""
        self._readable = list[tuple[int, str]]()
        self.add_all(
            {
                "ACQuire:STATE": lambda _n, a: self._set_state(a),
                "ACQuire:STATE?": lambda _n, _a: self._headed("ACQUIRE:STATE", str(int(self.busy))),
                "BUSY?": lambda _n, _a: self._headed("BUSY", str(int(self.busy))),
                "TRIGger:STATE?": lambda _n, _a: self._headed("TRIGGER:STATE", self._trigger_state()),
                "TRIGger:A:LEVel:CH<n>": lambda _n, a: self.put("level", Number("V").parse(_one(a))),
                "TRIGger:A:LEVel:CH<n>?": lambda n, _a: self._headed(
                    f"TRIGGER:A:LEVEL:CH{n[0]}", self.written(self.real("level"))
                ),
                "HORizontal[:MAIN]:SAMPLERate?": lambda _n, _a: self._headed(
                    "HORIZONTAL:SAMPLERATE", self.written(1.0 / self._wanted_record().interval)
                ),
                "WFMOutpre?": lambda _n, _a: self._all_fields(),
                "CURVe?": lambda _n, _a: self._curve(),
                "ALLEv?": lambda _n, _a: self._headed("ALLEV", self._all_events()),
                "EVENT?": lambda _n, _a: self._headed("EVENT", str(self._next_event()[0])),
                "EVMsg?": lambda _n, _a: self._headed("EVMSG", '{},"{}"'.format(*self._next_event())),
                "EVQty?": lambda _n, _a: self._headed("EVQTY", str(len(self._readable))),
            }
        )
        for name, spelling in _FIELDS.items():
            self.add(f"WFMOutpre:{spelling}?", partial(self._field, name))

    def written(self, value: Value) -> str:
        """Return a value as this maker writes it."""
        if isinstance(value, float):
            mantissa, _, exponent = f"{value:.9E}".partition("E")
            whole, _, rest = mantissa.partition(".")
            return f"{whole}.{rest.rstrip('0') or '0'}E{int(exponent)}"
        return super().written(value)

    def shown(self, setting: Setting, numbers: tuple[int, ...], value: Value) -> str:
        """Return a setting as its query answers it, with its header unless HEADer is OFF."""
        header = setting.header.partition("|")[0].replace("[:MAIN]", "")
        for number in numbers:
            header = header.replace("<n>", str(number), 1)
        return self._headed(header.upper(), self.written(value))

    def changed(self, name: str, numbers: tuple[int, ...], before: Value, after: Value) -> None:
        """Check a record's length, and scale what is in volts at the tip when the probe's gain changes."""
        if name == "length" and after not in _RECORDS:
            self.put(name, before, *numbers)
            raise CommandError(-222, "Data out of range")
        if name == "gain":
            super().changed("probe", numbers, float(after), float(before))

    def record(self) -> Record:
        """Return the record that the settings ask for."""
        points = int(self.real("length"))
        rate = min(1e9, points / (_DIVISIONS * self.real("timebase")))
        if self.value("delayed"):
            start = self.real("delay") - points / rate / 2
        else:
            start = -points / rate * self.real("position") / 100
        return Record(
            {channel: self._channel(channel) for channel in self.shown_channels()},
            1.0 / rate,
            points,
            start,
            int(str(self.value("source")).removeprefix("CH")),
            self.real("level"),
            self.value("slope") == "RIS",
            self.value("sweep") == "AUTO",
        )

    def unfinished(self) -> bool:
        """Return whether a single acquisition is under way."""
        return self.busy and self.value("after") == "SEQ"

    def take_status(self) -> Event:
        """Return the standard event status register, clear it, and let its events be read."""
        self._readable = []
        while (error := self.take_error()) != NO_ERROR:
            self._readable.append(_EVENTS.get(error[0], (abs(error[0]), error[1])))
        return super().take_status()

    def clear_status(self) -> None:
        """Execute *CLS."""
        super().clear_status()
        self._readable = []

    def _headed(self, header: str, text: str) -> str:
        return f":{header} {text}" if self.value("header") else text

    def _channel(self, channel: int) -> Channel:
        step = self.real("scale", channel) / 25
        zero = self.real("offset", channel) - self.real("vertical", channel) * self.real("scale", channel)
        return Channel(step, zero, -128, 127, 1.0 / self.real("gain", channel))

    def _wanted_record(self) -> Record:
        return self.record() if self.acquisition is None else self.acquisition.record

    def _set_state(self, arguments: tuple[str, ...]) -> None:
        state = _one(arguments).upper()
        if state in ("ON", "RUN", "1"):
            self.arm()
        elif state in ("OFF", "STOP", "0"):
            self.stop()
        else:
            raise CommandError(-224, "Illegal parameter value")

    def _trigger_state(self) -> str:
        state = self.state()
        automatic = self.acquisition is not None and self.acquisition.record.automatic
        return "AUTO" if automatic and state is State.WAITING else _STATES[state]

    def _all_events(self) -> str:
        if not self._readable:
            return '{},"{}"'.format(*self._next_event())
        events, self._readable = self._readable, []
        return ",".join('{},"{}"'.format(*event) for event in events)

    def _next_event(self) -> tuple[int, str]:
        if self._readable:
            return self._readable.pop(0)
        if self._errors:
            return 1, "No events to report - new events pending *ESR?"
        return 0, "No events to report - queue empty"

    def _source(self) -> int:
        return int(str(self.value("wave_source")).removeprefix("CH"))

    def _span(self, points: int) -> tuple[int, int]:
        first, last = sorted((int(self.real("first")), int(self.real("last"))))
        return min(first, points), min(last, points)

    def _fields(self) -> dict[str, str]:
        source = self._source()
        record = self.complete(source).record
        channel, width = record.channels[source], int(self.real("width"))
        first, last = self._span(record.points)
        binary, order = _BINARY.get(str(self.value("encoding")), ("RI", "MSB"))
        finer = 256 if width == 2 else 1
        position = self.real("vertical", source) * 25
        unsigned = 128 if binary == "RP" else 0
        coupling, scale = self.value("coupling", source), channel.volts_per_code * 25
        return {
            "BYT_NR": str(width),
            "BIT_NR": str(8 * width),
            "ENCDG": "ASCII" if self.value("encoding") == "ASCI" else "BINARY",
            "BN_FMT": binary,
            "BYT_OR": order,
            "WFID": f'"Ch{source}, {coupling} coupling, {scale:.4g}V/div, '
            f'{self.real("timebase"):.4g}s/div, {record.points} points, Sample mode"',
            "NR_PT": str(last - first + 1),
            "PT_FMT": "Y",
            "XUNIT": '"s"',
            "XINCR": self.written(record.interval),
            "XZERO": self.written(record.start + (first - 1) * record.interval),
            "PT_OFF": "0",
            "YUNIT": '"V"',
            "YMULT": self.written(channel.volts_per_code / finer),
            "YOFF": self.written((position + unsigned) * finer),
            "YZERO": self.written(channel.volts_of_zero + position * channel.volts_per_code),
        }

    def _field(self, name: str, _numbers: tuple[int, ...], _arguments: tuple[str, ...]) -> str:
        return self._headed(f"WFMOUTPRE:{name}", self._fields()[name])

    def _all_fields(self) -> str:
        fields = self._fields()
        if not self.value("header"):
            return ";".join(fields.values())
        return ":WFMOUTPRE:" + ";".join(f"{name} {value}" for name, value in fields.items())

    def _curve(self) -> Answer:
        source, encoding = self._source(), str(self.value("encoding"))
        first, last = self._span(self.complete(source).record.points)
        width = int(self.real("width"))
        raw = self.samples(source, first - 1, last - first + 1) * (256 if width == 2 else 1)
        if encoding == "ASCI":
            return self._headed("CURVE", ",".join(map(str, raw)))
        binary, order = _BINARY[encoding]
        signed = raw + (128 << 8 * (width - 1)) if binary == "RP" else raw
        kind = np.dtype(f"{'>' if order == 'MSB' else '<'}{'u' if binary == 'RP' else 'i'}{width}")
        return Block(signed.astype(kind).tobytes(), None, width, ":CURVE " if self.value("header") else "")


_FIELDS = {
    "BYT_NR": "BYT_Nr",
    "BIT_NR": "BIT_Nr",
    "ENCDG": "ENCdg",
    "BN_FMT": "BN_Fmt",
    "BYT_OR": "BYT_Or",
    "WFID": "WFId",
    "NR_PT": "NR_Pt",
    "PT_FMT": "PT_Fmt",
    "XUNIT": "XUNit",
    "XINCR": "XINcr",
    "XZERO": "XZEro",
    "PT_OFF": "PT_Off",
    "YUNIT": "YUNit",
    "YMULT": "YMUlt",
    "YOFF": "YOFf",
    "YZERO": "YZEro",
}


def _one(arguments: tuple[str, ...]) -> str:
    if not arguments:
        raise CommandError(-109, "Missing parameter")
    return arguments[0]
