"""Simulated Keysight InfiniiVision 1000 X-Series oscilloscope."""

import math
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
)
from sts_rigs.simulator.instruments.oscilloscope import Oscilloscope, divided_rate
from sts_rigs.simulator.instruments.sampling import Channel

__all__ = ["KeysightScope"]

_RUN, _WAIT_TRIGGER = 1 << 3, 1 << 5
_STEPS = 199
"""Codes over the eight divisions of the screen."""
_NORMAL_POINTS = 62_500
_REFERENCES = {"LEFT": 0.1, "CENT": 0.5, "RIGH": 0.9}
_SOURCE = Choice("CHANnel<n>")


class KeysightScope(Oscilloscope):
    """A DSOX1204A: 1 Mpoint and 2 GSa/s with one channel, half of them with more.

    Codes 0 (a hole), 1 and 255 (clipped) are kept for that. Simplified: the rate is 2 GSa/s over a whole number,
    and points are left out evenly when fewer are asked for.
    """

    identity: ClassVar = ("KEYSIGHT TECHNOLOGIES", "DSO-X 1204A", "CN00000001", "02.12.2021071625")
    settings: ClassVar = (
        Setting("scale", "CHANnel<n>:SCALe", Number("V", 1e-4, 1e4), 5.0),
        Setting("offset", "CHANnel<n>:OFFSet", Number("V"), 0.0),
        Setting("probe", "CHANnel<n>:PROBe", Number("", 0.001, 10_000.0), 1.0),
        Setting("coupling", "CHANnel<n>:COUPling", Choice("DC", "AC"), "DC"),
        Setting("display", "CHANnel<n>:DISPlay", Switch(), False),
        Setting("limit", "CHANnel<n>:BWLimit", Switch(), False),
        Setting("timebase", "TIMebase:SCALe", Number("S", 1e-9, 50.0), 1e-4),
        Setting("mode", "TIMebase:MODE", Choice("MAIN", "WINDow", "XY", "ROLL"), "MAIN"),
        Setting("position", "TIMebase:POSition", Number("S"), 0.0),
        Setting("reference", "TIMebase:REFerence", Choice("LEFT", "CENTer", "RIGHt"), "CENT"),
        Setting("trigger_mode", "TRIGger:MODE", Choice("EDGE"), "EDGE"),
        Setting("sweep", "TRIGger:SWEep", Choice("AUTO", "NORMal"), "AUTO"),
        Setting("source", "TRIGger[:EDGE]:SOURce", _SOURCE, "CHAN1"),
        Setting("level", "TRIGger[:EDGE]:LEVel", Number("V"), 0.0),
        Setting("slope", "TRIGger[:EDGE]:SLOPe", Choice("NEGative", "POSitive"), "POS"),
        Setting("trigger_coupling", "TRIGger[:EDGE]:COUPling", Choice("AC", "DC", "LFReject"), "DC"),
        Setting("type", "ACQuire:TYPE", Choice("NORMal", "AVERage", "HRESolution", "PEAK"), "NORM"),
        Setting("wave_source", "WAVeform:SOURce", _SOURCE, "CHAN1"),
        Setting("format", "WAVeform:FORMat", Choice("BYTE", "WORD", "ASCii"), "BYTE"),
        Setting("points_mode", "WAVeform:POINts:MODE", Choice("NORMal", "MAXimum", "RAW"), "NORM"),
        Setting("unsigned", "WAVeform:UNSigned", Switch(), True),
        Setting("order", "WAVeform:BYTeorder", Choice("LSBFirst", "MSBFirst"), "MSBF"),
    )

    def set_up(self) -> None:
        """Initialise the state of this family, and add its commands."""
        self._points: int | None = None
        self._digitizing = False
        self._single = False
        self._told_armed = 0
        self.add_all(
            {
                "CHANnel<n>:RANGe": lambda n, a: self._put_times("scale", n, a, 8),
                "CHANnel<n>:RANGe?": lambda n, _a: self.written(8 * self.real("scale", *n)),
                "TIMebase:RANGe": lambda n, a: self._put_times("timebase", n, a, 10),
                "TIMebase:RANGe?": lambda _n, _a: self.written(10 * self.real("timebase")),
                "SINGle": lambda _n, _a: self._begin(single=True),
                "RUN": lambda _n, _a: self._begin(single=False),
                "STOP": lambda _n, _a: self.stop(),
                "DIGitize": lambda _n, a: self._digitize(a),
                "OPERegister:CONDition?": lambda _n, _a: str(self._condition()),
                "AER?": lambda _n, _a: str(int(self._take_armed())),
                "TER?": lambda _n, _a: str(int(self.take_trigger())),
                "ACQuire:POINts?": lambda _n, _a: str(self._wanted_record().points),
                "ACQuire:SRATe?": lambda _n, _a: self.written(1.0 / self._wanted_record().interval),
                "WAVeform:POINts": lambda _n, a: self._set_points(a),
                "WAVeform:POINts?": lambda _n, _a: str(self._selection()[1]),
                "WAVeform:PREamble?": lambda _n, _a: self._preamble(),
                "WAVeform:DATA?": lambda _n, _a: self._data(),
                "WAVeform:XINCrement?": lambda _n, _a: self._preamble().split(",")[4],
                "WAVeform:XORigin?": lambda _n, _a: self._preamble().split(",")[5],
                "WAVeform:YINCrement?": lambda _n, _a: self._preamble().split(",")[7],
                "WAVeform:YORigin?": lambda _n, _a: self._preamble().split(",")[8],
                "WAVeform:YREFerence?": lambda _n, _a: self._preamble().split(",")[9],
                "SYSTem:ERRor?": lambda _n, _a: '{:+d},"{}"'.format(*self.take_error()),
            }
        )

    def record(self) -> Record:
        """Return the record that the settings ask for."""
        shown = self.shown_channels()
        share = 1 if len(shown) < 2 else 2
        duration = 10 * self.real("timebase")
        rate = divided_rate(2e9 / share, duration, 1_000_000 // share)
        return Record(
            {channel: self._channel(channel) for channel in shown},
            1.0 / rate,
            max(1, math.floor(duration * rate + 1e-6)),
            self.real("position") - duration * _REFERENCES[str(self.value("reference"))],
            int(str(self.value("source")).removeprefix("CHAN")),
            self.real("level"),
            self.value("slope") == "POS",
            self.value("sweep") == "AUTO" and not self._single,
        )

    def unfinished(self) -> bool:
        """Return whether an acquisition of :DIGitize is under way."""
        return self._digitizing and self.busy

    def reset(self) -> None:
        """Execute *RST."""
        super().reset()
        self._points = None
        self._digitizing = False

    def _channel(self, channel: int) -> Channel:
        step = 8 * self.real("scale", channel) / _STEPS
        return Channel(step, self.real("offset", channel) - 128 * step, 1, 255, self.real("probe", channel))

    def _wanted_record(self) -> Record:
        return self.record() if self.acquisition is None else self.acquisition.record

    def _put_times(self, name: str, numbers: tuple[int, ...], arguments: tuple[str, ...], divisions: int) -> None:
        self.refuse(name, numbers)
        if not arguments:
            raise CommandError(-109, "Missing parameter")
        unit = "V" if name == "scale" else "S"
        self.put(name, float(Number(unit).parse(arguments[0])) / divisions, *numbers)

    def _digitize(self, sources: tuple[str, ...]) -> None:
        wanted = {int(str(_SOURCE.parse(source)).removeprefix("CHAN")) for source in sources}
        for channel in range(1, self.channels + 1) if wanted else ():
            self.put("display", channel in wanted, channel)
        self._begin(single=True)
        self._digitizing = True

    def _begin(self, *, single: bool) -> None:
        # SINGle waits for a trigger whatever the sweep is
        self._digitizing, self._single = False, single
        self.arm()

    def _take_armed(self) -> bool:
        ready = self.state() in (State.WAITING, State.TRIGGERED, State.COMPLETE)
        came = ready and self._told_armed != self._armed
        if came:
            self._told_armed = self._armed
        return came

    def _condition(self) -> int:
        return (_RUN if self.busy else 0) | (_WAIT_TRIGGER if self.state() is State.WAITING else 0)

    def _set_points(self, arguments: tuple[str, ...]) -> None:
        if not arguments:
            raise CommandError(-109, "Missing parameter")
        if arguments[0].upper() in ("MAX", "MAXIMUM"):
            self._points = None
            self.put("points_mode", "MAX")
        else:
            self._points = int(Integer(1).parse(arguments[0]))

    def _source(self) -> int:
        return int(str(self.value("wave_source")).removeprefix("CHAN"))

    def _selection(self) -> tuple[int, int]:
        """Every how many-th sample is sent, and how many are."""
        total = self.complete(self._source()).record.points
        most = _NORMAL_POINTS if self.value("points_mode") == "NORM" else total
        stride = -(-total // max(1, min(most, self._points or most)))
        return stride, -(-total // stride)

    def _preamble(self) -> str:
        record = self.complete(self._source()).record
        stride, points = self._selection()
        channel = record.channels[self._source()]
        finer = 256 if self.value("format") == "WORD" else 1
        reference = 128 * finer
        return ",".join(
            (
                {"BYTE": "+0", "WORD": "+1", "ASC": "+4"}[str(self.value("format"))],
                "+0",
                f"{points:+d}",
                "+1",
                f"{stride * record.interval:+.8E}",
                f"{record.start:+.8E}",
                "+0",
                f"{channel.volts_per_code / finer:+.6E}",
                f"{channel.volts_of_zero + 128 * channel.volts_per_code:+.5E}",
                f"{reference:+d}" if self.value("unsigned") else "+0",
            )
        )

    def _data(self) -> Answer:
        source = self._source()
        stride, points = self._selection()
        raw = self.samples(source, 0, points, stride)
        channel = self.complete(source).record.channels[source]
        if self.value("format") == "ASC":
            volts = channel.volts_of_zero + channel.volts_per_code * raw
            return Block(",".join(f"{value:+.5E}" for value in volts).encode(), 8)
        signed = raw if self.value("unsigned") else raw - 128
        if self.value("format") == "BYTE":
            return Block((signed & 255).astype(np.uint8).tobytes(), 8)
        order = ">" if self.value("order") == "MSBF" else "<"
        return Block(((signed * 256) & 65535).astype(f"{order}u2").tobytes(), 8, 2)
