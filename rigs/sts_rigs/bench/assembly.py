"""The assembly of a bench: clock, port, instruments, actions and recorder, put together in one place."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sts62055.carrier.profile import Profile
from sts_rigs.actions import Actions
from sts_rigs.actions.performers import Announce, Ask, PoweredBySource, RigActions
from sts_rigs.bench.instruments import BenchInstruments, open_section
from sts_rigs.bench.rehearsal import RehearsedActions, rehearsed_port, twins_of
from sts_rigs.clock import Clock, HostClock
from sts_rigs.files.rig import Echo, InstrumentSection, Rig, Side
from sts_rigs.instruments.capabilities import Instrument
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.port import MissingPort, Port
from sts_rigs.port.serial import SerialPort
from sts_rigs.simulator.bench import SimulatedBench, Simulation
from sts_rigs.simulator.hosting import load_device
from sts_rigs.uncertainty.intervals import Oscillator

__all__ = ["Assembly", "Bench", "BenchDescription", "open_bench"]

_IDEAL: Final = Oscillator(name="simulated clock", source="discrete-event clock", stability=1e-9)
_IDEAL_INPUTS: Final[Mapping[Side, int]] = {"meter": 1, "reader": 2}
_IDEAL_SIGNAL: Final = {"inverted": False, "threshold": 0.0, "delay_us": 0.0, "asymmetry_us": 0.0}


def _nobody(*_: object) -> None:
    """Be nobody: no answer, and nothing to learn."""


@dataclass(frozen=True, slots=True)
class BenchDescription:
    """What is to be assembled.

    folder: that of the rig file; simulation: what is simulated, where anything is; ask, announce: the operator;
    is_rehearsal: the simulated bench stands for the rig's, and nothing of that is touched.
    """

    rig: Rig
    folder: Path
    profile: Profile
    simulation: Simulation
    ask: Ask = _nobody
    announce: Announce = _nobody
    is_rehearsal: bool = False


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

    def at_end(self, action: Callable[[], object]) -> None:
        """Have something done before everything is given back."""
        self._stack.callback(action)

    def close(self) -> None:
        """Give everything back."""
        self._stack.close()


class Assembly:
    """The parts of one bench, each opened when it is asked for; the stack gives them back.

    Whoever wants them all has `open_bench`; the doctor opens one after the other, so that one that fails does not
    hide the others. A rehearsal differs in three things: what its port can, twins of the instruments, and actions
    that announce what is left to the operator.
    """

    def __init__(self, wanted: BenchDescription, stack: ExitStack) -> None:
        """Set the clock, and the simulated side where there is one; BenchFault if that cannot be had."""
        self._wanted = wanted
        self._stack = stack
        self._is_rehearsed = wanted.is_rehearsal and not wanted.rig.port.is_simulated
        self.rig = wanted.rig.model_copy(update={"instruments": self._instruments()})
        self.simulated = self._simulate() if self._is_rehearsed or self.rig.port.is_simulated else None
        self.clock: Clock = self.simulated.timeline if self.simulated else HostClock()
        self._resources: Mapping[str, str] = {}
        if self.simulated is not None:
            sections = {name: one for name, one in self.rig.instruments.items() if one.is_simulated}
            self._resources = self.simulated.start_instruments(
                sections, self.rig.signal, stack, faults=wanted.simulation.faults
            )

    def _instruments(self) -> Mapping[str, InstrumentSection]:
        """Return the sections of the instruments: in a rehearsal, of the twins of all that are not simulated."""
        sections = self._wanted.rig.instruments
        if not self._wanted.is_rehearsal:
            return sections
        real = {name: one for name, one in sections.items() if self._is_rehearsed or not one.is_simulated}
        twins = twins_of(real)
        return {name: twins.get(name, one) for name, one in sections.items() if name in twins or name not in real}

    def _simulate(self) -> SimulatedBench:
        wanted, simulation = self._wanted, self._wanted.simulation
        place = wanted.rig.port.device
        device = load_device(place, wanted.folder, self._stack) if place else simulation.device
        return SimulatedBench(
            simulation.configure(),
            wanted.profile,
            seed=simulation.seed,
            device=device,
            taken_up=simulation.taken_up,
            kept_in=simulation.kept_in,
        )

    def open_port(self, *, echo: Echo | None = None) -> Port:
        """Open the port; BenchFault if it cannot be had. echo: stands in place of what the rig file says of it."""
        section = self.rig.port
        if self._is_rehearsed and self.simulated is not None:
            return rehearsed_port(self.rig, self.simulated)
        if self.simulated is not None:
            return self.simulated.port
        if not section.is_there:
            return MissingPort()
        section = section if echo is None else section.model_copy(update={"echo": echo})
        port = SerialPort(section, self.rig.host_clock, self._wanted.profile, self.clock)
        self._stack.callback(port.close)
        return port

    def open_instrument(self, name: str) -> Instrument:
        """Open one instrument, which gives its power if it is a source; BenchFault if it cannot be had."""
        instrument = open_section(name, self.rig.instruments[name], self._resources, self.clock)
        self._stack.callback(instrument.close)
        return instrument

    def open_instruments(self) -> BenchInstruments:
        """Open all instruments; BenchFault names the one that cannot be had."""
        wanted = self._wanted
        instruments = BenchInstruments.open(self.rig, self._resources, wanted.folder, wanted.profile, self.clock)
        self._stack.callback(instruments.close)
        return instruments

    def ideal_recorder(self) -> LineRecorder | None:
        """Return the recorder of a simulated bench without instruments: mark is high, and nothing delays."""
        if self.simulated is None or self._is_rehearsed or self.rig.instruments:
            return None
        signal = self.rig.signal.model_copy(update=_IDEAL_SIGNAL)
        return LineRecorder(self.simulated.recorder, _IDEAL_INPUTS, signal, _IDEAL, self._wanted.profile)

    def line_recorder(self, instruments: BenchInstruments) -> LineRecorder | None:
        """Return what records the line; None where the bench has nothing for that."""
        ideal = self.ideal_recorder()
        return instruments.line_recorder if ideal is None else ideal

    def actions(self, instruments: BenchInstruments) -> Actions:
        """Return the actions of the bench; BenchFault if a source is to switch the power and there is none."""
        section = self.rig.actions
        actions: Actions = RigActions(section, self._wanted.ask, self._wanted.announce)
        if self.simulated is not None:
            actions = self.simulated.actions
        if self._is_rehearsed:
            actions = RehearsedActions(actions, section, self._wanted.announce)
        return PoweredBySource(actions, instruments.source) if section.power == "source" else actions


def open_bench(wanted: BenchDescription) -> Bench:
    """Open a bench; BenchFault tells why that cannot be."""
    with ExitStack() as stack:
        assembly = Assembly(wanted, stack)
        port = assembly.open_port()
        instruments = assembly.open_instruments()
        return Bench(
            assembly.clock,
            port,
            assembly.actions(instruments),
            instruments,
            assembly.line_recorder(instruments),
            assembly.simulated,
            stack.pop_all(),
        )
