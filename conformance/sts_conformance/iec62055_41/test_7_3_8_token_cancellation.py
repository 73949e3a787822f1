"""IEC 62055-41, 7.3.8: TokenCancellation."""

from collections.abc import Callable

import pytest

from sts_conformance.iec62055_41.power_cuts import cut_within, instants, require_cuts_at_once
from sts_fixtures.tokens.mint import MintedToken
from stsbench import (
    SECOND,
    Accept,
    DeclaredMeter,
    MeterUnderTest,
    OldError,
    PortCarrier,
    Profile,
    TokenIdentifier,
    TokenMint,
    UsedError,
    precondition,
    requirement,
)

_RESERVED_REGISTER = 8
_LONG_CUT = 600 * SECOND
"""Longer than a capacitor keeps a memory, as far as it can be told in a run."""
_SOME = 5
"""Of how many instants one is enough for tokens other than credit."""
_NEW_REFUSED = "a new token was not accepted"
_REFUSED: dict[str, Callable[[TokenMint, TokenIdentifier], MintedToken]] = {
    "function": lambda tokens, identifier: tokens.of_kind(0, 8, value=1, identifier=identifier),
    "register": lambda tokens, identifier: tokens.clear_credit(register=_RESERVED_REGISTER, identifier=identifier),
}
_REFUSED_BY = {"function": "41-6.2.2-reserved", "register": "41-6.3.13-reserved"}


@pytest.fixture(scope="module")
def accepted() -> list[MintedToken]:
    """Credit tokens that the meter has accepted in cases of this file, the oldest first."""
    return []


def enter_credit(meter: MeterUnderTest, tokens: TokenMint, accepted: list[MintedToken], number: int) -> None:
    """Enter so many new tokens."""
    for _ in range(number):
        token = tokens.credit(kwh="0.1")
        precondition(meter.enter(token).result is Accept, _NEW_REFUSED, breaks="41-7.3.7-valid")
        accepted.append(token)


@requirement("41-7.3.8-fifty")
def test_as_many_tokens_as_declared_stay_used(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, accepted: list[MintedToken]
) -> None:
    number = declared.declaration.implements.token_identifiers
    enter_credit(meter, tokens, accepted, number)
    for token in (accepted[-number], accepted[-number // 2], accepted[-1]):
        meter.allow_failures(tokens)
        assert meter.enter(token).result is UsedError


@requirement("41-7.3.8-displaced")
def test_a_token_that_newer_ones_have_displaced_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, accepted: list[MintedToken]
) -> None:
    missing = declared.declaration.implements.token_identifiers + 1 - len(accepted)
    enter_credit(meter, tokens, accepted, max(missing, 0))
    credit = meter.credit()
    assert meter.enter(accepted[0]).result in (OldError, UsedError)
    assert meter.credit() == credit


@requirement("41-7.3.8-between")
def test_a_token_that_was_overtaken_by_others_is_accepted(meter: MeterUnderTest, tokens: TokenMint) -> None:
    first, overtaken, last = (tokens.smallest_effect() for _ in range(3))
    for token in (first, last):
        precondition(meter.enter(token).result is Accept, _NEW_REFUSED, breaks="41-7.3.7-valid")
    assert meter.enter(overtaken).result is Accept


@requirement("41-7.3.8-nonvolatile")
def test_a_token_stays_used_after_a_power_cut(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = tokens.smallest_effect()
    precondition(meter.enter(token).result is Accept, _NEW_REFUSED, breaks="41-7.3.7-valid")
    for lasting in (0, _LONG_CUT):
        meter.allow_failures(tokens)
        credit = meter.credit()
        meter.cut_power(lasting=lasting)
        said = meter.enter(token).result
        assert said is UsedError, f"a used token got {said} after {lasting // SECOND} s or more without power"
        assert meter.credit() == credit


@requirement("41-7.3.8-not-consumed")
def test_a_token_that_overflowed_is_accepted_once_there_is_room(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    half = declared.declaration.implements.credit_limit // 2 + 1
    for token, requirement_of_kind in (
        (tokens.clear_credit(), "41-8.7-clears"),
        (tokens.credit(units=half), "41-8.4-adds"),
    ):
        precondition(
            meter.enter(token).result is Accept, "the credit could not be prepared", breaks=requirement_of_kind
        )
    makes_room, overflowing = tokens.clear_credit(), tokens.credit(units=half)
    for _ in range(2):
        precondition(meter.enter(overflowing).is_refused, "an overflow was not refused", breaks="41-8.4-overflow")
    precondition(meter.enter(makes_room).result is Accept, "the credit was not cleared", breaks="41-8.7-clears")
    precondition(meter.credit() == 0, "the credit was not cleared", breaks="41-8.7-clears")
    assert meter.enter(overflowing).result is Accept


@requirement("41-7.3.8-refused-not-stored")
@pytest.mark.parametrize("kind", _REFUSED)
def test_a_token_that_was_not_executed_is_not_used_up(meter: MeterUnderTest, tokens: TokenMint, kind: str) -> None:
    identifier = tokens.identifier()
    refused = meter.enter(_REFUSED[kind](tokens, identifier))
    precondition(refused.is_refused, "a token that no meter has was accepted", breaks=_REFUSED_BY[kind])
    assert meter.enter(tokens.smallest_effect(identifier)).result is Accept


@requirement("41-7.3.8-management")
def test_a_management_token_is_accepted_once(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = tokens.management() or tokens.smallest_effect()
    precondition(meter.enter(token).result is Accept, _NEW_REFUSED, breaks="41-7.3.7-valid")
    assert meter.enter(token).result is UsedError


@requirement("41-7.3.8-other-carrier")
@pytest.mark.parametrize(("by", "other"), [("port", "keypad"), ("keypad", "port")])
def test_a_token_of_one_carrier_is_used_for_the_other(
    meter: MeterUnderTest, tokens: TokenMint, by: str, other: str
) -> None:
    token = tokens.smallest_effect()
    precondition(meter.enter(token, by=by).matches(Accept), _NEW_REFUSED)
    credit = meter.credit()
    again = meter.enter(token, by=other)
    assert meter.credit() == credit
    assert again.result is UsedError


@requirement("41-7.3.8-any-instant")
@pytest.mark.usefixtures("working_credit")
def test_a_power_cut_leaves_the_token_as_before_or_as_after(
    meter: MeterUnderTest, tokens: TokenMint, client: PortCarrier, profile: Profile
) -> None:
    require_cuts_at_once(meter)
    reference = tokens.credit(kwh="0.1")
    usual = meter.enter(reference)
    precondition(usual.result is Accept, _NEW_REFUSED, breaks="41-7.3.7-valid")
    for after in instants(usual.ready_by, int(profile.time_limits("execution_time").upper or 0)):
        meter.allow_failures(tokens)
        token = tokens.credit(kwh=1)
        before = meter.credit()
        when = cut_within(meter, client, token, after)
        credit = meter.credit()
        assert credit in (before, before + token.units), f"{when}: the credit went from {before} to {credit}"
        result, expected = meter.enter(token).result, Accept if credit == before else UsedError
        assert result is expected, (
            f"{when}: the credit went from {before} to {credit}, and the token got {result}, expected {expected}"
        )
        assert meter.credit() == before + token.units, f"{when}, and the token was not credited once"
        known = meter.enter(reference).result
        assert known in (UsedError, OldError), f"{when}, and a token that was used before got {known}"


@requirement("41-7.3.8-any-instant")
def test_a_power_cut_leaves_management_undone_or_used(
    meter: MeterUnderTest, tokens: TokenMint, client: PortCarrier, profile: Profile
) -> None:
    """ClearTamperCondition and ClearCredit: what is done by the token, and whether it is used, go together."""
    require_cuts_at_once(meter)
    usual = meter.enter(tokens.smallest_effect())
    precondition(usual.result is Accept, _NEW_REFUSED, breaks="41-7.3.7-valid")
    whens = instants(usual.ready_by, int(profile.time_limits("execution_time").upper or 0))[::_SOME]
    meets = meter.declared.meets
    for after in whens if meets("tamper_detection") else []:
        meter.allow_failures(tokens)
        meter.tamper()
        precondition(meter.is_tampered(), "opening the cover brought about no tamper condition")
        token = tokens.clear_tamper_condition()
        when = cut_within(meter, client, token, after)
        is_done = not meter.is_tampered()
        said = meter.enter(token).result
        assert said is (UsedError if is_done else Accept), f"{when}: cleared = {is_done}, and the token got {said}"
        assert not meter.is_tampered(), f"{when}: cleared = {is_done}, the token got {said}, and it is tampered"
    for after in whens if meets("clear_credit") else []:
        meter.allow_failures(tokens)
        meter.bring_about(tokens.credit(units=4), "no credit was given", breaks="41-8.4-adds")
        token, before = tokens.clear_credit(register=0), meter.credit()
        when = cut_within(meter, client, token, after)
        credit = meter.credit()
        assert credit in (0, before), f"{when}: the credit went from {before} to {credit}"
        said = meter.enter(token).result
        assert said is (Accept if credit else UsedError), f"{when}: a credit of {credit}, and the token got {said}"
        assert meter.credit() == 0, f"{when}: the token got {said}, and the credit is not cleared"
