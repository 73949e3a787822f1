"""Be the port and the hands of the bench for a virtual meter."""

from collections import deque
from collections.abc import Sequence

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts62055.carrier.profile import Profile
from sts_rigs.actions import Action
from sts_rigs.levels import Level
from sts_rigs.port import TimeBase, require_break
from sts_rigs.virtual.configuration import MeterConfiguration
from sts_rigs.virtual.defects import parts_with
from sts_rigs.virtual.line import Line
from sts_rigs.virtual.meter import VirtualMeter
from sts_rigs.virtual.recorder import VirtualRecorder
from sts_rigs.virtual.timeline import Timeline
from sts_rigs.virtual.true_levels import LevelStatements, levels_of

__all__ = ["VirtualActions", "VirtualBench", "VirtualPort"]

_LEAST_VOLTAGE = 115.0
_LEVELS = {level.action: level for level in Level}


class VirtualPort:
    """The reader's end of the line: waiting for a character lets time pass."""

    shows_parity = True
    spoils_parity = True

    def __init__(self, timeline: Timeline, line: Line) -> None:
        self.name = "virtual"
        self.time_base = TimeBase(
            name="virtual clock", uncertainty=1000, source="discrete-event clock, rounded to a microsecond"
        )
        self._timeline = timeline
        self._line = line
        self._received: deque[ReceivedCharacter] = deque()
        line.reader.listener = self._received.append

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        """Send characters; return the instant at which the last one ended."""
        end = self._line.reader.transmit(characters)
        self._timeline.wait_until(end)
        return end

    def send_break(self, duration: int) -> int:
        """Hold the line at space for nanoseconds; return the instant at which that ended."""
        require_break(duration, self._line.reader.character_time)
        end = self._line.reader.hold_space(duration)
        self._timeline.wait_until(end)
        return end

    def receive(self, until: int) -> ReceivedCharacter | None:
        """Return the next character, or None when the instant has come without one."""
        while not self._received:
            if not self._timeline.step(until):
                return None
        return self._received.popleft()

    def close(self) -> None:
        """Nothing to give back."""


class VirtualActions:
    """The hands of the virtual bench."""

    def __init__(self, meter: VirtualMeter, levels: LevelStatements) -> None:
        self._meter = meter
        self._levels = levels

    def perform(self, action: Action) -> str:
        """Do it and return what was seen."""
        match action:
            case Action.POWER_OFF:
                self._meter.switch_off()
            case Action.POWER_ON:
                self._meter.switch_on()
            case Action.OPEN_COVER:
                self._meter.open_cover()
            case Action.CLOSE_COVER:
                pass
            case Action.READ_DISPLAY:
                return self._meter.read_display()
            case _:
                return self._levels.state(_LEVELS[action])
        return ""


class VirtualBench:
    """Timeline, line, meter, port and actions of one virtual bench, and the recorder that needs no language."""

    def __init__(
        self, configuration: MeterConfiguration, profile: Profile, *, seed: int, defect: str | None = None
    ) -> None:
        parts = parts_with(defect)
        self.timeline = Timeline()
        self.line = Line(self.timeline, profile.character_time)
        self.meter = VirtualMeter(configuration, profile, self.timeline, self.line.meter, parts=parts, seed=seed)
        self.port = VirtualPort(self.timeline, self.line)
        self.recorder = VirtualRecorder(self.timeline, self.line.meter.signal, self.line.reader.signal)
        self.actions = VirtualActions(self.meter, LevelStatements(levels_of(parts), seed=seed))

    def feed(self, volts: float, hertz: float) -> None:  # noqa: ARG002 - the meter takes any frequency
        """Take what a source gives to the meter: it has power from half its rated voltage on."""
        if volts < _LEAST_VOLTAGE:
            self.meter.switch_off()
        else:
            self.meter.switch_on()
