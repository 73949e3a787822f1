"""IEC 62055-51: the numeric token, twenty decimal digits."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import pytest

from sts62055.application.tcdu import DIGITS
from sts62055.application.tokens import ClearCredit, decode_block
from sts_fixtures.tokens.mint import MintedToken
from stsbench import Accept, Keypad, MeterUnderTest, TokenMint, precondition, requirement

_KINDS: Final[Mapping[str, Callable[[TokenMint], MintedToken]]] = MappingProxyType(
    {
        "credit_key": lambda tokens: tokens.credit(kwh="0.1"),
        "maximum_power_limit": lambda tokens: tokens.maximum_power_limit(watts=9000),
        "tamper_detection": lambda tokens: tokens.clear_tamper_condition(),
        "keypad": lambda tokens: tokens.display(0),
        "clear_credit": lambda tokens: tokens.clear_credit(),
    }
)
"""A token of each kind, by the ability that a meter needs for it."""


@requirement("51-numeric-twenty")
def test_every_kind_of_token_is_taken_at_the_keypad(meter: MeterUnderTest, tokens: TokenMint) -> None:
    entered = [make(tokens) for ability, make in _KINDS.items() if meter.declared.meets(ability)]
    before = meter.credit()
    said = {token.what: meter.enter(token, by="keypad").reported for token in entered}
    is_cleared = isinstance(decode_block(entered[-1].block), ClearCredit)
    assert meter.credit() == (0 if is_cleared else before + sum(token.units for token in entered))
    assert {what: one for what, one in said.items() if one != Accept} == {}


@requirement("51-numeric-fewer")
def test_nineteen_digits_are_no_token(meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad) -> None:
    last = tokens.credit(kwh=1)
    precondition(
        meter.enter(last, by="keypad").matches(Accept), "twenty digits are not taken: see 41-6.1.3-keypad"
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
        assert meter.credit() == before


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
