"""IEC 62055-41, 7.3.7: TokenValidation, where a key has a KeyExpiryNumber."""

from stsbench import Accept, KeyChanges, MeterUnderTest, TokenMint, precondition, requirement


@requirement("41-7.3.7-last-period")
def test_a_token_of_the_last_period_of_a_key_is_accepted(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    identifier = tokens.identifier()
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key, key_expiry_number=identifier.key_expiry_part))
        assert meter.enter(other_key.smallest_effect(identifier)).result is Accept


@requirement("41-7.3.7-no-expiry")
def test_a_meter_without_key_expiry_takes_a_token_of_any_period(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    identifier = tokens.identifier()
    precondition(identifier.key_expiry_part > 0, "the base date is too near for a key that has expired")
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key, key_expiry_number=identifier.key_expiry_part - 1))
        result = meter.enter(other_key.smallest_effect(identifier)).result
        assert result is Accept, f"{result}, for a meter that is declared with key_expiry = false"
