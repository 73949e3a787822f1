"""Open the bench that a rig file describes, real or virtual."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sts62055.carrier.profile import Profile
from sts_rigs.actions import Actions, Announce, Ask, PoweredBySource, RigActions
from sts_rigs.bench.instruments import BenchInstruments
from sts_rigs.clock import Clock, HostClock
from sts_rigs.files.rig import Rig, Side, SignalSection
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.port import MissingPort, Port
from sts_rigs.port.serial import SerialPort
from sts_rigs.simulator.bench import VirtualBench
from sts_rigs.simulator.instruments.fleet import VirtualInstruments
from sts_rigs.simulator.instruments.planned_faults import PlannedFault
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.uncertainty.intervals import Oscillator

__all__ = ["Bench", "VirtualPart", "ideal_line_recorder", "open_bench", "powered"]

_IDEAL = Oscillator(name="virtual clock", source="discrete-event clock", stability=1e-9)


@dataclass(frozen=True, slots=True)
class VirtualPart:
    """What is virtual of a bench: how its meter is made, with which defect, and what its instruments do wrong."""

    configure: Callable[[], MeterConfiguration]
    seed: int
    defect: str | None
    faults: Mapping[str, Iterable[PlannedFault]]


@dataclass(frozen=True, slots=True)
class Bench:
    """Clock, port, actions and instruments; virtual is None where the meter is real.

    line_recorder: what records the line, None where the bench has nothing for that.
    """

    clock: Clock
    port: Port
    actions: Actions
    instruments: BenchInstruments
    line_recorder: LineRecorder | None
    virtual: VirtualBench | None
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
    virtual: VirtualPart,
    ask: Ask,
    announce: Announce = lambda _, __: None,
) -> Bench:
    """Open a bench; BenchFault tells why that cannot be. folder: that of the rig file."""
    with ExitStack() as stack:
        if rig.port.is_virtual:
            return _open_virtual(rig, folder, profile, virtual, stack)
        return _open_real(rig, folder, profile, RigActions(rig.actions, ask, announce), stack)


def _open_real(rig: Rig, folder: Path, profile: Profile, hands: Actions, stack: ExitStack) -> Bench:
    clock = HostClock()
    port: Port = MissingPort()
    if rig.port.is_there:
        port = SerialPort(rig.port, rig.host_clock, profile, clock)
    stack.callback(port.close)
    instruments = BenchInstruments.open(rig, {}, folder, profile, clock)
    stack.callback(instruments.close)
    actions = powered(rig, hands, instruments)
    return Bench(clock, port, actions, instruments, instruments.line_recorder, None, stack.pop_all())


def _open_virtual(rig: Rig, folder: Path, profile: Profile, virtual: VirtualPart, stack: ExitStack) -> Bench:
    bench = VirtualBench(virtual.configure(), profile, seed=virtual.seed, defect=virtual.defect)
    wanted = {name: section for name, section in rig.instruments.items() if section.is_virtual}
    servers = VirtualInstruments(
        wanted,
        rig.signal,
        bench.line,
        bench.timeline,
        seed=virtual.seed,
        feed=bench.feed,
        faults=virtual.faults,
    )
    stack.callback(servers.close)
    instruments = BenchInstruments.open(rig, servers.resources, folder, profile, bench.timeline)
    stack.callback(instruments.close)
    recorder = instruments.line_recorder
    if not rig.instruments:
        recorder = ideal_line_recorder(bench, rig.signal, profile)
    actions = powered(rig, bench.actions, instruments)
    return Bench(bench.timeline, bench.port, actions, instruments, recorder, bench, stack.pop_all())


def ideal_line_recorder(bench: VirtualBench, signal: SignalSection, profile: Profile) -> LineRecorder:
    """Return the recorder that a virtual bench has without instruments: mark is high on it, and nothing delays."""
    ideal = {"inverted": False, "threshold": 0.0, "delay_us": 0.0, "asymmetry_us": 0.0}
    inputs: Mapping[Side, int] = {"meter": 1, "reader": 2}
    return LineRecorder(bench.recorder, inputs, signal.model_copy(update=ideal), _IDEAL, profile)


def powered(rig: Rig, actions: Actions, instruments: BenchInstruments) -> Actions:
    """Return the hands of a bench whose power a source switches, if the rig file says so."""
    return PoweredBySource(actions, instruments.source) if rig.actions.power == "source" else actions
