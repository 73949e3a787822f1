"""IEC 62055-51: the numeric token, twenty decimal digits."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import pytest

from sts62055.application.results import TokenStatus
from sts62055.application.tcdu import DIGITS
from sts62055.application.tokens import ClearCredit, decode_block
from sts_fixtures.tokens.mint import MintedToken
from sts_rigs.carriers.outcome import AmbiguousResult
from stsbench import Accept, Keypad, MeterUnderTest, TokenMint, precondition, requirement


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


@requirement("51-numeric-twenty")
def test_every_kind_of_token_is_taken_at_the_keypad(meter: MeterUnderTest, tokens: TokenMint) -> None:
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
