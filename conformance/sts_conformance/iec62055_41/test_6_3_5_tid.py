"""IEC 62055-41, 6.3.5: TID."""

from stsbench import (
    Accept,
    MeterUnderTest,
    OldError,
    TokenIdentifier,
    TokenMint,
    UsedError,
    precondition,
    requirement,
)

_LOWER_BITS = 0xFFFF
_TWO_DAYS = 2 * 24 * 60


@requirement("41-6.3.5-minute")
def test_tokens_of_neighbouring_minutes_are_two_tokens(meter: MeterUnderTest, tokens: TokenMint) -> None:
    first, second = tokens.smallest_effect(), tokens.smallest_effect()
    assert meter.enter(first).result is Accept
    assert meter.enter(second).result is Accept


@requirement("41-6.3.5-24-bits")
def test_a_token_is_old_however_fresh_its_lower_16_bits(meter: MeterUnderTest, tokens: TokenMint) -> None:
    precondition(
        meter.enter(tokens.smallest_effect()).result is Accept, "a new token was refused", breaks="41-7.3.7-valid"
    )
    old = tokens.smallest_effect(TokenIdentifier(_TWO_DAYS))
    precondition(
        meter.enter(old).result is OldError, "an old token was not refused as such", breaks="41-7.3.7-old"
    )
    looks_fresh = TokenIdentifier(tokens.identifier().minutes & _LOWER_BITS)
    assert meter.enter(tokens.smallest_effect(looks_fresh)).result is OldError


@requirement("41-6.3.5.2-meter")
def test_a_token_of_the_minute_after_midnight_is_taken_once(meter: MeterUnderTest, tokens: TokenMint) -> None:
    precondition(
        meter.enter(tokens.smallest_effect()).result is Accept, "a new token was refused", breaks="41-7.3.7-valid"
    )
    reserved = tokens.smallest_effect(tokens.reserved_identifier())
    assert meter.enter(reserved).result is Accept
    assert meter.enter(reserved).result is UsedError
