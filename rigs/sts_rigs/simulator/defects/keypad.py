"""Defects of the keypad, and of a meter with two carriers (IEC 62055-51; IEC 62055-41, 6.1.3 and 7.3.8)."""

from dataclasses import replace

from sts62055.application.results import (
    Accept,
    AuthenticationResult,
    KeyExpiredError,
    KeyTypeError,
    Lockout,
    OldError,
    OverflowingCredit,
    RangeError,
    TokenResult,
    TokenStatus,
)
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution, Functions
from sts_rigs.simulator.meter.keypad import Keypad
from sts_rigs.simulator.meter.lockout import MeterLockout
from sts_rigs.simulator.meter.process import ApplicationProcess
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

_CONFIRMS = {"implements.keypad_confirm": "E"}


@defect(
    "keypad-dead",
    violates="41-6.1.3-keypad 51-numeric-twenty 51-numeric-leading-zeros 51-keypad-other-keys 51-keypad-aborted "
    "51-keypad-time-left 51-keypad-time-out 51-keypad-while-processing",
    evidence="credit()",
)
class DeadKeypad(Keypad):
    """The keypad's tokens never get to the meter."""

    def is_token(self, entry: str) -> bool:  # noqa: ARG002
        return False


@defect("keypad-without-management", violates="51-numeric-twenty", evidence="expected 0")
class CreditOnly(Keypad):
    """Tokens of class 2 are not taken at the keypad."""

    def is_token(self, entry: str) -> bool:
        return super().is_token(entry) and int(entry) >> 27 & 3 != 2


def _shows_as(shown: TokenStatus, true: TokenStatus, name: str) -> type[Functions]:
    """Return a defect: the display has the text of one result for another."""

    def shown_result(self: Functions, execution: Execution) -> str:
        is_wrong = execution.result is true
        return Functions.shown_result(self, replace(execution, result=shown) if is_wrong else execution)

    what = f"The display shows the text of {shown} for {true}."
    part = type(f"Wrong{true}", (Functions,), {"__doc__": what, "shown_result": shown_result})
    return defect(name, violates="51-numeric-twenty", evidence=str(true))(part)


_THIRD = TokenResult.THIRD_KCT
WrongThirdPart = _shows_as(TokenResult.SECOND_KCT, _THIRD, "third-part-shown-as-second")
WrongExpiry = _shows_as(OldError, KeyExpiredError, "expired-key-shown-as-old-token")
WrongOverflow = _shows_as(Accept, OverflowingCredit, "overflow-shown-as-accepted")
WrongRange = _shows_as(TokenResult.FUNCTION_ERROR, RangeError, "range-shown-as-function")
WrongKeyType = _shows_as(TokenResult.FORMAT_ERROR, KeyTypeError, "key-type-shown-as-format")


@defect("test-shown-for-next-token", violates="51-numeric-twenty", evidence="and for the token after it")
class StaleTest(Functions):
    """The display goes on showing the DRN that a test has brought when the next token is accepted."""

    _test = ""

    def shown_result(self, execution: Execution) -> str:
        test, self._test = self._test, execution.display
        is_stale = (
            execution.result is Accept and not execution.display and self.configuration.pan.drn.digits in test
        )
        return test if is_stale else super().shown_result(execution)


@defect("second-lockout-shown-as-crc-error", violates="52-6.6.7-carriers", evidence="got CRCError")
class ShyLockout(Functions):
    """Of tokens that are locked out in a row the display shows every other one as CRCError."""

    _is_second = False

    def shown_result(self, execution: Execution) -> str:
        is_second, self._is_second = self._is_second, False
        if execution.result is not Lockout or execution.display:
            return super().shown_result(execution)
        self._is_second = not is_second
        return super().shown_result(
            replace(execution, result=AuthenticationResult.CRC_ERROR) if is_second else execution
        )


@defect("last-digit-stays", violates="51-numeric-fewer", evidence="credit()", declares=_CONFIRMS)
class UnclearedEntry(Keypad):
    """An entry is written over the one before, whose last digits stand in for what is missing."""

    _before = ""

    def press(self, key: str, now: int) -> str | None:
        entry = super().press(key, now)
        if entry:
            self._before = self.completed(entry)
        return entry and self._before

    def is_token(self, entry: str) -> bool:
        return super().is_token(self.completed(entry))

    def completed(self, entry: str) -> str:
        """Return an entry with what stands behind it."""
        return entry and entry + self._before[len(entry) :]


@defect("last-twenty-digits-taken", violates="51-numeric-more", evidence="credit()", declares=_CONFIRMS)
class FullEntry(Keypad):
    """Of more than twenty digits the last twenty are taken for the token."""

    def is_token(self, entry: str) -> bool:
        return len(entry) >= 20

    def processed(self, entry: str) -> str:
        return entry[-20:]


@defect("leading-zeros-added", violates="51-numeric-leading-zeros", evidence="credit()", declares=_CONFIRMS)
class PaddedEntry(Keypad):
    """An entry that is too short gets leading zeros."""

    def is_token(self, entry: str) -> bool:
        return 0 < len(entry) <= 20

    def processed(self, entry: str) -> str:
        return entry.zfill(20)


@defect("confirm-key-enters-zero", violates="51-keypad-other-keys", evidence="credit()", declares=_CONFIRMS)
class ZeroOfConfirm(Keypad):
    """The key that ends an entry puts a zero into an empty one."""

    def press(self, key: str, now: int) -> str | None:
        is_empty = not self._entry or self.is_given_up(now)
        return super().press("0" if key == self.configuration.keypad_confirm and is_empty else key, now)


@defect("long-entry-not-aborted", violates="51-keypad-aborted", evidence="credit()")
class LateAbort(Keypad):
    """An entry of more than half a token is not given up any more."""

    def press(self, key: str, now: int) -> str | None:
        if key == self.configuration.keypad_abort and len(self._entry) > 10:
            return None
        return super().press(key, now)


@defect("entry-waits-for-ever", violates="51-keypad-time-out 51-keypad-unfinished", evidence="credit()")
class PatientKeypad(Keypad):
    """An entry that was left is not given up."""

    def is_given_up(self, now: int) -> bool:  # noqa: ARG002
        return False


@defect("entry-given-up-early", violates="51-keypad-time-left", evidence="credit()")
class HastyKeypad(Keypad):
    """An entry is given up after a quarter of the declared time."""

    def is_given_up(self, now: int) -> bool:
        return now - self._pressed > self.configuration.keypad_timeout // 4


@defect("entry-given-up-a-little-early", violates="51-keypad-time-left", evidence="the entry was left for")
class EagerKeypad(Keypad):
    """An entry is given up after four fifths of the declared time."""

    def is_given_up(self, now: int) -> bool:
        return now - self._pressed > self.configuration.keypad_timeout * 4 // 5


@defect("entry-timed-from-first-key", violates="51-keypad-time-left", evidence="credit()")
class TimedFromFirstKey(Keypad):
    """An entry is given up when it has lasted for more than the declared time and a quarter in all."""

    _began = 0

    def press(self, key: str, now: int) -> str | None:
        if self.is_given_up(now):
            self.forget()
        if not self._entry:
            self._began = now
        return super().press(key, now)

    def is_given_up(self, now: int) -> bool:
        longest = self.configuration.keypad_timeout * 5 // 4
        return super().is_given_up(now) or now - self._began > longest


@defect("short-entry-waits-for-ever", violates="51-keypad-time-out", evidence="digits that were left")
class PatientWithFew(Keypad):
    """An entry of less than five digits is not given up."""

    def is_given_up(self, now: int) -> bool:
        return len(self._entry) >= 5 and super().is_given_up(now)


@defect("abort-leaves-first-digit", violates="51-keypad-aborted", evidence="4 digits that were aborted")
class FirstDigitStays(Keypad):
    """An entry of four digits, which may be a code, is aborted but for the first of them."""

    def press(self, key: str, now: int) -> str | None:
        kept = self._entry[:1] if key == self.configuration.keypad_abort and len(self._entry) == 4 else ""
        ended = super().press(key, now)
        self._entry = kept or self._entry
        return ended


@defect("keys-spoil-token", violates="51-keypad-while-processing", evidence="credit()")
class SharedBuffer(Keypad):
    """A token is processed from the buffer that further keys are written to."""

    def processed(self, entry: str) -> str:
        return (entry + self._entry)[-20:]


@defect("store-of-each-carrier", violates="41-7.3.8-other-carrier 51-carriers-same", evidence="credit()")
class PrivateStores(TokenIdentifierStore):
    """Each carrier has a store of used tokens of its own."""

    _carrier = "port"

    def serve(self, *, carrier: str) -> None:
        self._carrier = carrier

    def is_used(self, apdu: Apdu) -> bool:
        return super().is_used(apdu) and self._of_carrier(apdu) in self._used()

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        self._used().add(self._of_carrier(apdu))
        return super().with_token(apdu)

    def _of_carrier(self, apdu: Apdu) -> tuple[str, int]:
        return self._carrier, self.key(apdu)

    def _used(self) -> set[tuple[str, int]]:
        if not hasattr(self, "_pairs"):
            self._pairs: set[tuple[str, int]] = set()
        return self._pairs


@defect("credit-of-two-carriers-lost", violates="51-carriers-both", evidence="got UsedError, expected Accept")
class RacingCredit(Functions):
    """Credit of a token that had to wait is added to the credit from before the token that it waited for."""

    _before = 0
    _waited = False

    def begin(self, *, waited: bool) -> None:
        self._waited = waited

    def transfer_credit(self, apdu: Apdu) -> Execution:
        credit = self.memory.state.credit
        execution = super().transfer_credit(apdu)
        lost = credit - self._before if self._waited and execution.result is Accept else 0
        self._before = credit
        return replace(execution, changes={key: value - lost for key, value in execution.changes.items()})


@defect("keypad-failures-not-counted", violates="52-6.6.7-carriers", evidence="expected TokenLockout")
class PortLockout(MeterLockout):
    """The lockout heeds the port only, and it is declared to heed every carrier."""

    def concerns(self, *, carrier: str) -> bool:
        return carrier == "port"


@defect("tests-locked-out-at-keypad", violates="52-6.6.7-carriers", evidence="for a token of class 1")
class StrictKeypad(ApplicationProcess):
    """While there is a lockout, tokens of class 1 are served by the port alone."""

    def is_locked_out(self, digits: str, now: int, *, carrier: str) -> bool:
        is_active = self._lockout.concerns(carrier=carrier) and self._lockout.is_active(now)
        return (carrier == "keypad" and is_active) or super().is_locked_out(digits, now, carrier=carrier)


@defect("keypad-idle-while-tampered", violates="41-6.1.3-keypad", evidence="while the meter is tampered")
class GuardedKeypad(ApplicationProcess):
    """While the meter is tampered, credit is taken by the port and not at the keypad."""

    def run(self, digits: str, now: int, *, carrier: str, waited: bool) -> Execution:
        is_credit = int(digits) >> 27 & 3 == 0
        if carrier == "keypad" and is_credit and self._lockout.memory.state.is_tampered:
            return Execution(TokenResult.FUNCTION_ERROR)
        return super().run(digits, now, carrier=carrier, waited=waited)


@defect("keypad-resets-nothing", violates="52-6.6.7-carriers", evidence="a lockout began before")
class StubbornCount(ApplicationProcess):
    """A token that is accepted at the keypad does not begin the count of failures anew."""

    def run(self, digits: str, now: int, *, carrier: str, waited: bool) -> Execution:
        before = self._lockout.memory.state.lockout
        execution = super().run(digits, now, carrier=carrier, waited=waited)
        if carrier == "keypad" and execution.result is Accept and not self._lockout.is_active(now):
            self._lockout.memory.commit(lockout=before)
        return execution


@defect("entry-not-shown", violates="51-keypad-shown", evidence="the display shows")
class EntryHidden(Keypad):
    """The display shows a star for each digit of an entry."""

    @property
    def shown(self) -> str:
        return "*" * len(super().shown)
