"""IEC 62055-41, 6.3.6: Amount."""

from decimal import Decimal

import pytest

from sts62055.application.amounts import MAXIMUM_AMOUNT
from sts62055.application.currency import CurrencyAmount
from sts_fixtures.meter.display import IN_CURRENCY, check_gain
from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, precondition, requirement

_TELLING = {
    "one with an octet of zeros": 0x300,
    "largest with exponent 0": 16_383,
    "smallest with exponent 1": 16_384,
    "one with exponent 1 and an octet of zeros": 16_384 + 10 * 0x1200,
    "largest with exponent 1": 180_214,
    "smallest with exponent 2": 180_224,
    "one with exponent 2 and an octet of zeros": 180_224 + 100 * 0x2A00,
    "largest with exponent 2": 1_818_524,
    "smallest with exponent 3": 1_818_624,
    "one with exponent 3 and an octet of zeros": 1_818_624 + 1_000 * 0x0700,
}
"""Amounts at the ends of each exponent, and with a mantissa whose lower octet is 0, in rising order."""


@requirement("41-6.3.6-exponent")
@pytest.mark.usefixtures("working_credit")
@pytest.mark.parametrize("rnd", [0, 15], ids=["RND 0", "RND 15"])
def test_an_amount_is_credited_with_its_offset(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, rnd: int
) -> None:
    """In each exponent, as far as there is room."""
    judged = 0
    for what, units in _TELLING.items():
        if declared.meets("clear_credit"):
            meter.enter(tokens.clear_credit())
        if not meter.has_room_for(units):
            break
        before = meter.credit()
        said = meter.enter(tokens.with_rnd(rnd).credit(units=units)).result
        assert said is Accept, f"credit of {units} units, the {what}, got {said}"
        gain = meter.credit() - before
        assert gain == units, f"credit of {units} units, the {what}, raised it by {gain}"
        judged += 1
    if not judged:
        pytest.skip("there is no room for more than credit of exponent 0")


@requirement("41-6.3.6-zero")
def test_an_amount_of_zero_gives_no_credit(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = meter.credit()
    meter.enter(tokens.credit(units=0))
    assert meter.credit() == before


@requirement("41-6.3.6-greatest")
def test_the_greatest_amount_is_credited(meter: MeterUnderTest, tokens: TokenMint) -> None:
    meter.enter(tokens.clear_credit())
    precondition(meter.credit() == 0, "the credit was not cleared", breaks="41-8.7-clears")
    assert meter.enter(tokens.credit(units=MAXIMUM_AMOUNT)).result is Accept
    assert meter.credit() == MAXIMUM_AMOUNT


@requirement("41-6.3.6.3-unit")
@pytest.mark.parametrize("units", [1_600_000, 12_300_000], ids=["16", "123"])
def test_credit_in_currency_counts_in_hundred_thousandths(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, units: int
) -> None:
    amount = CurrencyAmount.of(units).units
    for utility in declared.declaration.implements.currencies:
        token = tokens.currency_credit(units=units, utility=utility)
        check_gain(meter, token, IN_CURRENCY[utility], Decimal(amount) / 100_000)
