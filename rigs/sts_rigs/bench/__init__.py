"""Open the bench that a rig file describes, real or simulated."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sts62055.carrier.profile import Profile
from sts_rigs.actions import Actions
from sts_rigs.actions.performers import Announce, Ask, PoweredBySource, RigActions
from sts_rigs.bench.instruments import BenchInstruments
from sts_rigs.clock import Clock, HostClock
from sts_rigs.files.rig import Rig, Side, SignalSection
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.port import MissingPort, Port
from sts_rigs.port.serial import SerialPort
from sts_rigs.simulator.bench import SimulatedBench
from sts_rigs.simulator.instruments.fleet import SimulatedInstruments
from sts_rigs.simulator.instruments.planned_faults import PlannedFault
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.uncertainty.intervals import Oscillator

__all__ = ["Bench", "SimulatedPart", "ideal_line_recorder", "open_bench", "powered"]

_IDEAL = Oscillator(name="simulated clock", source="discrete-event clock", stability=1e-9)


@dataclass(frozen=True, slots=True)
class SimulatedPart:
    """What is simulated of a bench: how its meter is made, its defect, and what its instruments do wrong."""

    configure: Callable[[], MeterConfiguration]
    seed: int
    defect: str | None
    faults: Mapping[str, Iterable[PlannedFault]]


@dataclass(frozen=True, slots=True)
class Bench:
    """Clock, port, actions and instruments; simulated is None where the meter is real.

    line_recorder: what records the line, None where the bench has nothing for that.
    """

    clock: Clock
    port: Port
    actions: Actions
    instruments: BenchInstruments
    line_recorder: LineRecorder | None
    simulated: SimulatedBench | None
    _stack: ExitStack

    def recover_recorder(self) -> None:
        """Make the recorder ready again after a fault; BenchFault if it is lost."""
        if self.line_recorder is self.instruments.line_recorder:
            self.instruments.recover_recorder()

    def close(self) -> None:
        """Give everything back."""
        self._stack.close()


def open_bench(
    rig: Rig,
    folder: Path,
    profile: Profile,
    simulated: SimulatedPart,
    ask: Ask,
    announce: Announce = lambda _, __: None,
) -> Bench:
    """Open a bench; BenchFault tells why that cannot be. folder: that of the rig file."""
    with ExitStack() as stack:
        if rig.port.is_simulated:
            return _open_simulated(rig, folder, profile, simulated, stack)
        return _open_real(rig, folder, profile, RigActions(rig.actions, ask, announce), stack)


def _open_real(rig: Rig, folder: Path, profile: Profile, actions: Actions, stack: ExitStack) -> Bench:
    clock = HostClock()
    port: Port = MissingPort()
    if rig.port.is_there:
        port = SerialPort(rig.port, rig.host_clock, profile, clock)
    stack.callback(port.close)
    instruments = BenchInstruments.open(rig, {}, folder, profile, clock)
    stack.callback(instruments.close)
    powered_actions = powered(rig, actions, instruments)
    return Bench(clock, port, powered_actions, instruments, instruments.line_recorder, None, stack.pop_all())


def _open_simulated(rig: Rig, folder: Path, profile: Profile, simulated: SimulatedPart, stack: ExitStack) -> Bench:
    bench = SimulatedBench(simulated.configure(), profile, seed=simulated.seed, defect=simulated.defect)
    wanted = {name: section for name, section in rig.instruments.items() if section.is_simulated}
    servers = SimulatedInstruments(
        wanted,
        rig.signal,
        bench.line,
        bench.timeline,
        seed=simulated.seed,
        feed=bench.feed,
        faults=simulated.faults,
    )
    stack.callback(servers.close)
    instruments = BenchInstruments.open(rig, servers.resources, folder, profile, bench.timeline)
    stack.callback(instruments.close)
    recorder = instruments.line_recorder
    if not rig.instruments:
        recorder = ideal_line_recorder(bench, rig.signal, profile)
    actions = powered(rig, bench.actions, instruments)
    return Bench(bench.timeline, bench.port, actions, instruments, recorder, bench, stack.pop_all())


def ideal_line_recorder(bench: SimulatedBench, signal: SignalSection, profile: Profile) -> LineRecorder:
    """Return the recorder of a simulated bench without instruments: mark is high, and nothing delays."""
    ideal = {"inverted": False, "threshold": 0.0, "delay_us": 0.0, "asymmetry_us": 0.0}
    inputs: Mapping[Side, int] = {"meter": 1, "reader": 2}
    return LineRecorder(bench.recorder, inputs, signal.model_copy(update=ideal), _IDEAL, profile)


def powered(rig: Rig, actions: Actions, instruments: BenchInstruments) -> Actions:
    """Return the actions of a bench whose power a source switches, if the rig file says so."""
    return PoweredBySource(actions, instruments.source) if rig.actions.power == "source" else actions
