"""Subtle defects that need a sequence of events: each of them alone is served as it must be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from sts62055.application.results import (
    Accept,
    CRCError,
    DDTKError,
    KeyExpiredError,
    OverflowingCredit,
)
from sts_rigs.simulator.defects.catalogue import subtle
from sts_rigs.simulator.defects.subtle.identifiers import NotStored
from sts_rigs.simulator.defects.subtle.triggers import CLEAR_TAMPER, POWER_LIMIT, With, kind_of
from sts_rigs.simulator.meter.configuration import HeldKey
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey
from sts_rigs.simulator.meter.memory import MeterState
from sts_rigs.simulator.meter.metering import Metering
from sts_rigs.simulator.meter.process import MemoryWriting, SideEffects
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

_SECOND_PART, _THIRD_PART, _FOURTH_PART = 4, 8, 9
_GROUP = 16
_THRESHOLD = 3

# -- the store -------------------------------------------------------------------------------------------------


@subtle("used-token-again-after-failure", breaks="41-7.3.6 41-7.3.8")
class AgainAfterFailure(With):
    """A wrong CRC right after a good token lets that be accepted a second time (needs a sequence)."""

    result = CRCError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        held = self.memory.state.token_identifiers
        return {"token_identifiers": held[:-1] or held}


@subtle("used-token-again-after-two-older", breaks="41-7.3.8")
class AgainAfterTwoOlder(TokenIdentifierStore):
    """Two tokens running that are older than the newest let that be accepted a second time (needs a sequence)."""

    _older = 0

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        newest = max(self.memory.state.token_identifiers)
        self._older = self._older + 1 if self.key(apdu) < newest else 0
        return tuple(one for one in super().with_token(apdu) if one != newest or self._older != 2)


@subtle("used-token-again-after-overflow", breaks="41-7.1.5 41-7.3.8")
class AgainAfterOverflow(With):
    """An overflow puts back the token before it, which is accepted a second time (needs a sequence)."""

    result = OverflowingCredit

    def also(self, apdu: Apdu) -> Mapping[str, Any]:  # noqa: ARG002
        held = self.memory.state.token_identifiers
        return {"token_identifiers": held[:-1] or held}


@subtle("second-overflow-uses-up-token", breaks="41-7.1.5 41-7.3.8")
class SecondOverflowUsesUp(With):
    """A token that overflows twice running is used up, and refused once there is room (needs a sequence)."""

    result = OverflowingCredit
    _last: Apdu | None = None

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        last, self._last = self._last, apdu
        return self.stored(apdu) if apdu == last else {}


@subtle("expired-token-used-up", breaks="41-6.1.10 41-7.3.8 41-8.9")
class ExpiredUsedUp(With):
    """A token that was refused as expired is used up under the key that comes next (needs a sequence)."""

    result = KeyExpiredError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return self.stored(apdu)


@subtle("token-refused-under-default-key-used-up", breaks="41-6.5.2 41-7.3.8 41-8.9")
class RefusedUnderDefaultUsedUp(With):
    """Credit that was refused under a DDTK is used up under the DUTK that comes next (needs a sequence)."""

    result = DDTKError

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        return self.stored(apdu)


@subtle("first-token-after-power-cut-not-stored", breaks="41-7.3.8")
class FirstAfterCutNotStored(NotStored):
    """The first token after a power cut is accepted a second time (needs a sequence)."""

    _is_fresh = False

    def is_left_out(self, apdu: Apdu) -> bool:  # noqa: ARG002
        was_fresh, self._is_fresh = self._is_fresh, False
        return was_fresh

    def after_power_up(self) -> None:
        self._is_fresh = True


@subtle("first-token-after-lockout-not-stored", breaks="41-7.3.8 52-6.6.7")
class FirstAfterLockoutNotStored(NotStored):
    """The first token after a lockout is accepted a second time (needs a sequence)."""

    def is_left_out(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return self.memory.state.lockout.failures >= _THRESHOLD


@subtle("token-between-parts-not-stored", breaks="41-7.3.8 41-8.9")
class BetweenPartsNotStored(NotStored):
    """A token that comes between the parts of a key change is accepted a second time (needs a sequence)."""

    def is_left_out(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return bool(self.memory.state.key_sections)


@subtle("second-key-change-empties-store", breaks="41-7.3.8 41-8.9")
class SecondChangeEmptiesStore(KeyChangeProcess):
    """The second key change empties the store, RO or not (needs a sequence)."""

    def changes(self, new: NewKey) -> dict[str, object]:
        is_second = self.memory.state.key is not None
        return {**super().changes(new), **({"token_identifiers": (0,)} if is_second else {})}


@subtle("second-roll-over-ignored", breaks="41-6.3.20 41-7.3.8 41-8.9")
class SecondRollOverIgnored(KeyChangeProcess):
    """RO of a second key change is ignored (needs a sequence)."""

    def changes(self, new: NewKey) -> dict[str, object]:
        changes = super().changes(new)
        is_second = self.memory.state.key is not None
        return {"key": changes["key"]} if is_second else changes


# -- copies of the memory --------------------------------------------------------------------------------------


class FromCutBefore(MemoryWriting):
    """Saves one thing when the power comes back, and finds the copy of the time before."""

    name: ClassVar[str]
    _saved: Any = None

    def after_power_up(self) -> None:
        saved, self._saved = self._saved, getattr(self.memory.state, self.name)
        if saved is not None:
            self.memory.commit(**{self.name: saved})


@subtle("credit-of-power-cut-before", breaks="41-7.3.8 41-8.4")
class CreditOfCutBefore(FromCutBefore):
    """A second power cut brings back the credit of the first (needs a sequence)."""

    name = "credit"


@subtle("store-of-power-cut-before", breaks="41-7.3.8")
class StoreOfCutBefore(FromCutBefore):
    """A second power cut brings back the TokenIdentifiers of the first (needs a sequence)."""

    name = "token_identifiers"


@subtle("tamper-of-power-cut-before", breaks="41-8.10")
class TamperOfCutBefore(FromCutBefore):
    """A second power cut brings back what the first found of tampering (needs a sequence)."""

    name = "is_tampered"


@subtle("power-limit-before-last-returns", breaks="41-8.6")
class LimitBeforeLast(MemoryWriting):
    """After a second power limit a power cut brings back the first (needs a sequence)."""

    _first = 0

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        if "power_limit" in changes:
            self._first = self.memory.state.power_limit
        return super().steps(changes)

    def after_power_up(self) -> None:
        if self._first:
            self.memory.commit(power_limit=self._first)


@subtle("cleared-credit-returns", breaks="41-8.7")
class ClearedCreditReturns(MemoryWriting):
    """A power cut after ClearCredit brings back the credit that was cleared (needs a sequence)."""

    _cleared = 0

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        if "credit" in changes:
            self._cleared = 0 if changes["credit"] else self.memory.state.credit
        return super().steps(changes)

    def after_power_up(self) -> None:
        if self._cleared and not self.memory.state.credit:
            self.memory.commit(credit=self._cleared)


@subtle("cleared-tamper-returns", breaks="41-8.10")
class ClearedTamperReturns(MemoryWriting):
    """A tamper condition that was cleared is there again after a power cut (needs a sequence)."""

    _was_tampered = False

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        self._was_tampered |= self.memory.state.is_tampered
        return super().steps(changes)

    def after_power_up(self) -> None:
        self.memory.commit(is_tampered=self._was_tampered or self.memory.state.is_tampered)


@subtle("credit-since-key-change-lost", breaks="41-8.4 41-8.9")
class CreditSinceKeyChangeLost(MemoryWriting):
    """The first power cut after a key change brings back the credit that there was at it (needs a sequence)."""

    _backup: MeterState | None = None

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        if "key" in changes:
            self._backup = self.memory.state
        return super().steps(changes)

    def after_power_up(self) -> None:
        backup, self._backup = self._backup, None
        if backup:
            self.memory.commit(credit=backup.credit)


@subtle("first-new-key-returns", breaks="41-8.9")
class FirstNewKeyReturns(KeyChangeProcess):
    """After a second key change a power cut brings back the key of the first (needs a sequence)."""

    _before: HeldKey | None = None

    def changes(self, new: NewKey) -> dict[str, object]:
        self._before = self.memory.state.key
        return super().changes(new)

    def after_power_up(self) -> None:
        super().after_power_up()
        before, self._before = self._before, None
        if before:
            self.memory.commit(key=before)


@subtle("store-before-roll-over-returns", breaks="41-7.3.8 41-8.9")
class StoreBeforeRollOver(KeyChangeProcess):
    """A power cut after a key change with RO brings back the store that it emptied (needs a sequence)."""

    _emptied: tuple[int, ...] = ()

    def changes(self, new: NewKey) -> dict[str, object]:
        self._emptied = self.memory.state.token_identifiers if new.rolls_over else ()
        return super().changes(new)

    def after_power_up(self) -> None:
        super().after_power_up()
        emptied, self._emptied = self._emptied, ()
        if emptied:
            self.memory.commit(token_identifiers=emptied)


# -- functions -------------------------------------------------------------------------------------------------


@subtle("credit-after-clear-lost", breaks="41-8.4 41-8.7")
class CreditAfterClearLost(Functions):
    """The first credit after a ClearCredit is accepted, and lost (needs a sequence)."""

    _is_cleared = False

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution, is_cleared = super().transfer_credit(apdu), self._is_cleared
        self._is_cleared = False
        return replace(execution, changes={}) if is_cleared else execution

    def clear_credit(self, apdu: Apdu) -> Execution:
        self._is_cleared = True
        return super().clear_credit(apdu)


@subtle("power-limit-undone-by-clear-tamper", breaks="41-8.6 41-8.10")
class LimitUndone(SideEffects):
    """ClearTamperCondition brings back the power limit of when the meter was tampered (needs a sequence)."""

    _before: int | None = None

    def of(self, apdu: Apdu, execution: Execution) -> Mapping[str, Any]:
        if execution.result is not Accept:
            return {}
        state = self.memory.state
        if kind_of(apdu) == POWER_LIMIT and state.is_tampered and self._before is None:
            self._before = state.power_limit
        if kind_of(apdu) != CLEAR_TAMPER or self._before is None:
            return {}
        before, self._before = self._before, None
        return {"power_limit": before}


@subtle("power-limit-lost-when-credit-runs-out", breaks="31 41-8.6")
class LimitLostWithCredit(Metering):
    """The power limit is lost when a load uses up the credit (needs a sequence)."""

    def after(self, energy: int) -> Mapping[str, Any]:
        changes = super().after(energy)
        return changes if changes["credit"] else {**changes, "power_limit": 0}


@subtle("older-power-limit-swallowed", breaks="41-8.6")
class OlderLimitSwallowed(Functions):
    """A power limit whose token is older than one accepted before is accepted, and not set (needs a sequence)."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        execution = super().set_maximum_power_limit(apdu)
        is_older = apdu.token_identifier < max(self.memory.state.token_identifiers)
        return replace(execution, changes={}) if is_older else execution


@subtle("tamper-cleared-after-lockout", breaks="41-8.10 52-6.6.7")
class TamperClearedAfterLockout(SideEffects):
    """The first token that is accepted after a lockout ends a tamper condition (needs a sequence)."""

    def of(self, apdu: Apdu, execution: Execution) -> Mapping[str, Any]:
        is_first = self.memory.state.lockout.failures >= _THRESHOLD and apdu.token_class != 1
        return {"is_tampered": False} if is_first and execution.result is Accept else {}


@subtle("credit-after-display-lost", breaks="41-8.4 41-8.5")
class CreditAfterDisplayLost(Functions):
    """A credit token right after the test of everything is accepted, and lost (needs a sequence)."""

    _is_testing = False

    def test_display(self, apdu: Apdu) -> Execution:
        execution = super().test_display(apdu)
        self._is_testing = execution.display == "all"
        return execution

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution, is_testing = super().transfer_credit(apdu), self._is_testing
        self._is_testing = False
        return replace(execution, changes={}) if is_testing else execution


@subtle("third-equal-credit-lost", breaks="41-8.4")
class ThirdEqualCreditLost(Functions):
    """The third credit token running with one Amount is accepted, and lost (needs a sequence)."""

    _last, _times = -1, 0

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution = super().transfer_credit(apdu)
        self._times = self._times + 1 if apdu.value == self._last else 1
        self._last = apdu.value
        return replace(execution, changes={}) if self._times == 3 else execution


# -- key changes -----------------------------------------------------------------------------------------------


class KnowsCreditAtFirst(KeyChangeProcess):
    """Remembers the credit from when the first part of a set came."""

    credit = 0

    def take(self, apdu: Apdu, now: int) -> Execution:
        if not self.held(now):
            self.credit = self.memory.state.credit
        return super().take(apdu, now)


@subtle("credit-between-parts-doubled", breaks="41-8.4 41-8.9")
class CreditBetweenDoubled(KnowsCreditAtFirst):
    """Credit that came between the parts of a set is booked again when the set is complete (needs a sequence)."""

    def changes(self, new: NewKey) -> dict[str, object]:
        credit = self.memory.state.credit
        return {**super().changes(new), "credit": credit + max(credit - self.credit, 0)}


@subtle("credit-lost-in-power-cut-before-last-part", breaks="41-8.4 41-8.9")
class CreditLostBeforeLastPart(KnowsCreditAtFirst):
    """A power cut before the last part takes the credit that came after the first part (needs a sequence)."""

    def after_power_up(self) -> None:
        super().after_power_up()
        state = self.memory.state
        if len(state.key_sections) == self.configuration.key_change_tokens - 1:
            self.memory.commit(credit=min(self.credit, state.credit))


@subtle("group-of-first-key-change-stays", breaks="41-6.1.6 41-8.9")
class GroupStays(KeyChangeProcess):
    """A second key change does not take the SupplyGroupCode (needs a sequence)."""

    def key_of(self, new: NewKey) -> HeldKey:
        key, before = super().key_of(new), self.memory.state.key
        return replace(key, supply_group_code=before.supply_group_code) if before else key


@subtle("group-shown-before-completion", breaks="41-8.5 41-8.9")
class GroupShownEarly(Functions):
    """The display shows the new SupplyGroupCode before the last part of its set came (needs a sequence)."""

    def shown_by_test(self, number: int) -> str:
        sections = self.memory.state.key_sections
        if number != _GROUP or not sections.keys() >= {_THIRD_PART, _FOURTH_PART}:
            return super().shown_by_test(number)
        return f"{NewKey(sections, is_long=True).supply_group_code:06d}"


@subtle("tariff-index-mixed-after-power-cut", breaks="41-6.1.7 41-8.9")
class TariffIndexMixed(KeyChangeProcess):
    """A power cut behind the second part leaves the old tariff index to the new key (needs a sequence)."""

    _is_lost = False

    def after_power_up(self) -> None:
        super().after_power_up()
        self._is_lost = _SECOND_PART in self.memory.state.key_sections

    def key_of(self, new: NewKey) -> HeldKey:
        key, is_lost = super().key_of(new), self._is_lost
        self._is_lost = False
        return replace(key, tariff_index=self.held_key.tariff_index) if is_lost else key


@subtle("power-limit-between-parts-swallowed", breaks="41-8.6 41-8.9")
class LimitBetweenParts(Functions):
    """A power limit between the parts of a set is accepted, and not set (needs a sequence)."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        execution = super().set_maximum_power_limit(apdu)
        return replace(execution, changes={}) if self.memory.state.key_sections else execution
