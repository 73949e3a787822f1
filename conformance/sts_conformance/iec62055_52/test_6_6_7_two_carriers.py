"""IEC 62055-52, 6.6.7: TokenLockout of a meter that also has a keypad."""

import pytest

from sts_conformance.iec62055_52.lockout import require_in_time
from sts_fixtures.tokens.mutations import flip_crc
from stsbench import (
    SECOND,
    Accept,
    CRCError,
    DeclaredMeter,
    Lockout,
    MeterUnderTest,
    Profile,
    TokenMint,
    precondition,
    requirement,
)

_LONG_ENOUGH = 60 * SECOND
_NOTICED = 5 * SECOND
"""How long after it began a lockout is known, at most."""


@requirement("52-6.6.7-carriers")
@pytest.mark.parametrize(("failing", "other"), [("keypad", "port"), ("port", "keypad")])
def test_failures_by_one_carrier_lock_the_other_out_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter, failing: str, other: str
) -> None:
    """Failures go on until the lockout would last longer than a token takes to be keyed in, or as long as any."""
    count, lasts, enough = 0, 0, min(_LONG_ENOUGH, profile.time("lockout_delay_maximum"))
    while lasts < enough:
        count, lasts = count + 1, lockout_after(profile, count + 1)
        outcome = meter.enter_patiently(lambda: flip_crc(tokens.smallest_effect()), by=failing)
        precondition(
            outcome.matches(CRCError), f"a token with a wrong CRC got {outcome.reported}", breaks="41-7.3.6-crc"
        )
    expected = Lockout if declared.declaration.implements.lockout_shared else Accept
    began = meter.now()
    outcome = meter.enter_although_locked(tokens.smallest_effect(), by=other)
    require_in_time(meter, began + lasts - _NOTICED)
    assert outcome.matches(expected), f"got {outcome.reported}, expected {expected}"
    if expected is Lockout:
        again = meter.enter_although_locked(tokens.smallest_effect(), by=other)
        is_over = meter.now() >= began + lasts - _NOTICED
        assert is_over or again.may_be(Lockout), f"got {again.reported} for the next token in the lockout"
    test = meter.enter_although_locked(tokens.display(0), by=other)
    assert test.may_be(Accept), f"got {test.reported} for a token of class 1, which no lockout is about"


@requirement("52-6.6.7-carriers")
def test_failures_by_both_carriers_are_counted_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter
) -> None:
    """The last of as many failures as begin a lockout is keyed in, the others come by the port."""
    is_shared = declared.declaration.implements.lockout_shared
    threshold = profile.number("lockout_threshold")

    def fail(times: int, by: str) -> None:
        for _ in range(times):
            said = meter.enter_although_locked(flip_crc(tokens.smallest_effect()), by=by)
            is_early = said.reported is Lockout
            precondition(
                is_early or said.may_be(CRCError), f"a wrong CRC got {said.reported}", breaks="41-7.3.6-crc"
            )
            assert not is_early, f"a lockout began before {threshold} failures in a row"

    for carrier in ("port", "keypad"):
        good = meter.enter_patiently(tokens.smallest_effect, by=carrier)
        precondition(good.may_be(Accept), "a new token was not accepted", breaks="41-7.3.7-valid")
    if is_shared:
        fail(threshold - 1, "port")
        reset = meter.enter_although_locked(tokens.smallest_effect(), by="keypad")
        assert reset.may_be(Accept), f"got {reset.reported} at the keypad after {threshold - 1} failures"
    fail(threshold - 1, "port")
    began = meter.now()
    fail(1, "keypad")
    expected = Lockout if is_shared else Accept
    outcome = meter.enter_although_locked(tokens.smallest_effect(), by="port")
    if meter.now() < began + lockout_after(profile, threshold) or not is_shared:
        assert outcome.matches(expected), f"got {outcome.reported} by the port, expected {expected}"


def lockout_after(profile: Profile, failures: int) -> int:
    """Return how long the lockout lasts that so many failures in a row bring, in nanoseconds; 0 for none yet."""
    more = failures - profile.number("lockout_threshold")
    return 0 if more < 0 else min(profile.time("lockout_delay") << more, profile.time("lockout_delay_maximum"))
