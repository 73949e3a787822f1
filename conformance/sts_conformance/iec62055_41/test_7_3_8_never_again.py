"""IEC 62055-41, 7.3.8: what the store holds outlasts everything that is no accepted token."""

from collections.abc import Callable, Iterator

import pytest

from sts62055.application.amounts import MAXIMUM_AMOUNT
from sts_fixtures.tokens.mutations import flip_crc
from stsbench import (
    Accept,
    DeclaredMeter,
    KeyChanges,
    MeterUnderTest,
    MintedToken,
    OldError,
    TokenIdentifier,
    TokenMint,
    UsedError,
    precondition,
    requirement,
)

_WITH_EXPONENT = (16_500, 190_000)
_MARKS = 28
"""How many TokenIdentifiers a case spreads its tokens over: every other one is left for later."""


def nothing(_: MeterUnderTest, __: TokenMint) -> None:
    """Let nothing happen."""


def fail(meter: MeterUnderTest, tokens: TokenMint) -> None:
    """Enter a token with a wrong CRC."""
    meter.enter(flip_crc(tokens.smallest_effect()))


def enter_old(meter: MeterUnderTest, tokens: TokenMint) -> None:
    """Enter a token that is older than all."""
    meter.enter(tokens.smallest_effect(TokenIdentifier(0)))


def overflow(meter: MeterUnderTest, tokens: TokenMint) -> None:
    """Enter more credit than the meter can hold."""
    if meter.declared.meets("credit_limit_within_one_token"):
        meter.enter(tokens.credit(units=MAXIMUM_AMOUNT))


def cut_power(meter: MeterUnderTest, _: TokenMint) -> None:
    """Switch the meter off and on."""
    meter.cut_power()


def cut_power_twice(meter: MeterUnderTest, _: TokenMint) -> None:
    """Switch the meter off and on, twice."""
    meter.cut_power()
    meter.cut_power()


def run_every_test(meter: MeterUnderTest, tokens: TokenMint) -> None:
    """Have the meter test everything, again and again."""
    for _ in range(3):
        meter.enter(tokens.display(0))


def tamper(meter: MeterUnderTest, tokens: TokenMint) -> None:
    """Open the cover and close it, where that does not keep tokens out."""
    meter.leave_tampered(tokens)


def clear_credit(meter: MeterUnderTest, tokens: TokenMint) -> None:
    """Leave no credit in the meter."""
    if meter.declared.meets("clear_credit"):
        meter.enter(tokens.clear_credit())


BETWEEN: dict[str, Callable[[MeterUnderTest, TokenMint], None]] = {
    "nothing": nothing,
    "a wrong CRC": fail,
    "an old token": enter_old,
    "an overflow": overflow,
    "a power cut": cut_power,
    "two power cuts": cut_power_twice,
    "tests": run_every_test,
    "tampering": tamper,
    "no credit": clear_credit,
}


def accepted(meter: MeterUnderTest, tokens: TokenMint, identifier: TokenIdentifier | None = None) -> MintedToken:
    """Return a token that the meter has accepted."""
    token = tokens.smallest_effect(identifier)
    said = meter.enter(token).result
    broken = "41-7.3.7-valid" if identifier is None else "41-7.3.8-between"
    precondition(said is Accept, f"a new token got {said}", breaks=broken)
    return token


def spread(meter: MeterUnderTest, tokens: TokenMint) -> tuple[list[TokenIdentifier], list[TokenIdentifier]]:
    """Return TokenIdentifiers that the meter has accepted, in rising order, and new ones between them."""
    marks = [tokens.identifier() for _ in range(_MARKS)]
    for mark in marks[::2]:
        accepted(meter, tokens, mark)
    return marks[::2], marks[1::2]


def require_kept(
    meter: MeterUnderTest, tokens: TokenMint, used: list[TokenIdentifier], new: list[TokenIdentifier], after: str
) -> None:
    """Fail the meter unless it refuses what it has accepted, the newest and others, and takes what is new.

    Where it remembers few TokenIdentifiers, those of the case may be old by now.
    """
    is_small = meter.declared.declaration.implements.token_identifiers < 2 * _MARKS
    for identifier in (used[-1], used[-2], used[-3], used[len(used) // 2], used[1], used[0]):
        meter.allow_failures(tokens)
        said = meter.enter(tokens.smallest_effect(identifier)).result
        is_right = said is UsedError or (said is OldError and is_small)
        assert is_right, f"a token that was accepted before {after} got {said} after it"
    for identifier in (new[len(new) // 2], new[0]):
        said = meter.enter(tokens.smallest_effect(identifier)).result
        is_right = said is Accept or (said is OldError and is_small)
        assert is_right, f"a token that was never entered got {said} after {after}"


@requirement("41-7.3.8-never-again")
@pytest.mark.parametrize("between", BETWEEN)
def test_a_token_is_not_accepted_again_whatever_comes_between(
    meter: MeterUnderTest, tokens: TokenMint, between: str
) -> None:
    meter.allow_failures(tokens)
    BETWEEN[between](meter, tokens)
    token = accepted(meter, tokens)
    BETWEEN[between](meter, tokens)
    for _ in range(2):
        meter.allow_failures(tokens)
        said = meter.enter(token).result
        assert said is UsedError, f"a token got {said} once it was accepted, with {between} before and after that"


@requirement("41-7.3.8-never-again")
def test_a_token_is_not_accepted_again_after_two_older_ones(meter: MeterUnderTest, tokens: TokenMint) -> None:
    older = [tokens.identifier() for _ in range(2)]
    token = accepted(meter, tokens)
    for identifier in older:
        accepted(meter, tokens, identifier)
    assert meter.enter(token).result is UsedError


@requirement("41-7.3.8-every-kind")
def test_a_token_of_any_kind_is_accepted_once(meter: MeterUnderTest, tokens: TokenMint) -> None:
    for token in of_every_kind(meter.declared, tokens):
        meter.allow_failures(tokens)
        if meter.enter(token).result is Accept:
            said = meter.enter(token).result
            assert said is UsedError, f"{token.what} got {said} once it was accepted"


@requirement("41-7.3.8-every-kind")
def test_a_token_identifier_is_used_for_tokens_of_every_kind(meter: MeterUnderTest, tokens: TokenMint) -> None:
    used = tokens.identifier()
    accepted(meter, tokens, used)
    for token in (tokens.management(used), tokens.smallest_effect(used)):
        if token is not None:
            said = meter.enter(token).result
            assert said is UsedError, f"{token.what} got {said}: its TokenIdentifier was accepted in another token"


@requirement("41-7.3.8-smallest-goes")
def test_the_greatest_token_identifier_stays_in_a_full_store(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    """It is entered first, and as many older ones as the store holds come after it."""
    older = [tokens.identifier() for _ in range(declared.declaration.implements.token_identifiers)]
    newest = accepted(meter, tokens)
    for identifier in older:
        accepted(meter, tokens, identifier)
    said = meter.enter(newest).result
    assert said is UsedError, f"the newest token got {said} after {len(older)} older ones were accepted"


@requirement("41-7.3.8-store-kept")
@pytest.mark.parametrize("between", [name for name in BETWEEN if name != "nothing"])
def test_the_store_outlasts_whatever_is_no_accepted_token(
    meter: MeterUnderTest, tokens: TokenMint, between: str
) -> None:
    used, new = spread(meter, tokens)
    BETWEEN[between](meter, tokens)
    require_kept(meter, tokens, used, new, between)


@requirement("41-8.9-store")
def test_the_store_outlasts_a_key_change(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    used, new = spread(meter, tokens)
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key))
        require_kept(meter, other_key, used, new, "a key change")


def of_every_kind(declared: DeclaredMeter, tokens: TokenMint) -> Iterator[MintedToken]:
    """Yield tokens that differ in their kind, or in a field that is not to matter for the store."""
    if declared.meets("credit_key"):
        overtaken = tokens.identifier()
        yield tokens.credit(units=1)
        yield tokens.credit(units=1, identifier=overtaken)
        yield tokens.credit(units=0)
        yield tokens.with_rnd(0).credit(units=1)
        yield tokens.with_rnd(15).credit(units=1)
        if declared.meets("clear_credit"):
            yield from (tokens.credit(units=units) for units in _WITH_EXPONENT)
    if declared.meets("maximum_power_limit"):
        yield tokens.usual_power_limit()
    if declared.meets("phase_unbalance_limit"):
        yield tokens.usual_unbalance_limit()
    if declared.meets("clear_credit"):
        yield tokens.clear_credit(register=0)
        yield tokens.clear_credit()
    if declared.meets("tamper_detection"):
        yield tokens.clear_tamper_condition()
