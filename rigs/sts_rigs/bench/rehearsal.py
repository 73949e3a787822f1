"""Rehearse a bench: the virtual one with the facts of a rig file, to learn what a campaign will take there."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from sts62055.carrier.profile import Profile
from sts_rigs.actions import Action, Actions, Announce, Ask
from sts_rigs.bench import Bench, VirtualPart, open_bench, powered
from sts_rigs.bench.instruments import BenchInstruments
from sts_rigs.files.rig import ActionsSection, InstrumentSection, Rig
from sts_rigs.instruments.registry import driver
from sts_rigs.port import MissingPort, Port
from sts_rigs.port.serial import parity_abilities, time_base_of
from sts_rigs.simulator.bench import VirtualBench
from sts_rigs.simulator.instruments.fleet import VIRTUAL_INSTRUMENTS, VirtualInstruments

__all__ = ["rehearse_bench", "twins_of"]

_RECORDER: Final = "keysight-infiniivision"
_SOURCE: Final = "keysight-ac6800"
_SIDES = {"meter", "reader"}
_PATIENCE_MS = 30_000


def rehearse_bench(
    rig: Rig,
    folder: Path,
    profile: Profile,
    virtual: VirtualPart,
    ask: Ask,
    announce: Announce = lambda _, __: None,
) -> Bench:
    """Open the virtual bench in place of a rig's; BenchFault tells what of the rig file cannot be.

    Its port knows times and parity as well as the rig's, each instrument has its twin, and what the rig leaves to
    the operator is announced and then done by the virtual hands. A rig that is virtual is opened as it is.
    """
    if rig.port.is_virtual:
        return open_bench(rig, folder, profile, virtual, ask, announce)
    with ExitStack() as stack:
        bench = VirtualBench(virtual.configure(), profile, seed=virtual.seed, defect=virtual.defect)
        twins = twins_of(rig.instruments)
        servers = VirtualInstruments(
            twins,
            rig.signal,
            bench.line,
            bench.timeline,
            seed=virtual.seed,
            feed=bench.feed,
            faults=virtual.faults,
        )
        stack.callback(servers.close)
        rehearsed = rig.model_copy(update={"instruments": twins})
        instruments = BenchInstruments.open(rehearsed, servers.resources, folder, profile, bench.timeline)
        stack.callback(instruments.close)
        hands = powered(rig, _RehearsedActions(bench.actions, rig.actions, announce), instruments)
        port = _port(rig, bench)
        return Bench(bench.timeline, port, hands, instruments, instruments.line_recorder, bench, stack.pop_all())


def twins_of(sections: Mapping[str, InstrumentSection]) -> dict[str, InstrumentSection]:
    """Return the sections of the virtual instruments that stand for a rig's; BenchFault for an unknown driver.

    Where a driver has no twin, another oscilloscope stands for what sees both sides of the line, and another
    source for what feeds the meter; the rest has no part in a campaign.
    """
    stand_ins = {name: _stand_in(section) for name, section in sections.items()}
    return {
        name: section.model_copy(
            update={
                "driver": stand_ins[name],
                "resource": "virtual",
                "backend": "@py",
                "timeout_ms": max(section.timeout_ms, _PATIENCE_MS),
            }
        )
        for name, section in sections.items()
        if stand_ins[name]
    }


def _stand_in(section: InstrumentSection) -> str | None:
    if section.driver in VIRTUAL_INSTRUMENTS:
        return section.driver
    driver(section.driver)
    if section.channels.keys() >= _SIDES:
        return _RECORDER
    return _SOURCE if section.output else None


def _port(rig: Rig, bench: VirtualBench) -> Port:
    """Return the virtual port, which knows what the rig's would, and nothing better."""
    if not rig.port.is_there:
        return MissingPort()
    bench.port.time_base = time_base_of(rig.port, rig.host_clock)
    bench.port.shows_parity, bench.port.spoils_parity = parity_abilities(rig.port)
    return bench.port


class _RehearsedActions:
    """The virtual hands, which announce what a rig leaves to the operator."""

    def __init__(self, hands: Actions, section: ActionsSection, announce: Announce) -> None:
        self._hands = hands
        self._performers = section.performers
        self._announce = announce

    def perform(self, action: Action, value: str = "") -> str:
        """Do it and return what was seen; NotDone or BenchFault if that cannot be."""
        if self._performers[action.performer] == "operator":
            self._announce(action, value)
        return self._hands.perform(action, value)
