"""What a rehearsal has in place of a rig's port, instruments and operator, to learn what a campaign will take."""

from collections.abc import Mapping
from typing import Final

from sts_rigs.actions import Action, Actions
from sts_rigs.actions.performers import Announce
from sts_rigs.files.rig import ActionsSection, InstrumentSection, Rig
from sts_rigs.instruments.registry import driver
from sts_rigs.port import MissingPort, Port
from sts_rigs.port.serial import parity_abilities, time_base_of
from sts_rigs.port.serial_errors import sends_break
from sts_rigs.simulator.bench import SimulatedBench
from sts_rigs.simulator.instruments.fleet import SIMULATED_INSTRUMENTS

__all__ = ["RehearsedActions", "rehearsed_port", "twins_of"]

_RECORDER: Final = "keysight-infiniivision"
_SOURCE: Final = "keysight-ac6800"
_SIDES = {"meter", "reader"}
_PATIENCE_MS = 30_000


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
                "options": section.options if stand_ins[name] == section.driver else {},
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


def rehearsed_port(rig: Rig, bench: SimulatedBench) -> Port:
    """Return the simulated port, which knows what the rig's would, and nothing better."""
    if not rig.port.is_there:
        return MissingPort()
    bench.port.time_base = time_base_of(rig.port, rig.host_clock)
    bench.port.shows_parity, bench.port.spoils_parity = parity_abilities(rig.port)
    bench.port.sends_break = sends_break(rig.port.url)
    return bench.port


class RehearsedActions:
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
