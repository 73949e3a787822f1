"""Defects that need at least three events in a certain order, for the proof of `stsbench explore`.

Each is right in every token by itself. They are written from what the standards say a meter keeps and does,
without a look at the cases, the model or what an exploration draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sts62055.application.results import Accept, CRCError, FunctionError, OverflowingCredit
from sts62055.carrier.token_lockout import LockoutState
from sts_rigs.simulator.defects.catalogue import subtle
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey
from sts_rigs.simulator.meter.lockout import MeterLockout
from sts_rigs.simulator.meter.memory import MeterState
from sts_rigs.simulator.meter.process import MemoryWriting, SideEffects
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

_PART: Final = "enter next key part by port"

# -- the store of TokenIdentifiers -----------------------------------------------------------------------------


@subtle("newest-forgotten-by-second-cut", breaks="41-7.3.8")
class NewestForgotten(TokenIdentifierStore):
    """Every second power cut takes the newest TokenIdentifier out of the store."""

    _cuts = 0

    def after_power_up(self) -> None:
        self._cuts += 1
        held = self.memory.state.token_identifiers
        if self._cuts % 2 == 0 and len(held) > 1:
            self.memory.commit(token_identifiers=held[:-1])


@subtle("older-token-after-cut-not-stored", breaks="41-7.3.8")
class OlderAfterCutNotStored(TokenIdentifierStore):
    """The first token after a power cut that is older than the newest is accepted, and not stored."""

    _is_fresh = False

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        held = self.memory.state.token_identifiers
        if self._is_fresh and self.key(apdu) < max(held):
            self._is_fresh = False
            return held
        return super().with_token(apdu)

    def after_power_up(self) -> None:
        self._is_fresh = True


@subtle("third-refusal-of-used-token-accepted", breaks="41-7.3.7")
class ThirdRefusalAccepted(TokenIdentifierStore):
    """A used token that was refused twice running is accepted the third time."""

    _times = 0

    def is_used(self, apdu: Apdu) -> bool:
        is_used = super().is_used(apdu)
        self._times = self._times + 1 if is_used else 0
        return is_used and self._times % 3 != 0


@subtle("token-after-old-one-not-stored", breaks="41-7.3.8")
class AfterOldNotStored(TokenIdentifierStore):
    """The first token that is accepted after an old one was refused is not stored."""

    _was_old = False

    def is_old(self, apdu: Apdu) -> bool:
        is_old = super().is_old(apdu)
        self._was_old |= is_old
        return is_old

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        was_old, self._was_old = self._was_old, False
        return self.memory.state.token_identifiers if was_old else super().with_token(apdu)


@subtle("keypad-after-two-of-port-not-stored", breaks="41-7.3.8")
class KeypadNotStored(TokenIdentifierStore):
    """A token by the keypad that comes after two by the port is not stored."""

    _of_port = 0
    _carrier = ""

    def serve(self, *, carrier: str) -> None:
        self._carrier = carrier

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        of_port = self._of_port
        self._of_port = of_port + 1 if self._carrier == "port" else 0
        is_lost = self._carrier != "port" and of_port >= 2
        return self.memory.state.token_identifiers if is_lost else super().with_token(apdu)


# -- credit ----------------------------------------------------------------------------------------------------


@subtle("credit-after-cleared-tamper-doubled", breaks="41-8.4")
class CreditAfterClearedTamper(Functions):
    """The first credit after a tamper condition was cleared is booked twice."""

    _was_cleared = False

    def clear_tamper_condition(self, apdu: Apdu) -> Execution:
        self._was_cleared |= self.memory.state.is_tampered
        return super().clear_tamper_condition(apdu)

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution, was_cleared = super().transfer_credit(apdu), self._was_cleared
        if execution.result is not Accept or not was_cleared:
            return execution
        self._was_cleared = False
        return replace(execution, changes={"credit": 2 * execution.changes["credit"] - self.memory.state.credit})


@subtle("credit-after-overflow-and-clear-lost", breaks="41-8.4")
class CreditAfterOverflowLost(Functions):
    """The first credit after an overflow and a ClearCredit is accepted, and lost."""

    _has_overflowed = _is_cleared = False

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution = super().transfer_credit(apdu)
        if execution.result is OverflowingCredit:
            self._has_overflowed = True
        if execution.result is not Accept or not self._is_cleared:
            return execution
        self._is_cleared = False
        return replace(execution, changes={})

    def clear_credit(self, apdu: Apdu) -> Execution:
        self._is_cleared, self._has_overflowed = self._has_overflowed, False
        return super().clear_credit(apdu)


@subtle("clear-credit-after-load-leaves-one", breaks="41-8.7")
class ClearLeavesOne(Functions):
    """ClearCredit leaves 0,1 kWh where there is more, and the tenth before it is begun by a load."""

    def clear_credit(self, apdu: Apdu) -> Execution:
        execution, state = super().clear_credit(apdu), self.memory.state
        is_lost = execution.changes.get("credit") == 0 and state.begun and state.credit > 1
        return replace(execution, changes={**execution.changes, "credit": 1}) if is_lost else execution


@subtle("clear-credit-leaves-older-credit", breaks="41-8.7")
class ClearLeavesOlder(Functions):
    """ClearCredit leaves what a token has brought that was older than one before it."""

    _older = 0

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution = super().transfer_credit(apdu)
        if execution.result is Accept and apdu.token_identifier < max(self.memory.state.token_identifiers):
            self._older = execution.changes["credit"] - self.memory.state.credit
        return execution

    def clear_credit(self, apdu: Apdu) -> Execution:
        execution, older = super().clear_credit(apdu), self._older
        if execution.changes.get("credit") != 0:
            return execution
        self._older = 0
        return replace(execution, changes={**execution.changes, "credit": older})


@subtle("credit-after-failure-and-cut-doubled", breaks="41-8.4")
class CreditAfterFailureDoubled(MemoryWriting):
    """The first credit after a token has failed and the power was cut is booked twice."""

    _has_failed = False

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        more = changes.get("credit", 0) - self.memory.state.credit
        if not self._has_failed or more <= 0:
            return super().steps(changes)
        self._has_failed = False
        return super().steps({**changes, "credit": changes["credit"] + more})

    def after_power_up(self) -> None:
        self._has_failed = self.memory.state.lockout.failures > 0


@subtle("two-unknown-tokens-block-credit", breaks="41-8.4")
class UnknownBlock(Functions):
    """Two tokens running that the meter does not know have it refuse the next credit as unknown, too."""

    _unknown = 0

    def execute(self, apdu: Apdu) -> Execution:
        execution, unknown = super().execute(apdu), self._unknown
        self._unknown = unknown + 1 if execution.result is FunctionError else 0
        is_credit = apdu.token_class == 0 and execution.result is Accept
        return Execution(FunctionError) if is_credit and unknown >= 2 else execution


# -- power limit and tamper condition --------------------------------------------------------------------------


@subtle("power-limit-of-tampered-meter-lost-by-cut", breaks="41-8.6")
class LimitOfTamperedLost(MemoryWriting):
    """A power cut brings back the power limit that there was before one that came in a tamper condition."""

    _before: int | None = None

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        if "power_limit" in changes and self.memory.state.is_tampered:
            self._before = self.memory.state.power_limit
        return super().steps(changes)

    def after_power_up(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            self.memory.commit(power_limit=before)


@subtle("third-power-limit-not-set", breaks="41-8.6")
class ThirdLimitNotSet(Functions):
    """Every third power limit is accepted, and not set."""

    _times = 0

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        execution = super().set_maximum_power_limit(apdu)
        self._times += execution.result is Accept
        return execution if self._times % 3 else replace(execution, changes={})


@subtle("clear-credit-after-equal-limits-resets-them", breaks="41-8.6 41-8.7")
class ClearResetsLimit(Functions):
    """ClearCredit resets the power limit where the same one was set twice running."""

    _last, _is_equal = -1, False

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        self._is_equal, self._last = apdu.value == self._last, apdu.value
        return super().set_maximum_power_limit(apdu)

    def clear_credit(self, apdu: Apdu) -> Execution:
        execution = super().clear_credit(apdu)
        if execution.result is not Accept or not self._is_equal:
            return execution
        return replace(execution, changes={**execution.changes, "power_limit": 0})


@subtle("tamper-after-cut-not-cleared", breaks="41-8.10")
class TamperNotCleared(MemoryWriting):
    """A tamper condition that has outlasted a power cut is not ended by the next ClearTamperCondition."""

    _has_outlasted = False

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        if "is_tampered" not in changes or not self._has_outlasted:
            return super().steps(changes)
        self._has_outlasted = False
        return super().steps({name: value for name, value in changes.items() if name != "is_tampered"})

    def after_power_up(self) -> None:
        self._has_outlasted = self.memory.state.is_tampered


@subtle("second-tampering-ended-by-cut", breaks="41-8.10")
class SecondTamperingEnded(MemoryWriting):
    """A power cut ends a tamper condition that is not the first."""

    _was_cleared = False

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        self._was_cleared |= "is_tampered" in changes and self.memory.state.is_tampered
        return super().steps(changes)

    def after_power_up(self) -> None:
        if self._was_cleared:
            self.memory.commit(is_tampered=False)


# -- key changes and lockout -----------------------------------------------------------------------------------


@subtle("credit-lost-by-failure-between-parts", breaks="41-8.9")
class CreditLostByFailure(SideEffects):
    """A key change between whose parts a token has failed takes the credit."""

    _has_failed = False

    def of(self, apdu: Apdu, execution: Execution) -> Mapping[str, Any]:
        if execution.result is CRCError:
            self._has_failed |= bool(self.memory.state.key_sections)
        if not apdu.is_key_change or execution.result is not Accept:
            return {}
        has_failed, self._has_failed = self._has_failed, False
        return {"credit": 0} if has_failed else {}


@subtle("power-limit-lost-by-cut-after-key-change", breaks="41-8.6 41-8.9")
class LimitLostAfterKeyChange(MemoryWriting):
    """The first power cut after a key change takes the power limit."""

    _is_changed = False

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        self._is_changed |= "key" in changes
        return super().steps(changes)

    def after_power_up(self) -> None:
        is_changed, self._is_changed = self._is_changed, False
        if is_changed:
            self.memory.commit(power_limit=0)


@subtle("tampering-between-parts-ended-by-last", breaks="41-8.9 41-8.10")
class TamperingBetweenParts(KeyChangeProcess):
    """The last part of a key change ends a tamper condition that began after its first part."""

    _before: MeterState | None = None

    def take(self, apdu: Apdu, now: int) -> Execution:
        if not self.held(now):
            self._before = self.memory.state
        return super().take(apdu, now)

    def changes(self, new: NewKey) -> dict[str, object]:
        began_between = self._before is not None and not self._before.is_tampered
        return {**super().changes(new), **({"is_tampered": False} if began_between else {})}


@subtle("test-ends-lockout", breaks="52-6.6.7")
class TestEndsLockout(MeterLockout):
    """A token of class 1 that is accepted during a lockout ends it."""

    def note(self, apdu: Apdu | None, execution: Execution, now: int) -> None:
        super().note(apdu, execution, now)
        is_test = apdu is not None and apdu.token_class == 1 and execution.result is Accept
        if is_test and self.is_active(now):
            self.memory.commit(lockout=LockoutState())


_SHORTEST = {
    NewestForgotten: [
        "enter credit by port",
        "cut the power for 1 s",
        "cut the power for 1 s",
        "enter the same token again by port",
    ],
    OlderAfterCutNotStored: [
        "enter credit by port",
        "cut the power for 1 s",
        "enter older credit by port",
        "enter the same token again by port",
    ],
    ThirdRefusalAccepted: ["enter credit by port", *["enter the same token again by port"] * 3],
    AfterOldNotStored: [
        "enter credit of long ago by port",
        "enter credit by port",
        "enter the same token again by port",
    ],
    KeypadNotStored: [
        "enter credit by port",
        "enter credit by keypad",
        "enter the same token again by port",
    ],
    CreditAfterClearedTamper: ["tamper", "enter ClearTamperCondition by port", "enter credit by port"],
    CreditAfterOverflowLost: [
        "enter overflowing credit by port",
        "enter ClearCredit by port",
        "enter credit by port",
    ],
    ClearLeavesOne: ["enter credit by port", "apply 2000 W for 600 s", "enter ClearCredit by port"],
    ClearLeavesOlder: ["enter credit by port", "enter older credit by port", "enter ClearCredit by port"],
    CreditAfterFailureDoubled: [
        "enter credit with a wrong CRC by port",
        "cut the power for 1 s",
        "enter credit by port",
    ],
    UnknownBlock: ["enter reserved token by port", "enter reserved token by port", "enter credit by port"],
    LimitOfTamperedLost: ["tamper", "enter power limit by port", "cut the power for 1 s"],
    ThirdLimitNotSet: [
        "enter power limit by port",
        "enter other power limit by port",
        "enter power limit by port",
    ],
    ClearResetsLimit: [
        "enter power limit by port",
        "enter power limit by port",
        "enter ClearCredit by port",
    ],
    TamperNotCleared: ["tamper", "cut the power for 1 s", "enter ClearTamperCondition by port"],
    SecondTamperingEnded: [
        "tamper",
        "enter ClearTamperCondition by port",
        "tamper",
        "cut the power for 1 s",
    ],
    CreditLostByFailure: [_PART, "enter credit with a wrong CRC by port", *[_PART] * 3],
    LimitLostAfterKeyChange: [*[_PART] * 4, "enter power limit by port", "cut the power for 1 s"],
    TamperingBetweenParts: [_PART, "tamper", *[_PART] * 3],
    TestEndsLockout: [
        *["enter credit with a wrong CRC by port"] * 3,
        "enter test of everything by port",
    ],
}

SHORTEST: Final[Mapping[str, Sequence[str]]] = {
    part._stsbench_defect.name: steps
    for part, steps in _SHORTEST.items()  # type: ignore[attr-defined]
}
"""The shortest sequence known after which each of them shows, step by step, on a meter with keys of four parts."""
