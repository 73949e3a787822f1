"""IEC 62055-41, 6.1.10: KEN."""

from stsbench import Accept, KeyChanges, MeterUnderTest, TokenIdentifier, TokenMint, requirement

_LAST_PERIOD = TokenIdentifier(255 << 16)


@requirement("41-6.1.10-never")
def test_a_key_that_never_expires_takes_tokens_of_the_last_period(
    meter: MeterUnderTest, keys: KeyChanges, other_key: TokenMint
) -> None:
    keys.require_roll_over()
    with keys.changing_to(other_key, roll_over=True):
        keys.roll_over_to(other_key, key_expiry_number=255)
        assert meter.enter(other_key.smallest_effect(_LAST_PERIOD)).result is Accept
