"""The simulated bench: timeline, line, meter, port, actions and ideal recorder."""

from collections import deque
from collections.abc import Iterable, Sequence

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts62055.carrier.profile import Profile
from sts_rigs.actions import Action
from sts_rigs.clock import MILLISECOND, SECOND
from sts_rigs.line.interface_levels import Level
from sts_rigs.port import TimeBase, require_break
from sts_rigs.simulator.defects import parts_with
from sts_rigs.simulator.ideal_recorder import IdealRecorder
from sts_rigs.simulator.line import Line
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.meter import SimulatedMeter
from sts_rigs.simulator.timeline import Timeline
from sts_rigs.simulator.true_levels import LevelStatements, levels_of

__all__ = ["SimulatedActions", "SimulatedBench", "SimulatedPort"]

_LEAST_VOLTAGE = 115.0
_KEY_TIME = 300 * MILLISECOND
_LOOK = 500 * MILLISECOND
_LONGEST_LOOK = 10 * SECOND
_LEVELS = {level.action: level for level in Level}


class SimulatedPort:
    """The reader's end of the line as a port; time passes while it waits for a character."""

    def __init__(self, timeline: Timeline, line: Line) -> None:
        self.name = "simulated"
        self.shows_parity = True
        self.spoils_parity = True
        self.time_base = TimeBase(
            name="simulated clock", uncertainty=1000, source="discrete-event clock, rounded to a microsecond"
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
        """Do nothing."""


class SimulatedActions:
    """Performer of actions on the simulated meter."""

    def __init__(
        self,
        meter: SimulatedMeter,
        levels: LevelStatements,
        timeline: Timeline,
        configuration: MeterConfiguration,
    ) -> None:
        self._meter = meter
        self._levels = levels
        self._timeline = timeline
        self._configuration = configuration

    def perform(self, action: Action, value: str = "") -> str:
        """Perform an action and return what was observed."""
        match action:
            case Action.KEY_IN:
                self._press((*value, self._configuration.keypad_confirm))
                return self._result()
            case Action.PRESS_KEYS:
                self._press(value.split())
            case Action.APPLY_LOAD:
                self._meter.apply_load([int(watts) for watts in value.split()])
            case Action.READ_LOAD_SWITCH:
                return "closed" if self._meter.is_switch_closed else "open"
            case Action.CLOSE_LOAD_SWITCH:
                self._meter.close_switch()
            case Action.READ_CREDIT:
                return self._meter.read_credit(value)
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

    def _press(self, keys: Iterable[str]) -> None:
        for key in filter(None, keys):
            self._wait(_KEY_TIME)
            self._meter.press_key(key)

    def _result(self) -> str:
        """Return what the display shows once the token is executed, or after ten seconds."""
        for _ in range(_LONGEST_LOOK // _LOOK):
            self._wait(_LOOK)
            if not self._meter.is_busy:
                break
        return self._meter.read_display()

    def _wait(self, nanoseconds: int) -> None:
        self._timeline.wait_until(self._timeline.now() + nanoseconds)


class SimulatedBench:
    """Timeline, line, meter, port and actions of one simulated bench, and the recorder that needs no language."""

    def __init__(
        self, configuration: MeterConfiguration, profile: Profile, *, seed: int, defect: str | None = None
    ) -> None:
        parts = parts_with(defect)
        self.timeline = Timeline()
        self.line = Line(self.timeline, profile.character_time)
        self.meter = SimulatedMeter(configuration, profile, self.timeline, self.line.meter, parts=parts, seed=seed)
        self.port = SimulatedPort(self.timeline, self.line)
        self.recorder = IdealRecorder(self.timeline, self.line.meter.signal, self.line.reader.signal)
        levels = LevelStatements(levels_of(parts), seed=seed)
        self.actions = SimulatedActions(self.meter, levels, self.timeline, configuration)

    def feed(self, volts: float, hertz: float) -> None:  # noqa: ARG002 - the meter takes any frequency
        """Set the supply of the meter, in RMS volts and Hz; it has power from half its rated voltage on."""
        if volts < _LEAST_VOLTAGE:
            self.meter.switch_off()
        else:
            self.meter.switch_on()
