"""TokenLockout (IEC 62055-52, 6.6.7): too many tokens that fail make the meter refuse for a while.

It is a machine of its own beside the rest of the meter: of a token it sees the result, and what kind it was.
"""

from dataclasses import dataclass, replace

from sts62055.application.results import (
    Accept,
    CRCError,
    Lockout,
    TokenResult,
    TokenStatus,
    ValidationResult,
)
from sts62055.model.rule import Refusal, Situation, refused, rule
from sts62055.model.spans import Span
from sts62055.model.state import LockoutState
from sts62055.model.traits import (
    CLASS_3_COUNTS,
    COUNT_SURVIVES,
    COUNTS_CONTENT,
    COUNTS_CURRENCY,
    COUNTS_DISPLAY,
    COUNTS_OVERSIZED,
    COUNTS_VALIDATION,
    LOCKOUT_SURVIVES,
    LOCKOUT_TIME_STANDS_STILL,
    READS_AS_CURRENCY,
    RESET_BY_DISPLAY,
    RESET_BY_KEY_PART,
    STILL_LOCKED,
)

__all__ = ["Attempt", "after_attempt", "after_power_cut", "concerns", "is_locked", "locked_out"]

_PARTS = frozenset({TokenResult.FIRST_KCT, TokenResult.SECOND_KCT, TokenResult.THIRD_KCT, TokenResult.FOURTH_KCT})


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the lockout sees of a token: its class, None for a number of more than 66 bits, and its result.

    is_strange: whether it is a currency token, as far as a meter without currency can tell; None where nobody
    knows what the meter reads.
    """

    token_class: int | None
    is_authentic: bool
    is_strange: bool | None
    result: TokenStatus


def concerns(situation: Situation, token_class: int | None, carrier: str) -> bool:
    """Return whether tokens of a class that come by a carrier can be locked out; class 1 never is."""
    lockout = situation.declared.lockout
    return lockout is not None and carrier in lockout.carriers and token_class != 1


def is_locked(situation: Situation, held: LockoutState, within: Span) -> bool:
    """Return whether the lockout is active within a span; where that is not sure, either is taken."""
    until = held.until
    if until is None or until.latest <= within.earliest:
        return False
    return within.latest < until.earliest or situation.has(STILL_LOCKED)


@rule(
    "52-6.6.7-begins",
    "52-6.6.7-class-1",
    "52-6.6.7-ends",
    "52-6.6.7-none",
    "52-6.6.7-carriers",
    "52-6.6.7-reset-after-lockout",
)
def locked_out(situation: Situation, held: LockoutState, within: Span) -> Refusal | None:
    """Refuse every token but those of class 1 while the lockout is active; nothing comes of them."""
    return refused(Lockout) if is_locked(situation, held, within) else None


def after_attempt(situation: Situation, held: LockoutState, attempt: Attempt, within: Span) -> LockoutState:
    """Return the lockout after a token that was not locked out (52-6.6.7-begins, -reset, -doubles)."""
    lockout = situation.declared.lockout
    if lockout is None or (held.failures and _resets(situation, attempt)):
        return replace(held, failures=0)
    if not _counts(situation, attempt):
        return held
    failures = held.failures + 1
    excess = failures - lockout.threshold
    if excess < 0:
        return replace(held, failures=failures)
    delay = min(lockout.delay << min(excess, 32), lockout.longest)
    return LockoutState(failures, within.later(delay, delay))


def after_power_cut(situation: Situation, held: LockoutState, went: int, back: int) -> LockoutState:
    """Return the lockout after a power cut: whether it has lasted, and its time stood still, is declared."""
    until = held.until
    if until is not None:
        until = _lasting(situation, until, back - went) if until.latest > went else None
    keeps_count = not held.failures or situation.has(COUNT_SURVIVES)
    return LockoutState(held.failures if keeps_count else 0, until)


def _lasting(situation: Situation, until: Span, off: int) -> Span | None:
    if not situation.has(LOCKOUT_SURVIVES):
        return None
    return until.later(0, off) if situation.has(LOCKOUT_TIME_STANDS_STILL) else until


def _resets(situation: Situation, attempt: Attempt) -> bool:
    """Return whether a result begins the count anew: Accept of class 0 and 2 does."""
    if attempt.result in _PARTS:
        return situation.has(RESET_BY_KEY_PART)
    return attempt.result is Accept and (attempt.token_class != 1 or situation.has(RESET_BY_DISPLAY))


def _counts(situation: Situation, attempt: Attempt) -> bool:
    """Return whether a result is a failure that counts: CRCError of class 0 and 2 is."""
    result, token_class = attempt.result, attempt.token_class
    if result is Accept or result in _PARTS:
        return False
    if token_class is None:
        return situation.has(COUNTS_OVERSIZED)
    if token_class == 1:
        return situation.has(COUNTS_DISPLAY)
    if token_class == 3:
        return situation.has(CLASS_3_COUNTS)
    if attempt.is_authentic:
        is_validation = isinstance(result, ValidationResult)
        return situation.has(COUNTS_VALIDATION if is_validation else COUNTS_CONTENT)
    if attempt.is_strange is False or (attempt.is_strange is None and not situation.has(READS_AS_CURRENCY)):
        return True
    return situation.has(COUNTS_CURRENCY if result is CRCError else COUNTS_CONTENT)
