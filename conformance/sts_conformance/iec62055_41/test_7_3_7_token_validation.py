"""IEC 62055-41, 7.3.7: TokenValidation."""

from sts62055.application.results import Accept, DDTKError, OldError, UsedError
from sts62055.application.token_identifier import TokenIdentifier
from sts_fixtures import requirement
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint

_A_DAY = 24 * 60


@requirement("41-7.3.7-valid")
def test_a_newer_token_is_accepted(meter: MeterUnderTest, tokens: TokenMint) -> None:
    assert meter.enter(meter.harmless(tokens)).result is Accept


@requirement("41-7.3.7-used")
def test_a_token_is_accepted_once(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = meter.harmless(tokens)
    given(meter.enter(token).result is Accept, "the token was not accepted the first time: see 41-7.3.7-valid")
    credit = meter.credit()
    assert meter.enter(token).result is UsedError
    assert meter.credit() == credit


@requirement("41-7.3.7-old")
def test_a_token_older_than_all_that_are_held_is_refused(meter: MeterUnderTest, tokens: TokenMint) -> None:
    credit = meter.credit()
    assert meter.enter(meter.harmless(tokens, TokenIdentifier(_A_DAY))).result is OldError
    assert meter.credit() == credit


@requirement("41-7.3.7-ddtk")
def test_a_meter_with_a_default_key_refuses_credit(meter: MeterUnderTest, tokens: TokenMint) -> None:
    credit = meter.credit()
    assert meter.enter(tokens.credit(kwh=10)).result is DDTKError
    assert meter.credit() == credit
