"""IEC 62055-41, 7.3.8: TokenCancellation."""

from sts62055.application.results import Accept, UsedError
from sts_fixtures import requirement
from sts_fixtures.declaration import DeclaredMeter
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint


@requirement("41-7.3.8-fifty")
def test_as_many_tokens_as_declared_stay_used(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    entered = [tokens.credit(kwh="0.1") for _ in range(declared.declaration.implements.token_identifiers)]
    for token in entered:
        given(meter.enter(token).result is Accept, "a new token was not accepted: see 41-7.3.7-valid")
    for token in (entered[0], entered[len(entered) // 2], entered[-1]):
        assert meter.enter(token).result is UsedError


@requirement("41-7.3.8-between")
def test_a_token_that_was_overtaken_by_others_is_accepted(meter: MeterUnderTest, tokens: TokenMint) -> None:
    first, overtaken, last = (meter.harmless(tokens) for _ in range(3))
    for token in (first, last):
        given(meter.enter(token).result is Accept, "a new token was not accepted: see 41-7.3.7-valid")
    assert meter.enter(overtaken).result is Accept


@requirement("41-7.3.8-nonvolatile")
def test_a_token_stays_used_after_a_power_cut(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = meter.harmless(tokens)
    given(meter.enter(token).result is Accept, "a new token was not accepted: see 41-7.3.7-valid")
    credit = meter.credit()
    meter.cut_power()
    assert meter.enter(token).result is UsedError
    assert meter.credit() == credit


@requirement("41-7.3.8-not-consumed")
def test_a_token_that_overflowed_is_accepted_once_there_is_room(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    half = declared.declaration.implements.credit_limit // 2 + 1
    for token in (tokens.clear_credit(), tokens.credit(units=half)):
        given(meter.enter(token).result is Accept, "the credit could not be prepared: see 41-8.4 and 41-8.7")
    makes_room, overflowing = tokens.clear_credit(), tokens.credit(units=half)
    given(meter.enter(overflowing).is_refused, "an overflow was not refused: see 41-8.4-overflow")
    given(meter.enter(makes_room).result is Accept, "the credit was not cleared: see 41-8.7-clears")
    given(meter.credit() == 0, "the credit was not cleared: see 41-8.7-clears")
    assert meter.enter(overflowing).result is Accept
