"""What a reported result says: refused, perhaps accepted, or left open."""

import pytest

from sts62055.application.results import (
    REFUSALS,
    Accept,
    AuthenticationResult,
    CarrierStatus,
    CRCError,
    FunctionError,
    NotReady,
    OldError,
    TokenResult,
    TokenStatus,
    ValidationResult,
)
from sts_rigs.carriers.outcome import AmbiguousResult, NotDisplayed, TokenOutcome

DIGITS = "1" * 20


def reported(said: TokenStatus | AmbiguousResult | None, *, acknowledged: int | None = 0) -> TokenOutcome:
    return TokenOutcome(DIGITS, said, None, acknowledged, 0, 0)


def alike(*results: TokenStatus) -> TokenOutcome:
    return reported(AmbiguousResult(results, "the display shows them alike"))


@pytest.mark.parametrize("said", sorted(REFUSALS))
def test_a_refusing_result_is_a_refusal_and_no_acceptance(said: TokenStatus) -> None:
    assert reported(said).is_refused
    assert not reported(said).may_be_accepted


@pytest.mark.parametrize(
    "said",
    [Accept, TokenResult.FIRST_KCT, TokenResult.FOURTH_KCT, CarrierStatus.RESERVED, CarrierStatus.NOT_READY, None],
)
def test_what_is_merely_not_accept_is_no_refusal(said: TokenStatus | None) -> None:
    assert not reported(said).is_refused
    assert reported(said).may_be_accepted


def test_every_result_but_the_good_ones_refuses() -> None:
    good = {Accept, *(one for one in TokenResult if one.endswith("KCT"))}
    good |= {AuthenticationResult.AUTHENTIC, ValidationResult.VALID}
    assert {*TokenResult, *ValidationResult, *AuthenticationResult} - good == REFUSALS


def test_a_token_that_was_not_taken_or_is_locked_out_is_neither() -> None:
    for outcome in (reported(None, acknowledged=None), reported(CarrierStatus.LOCKOUT)):
        assert not outcome.is_refused
        assert not outcome.may_be_accepted


def test_results_shown_alike_are_a_refusal_if_all_of_them_are() -> None:
    assert alike(OldError, CRCError).is_refused
    assert not alike(OldError, CRCError).may_be_accepted
    assert not alike(Accept, NotReady).is_refused


@pytest.mark.parametrize("outcome", [alike(Accept, FunctionError), alike()])
def test_what_the_display_leaves_open_is_not_displayed(outcome: TokenOutcome) -> None:
    assert outcome.may_be_accepted
    with pytest.raises(NotDisplayed):
        _ = outcome.is_refused
