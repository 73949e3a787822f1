"""The way of a meter into TokenLockout (6.6.7), by tokens that fail authentication."""

from sts62055.application.results import CRCError, Lockout
from sts62055.carrier.profile import Profile
from sts_fixtures.errors import precondition
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_fixtures.tokens.mint import TokenMint
from sts_fixtures.tokens.mutations import flip_crc

__all__ = ["delays", "fail", "lock_out"]


def fail(meter: MeterUnderTest, tokens: TokenMint, times: int) -> None:
    """Enter tokens that fail authentication."""
    for _ in range(times):
        result = meter.enter_although_locked(flip_crc(tokens.smallest_effect(), 0x0101)).result
        precondition(result is CRCError, f"a token with a wrong CRC got {result}", breaks="41-7.3.6-crc")


def lock_out(meter: MeterUnderTest, tokens: TokenMint, threshold: int) -> None:
    """Enter as many as lock the meter out."""
    fail(meter, tokens, threshold)
    result = meter.enter_although_locked(tokens.smallest_effect()).result
    precondition(result is Lockout, "there is no lockout", breaks="52-6.6.7-begins")


def delays(profile: Profile) -> list[int]:
    """Return the delays of the lockouts that follow each other, in nanoseconds; the last two are the greatest."""
    delay, greatest = profile.time("lockout_delay"), profile.time("lockout_delay_maximum")
    found = [min(delay, greatest)]
    while found[-1] < greatest:
        found.append(min(2 * found[-1], greatest))
    return [*found, greatest]
