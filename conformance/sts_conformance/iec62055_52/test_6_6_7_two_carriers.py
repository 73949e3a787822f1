"""IEC 62055-52, 6.6.7: TokenLockout of a meter that also has a keypad."""

import pytest

from sts62055.application.results import Accept, CRCError, Lockout
from sts62055.carrier.profile import Profile
from sts_fixtures import requirement
from sts_fixtures.declared_meter import DeclaredMeter
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint


@requirement("52-6.6.7-carriers")
@pytest.mark.parametrize(("failing", "other"), [("keypad", "virtual"), ("virtual", "keypad")])
def test_failures_by_one_carrier_lock_the_other_out_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter, failing: str, other: str
) -> None:
    for _ in range(profile.number("lockout_threshold")):
        said = meter.enter_although_locked(
            tokens.with_crc_changed(meter.harmless(tokens), 0x0101), by=failing
        ).said
        given(said == CRCError, f"a token with a wrong CRC got {said}: see 41-7.3.6-crc")
    is_shared = declared.declaration.implements.lockout_shared
    expected = Lockout if is_shared else Accept
    assert meter.enter_although_locked(meter.harmless(tokens), by=other).said == expected
