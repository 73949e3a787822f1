"""Driver of Siglent SDS1000X-E (and SDS1000X) oscilloscopes.

Commands as in Siglent's "Digital Oscilloscopes Series" programming guide for the SDS1104X-E (the older dialect
of CHDR, VDIV, TDIV and WF?). Read there: level = code * VDIV / 25 - OFST, first point = TRDL - TDIV * divisions
/ 2, and a word before and two line ends behind a block.

Not confirmed: fourteen divisions of time; twice the memory and rate while only one channel of each pair (1 and
2, 3 and 4) is on; the sign of TRDL, for which the trigger stays in the middle of the record (TRDL 0S; this
costs memory but no truth); that MSIZ needs a running oscilloscope; that *ESR? tells of refused commands, the
family having no queue of errors. The guide takes 255 from a code above 127 to make it negative; here a code is
a signed byte, which takes 256, one step lower.
"""

from typing import ClassVar

from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup
from sts_rigs.instruments.drivers.oscilloscope import Oscilloscope, Record, State, bytes_of, step_up
from sts_rigs.instruments.settings import Choice, Flag, Number, Numbered, number_in

__all__ = ["SiglentSds1000xe"]

_DIVISIONS = 14
_CODES_A_DIVISION = 25
_SHARED = {7_000: "7K", 70_000: "70K", 700_000: "700K", 7_000_000: "7M"}
_ALONE = {14_000: "14K", 140_000: "140K", 1_400_000: "1.4M", 14_000_000: "14M"}
_PAIRS = ((1, 2), (3, 4))
_STATES = {
    "stop": State.STOPPED,
    "ready": State.ARMED,
    "trig": State.TRIGGERED,
    "arm": State.BUSY,
    "auto": State.BUSY,
    "roll": State.BUSY,
}
_COMPLAINTS = {
    1 << 5: "a command that it does not know",
    1 << 4: "a command that it cannot carry out",
    1 << 3: "an error of its own",
    1 << 2: "a question that it could not answer",
}


def _time_words() -> dict[float, str]:
    units = ((1e-9, "NS"), (1e-6, "US"), (1e-3, "MS"), (1.0, "S"))
    steps = (1, 2, 5, 10, 20, 50, 100, 200, 500)
    words = {float(f"{step * factor:.3g}"): f"{step}{unit}" for factor, unit in units for step in steps}
    return {seconds: word for seconds, word in words.items() if seconds <= 100}


class _Channel(Numbered):
    shown = Flag("C{n}:TRA", "whether it is recorded")
    coupling = Choice("C{n}:CPL", "its coupling", {"dc": "D1M"})
    probe = Number("C{n}:ATTN", "attenuation of its probe", low=0.1, high=10_000)
    scale = Number("C{n}:VDIV", "volts per division at the tip", unit="V", low=1e-6, high=1e6, suffix="V")
    offset = Number("C{n}:OFST", "how far the trace is moved up", unit="V", suffix="V")
    level = Number("C{n}:TRLV", "the level that triggers", unit="V", suffix="V")
    rising = Choice("C{n}:TRSL", "the edge that triggers", {True: "POS", False: "NEG"})
    trigger_coupling = Choice("C{n}:TRCP", "coupling of the trigger", {"dc": "DC"})


class SiglentSds1000xe(Oscilloscope):
    """A Siglent of the SDS1000X-E family."""

    maker = r"siglent( technologies)?"
    model = r"sds1\d{3}x(-e)?\+?"
    kind = "a Siglent SDS1000X-E oscilloscope"
    scales: ClassVar[tuple[float, float]] = (0.0005, 10.0)

    time_scale = Choice("TDIV", "seconds per division", _time_words())
    memory = Choice("MSIZ", "points of the memory", {**_SHARED, **_ALONE})
    sample_rate = Number("SARA", "samples a second", unit="Sa/s", read_only=True)
    events = Number("*ESR", "bits of what has happened", read_only=True)

    _time_scale = 0.0

    def check(self) -> None:
        """Read the standard event register; BenchFault if it reports a refused command."""
        bits = int(self.events)
        for bit, complaint in _COMPLAINTS.items():
            if bits & bit:
                raise BenchFault(
                    f"{self.name} reports {complaint} (*ESR? {bits})",
                    "check the settings that the rig file asks of it against what the model can do",
                )

    def _prepare(self) -> None:
        for command in ("CHDR OFF", "*CLS", "TRMD AUTO", "ACQW SAMPLING"):
            self.session.write(command)

    def _show(self, number: int, channel: ChannelSetup, scale: float, centre: float) -> None:
        settings = _Channel(self.session, number)
        settings.shown = True
        settings.coupling = "dc"
        settings.probe = channel.probe_factor
        settings.scale = scale
        settings.offset = -centre

    def _hide(self, number: int) -> None:
        _Channel(self.session, number).shown = False

    def _set_time(self, setup: RecordingSetup) -> float:
        half = self._span(setup) * max(setup.before, setup.duration) / (setup.before + setup.duration)
        self._time_scale = step_up(2 * half / _DIVISIONS)
        window = self._time_scale * _DIVISIONS
        shared = any(set(pair) <= set(setup.channels) for pair in _PAIRS)
        depth = self._depth_for(setup, window, tuple(_SHARED if shared else _ALONE))
        self.time_scale = self._time_scale
        self.session.write("TRDL 0S")
        self.memory = depth
        return window

    def _set_trigger(self, trigger: TriggerSetup) -> None:
        self.session.write(f"TRSE EDGE,SR,C{trigger.channel},HT,OFF")
        channel = _Channel(self.session, trigger.channel)
        channel.trigger_coupling = "dc"
        channel.level = trigger.level
        channel.rising = trigger.rising

    def _start(self) -> None:
        for command in ("STOP", "TRMD SINGLE", "ARM"):
            self.session.write(command)

    def _stop(self) -> None:
        self.session.write("STOP")

    def _state(self) -> State:
        word = self.session.query("SAST?")
        for beginning, state in _STATES.items():
            if word.lower().startswith(beginning):
                return state
        raise BenchFault(
            f"{self.name} answered 'SAST?' with {word[:40]!r}, which is no state of an acquisition",
            "check the driver in the rig file against the model",
        )

    def _rate(self) -> float | None:
        return self.sample_rate

    def _read(self, number: int) -> Record:
        channel = _Channel(self.session, number)
        scale = channel.scale / _CODES_A_DIVISION
        offset = channel.offset
        rate = self.sample_rate
        if rate <= 0:
            raise BenchFault(f"{self.name} says that it takes {rate:g} samples a second", "switch it off and on")
        question = f"SANU? C{number}"
        points = number_in(self.name, question, self.session.query(question))
        self.session.write("WFSU SP,0,NP,0,FP,0")
        return Record(
            bytes_of(self.session.query_block(f"C{number}:WF? DAT2"), signed=True),
            scale=scale,
            offset=-offset,
            interval=1 / rate,
            start=-self._time_scale * _DIVISIONS / 2,
            points=int(points),
            lowest=-128,
            highest=127,
        )
