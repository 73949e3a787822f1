"""Subtle defects of TokenLockout that need a sequence of events (IEC 62055-52, 6.6.7)."""

from dataclasses import replace

from sts62055.application.results import TokenStatus
from sts_rigs.simulator.defects.catalogue import subtle
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.lockout import MeterLockout

_THRESHOLD = 3


@subtle("lockout-threshold-higher-after-power-cut", breaks="52-6.6.7")
class HigherAfterCut(MeterLockout):
    """The first failure after a power cut is not counted, so that four are needed (needs a sequence)."""

    _is_fresh = False

    def after_power_up(self, off: int) -> None:
        super().after_power_up(off)
        self._is_fresh = True

    def note_failure(self, now: int) -> None:
        if not self._is_fresh:
            super().note_failure(now)
        self._is_fresh = False


@subtle("lockout-remembered-by-power-cut", breaks="52-6.6.7")
class RememberedByCut(MeterLockout):
    """A power cut long after a lockout has the next single failure lock at once (needs a sequence)."""

    _was_locked_out = False

    def note_failure(self, now: int) -> None:
        super().note_failure(now)
        self._was_locked_out |= self.memory.state.lockout.until > now

    def after_power_up(self, off: int) -> None:
        super().after_power_up(off)
        lockout = self.memory.state.lockout
        if self._was_locked_out:
            self.memory.commit(lockout=replace(lockout, failures=max(lockout.failures, _THRESHOLD - 1)))


@subtle("repeated-failure-counted-once", breaks="52-6.6.7")
class RepetitionCountedOnce(MeterLockout):
    """A wrong token that comes again and again counts as one failure (needs a sequence)."""

    _last: Apdu | None = None

    def counts(self, apdu: Apdu | None, execution: Execution) -> bool:
        last, self._last = self._last, apdu
        return apdu != last and super().counts(apdu, execution)


@subtle("fourth-failure-begins-count-anew", breaks="52-6.6.7")
class FourthBeginsAnew(MeterLockout):
    """The second failure after a lockout does not lock, as the count has two bits (needs a sequence)."""

    def note_failure(self, now: int) -> None:
        super().note_failure(now)
        lockout = self.memory.state.lockout
        self.memory.commit(lockout=replace(lockout, failures=lockout.failures % 4))


@subtle("second-lockout-doubled", breaks="52-6.6.7")
class SecondDoubled(MeterLockout):
    """A second lockout lasts twice as long although tokens were accepted in between (needs a sequence)."""

    _was_locked_out = False

    def note_failure(self, now: int) -> None:
        super().note_failure(now)
        lockout = self.memory.state.lockout
        is_first = lockout.until > now and lockout.failures == _THRESHOLD
        if is_first and self._was_locked_out:
            self.memory.commit(lockout=replace(lockout, until=2 * lockout.until - now))
        self._was_locked_out |= is_first


@subtle("management-does-not-reset-count", breaks="52-6.6.7")
class ManagementDoesNotReset(MeterLockout):
    """A management token between failures does not begin their count anew (needs a sequence)."""

    def is_reset_by(self, apdu: Apdu, result: TokenStatus) -> bool:
        return apdu.token_class == 0 and super().is_reset_by(apdu, result)


@subtle("key-change-does-not-reset-count", breaks="41-8.9 52-6.6.7")
class KeyChangeDoesNotReset(MeterLockout):
    """A key change between failures does not begin their count anew (needs a sequence)."""

    def is_reset_by(self, apdu: Apdu, result: TokenStatus) -> bool:
        return not apdu.is_key_change and super().is_reset_by(apdu, result)


@subtle("management-failure-not-counted", breaks="52-6.6.7")
class ManagementFailureNotCounted(MeterLockout):
    """A wrong CRC of class 2 between two of class 0 is not counted (needs a sequence)."""

    def counts(self, apdu: Apdu | None, execution: Execution) -> bool:
        is_management = apdu is not None and apdu.token_class == 2
        return not is_management and super().counts(apdu, execution)
