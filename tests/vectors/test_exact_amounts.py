"""Amounts that 16 bits write exactly, and numbers in what a display shows."""

from decimal import Decimal

import pytest

from sts62055.application.amounts import MAXIMUM_AMOUNT, decode_amount, encode_amount
from sts62055.application.exact_amounts import amounts_beyond, greatest_amount_up_to, least_amount_from, parts_of
from sts_fixtures.meter.display import contains_value, numbers_in, resolution_of

UNITS = (0, 1, 16_383, 16_384, 16_385, 16_393, 180_223, 180_224, 180_225, 1_818_623, 1_818_624, 9_999_998)


@pytest.mark.parametrize("units", UNITS)
def test_the_nearest_exact_amounts_stand_on_both_sides(units: int) -> None:
    below, above = greatest_amount_up_to(units), least_amount_from(units)
    assert below <= units <= above
    assert encode_amount(above) - encode_amount(below) == (below != units)
    assert (decode_amount(encode_amount(below)), decode_amount(encode_amount(above))) == (below, above)


@pytest.mark.parametrize("units", [*UNITS, MAXIMUM_AMOUNT, MAXIMUM_AMOUNT + 1, 99_999_999])
def test_the_parts_of_an_amount_are_exact_and_come_to_it(units: int) -> None:
    parts = list(parts_of(units))
    assert sum(parts) == units
    assert all(decode_amount(encode_amount(part)) == part for part in parts)


@pytest.mark.parametrize(
    ("ends", "beyond"),
    [
        ((100, 200_000), [99, 200_024]),
        ((0, 16_383), [16_384]),
        ((1, MAXIMUM_AMOUNT), []),
        ((20_000, MAXIMUM_AMOUNT), [19_994]),
    ],
)
def test_what_is_beyond_a_range_can_be_written_and_is_not_zero(ends: tuple[int, int], beyond: list[int]) -> None:
    assert amounts_beyond(*ends) == beyond


@pytest.mark.parametrize(
    ("text", "value", "stands"),
    [
        ("KRN 1 KT 2", "1", True),
        ("12 34-567.890.3", "12345678903", True),
        ("1 2345 6789 03", "12345678903", True),
        ("ti 7", "07", True),
        ("ti 08", "07", False),
        ("sw 01.00", "1.0", True),
        ("0", "00", True),
        ("", "0", False),
        ("KRN 11", "1", False),
        ("254", "54", False),
        ("0054", "54", True),
        ("18 12345678903", "12345678903", True),
    ],
)
def test_a_value_is_found_whatever_stands_around_it(text: str, value: str, stands: bool) -> None:
    assert contains_value(text, value) is stands


def test_numbers_are_read_with_point_or_comma_and_know_their_resolution() -> None:
    assert numbers_in("P07: 7,50 kW -3") == [Decimal(7), Decimal("7.50"), Decimal(-3)]
    assert resolution_of(Decimal("7.50"), Decimal("12.3")) == Decimal("0.1")
    assert resolution_of(Decimal(12)) == 1
