"""IEC 62055-51: the numeric token, twenty decimal digits."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import Final, NamedTuple

import pytest

from sts62055.application.amounts import MAXIMUM_AMOUNT
from sts62055.application.exact_amounts import amounts_beyond
from sts62055.application.keys import KeyType
from sts62055.application.results import (
    CRCError,
    DDTKError,
    FunctionError,
    KeyExpiredError,
    KeyTypeError,
    MfrCodeError,
    OldError,
    OverflowingCredit,
    RangeError,
    TokenResult,
    TokenStatus,
    UsedError,
)
from sts62055.application.tcdu import DIGITS
from sts62055.application.tokens import ClearCredit, decode_block
from sts_fixtures.tokens.mint import MintedToken
from sts_fixtures.tokens.mutations import flip_crc
from sts_rigs.carriers.keypad_carrier import display_form
from sts_rigs.carriers.outcome import AmbiguousResult, TokenOutcome
from stsbench import (
    Accept,
    DeclaredMeter,
    KeyChanges,
    Keypad,
    MeterUnderTest,
    TokenIdentifier,
    TokenMint,
    precondition,
    requirement,
)


class Kind(NamedTuple):
    """A kind of token: how one is minted, and the requirement by which the meter knows it at all."""

    mint: Callable[[TokenMint], MintedToken]
    known_by: str


_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "credit_key": Kind(lambda tokens: tokens.credit(kwh="0.1"), "41-8.4-adds"),
        "maximum_power_limit": Kind(lambda tokens: tokens.usual_power_limit(), "41-8.6-limit"),
        "tamper_detection": Kind(lambda tokens: tokens.clear_tamper_condition(), "41-8.10-clears"),
        "keypad": Kind(lambda tokens: tokens.display(0), "41-8.5-all"),
        "clear_credit": Kind(lambda tokens: tokens.clear_credit(), "41-8.7-clears"),
    }
)
"""A token of each kind, by the ability that a meter needs for it."""

_A_DAY = 24 * 60
_EXPIRY = 0x8A
"""A KeyExpiryNumber whose highest bit is set, and which is years ahead."""

_LASTING = (18, 16, 10)
"""Test numbers of Table 27 that show what no token changes."""

_PARTS = (TokenResult.FIRST_KCT, TokenResult.SECOND_KCT, TokenResult.THIRD_KCT)


@requirement("51-numeric-twenty")
def test_every_kind_of_token_is_taken_at_the_keypad(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    """And what is refused is shown as that, each with its result."""
    kinds = [kind for ability, kind in _KINDS.items() if meter.declared.meets(ability)]
    entered = [kind.mint(tokens) for kind in kinds]
    before = meter.credit()
    said = [meter.enter(token, by="keypad").reported for token in entered]
    credit = meter.credit()
    refused = [kind for kind, one in zip(kinds, said, strict=True) if is_refusal(one)]
    is_cleared = isinstance(decode_block(entered[-1].block), ClearCredit)
    expected = 0 if is_cleared else before + sum(token.units for token in entered)
    require_same_elsewhere(meter, tokens, refused, is_clearing=credit == expected or not is_cleared)
    assert credit == expected
    assert {token.what: one for token, one in zip(entered, said, strict=True) if is_refusal(one)} == {}
    require_results(meter, tokens, declared)
    require_new_text(meter, tokens, declared)


def is_refusal(said: TokenStatus | AmbiguousResult | None) -> bool:
    """Return whether the display does not say, or leave open, that a token was accepted."""
    return said.matches(Accept) is False if isinstance(said, AmbiguousResult) else said is not Accept


def require_same_elsewhere(
    meter: MeterUnderTest, tokens: TokenMint, refused: Sequence[Kind], *, is_clearing: bool
) -> None:
    """Blame the keypad only for what the meter does with the same kind of token by its other carrier."""
    for other in (name for name in meter.carriers if name != "keypad"):
        for kind in refused:
            accepted = meter.enter(kind.mint(tokens), by=other).matches(Accept)
            precondition(accepted, f"the meter does not take this kind by the {other} either: see {kind.known_by}")
        if not is_clearing:
            meter.enter(tokens.clear_credit(), by=other)
            precondition(
                meter.credit() == 0, f"ClearCredit clears nothing by the {other} either", breaks="41-8.7-clears"
            )


class Refusal(NamedTuple):
    """A token that is refused: how one is minted, and as what."""

    mint: Callable[[], MintedToken]
    result: TokenStatus


def require_results(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter) -> None:
    """Fail the meter where a token that is refused at the keypad is shown with another result."""
    for refusal in refusals(tokens, declared):
        meter.allow_failures(tokens)
        outcome = meter.enter(refusal.mint(), by="keypad")
        if outcome.may_be(refusal.result):
            continue
        meter.allow_failures(tokens)
        is_keypads = is_told_elsewhere(meter, refusal.mint(), refusal.result)
        assert not is_keypads, f"got {outcome.reported}, expected {refusal.result}"
    meter.allow_failures(tokens)


def require_new_text(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter) -> None:
    """Fail the meter if it shows what a test has shown for the token after it, too."""
    number = next((one for one in _LASTING if one in declared.declaration.implements.tests), None)
    if number is not None and declared.meets("display"):
        meter.enter(tokens.display(number), by="keypad")
        text = meter.display()
        outcome = meter.enter(tokens.smallest_effect(), by="keypad")
        is_new = outcome.reported is Accept or display_form(meter.display()) != display_form(text)
        assert is_new, f"the display shows {text} for test number {number}, and for the token after it"


def refusals(tokens: TokenMint, declared: DeclaredMeter) -> list[Refusal]:
    """Return a token of each result that refuses one, as far as the meter has it and no freedom is in it."""
    used, days = tokens.smallest_effect(), count(1)
    found = [
        Refusal(lambda: used, Accept),
        Refusal(lambda: used, UsedError),
        Refusal(lambda: tokens.smallest_effect(TokenIdentifier(next(days) * _A_DAY)), OldError),
        Refusal(lambda: flip_crc(tokens.smallest_effect()), CRCError),
    ]
    foreign = tokens.display(0, manufacturer_code=declared.foreign_codes[0])
    found.append(Refusal(lambda: foreign, MfrCodeError))
    if declared.missing_tests:
        missing = tokens.display(declared.missing_tests[0])
        found.append(Refusal(lambda: missing, FunctionError))
    if not declared.meets("credit_key"):
        return [*found, Refusal(lambda: tokens.credit(kwh=1), DDTKError)]
    if declared.meets("credit_limit_within_one_token"):
        most = partial(tokens.credit, units=MAXIMUM_AMOUNT)
        found.append(Refusal(most, OverflowingCredit))
    if declared.meets("maximum_power_limit"):
        beyond = amounts_beyond(*declared.declaration.implements.power_limit_range)[-1:]
        for watts in (one for one in beyond if one > declared.declaration.implements.power_limit_range[1]):
            limit = partial(tokens.maximum_power_limit, watts=watts)
            found.append(Refusal(limit, RangeError))
    return found


def is_told_elsewhere(meter: MeterUnderTest, token: MintedToken, result: TokenStatus) -> bool:
    """Return whether another carrier tells of a result: what none tells of is not for the keypad's cases."""
    others = [name for name in meter.carriers if name != "keypad"]
    return any(meter.enter(token, by=other).may_be(result) for other in others)


@requirement("51-numeric-twenty")
def test_a_key_change_takes_place_at_the_keypad(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    """A set that is refused, a whole one, and a token that has expired under its key."""
    if not declared.meets("not_ditk"):
        return  # there is no way back from another key
    first, second = keys.others(2)
    of_factory = tokens.key_change_to(first, key_type=KeyType.DITK)
    with keys.changing_to(first, second):
        refused = enter_parts(meter, of_factory)
        is_refused = any(one.may_be(KeyTypeError) for one in refused)
        if not is_refused:
            again = enter_parts(meter, of_factory, is_elsewhere=True)
            is_told = any(one.may_be(KeyTypeError) for one in again)
            precondition(is_told, "no other carrier tells of KeyTypeError either", breaks="41-6.5.2.4-ditk")
        assert is_refused, f"got {told_of(refused)} for a set with a key of the factory, expected KeyTypeError"
        keys.require_completing(tokens.key_change_to(first))
        is_expiring = declared.meets("key_expiry") and tokens.identifier().key_expiry_part < _EXPIRY
        parts = first.key_change_to(second, key_expiry_number=_EXPIRY if is_expiring else None)
        due = [*_PARTS[: len(parts) - 1], Accept]
        said = enter_parts(meter, parts)
        if not are_told(said, due):
            back = enter_parts(meter, second.key_change_to(first), is_elsewhere=True)
            precondition(
                are_told(back, due), "no other carrier tells of these parts either", breaks="41-8.9-parts"
            )
        assert are_told(said, due), f"got {told_of(said)}, expected {', '.join(map(str, due))}"
        taken = meter.enter(second.unlike(first).smallest_effect(), by="keypad")
        if not taken.may_be(Accept):
            again = enter_parts(meter, first.key_change_to(second), is_elsewhere=True)
            is_taken = any(one.may_be(Accept) for one in again)
            precondition(is_taken, "no other carrier takes this set either", breaks="41-8.9-new-key")
        assert taken.may_be(Accept), f"got {taken.reported} under the new key, expected Accept"
        if is_expiring:
            late = TokenIdentifier((_EXPIRY + 1) << 16)
            expired = meter.enter(second.smallest_effect(late), by="keypad")
            is_keypads = not expired.may_be(KeyExpiredError) and is_told_elsewhere(
                meter, second.smallest_effect(TokenIdentifier(late.minutes + 1)), KeyExpiredError
            )
            assert not is_keypads, f"got {expired.reported}, expected KeyExpiredError"


def enter_parts(
    meter: MeterUnderTest, parts: Sequence[MintedToken], *, is_elsewhere: bool = False
) -> list[TokenOutcome]:
    """Enter parts of a set at the keypad, or by the meter's other carrier, and return the outcomes."""
    if not is_elsewhere:
        return [meter.enter(part, by="keypad") for part in parts]
    others = [name for name in meter.carriers if name != "keypad"]
    return [meter.enter(part, by=other) for other in others for part in parts]


def are_told(said: Sequence[TokenOutcome], due: Sequence[TokenStatus]) -> bool:
    """Whether outcomes may be the results that are due."""
    return len(said) == len(due) and all(one.may_be(result) for one, result in zip(said, due, strict=True))


def told_of(said: Sequence[TokenOutcome]) -> str:
    """Return what the meter told of some tokens, in words."""
    return ", ".join(str(one.reported) for one in said)


@requirement("51-numeric-fewer")
def test_nineteen_digits_are_no_token(meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad) -> None:
    last = tokens.credit(kwh=1)
    precondition(
        meter.enter(last, by="keypad").matches(Accept), "twenty digits are not taken", breaks="41-6.1.3-keypad"
    )
    # The digit that is missing is the one that stood in its place before: it must not be there any more.
    token = tokens.such_that(lambda number: number % 10 == int(last.digits[-1])).credit(kwh=1)
    before = meter.credit()
    with keypad.entry():
        keypad.press(*token.digits[:-1])
        keypad.end()
        assert meter.credit() == before


@requirement("51-numeric-more")
@pytest.mark.parametrize("place", ["before", "behind"])
def test_twenty_one_digits_are_no_token(
    meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad, place: str
) -> None:
    token = tokens.credit(kwh=1)
    before = meter.credit()
    with keypad.entry():
        keypad.press(*(f"0{token.digits}" if place == "before" else f"{token.digits}0"))
        keypad.end()
        # an entry that holds twenty digits may leave the next one out
        may_be = {before} if place == "before" else {before, before + token.units}
        assert meter.credit() in may_be


@requirement("51-numeric-leading-zeros")
def test_a_token_is_taken_with_its_leading_zero_and_not_without(
    meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad
) -> None:
    token = tokens.such_that(lambda number: number < 10 ** (DIGITS - 1)).credit(kwh=1)
    before = meter.credit()
    with keypad.entry():
        keypad.press(*token.digits[1:])
        keypad.end()
        assert meter.credit() == before
    meter.enter(token, by="keypad")
    assert meter.credit() == before + 10
