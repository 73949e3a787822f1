"""Driver of Keysight InfiniiVision oscilloscopes, the DSOX1000 and EDUX1000 among them.

Commands from "Keysight InfiniiVision DSOX1204A/G Oscilloscopes Programmer's Guide" and, where they are the
same, the guides of the 2000 X and 4000 X series. Read there: the arm register :AER?, bit 3 of the operation
status condition register (running), :SINGle (which forces the normal sweep), the preamble's ten fields, and the
codes 0 (a hole), 1 (clipped low) and 255 (clipped high) of the BYTE format.

Not confirmed: the words of the time base and of the trigger, and that :ACQuire:SRATe? tells the rate of a
single acquisition while it waits for its trigger. The rate is judged again from the preamble.
"""

from typing import ClassVar

from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup
from sts_rigs.instruments.drivers.oscilloscope import Oscilloscope, Record, State, bytes_of, step_up
from sts_rigs.instruments.drivers.preamble import read_preamble
from sts_rigs.instruments.settings import Choice, Flag, Number, Numbered

__all__ = ["KeysightInfiniiVision"]

_RUNNING = 1 << 3
_CLIPPED_LOW, _CLIPPED_HIGH = 1, 255
_DIVISIONS = 10


class _Channel(Numbered):
    shown = Flag(":CHANnel{n}:DISPlay", "whether it is recorded", on="1", off="0")
    coupling = Choice(":CHANnel{n}:COUPling", "its coupling", {"dc": "DC"})
    probe = Number(":CHANnel{n}:PROBe", "attenuation of its probe", low=0.001, high=10_000)
    scale = Number(":CHANnel{n}:SCALe", "volts per division at the tip", unit="V", low=1e-6, high=1e5)
    offset = Number(":CHANnel{n}:OFFSet", "level in the middle of the screen", unit="V")


class KeysightInfiniiVision(Oscilloscope):
    """A Keysight (or Agilent) InfiniiVision oscilloscope."""

    maker = r"(keysight|agilent) technologies"
    model = r"(dso-?x|mso-?x|edu-?x) ?\d{4}\w*"
    kind = "a Keysight InfiniiVision oscilloscope"
    scales: ClassVar[tuple[float, float]] = (0.001, 10.0)

    time_range = Number(":TIMebase:RANGe", "seconds across the screen", unit="s", low=2e-8, high=500.0)
    time_position = Number(":TIMebase:POSition", "from the trigger to the screen's middle", unit="s")
    source = Choice(":TRIGger:EDGE:SOURce", "what triggers", {n: f"CHANnel{n}" for n in range(1, 5)})
    rising = Choice(":TRIGger:EDGE:SLOPe", "the edge that triggers", {True: "POSitive", False: "NEGative"})
    level = Number(":TRIGger:EDGE:LEVel", "the level that triggers", unit="V")
    sample_rate = Number(":ACQuire:SRATe", "samples a second", unit="Sa/s", read_only=True)
    condition = Number(":OPERegister:CONDition", "bits of what it is doing", read_only=True)
    armed_since_asked = Number(":AER", "1 if it got ready for a trigger since the last question", read_only=True)
    read_source = Choice(":WAVeform:SOURce", "the channel to be read", {n: f"CHANnel{n}" for n in range(1, 5)})

    _waits = False

    def _prepare(self) -> None:
        for command in (
            ":STOP",
            "*CLS",
            ":TIMebase:MODE MAIN",
            ":TIMebase:REFerence CENTer",
            ":ACQuire:TYPE NORMal",
        ):
            self.session.write(command)

    def _show(self, number: int, channel: ChannelSetup, scale: float, centre: float) -> None:
        settings = _Channel(self.session, number)
        settings.shown = True
        settings.coupling = "dc"
        settings.probe = channel.probe_factor
        settings.scale = scale
        settings.offset = centre

    def _hide(self, number: int) -> None:
        _Channel(self.session, number).shown = False

    def _set_time(self, setup: RecordingSetup) -> float:
        window = step_up(self._span(setup) / _DIVISIONS) * _DIVISIONS
        self.time_range = window
        self.time_position = (setup.duration - setup.before) / 2
        return window

    def _set_trigger(self, trigger: TriggerSetup) -> None:
        self.session.write(":TRIGger:MODE EDGE")
        self.source = trigger.channel
        self.rising = trigger.rising
        self.level = trigger.level
        self.session.write(":TRIGger:SWEep NORMal")

    def _start(self) -> None:
        # reading the register clears what an earlier acquisition left in it
        _ = self.armed_since_asked
        self._waits = True
        self.session.write(":SINGle")

    def _stop(self) -> None:
        self.session.write(":STOP")

    def _state(self) -> State:
        if self._waits:
            if self.armed_since_asked:
                self._waits = False
                return State.ARMED
            return State.BUSY
        return State.TRIGGERED if int(self.condition) & _RUNNING else State.STOPPED

    def _rate(self) -> float | None:
        return self.sample_rate

    def _read(self, number: int) -> Record:
        self.read_source = number
        for command in (
            ":WAVeform:FORMat BYTE",
            ":WAVeform:UNSigned 1",
            ":WAVeform:POINts:MODE RAW",
            ":WAVeform:POINts MAXimum",
        ):
            self.session.write(command)
        preamble = read_preamble(self.name, self.session.query(":WAVeform:PREamble?"))
        codes = bytes_of(self.session.query_block(":WAVeform:DATA?"), signed=False)
        return Record(
            codes,
            scale=preamble.y_increment,
            offset=preamble.y_origin - preamble.y_reference * preamble.y_increment,
            interval=preamble.x_increment,
            start=preamble.start,
            points=preamble.points,
            lowest=_CLIPPED_LOW,
            highest=_CLIPPED_HIGH,
        )
