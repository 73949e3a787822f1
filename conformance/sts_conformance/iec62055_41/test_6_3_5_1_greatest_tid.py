"""IEC 62055-41, 6.3.5.1: the greatest TID. The meter forgets it again by a key change with RO."""

from stsbench import Accept, KeyChanges, MeterUnderTest, TokenIdentifier, TokenMint, UsedError, requirement

_DAY = 24 * 60


@requirement("41-6.3.5.1-maximum")
def test_the_greatest_token_identifier_is_accepted(
    meter: MeterUnderTest, keys: KeyChanges, other_key: TokenMint
) -> None:
    keys.require_roll_over()
    with keys.changing_to(other_key, roll_over=True):
        keys.roll_over_to(other_key, key_expiry_number=255)
        assert meter.enter(other_key.smallest_effect(TokenIdentifier(TokenIdentifier.MAXIMUM))).result is Accept


@requirement("41-6.3.5.1-distance")
def test_a_token_identifier_is_new_at_any_distance_from_others(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    """Next to one that is held, days and years from it, and alike in the lower bits; later ones, then others."""
    keys.require_roll_over()
    with keys.changing_to(other_key, roll_over=True):
        keys.roll_over_to(other_key, key_expiry_number=255)
        present, skipped, last = (tokens.identifier().minutes for _ in range(3))
        later = [present + 4 * _DAY, present + 500 * _DAY, present + (1 << 20), (1 << 23) + 5, 7 << 21]
        between = [skipped, present + 9 * _DAY, present + (1 << 20) - 400 * _DAY, (1 << 23) + 6]
        ahead = [minutes for minutes in (*sorted(later), *between) if minutes > present]
        identifiers = [TokenIdentifier(minutes) for minutes in (present, last, *ahead)]
        for identifier in identifiers:
            said = meter.enter(other_key.smallest_effect(identifier)).result
            assert said is Accept, f"TokenIdentifier {identifier.minutes} got {said}, and was never entered"
        for identifier in identifiers:
            meter.allow_failures(other_key)
            said = meter.enter(other_key.smallest_effect(identifier)).result
            assert said is UsedError, f"TokenIdentifier {identifier.minutes} got {said} once it was accepted"
