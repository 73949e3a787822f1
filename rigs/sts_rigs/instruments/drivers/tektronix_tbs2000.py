"""Driver of Tektronix TBS2000 and TBS2000B oscilloscopes.

Commands from Tektronix's "TBS2000 Series Digital Oscilloscopes Programmer" (077-1149). Read there: the group of
trigger commands. Read in the manuals of its sisters: the words of TRIGger:STATE?, and level = (code - YOFf) *
YMUlt + YZEro.

Not confirmed: how many divisions of time a record covers, so that ten are counted on for its length and
fifteen, the screen's, for its rate, and the record itself is judged; the steps 1-2-4 of HORizontal:SCAle; the
depths of memory; that XZEro is the time of the first point from the trigger.
"""

from typing import ClassVar

from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup
from sts_rigs.instruments.drivers.oscilloscope import Oscilloscope, Record, State, bytes_of, step_up
from sts_rigs.instruments.settings import Choice, Flag, Number, Numbered

__all__ = ["TektronixTbs2000"]

_SURE_DIVISIONS, _POSSIBLE_DIVISIONS = 10, 15
_DEPTHS = (2_000, 20_000, 200_000, 2_000_000, 20_000_000)
_DEPTHS_OF_B = (*_DEPTHS[:-1], 5_000_000)
_NO_EVENT = {0, 1}
_HARMLESS = {401, 402}  # power on, operation complete
_LONGEST_LOG = 30
_STATES = {
    "ARMED": State.BUSY,
    "AUTO": State.BUSY,
    "SCAN": State.BUSY,
    "READY": State.ARMED,
    "TRIGGER": State.TRIGGERED,
    "SAVE": State.STOPPED,
}


class _Channel(Numbered):
    shown = Flag("SELect:CH{n}", "whether it is recorded")
    coupling = Choice("CH{n}:COUPling", "its coupling", {"dc": "DC"})
    gain = Number("CH{n}:PRObe:GAIN", "gain of its probe, one over the attenuation", low=1e-4, high=1000)
    scale = Number("CH{n}:SCAle", "volts per division at the tip", unit="V", low=1e-6, high=1e6)
    position = Number("CH{n}:POSition", "divisions that the trace is moved up", low=-5, high=5)
    offset = Number("CH{n}:OFFSet", "level in the middle of the screen", unit="V")
    level = Number("TRIGger:A:LEVel:CH{n}", "the level that triggers", unit="V")


class TektronixTbs2000(Oscilloscope):
    """A Tektronix of the TBS2000 families."""

    maker = r"tektronix"
    model = r"tbs2\d{3}b?"
    kind = "a Tektronix TBS2000 oscilloscope"
    vertical_divisions = 10
    scales: ClassVar[tuple[float, float]] = (0.002, 10.0)

    time_scale = Number("HORizontal:SCAle", "seconds per division", unit="s", low=1e-9, high=100.0)
    position = Number("HORizontal:POSition", "percent of the record before the trigger", low=0, high=100)
    memory = Number("HORizontal:RECOrdlength", "points of the record", low=1000, high=20e6)
    source = Choice("TRIGger:A:EDGE:SOUrce", "what triggers", {n: f"CH{n}" for n in range(1, 5)})
    rising = Choice("TRIGger:A:EDGE:SLOpe", "the edge that triggers", {True: "RISe", False: "FALL"})
    read_source = Choice("DATa:SOUrce", "the channel to be read", {n: f"CH{n}" for n in range(1, 5)})
    trigger_state = Choice(
        "TRIGger:STATE", "where the acquisition is", {word: word for word in _STATES}, read_only=True
    )
    event_bits = Number("*ESR", "bits of what has happened; reading it makes the log readable", read_only=True)
    points = Number("WFMOutpre:NR_Pt", "points that will come", read_only=True)
    interval = Number("WFMOutpre:XINcr", "seconds from point to point", unit="s", read_only=True)
    start = Number("WFMOutpre:XZEro", "time of the first point", unit="s", read_only=True)
    code_step = Number("WFMOutpre:YMUlt", "volts of one code", unit="V", read_only=True)
    code_offset = Number("WFMOutpre:YOFf", "code of the zero level", read_only=True)
    zero_level = Number("WFMOutpre:YZEro", "volts at the zero level", unit="V", read_only=True)

    _depth = 0

    def check(self) -> None:
        """Read the event log; BenchFault with the first error in it."""
        _ = self.event_bits
        # headers are on until the first recording switches them off
        log = self.session.query("ALLEv?").removeprefix(":ALLEV ")
        if '"' not in log:
            raise self._garbled(log)
        fields = iter(log.split('"'))
        # the log is code,"text",code,"text",...
        for code, text in list(zip(fields, fields, strict=False))[:_LONGEST_LOG]:
            digits = code.strip(" ,")
            if not digits.isdigit():
                raise self._garbled(log)
            if int(digits) not in _NO_EVENT | _HARMLESS:
                raise BenchFault(
                    f"{self.name} reports error {digits}, {text}",
                    "check the settings that the rig file asks of it against what the model can do",
                )

    def _garbled(self, log: str) -> BenchFault:
        return BenchFault(
            f"{self.name} answered 'ALLEv?' with {log[:60]!r}, which is no log of events",
            "check the driver in the rig file, and switch the instrument off and on",
        )

    def _prepare(self) -> None:
        for command in (
            "HEADer OFF",
            "*CLS",
            "ACQuire:STATE STOP",
            "ACQuire:MODe SAMple",
            "HORizontal:DELay:MODe OFF",
        ):
            self.session.write(command)

    def _show(self, number: int, channel: ChannelSetup, scale: float, centre: float) -> None:
        settings = _Channel(self.session, number)
        settings.shown = True
        settings.coupling = "dc"
        settings.gain = 1 / channel.probe_factor
        settings.scale = scale
        settings.position = 0
        settings.offset = centre

    def _hide(self, number: int) -> None:
        _Channel(self.session, number).shown = False

    def _set_time(self, setup: RecordingSetup) -> float:
        scale = step_up(self._span(setup) / _SURE_DIVISIONS, (1, 2, 4))
        longest = scale * _POSSIBLE_DIVISIONS
        depths = _DEPTHS_OF_B if self.identity.model.upper().endswith("B") else _DEPTHS
        self._depth = self._depth_for(setup, longest, depths)
        self.time_scale = scale
        self.position = 100 * setup.before / (setup.before + setup.duration)
        self.memory = self._depth
        return longest

    def _set_trigger(self, trigger: TriggerSetup) -> None:
        self.session.write("TRIGger:A:TYPe EDGE")
        self.source = trigger.channel
        self.rising = trigger.rising
        _Channel(self.session, trigger.channel).level = trigger.level
        self.session.write("TRIGger:A:MODe NORMal")

    def _start(self) -> None:
        self.session.write("ACQuire:STOPAfter SEQuence")
        self.session.write("ACQuire:STATE RUN")

    def _stop(self) -> None:
        self.session.write("ACQuire:STATE STOP")

    def _state(self) -> State:
        return _STATES[self.trigger_state]

    def _rate(self) -> float | None:
        return None

    def _read(self, number: int) -> Record:
        self.read_source = number
        for command in ("DATa:ENCdg RIBinary", "DATa:WIDth 1", "DATa:STARt 1", f"DATa:STOP {self._depth}"):
            self.session.write(command)
        points, interval, start = int(self.points), self.interval, self.start
        step, offset, zero = self.code_step, self.code_offset, self.zero_level
        return Record(
            bytes_of(self.session.query_block("CURVe?"), signed=True),
            scale=step,
            offset=zero - offset * step,
            interval=interval,
            start=start,
            points=points,
            lowest=-128,
            highest=127,
        )
