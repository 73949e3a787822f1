"""The simulated bench: a device behind a line, port, actions, recorder and instruments, on one timeline."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts62055.carrier.profile import Profile
from sts_rigs.actions import Action
from sts_rigs.clock import MILLISECOND, SECOND, Clock
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import InstrumentSection, SignalSection
from sts_rigs.line.interface_levels import Level
from sts_rigs.port import TimeBase, require_break
from sts_rigs.simulator.device import DeviceFactory
from sts_rigs.simulator.hosting import HostedDevice
from sts_rigs.simulator.ideal_recorder import IdealRecorder
from sts_rigs.simulator.instruments.fleet import SimulatedInstruments
from sts_rigs.simulator.instruments.planned_faults import PlannedFault
from sts_rigs.simulator.keeping import KeptMeter, MeterKeeper
from sts_rigs.simulator.line import CHARACTER_BITS, Line
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.meter import SimulatedMeter
from sts_rigs.simulator.timeline import Timeline
from sts_rigs.simulator.true_levels import LevelStatements

__all__ = ["SimulatedActions", "SimulatedBench", "SimulatedPort", "Simulation"]

_LEAST_VOLTAGE = 115.0
_KEY_TIME = 300 * MILLISECOND
_LOOK = 500 * MILLISECOND
_LONGEST_LOOK = 10 * SECOND
_BETWEEN_BENCHES = 60 * SECOND
"""What passes for a meter between two benches: it is there, and has started up, when the second one begins."""

_LEVELS = {level.action: level for level in Level}
_CALLS = {
    Action.POWER_OFF: "switch_off",
    Action.POWER_ON: "switch_on",
    Action.OPEN_COVER: "open_cover",
    Action.CLOSE_COVER: "close_cover",
    Action.CLOSE_LOAD_SWITCH: "close_switch",
}
_NO_FAULTS: Mapping[str, Iterable[PlannedFault]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is simulated of a bench: which meter, and what the instruments do wrong.

    configure: what the declaration says of the meter; device: what makes it; faults: by the instruments' names;
    taken_up: the meter as another bench has left it, None for a new one; kept_in: the file in which it is kept
    from now on, None for none.
    """

    configure: Callable[[], MeterConfiguration]
    seed: int = 1
    device: DeviceFactory = SimulatedMeter
    faults: Mapping[str, Iterable[PlannedFault]] = field(default_factory=dict)
    taken_up: KeptMeter | None = None
    kept_in: Path | None = None


class SimulatedPort:
    """The reader's end of the line as a port; time passes while it waits for a character."""

    def __init__(self, timeline: Timeline, line: Line) -> None:
        self.name = "simulated"
        self.shows_parity = True
        self.spoils_parity = True
        self.sends_break = True
        self.proves_break = True
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

    def set_bit_rate(self, bit_rate: int) -> None:
        """Send at another speed from now on, in Bd; what comes is read at any."""
        self._line.reader.character_time = CHARACTER_BITS * SECOND // bit_rate

    def receive(self, until: int) -> ReceivedCharacter | None:
        """Return the next character, or None when the instant has come without one."""
        while not self._received:
            if not self._timeline.step(until):
                return None
        return self._received.popleft()

    def close(self) -> None:
        """Do nothing."""


class SimulatedActions:
    """Performer of actions on the device behind the simulated line, each by a method that a device may lack."""

    def __init__(
        self,
        device: HostedDevice,
        levels: LevelStatements,
        timeline: Timeline,
        configuration: MeterConfiguration,
    ) -> None:
        self._device = device
        self._levels = levels
        self._timeline = timeline
        self._configuration = configuration

    def perform(self, action: Action, value: str = "") -> str:
        """Perform an action and return what was observed; ActionNotPerformed where the device cannot."""
        match action:
            case Action.KEY_IN:
                self._press((*value, self._configuration.keypad_confirm))
                return self._result()
            case Action.PRESS_KEYS:
                self._press(value.split())
            case Action.APPLY_LOAD:
                self._device.call("apply_load", [int(watts) for watts in value.split()])
            case Action.READ_LOAD_SWITCH:
                return "closed" if self._device.ask("is_switch_closed", bool) else "open"
            case Action.READ_CREDIT:
                return self._device.ask("read_credit", str, value)
            case Action.READ_DISPLAY:
                return self._device.ask("read_display", str)
            case _ if action in _CALLS:
                self._device.call(_CALLS[action])
            case _:
                return self._levels.state(self._device.ask("level", float, _LEVELS[action]))
        return ""

    def _press(self, keys: Iterable[str]) -> None:
        for key in filter(None, keys):
            self._wait(_KEY_TIME)
            self._device.call("press_key", key)

    def _result(self) -> str:
        """Return what the display shows once the token is executed, or after ten seconds."""
        for _ in range(_LONGEST_LOOK // _LOOK):
            self._wait(_LOOK)
            if not self._device.ask("is_busy", bool):
                break
        return self._device.ask("read_display", str)

    def _wait(self, nanoseconds: int) -> None:
        self._timeline.wait_until(self._timeline.now() + nanoseconds)


class SimulatedBench:
    """Timeline, line, device, port and actions of one simulated bench, and the recorder that needs no language."""

    def __init__(
        self,
        configuration: MeterConfiguration,
        profile: Profile,
        *,
        seed: int = 1,
        device: DeviceFactory = SimulatedMeter,
        taken_up: KeptMeter | None = None,
        kept_in: Path | None = None,
    ) -> None:
        """Make the bench and the device behind its line; BenchFault if that cannot be made or kept."""
        self.seed = seed
        self.timeline = Timeline(taken_up.clock if taken_up else 0)
        self.line = Line(self.timeline, profile.character_time)
        self._host = HostedDevice(device, self.timeline, self.line.meter, configuration, profile, seed=seed)
        self.port = SimulatedPort(self.timeline, self.line)
        self.recorder = IdealRecorder(self.timeline, self.line.meter.signal, self.line.reader.signal)
        self.actions = SimulatedActions(self._host, LevelStatements(seed=seed), self.timeline, configuration)
        if taken_up is not None:
            self._host.call("take_up", taken_up.condition)
            self.timeline.wait_until(self.timeline.now() + _BETWEEN_BENCHES)
        self.began = self.timeline.now()
        if kept_in is not None and self._host.can("keep"):
            keeper = MeterKeeper(kept_in, configuration)
            self._host.call("keep", lambda condition: keeper.keep(KeptMeter(condition, self.timeline.now())))

    @property
    def device(self) -> Any:
        """What the factory made, for whoever knows what that is."""
        return self._host.device

    def start_instruments(
        self,
        sections: Mapping[str, InstrumentSection],
        signal: SignalSection,
        stack: ExitStack,
        *,
        faults: Mapping[str, Iterable[PlannedFault]] = _NO_FAULTS,
        clock: Clock | None = None,
        feed: Callable[[float, float], None] | None = None,
    ) -> Mapping[str, str]:
        """Start the instruments around the line, and return the VISA resource of each; the stack ends them.

        clock, feed: what stands before the timeline and the bench's own feed where other threads are about.
        """
        servers = SimulatedInstruments(
            sections,
            signal,
            self.line,
            clock or self.timeline,
            seed=self.seed,
            feed=feed or self.feed,
            faults=faults,
        )
        stack.callback(servers.close)
        return servers.resources

    def switch_off(self) -> None:
        """Cut the device's power."""
        self._host.call("switch_off")

    def feed(self, volts: float, hertz: float) -> None:  # noqa: ARG002 - the meter takes any frequency
        """Set the supply of the meter, in RMS volts and Hz; it has power from half its rated voltage on."""
        # A source speaks from a thread of its own, where nobody listens: the next one who uses the device is told.
        with suppress(BenchFault):
            self._host.call("switch_off" if volts < _LEAST_VOLTAGE else "switch_on")
