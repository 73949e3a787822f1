"""Defects of what a power cut finds written: older copies, and halves of what one token does (IEC 62055-41)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sts_rigs.clock import MILLISECOND, SECOND
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.lockout import MeterLockout
from sts_rigs.simulator.meter.process import MemoryWriting

_CHARGE = 300 * SECOND
_PAUSE = 120 * MILLISECOND


class WrittenWithTheNext(MemoryWriting):
    """Writes what some tokens do with the token after them only: a power cut before that brings back what was."""

    _before: Mapping[str, Any] | None = None

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        self._before = self.before(changes)
        return super().steps(changes)

    def after_power_up(self) -> None:
        if self._before is not None:
            self.memory.commit(**self._before)
            self._before = None

    def before(self, changes: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return what a power cut brings back of what a token changes."""
        raise NotImplementedError


@defect("cleared-credit-back-with-power", violates="41-8.4-kept", evidence="came back by a power cut")
class ClearedCreditReturns(WrittenWithTheNext):
    """Credit that was cleared is there again if the power is cut before another token comes."""

    def before(self, changes: Mapping[str, Any]) -> Mapping[str, Any] | None:
        is_cleared = changes.get("credit") == 0 and "begun" in changes
        return {"credit": self.memory.state.credit} if is_cleared else None


@defect("credit-of-tampered-meter-lost", violates="41-8.4-kept", evidence="after a power cut a tampered meter has")
class TamperedCreditLost(WrittenWithTheNext):
    """Credit that a tampered meter takes is lost if the power is cut before another token comes."""

    def before(self, changes: Mapping[str, Any]) -> Mapping[str, Any] | None:
        is_lost = self.memory.state.is_tampered and "credit" in changes and "begun" not in changes
        return {"credit": self.memory.state.credit} if is_lost else None


@defect("cleared-tampering-returns", violates="41-8.10-outlasts", evidence="a power cut brought back")
class ClearedTamperingReturns(WrittenWithTheNext):
    """A tamper condition that was cleared is there again if the power is cut before another token comes."""

    def before(self, changes: Mapping[str, Any]) -> Mapping[str, Any] | None:
        was_tampered = "is_tampered" in changes and self.memory.state.is_tampered
        return {"is_tampered": True} if was_tampered else None


@defect("management-before-identifier", violates="41-7.3.8-any-instant", evidence="the token got Accept")
class ManagementFirst(MemoryWriting):
    """What ClearCredit and ClearTamperCondition do is written before the TokenIdentifier, with time in between."""

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        if "is_tampered" not in changes and "begun" not in changes:
            return super().steps(changes)
        last = {name: value for name, value in changes.items() if name == "token_identifiers"}
        return (0, {name: value for name, value in changes.items() if name not in last}), (_PAUSE, last)


@defect("store-on-capacitor", violates="41-7.3.8-nonvolatile", evidence="got Accept after 600 s")
class StoreOnCapacitor(MeterLockout):
    """What the store holds is kept by a capacitor, for five minutes without power."""

    def after_power_up(self, off: int) -> None:
        super().after_power_up(off)
        if off > _CHARGE:
            self.memory.commit(token_identifiers=self.memory.state.token_identifiers[:1])
