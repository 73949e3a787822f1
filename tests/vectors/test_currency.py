"""Currency amounts: the published ones, and the rounding in favour of the consumer."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sts62055 import library
from sts62055.application.currency import LARGEST_CURRENCY_AMOUNT, CurrencyAmount


def test_every_published_amount_both_ways() -> None:
    rows = [row for row in library.tokens() if "currency_amount" in row]
    assert len(rows) == 25
    for row in rows:
        amount = CurrencyAmount.of(int(Decimal(row["currency_amount"]) * 100_000))
        assert amount == CurrencyAmount(row["se"], row["amount16"])


@pytest.mark.parametrize(
    ("units", "field", "sign_and_exponent"),
    [
        (0, 0x0000, 0),
        (16_383, 0x3FFF, 0),
        (16_384, 0x4000, 0),
        (-16_385, 0x4000, 8),
        (-16_383, 0x3FFF, 8),
        (10_000_000, 0xDFF6, 0),
        (-10_000_000, 0xDFF5, 8),
        (LARGEST_CURRENCY_AMOUNT, 0xFFFF, 7),
        (-LARGEST_CURRENCY_AMOUNT, 0xFFFF, 15),
    ],
)
def test_amounts_at_the_boundaries(units: int, field: int, sign_and_exponent: int) -> None:
    assert CurrencyAmount.of(units) == CurrencyAmount(sign_and_exponent, field)


@given(st.integers(0, 15), st.integers(0, 0xFFFF))
def test_what_an_amount_stands_for_is_written_as_that_amount(sign_and_exponent: int, field: int) -> None:
    amount = CurrencyAmount(sign_and_exponent, field)
    if amount.units or not sign_and_exponent & 8:
        assert CurrencyAmount.of(amount.units) == amount


@given(st.integers(-LARGEST_CURRENCY_AMOUNT, LARGEST_CURRENCY_AMOUNT))
def test_rounding_never_harms_the_consumer_and_takes_the_nearest_amount_that_does_not(units: int) -> None:
    amount = CurrencyAmount.of(units)
    assert amount.units >= units
    step = -1 if units >= 0 else 1
    exponent, mantissa = amount.exponent, amount.field & 0x3FFF
    position = exponent * 0x4000 + mantissa + step
    if 0 <= position < 32 * 0x4000:
        exponent, mantissa = divmod(position, 0x4000)
        next_one = CurrencyAmount(amount.sign_and_exponent & 8 | exponent >> 2, (exponent & 3) << 14 | mantissa)
        assert next_one.units < units or next_one.units == amount.units


@pytest.mark.parametrize("units", [LARGEST_CURRENCY_AMOUNT + 1, -LARGEST_CURRENCY_AMOUNT - 1])
def test_an_amount_that_is_too_large_is_refused(units: int) -> None:
    with pytest.raises(ValueError, match="at most"):
        CurrencyAmount.of(units)


@pytest.mark.parametrize(("sign_and_exponent", "field"), [(16, 0), (-1, 0), (0, 0x10000)])
def test_a_field_that_does_not_fit_is_refused(sign_and_exponent: int, field: int) -> None:
    with pytest.raises(ValueError, match="bits"):
        CurrencyAmount(sign_and_exponent, field)
