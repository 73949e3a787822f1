"""IEC 62055-41, 6.3.5.1: the greatest TID. The meter forgets it again by a key change with RO."""

from stsbench import Accept, KeyChanges, MeterUnderTest, TokenIdentifier, TokenMint, requirement


@requirement("41-6.3.5.1-maximum")
def test_the_greatest_token_identifier_is_accepted(
    meter: MeterUnderTest, keys: KeyChanges, other_key: TokenMint
) -> None:
    keys.require_roll_over()
    with keys.changing_to(other_key, roll_over=True):
        keys.roll_over_to(other_key, key_expiry_number=255)
        assert meter.enter(other_key.smallest_effect(TokenIdentifier(TokenIdentifier.MAXIMUM))).result is Accept
