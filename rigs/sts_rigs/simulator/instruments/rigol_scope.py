"""Simulated Rigol oscilloscopes: DS1000Z, and DHO800 with its twelve bits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sts_rigs.simulator.instruments.acquisition import Record, State
from sts_rigs.simulator.instruments.device import (
    Answer,
    Block,
    Choice,
    CommandError,
    Integer,
    Number,
    Setting,
    Switch,
    Value,
)
from sts_rigs.simulator.instruments.oscilloscope import Oscilloscope
from sts_rigs.simulator.instruments.sampling import Channel

__all__ = ["RigolDho800", "RigolScope"]

_SOURCE = Choice("CHANnel<n>")
_DEPTHS_1000Z = (12_000, 120_000, 1_200_000, 12_000_000, 24_000_000)
_DEPTHS_800 = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 25_000_000)
_STATES = {
    State.PRETRIGGER: "RUN",
    State.WAITING: "WAIT",
    State.TRIGGERED: "TD",
    State.COMPLETE: "STOP",
    State.STOPPED: "STOP",
}


@dataclass(frozen=True, slots=True)
class _Family:
    """Differences between the families.

    divisions: across the screen; rate: the fastest; depths: by how many share rate and memory; finer: codes in
    one of eight bits; reference: the middle code; most: points of one read.
    """

    divisions: int
    rate: float
    depths: Mapping[int, tuple[int, ...]]
    finer: int
    reference: int
    most: Mapping[str, int]


class RigolScope(Oscilloscope):
    """A DS1104Z: 1 GSa/s and 24 Mpoint with one channel, shared among more; the record is the memory's depth.

    Simplified: depth AUTO is the deepest up to 1.2 Mpoint, NORMal reading gives what RAW does, and the screen's
    points are not told apart from the memory's.
    """

    identity: ClassVar = ("RIGOL TECHNOLOGIES", "DS1104Z", "DS1ZA000000001", "00.04.04.SP4")
    family: ClassVar = _Family(
        12,
        1e9,
        {share: tuple(points // share for points in _DEPTHS_1000Z) for share in (1, 2, 4)},
        1,
        127,
        {"BYTE": 250_000, "WORD": 125_000, "ASC": 15_625},
    )
    settings: ClassVar = (
        Setting("scale", "CHANnel<n>:SCALe", Number("V", 1e-4, 1e4), 1.0),
        Setting("offset", "CHANnel<n>:OFFSet", Number("V"), 0.0),
        Setting("probe", "CHANnel<n>:PROBe", Number("", 0.01, 1000.0), 10.0),
        Setting("coupling", "CHANnel<n>:COUPling", Choice("AC", "DC", "GND"), "DC"),
        Setting("display", "CHANnel<n>:DISPlay", Switch(), False),
        Setting("limit", "CHANnel<n>:BWLimit", Choice("20M", "OFF"), "OFF"),
        Setting("timebase", "TIMebase[:MAIN]:SCALe", Number("S", 5e-9, 50.0), 1e-6),
        Setting("position", "TIMebase[:MAIN]:OFFSet", Number("S"), 0.0),
        Setting("mode", "TIMebase:MODE", Choice("MAIN", "XY", "ROLL"), "MAIN"),
        Setting("trigger_mode", "TRIGger:MODE", Choice("EDGE"), "EDGE"),
        Setting("sweep", "TRIGger:SWEep", Choice("AUTO", "NORMal", "SINGle"), "AUTO"),
        Setting("trigger_coupling", "TRIGger:COUPling", Choice("AC", "DC", "LFReject", "HFReject"), "DC"),
        Setting("source", "TRIGger:EDGe:SOURce", _SOURCE, "CHAN1"),
        Setting("slope", "TRIGger:EDGe:SLOPe", Choice("POSitive", "NEGative", "RFALl"), "POS"),
        Setting("level", "TRIGger:EDGe:LEVel", Number("V"), 0.0),
        Setting("type", "ACQuire:TYPE", Choice("NORMal", "AVERages", "PEAK", "HRESolution"), "NORM"),
        Setting("wave_source", "WAVeform:SOURce", _SOURCE, "CHAN1"),
        Setting("wave_mode", "WAVeform:MODE", Choice("NORMal", "MAXimum", "RAW"), "NORM"),
        Setting("format", "WAVeform:FORMat", Choice("BYTE", "WORD", "ASCii"), "BYTE"),
        Setting("first", "WAVeform:STARt", Integer(1), 1),
        Setting("last", "WAVeform:STOP", Integer(1), 1200),
    )

    def set_up(self) -> None:
        """Initialise the state of this family, and add its commands."""
        self._depth: int | None = None
        self.add_all(
            {
                "SINGle": lambda _n, _a: self._single(),
                "RUN": lambda _n, _a: self.arm(),
                "STOP": lambda _n, _a: self.stop(),
                "TRIGger:STATus?": lambda _n, _a: _STATES[self.state()],
                "ACQuire:MDEPth": lambda _n, a: self._set_depth(a),
                "ACQuire:MDEPth?": lambda _n, _a: "AUTO" if self._depth is None else str(self._depth),
                "ACQuire:SRATe?": lambda _n, _a: self.written(1.0 / self._wanted_record().interval),
                "WAVeform:PREamble?": lambda _n, _a: self._preamble(),
                "WAVeform:DATA?": lambda _n, _a: self._data(),
                "WAVeform:XINCrement?": lambda _n, _a: self._preamble().split(",")[4],
                "WAVeform:XORigin?": lambda _n, _a: self._preamble().split(",")[5],
                "WAVeform:XREFerence?": lambda _n, _a: self._preamble().split(",")[6],
                "WAVeform:YINCrement?": lambda _n, _a: self._preamble().split(",")[7],
                "WAVeform:YORigin?": lambda _n, _a: self._preamble().split(",")[8],
                "WAVeform:YREFerence?": lambda _n, _a: self._preamble().split(",")[9],
                "SYSTem:ERRor[:NEXT]?": lambda _n, _a: '{},"{}"'.format(*self.take_error()),
            }
        )

    def written(self, value: Value) -> str:
        """Return a value as this maker writes it."""
        return f"{value:.6e}" if isinstance(value, float) else super().written(value)

    def record(self) -> Record:
        """Return the record that the settings ask for."""
        shown = self.shown_channels()
        depth = self._depth or max(depth for depth in self._depths() if depth <= 1_200_000)
        rate = min(self.family.rate / self._share(), depth / (self.family.divisions * self.real("timebase")))
        return Record(
            {channel: self._channel(channel) for channel in shown},
            1.0 / rate,
            depth,
            self.real("position") - depth / rate / 2,
            int(str(self.value("source")).removeprefix("CHAN")),
            self.real("level"),
            self.value("slope") != "NEG",
            self.value("sweep") == "AUTO",
        )

    def reset(self) -> None:
        """Execute *RST."""
        super().reset()
        self._depth = None

    def _single(self) -> None:
        self.put("sweep", "SING")
        self.arm()

    def _share(self) -> int:
        return {0: 1, 1: 1, 2: 2}.get(len(self.shown_channels()), 4)

    def _depths(self) -> tuple[int, ...]:
        return self.family.depths[self._share()]

    def _set_depth(self, arguments: tuple[str, ...]) -> None:
        wanted = arguments[0].upper() if arguments else ""
        if wanted == "AUTO":
            self._depth = None
            return
        depth = int(Integer(1).parse(wanted))
        if depth not in self._depths():
            raise CommandError(-222, "Data out of range")
        self._depth = depth

    def _step(self, channel: int) -> float:
        return self.real("scale", channel) / 25

    def _origin(self, channel: int) -> int:
        return round(self.real("offset", channel) / self._step(channel))

    def _channel(self, channel: int) -> Channel:
        family, step = self.family, self._step(channel)
        return Channel(
            step / family.finer,
            -(self._origin(channel) + family.reference) * step,
            0,
            256 * family.finer - 1,
            self.real("probe", channel),
        )

    def _wanted_record(self) -> Record:
        return self.record() if self.acquisition is None else self.acquisition.record

    def _source(self) -> int:
        return int(str(self.value("wave_source")).removeprefix("CHAN"))

    def _preamble(self) -> str:
        source = self._source()
        record = self.complete(source).record
        channel, family = record.channels[source], self.family
        words = 256 if family.finer > 1 and self.value("format") == "WORD" else 1
        step = channel.volts_per_code * family.finer
        origin = -channel.volts_of_zero / step - family.reference
        return ",".join(
            (
                {"BYTE": "0", "WORD": "1", "ASC": "2"}[str(self.value("format"))],
                {"NORM": "0", "MAX": "1", "RAW": "2"}[str(self.value("wave_mode"))],
                str(record.points),
                "1",
                self.written(record.interval),
                self.written(record.start),
                "0",
                self.written(step / words),
                str(round(origin * words)),
                str(family.reference * words),
            )
        )

    def _data(self) -> Answer:
        source, form = self._source(), str(self.value("format"))
        first, last = int(self.real("first")), int(self.real("last"))
        record = self.complete(source).record
        if last < first or last > record.points or last - first + 1 > self.family.most[form]:
            self.report(-222, "Data out of range")
            return Block(b"", 9)
        raw = self.samples(source, first - 1, last - first + 1)
        channel = record.channels[source]
        if form == "ASC":
            volts = channel.volts_of_zero + channel.volts_per_code * raw
            return Block(",".join(f"{value:.6e}" for value in volts).encode(), 9)
        if form == "BYTE":
            return Block((raw // self.family.finer).astype(np.uint8).tobytes(), 9)
        finest = 256 // self.family.finer if self.family.finer > 1 else 1
        return Block((raw * finest).astype("<u2").tobytes(), 9, 2)


class RigolDho800(RigolScope):
    """A DHO804: 1.25 GSa/s, 25 Mpoint, twelve bits in WORD."""

    identity: ClassVar = ("RIGOL TECHNOLOGIES", "DHO804", "DHO8A000000001", "00.01.02")
    family: ClassVar = _Family(
        10,
        1.25e9,
        {1: _DEPTHS_800, 2: _DEPTHS_800[:-1], 4: _DEPTHS_800[:-2]},
        16,
        128,
        {"BYTE": 25_000_000, "WORD": 25_000_000, "ASC": 25_000_000},
    )
