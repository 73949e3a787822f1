"""Rehearse a bench: the simulated one with the facts of a rig file, to learn what a campaign will take there."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from sts62055.carrier.profile import Profile
from sts_rigs.actions import Action, Actions
from sts_rigs.actions.performers import Announce, Ask
from sts_rigs.bench import Bench, SimulatedPart, open_bench, powered
from sts_rigs.bench.instruments import BenchInstruments
from sts_rigs.files.rig import ActionsSection, InstrumentSection, Rig
from sts_rigs.instruments.registry import driver
from sts_rigs.port import MissingPort, Port
from sts_rigs.port.serial import parity_abilities, time_base_of
from sts_rigs.simulator.bench import SimulatedBench
from sts_rigs.simulator.instruments.fleet import SIMULATED_INSTRUMENTS, SimulatedInstruments

__all__ = ["rehearse_bench", "twins_of"]

_RECORDER: Final = "keysight-infiniivision"
_SOURCE: Final = "keysight-ac6800"
_SIDES = {"meter", "reader"}
_PATIENCE_MS = 30_000


def rehearse_bench(
    rig: Rig,
    folder: Path,
    profile: Profile,
    simulated: SimulatedPart,
    ask: Ask,
    announce: Announce = lambda _, __: None,
) -> Bench:
    """Open the simulated bench in place of a rig's; BenchFault tells what of the rig file cannot be.

    Its port knows times and parity as well as the rig's, each instrument has its twin, and what the rig leaves to
    the operator is announced and then done by the simulated actions. A rig that is simulated is opened as it is.
    """
    if rig.port.is_simulated:
        return open_bench(rig, folder, profile, simulated, ask, announce)
    with ExitStack() as stack:
        bench = SimulatedBench(simulated.configure(), profile, seed=simulated.seed, defect=simulated.defect)
        twins = twins_of(rig.instruments)
        servers = SimulatedInstruments(
            twins,
            rig.signal,
            bench.line,
            bench.timeline,
            seed=simulated.seed,
            feed=bench.feed,
            faults=simulated.faults,
        )
        stack.callback(servers.close)
        rehearsed = rig.model_copy(update={"instruments": twins})
        instruments = BenchInstruments.open(rehearsed, servers.resources, folder, profile, bench.timeline)
        stack.callback(instruments.close)
        actions = powered(rig, _RehearsedActions(bench.actions, rig.actions, announce), instruments)
        port = _port(rig, bench)
        return Bench(bench.timeline, port, actions, instruments, instruments.line_recorder, bench, stack.pop_all())


def twins_of(sections: Mapping[str, InstrumentSection]) -> dict[str, InstrumentSection]:
    """Return the sections of the simulated instruments that stand for a rig's; BenchFault for an unknown driver.

    Where a driver has no twin, another oscilloscope stands for what sees both sides of the line, and another
    source for what feeds the meter; the rest has no part in a campaign.
    """
    stand_ins = {name: _stand_in(section) for name, section in sections.items()}
    return {
        name: section.model_copy(
            update={
                "driver": stand_ins[name],
                "resource": "simulated",
                "backend": "@py",
                "timeout_ms": max(section.timeout_ms, _PATIENCE_MS),
            }
        )
        for name, section in sections.items()
        if stand_ins[name]
    }


def _stand_in(section: InstrumentSection) -> str | None:
    if section.driver in SIMULATED_INSTRUMENTS:
        return section.driver
    driver(section.driver)
    if section.channels.keys() >= _SIDES:
        return _RECORDER
    return _SOURCE if section.output else None


def _port(rig: Rig, bench: SimulatedBench) -> Port:
    """Return the simulated port, which knows what the rig's would, and nothing better."""
    if not rig.port.is_there:
        return MissingPort()
    bench.port.time_base = time_base_of(rig.port, rig.host_clock)
    bench.port.shows_parity, bench.port.spoils_parity = parity_abilities(rig.port)
    return bench.port


class _RehearsedActions:
    """The simulated actions, which announce what a rig leaves to the operator."""

    def __init__(self, actions: Actions, section: ActionsSection, announce: Announce) -> None:
        self._actions = actions
        self._performers = section.performers
        self._announce = announce

    def perform(self, action: Action, value: str = "") -> str:
        """Do it and return what was seen; ActionNotPerformed or BenchFault if that cannot be."""
        if self._performers[action.performer] == "operator":
            self._announce(action, value)
        return self._actions.perform(action, value)
