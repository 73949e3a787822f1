"""IEC 62055-41, 6.3.18 and 6.3.19: KENHO and KENLO, the two halves of a KeyExpiryNumber."""

from stsbench import (
    KeyChanges,
    KeyExpiredError,
    MeterUnderTest,
    TokenIdentifier,
    TokenMint,
    precondition,
    requirement,
)


@requirement("41-6.3.18-upper")
def test_a_key_expires_by_the_upper_half_of_its_number(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    identifier = tokens.identifier()
    upper = identifier.key_expiry_part >> 4
    precondition(upper > 0, "the base date is too near for a key that has expired")
    _, third = keys.others(2)
    with keys.changing_to(other_key, third):
        keys.complete_or_skip(tokens.key_change_to(other_key, key_expiry_number=(upper - 1) << 4 | 0xF))
        assert meter.enter(other_key.smallest_effect(identifier)).result is KeyExpiredError
        # before another case needs it: a meter that refuses the set is stuck here
        is_taken = keys.enter_again(other_key.key_change_to(third))
        assert is_taken, "no set is taken under the key that has expired, after a token was refused for that"


@requirement("41-6.3.19-lower")
def test_a_key_expires_by_the_lower_half_of_its_number(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    identifier = tokens.identifier()
    if identifier.key_expiry_part & 0xF == 0:
        # A token of the next period is as good: it is to be refused, and so is not used up.
        identifier = TokenIdentifier((identifier.key_expiry_part + 1) << 16)
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key, key_expiry_number=identifier.key_expiry_part - 1))
        assert meter.enter(other_key.smallest_effect(identifier)).result is KeyExpiredError
