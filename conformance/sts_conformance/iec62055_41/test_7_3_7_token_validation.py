"""IEC 62055-41, 7.3.7: TokenValidation."""

from stsbench import (
    Accept,
    DDTKError,
    MeterUnderTest,
    OldError,
    TokenIdentifier,
    TokenMint,
    UsedError,
    precondition,
    requirement,
)

_A_DAY = 24 * 60


@requirement("41-7.3.7-valid")
def test_a_newer_token_is_accepted(meter: MeterUnderTest, tokens: TokenMint) -> None:
    outcome = meter.enter(tokens.smallest_effect())
    assert outcome.matches(Accept), f"got {outcome.reported}, expected Accept"


@requirement("41-7.3.7-used")
def test_a_token_is_accepted_once(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = tokens.smallest_effect()
    precondition(
        meter.enter(token).result is Accept, "the token was not accepted the first time", breaks="41-7.3.7-valid"
    )
    credit = meter.credit()
    again = meter.enter(token)
    assert meter.credit() == credit
    assert again.result is UsedError


@requirement("41-7.3.7-same-identifier")
def test_another_token_of_the_same_identifier_is_used(meter: MeterUnderTest, tokens: TokenMint) -> None:
    identifier = tokens.identifier()
    first, second = (tokens.with_rnd(5).credit(kwh=kwh, identifier=identifier) for kwh in (1, 2))
    precondition(meter.enter(first).result is Accept, "a new token was not accepted", breaks="41-7.3.7-valid")
    before = meter.credit()
    assert meter.enter(second).result is UsedError
    assert meter.credit() == before


@requirement("41-7.3.7-old")
def test_a_token_older_than_all_that_are_held_is_refused(meter: MeterUnderTest, tokens: TokenMint) -> None:
    credit = meter.credit()
    assert meter.enter(tokens.smallest_effect(TokenIdentifier(_A_DAY))).result is OldError
    assert meter.credit() == credit


@requirement("41-7.3.7-zero")
def test_a_token_of_the_base_date_itself_is_refused(meter: MeterUnderTest, tokens: TokenMint) -> None:
    precondition(
        meter.enter(tokens.smallest_effect()).result is Accept,
        "a new token was not accepted",
        breaks="41-7.3.7-valid",
    )
    credit = meter.credit()
    assert meter.enter(tokens.smallest_effect(TokenIdentifier(0))).result in (OldError, UsedError)
    assert meter.credit() == credit


@requirement("41-7.3.7-ddtk")
def test_a_meter_with_a_default_key_refuses_credit(meter: MeterUnderTest, tokens: TokenMint) -> None:
    credit = meter.credit()
    assert meter.enter(tokens.credit(kwh=10)).result is DDTKError
    assert meter.credit() == credit
