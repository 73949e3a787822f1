"""Load switch of the simulated meter (IEC 62055-31; IEC 62055-41, 8.6 and 8.11).

Where no published rule decides, this meter does what is simplest: it opens at once, and after too much load it
waits for its user.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sts_rigs.simulator.meter.part import Part

__all__ = ["LoadSwitch"]


class LoadSwitch(Part):
    """Rules for when the switch opens and when it may close."""

    def settled(self, loads: Sequence[int]) -> Mapping[str, Any]:
        """Return what changes at the switch with loads in watts behind it, one for each phase; nothing if none."""
        state = self.memory.state
        if not state.is_closed:
            return {"is_closed": True} if self.closes_by_itself() else {}
        if not self.may_be_closed():
            return {"is_closed": False}
        return {"is_closed": False, "is_tripped": True} if self.is_too_much(loads) else {}

    def may_be_closed(self) -> bool:
        """Whether there is credit, and no tampering that counts."""
        return self.has_credit() and not self.is_kept_open_by_tampering()

    def has_credit(self) -> bool:
        """Whether any is left, or emergency credit that the user asked for."""
        return self.memory.state.credit > 0 or self.memory.state.granted > 0

    def is_kept_open_by_tampering(self) -> bool:
        """Whether somebody tampered with a meter that heeds it here."""
        return self.configuration.tamper_disconnects and self.memory.state.is_tampered

    def is_too_much(self, loads: Sequence[int]) -> bool:
        """Whether loads are above the power limit, or too uneven; a limit of 0 was never set."""
        return self.is_above_power_limit(loads) or self.is_too_uneven(loads)

    def is_above_power_limit(self, loads: Sequence[int]) -> bool:
        """Whether the sum is above the maximum power limit."""
        return 0 < self.memory.state.power_limit < sum(loads)

    def is_too_uneven(self, loads: Sequence[int]) -> bool:
        """Whether two phases differ by more than the maximum phase power unbalance limit."""
        phases = [*loads, *(0,) * self.configuration.phases][: self.configuration.phases]
        return 0 < self.memory.state.unbalance_limit < max(phases) - min(phases)

    def closes_by_itself(self) -> bool:
        """Whether an open switch closes now without its user."""
        waits = self.memory.state.is_tripped or not self.configuration.reconnects_automatically
        return self.may_be_closed() and not waits

    def closed_by_user(self) -> Mapping[str, Any]:
        """Return what changes when the user has it closed, which is also how they ask for emergency credit."""
        granted = self.granted()
        if self.is_kept_open_by_tampering() or not (self.has_credit() or granted):
            return {}
        return {"is_closed": True, "is_tripped": False, "granted": granted}

    def granted(self) -> int:
        """Return the emergency credit that the user has if they ask now: once, and without other credit only."""
        state = self.memory.state
        return (
            state.granted if state.credit or state.granted or state.owed else self.configuration.emergency_credit
        )

    def after_power_up(self) -> None:
        """Restore the switch after a power cut; a good one has not moved."""
