"""The way of a meter into TokenLockout (6.6.7), by tokens that fail authentication."""

from sts62055.application.results import CRCError, Lockout
from sts62055.carrier.profile import Profile
from sts_fixtures.errors import NotTested, precondition
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_fixtures.tokens.mint import TokenMint
from sts_fixtures.tokens.mutations import flip_crc
from sts_rigs.clock import SECOND

__all__ = ["delays", "fail", "lock_out", "require_in_time"]

_ASKED = 5
"""For how many tokens a lockout is to be long enough."""


def fail(meter: MeterUnderTest, tokens: TokenMint, times: int) -> None:
    """Enter tokens that fail authentication."""
    for _ in range(times):
        result = meter.enter_although_locked(flip_crc(tokens.smallest_effect())).result
        broken = None if result is Lockout else "41-7.3.6-crc"  # how soon it comes is judged by cases of their own
        precondition(result is CRCError, f"a token with a wrong CRC got {result}", breaks=broken)


def lock_out(meter: MeterUnderTest, tokens: TokenMint, profile: Profile) -> int:
    """Lock the meter out, and return the instant until when that lasts at least.

    A lockout that is too short for what this meter is to be asked in it is waited for: the next one is longer.
    """
    fail(meter, tokens, profile.number("lockout_threshold") - 1)
    end = before = 0
    for delay in delays(profile):
        meter.wait(before + SECOND if before else 0)
        began, before = meter.now(), delay
        fail(meter, tokens, 1)
        end = began + delay
        if delay > _ASKED * (meter.now() - began):
            break
    result = meter.enter_although_locked(tokens.smallest_effect()).result
    precondition(result is Lockout, "there is no lockout", breaks="52-6.6.7-begins")
    return end


def require_in_time(meter: MeterUnderTest, end: int) -> None:
    """Require that a lockout had not ended before it showed what it was to show; else NotTested."""
    if meter.now() >= end:
        raise NotTested("the longest lockout is over before this meter has answered")


def delays(profile: Profile) -> list[int]:
    """Return the delays of the lockouts that follow each other, in nanoseconds; the last two are the greatest."""
    delay, greatest = profile.time("lockout_delay"), profile.time("lockout_delay_maximum")
    found = [min(delay, greatest)]
    while found[-1] < greatest:
        found.append(min(2 * found[-1], greatest))
    return [*found, greatest]
