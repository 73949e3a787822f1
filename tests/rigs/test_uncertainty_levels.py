"""The budget of a level comes from the multimeter's accuracy, or from the person who states it."""

import math

import pytest

from sts_rigs.errors import BenchFault
from sts_rigs.uncertainty.levels import MultimeterAccuracy, multimeter_level, stated_value

ACCURACY = MultimeterAccuracy(
    of_reading=0.05, of_range=0.005, full_scale=100.0, digit=0.001, source="data sheet, 1 a"
)
LIMIT = (0.05 * 11.0 + 0.005 * 100.0) / 100


def test_one_reading_has_accuracy_and_last_digit() -> None:
    result = multimeter_level([-11.0], "mA", ACCURACY)
    assert result.value == -11.0
    assert [line.contribution for line in result.lines] == pytest.approx(
        [LIMIT / math.sqrt(3), 0.001 / math.sqrt(12)]
    )
    assert (result.unit, result.degrees_of_freedom) == ("mA", math.inf)


def test_an_accuracy_that_is_stated_with_k_is_normal() -> None:
    accuracy = MultimeterAccuracy(of_reading=0.05, of_range=0.005, full_scale=100.0, source="certificate", k=2.0)
    assert multimeter_level([11.0], "mA", accuracy).expanded == pytest.approx(LIMIT)


def test_repeated_readings_give_their_mean_and_its_scatter() -> None:
    result = multimeter_level([10.9, 11.0, 11.1, 11.0], "mA", ACCURACY)
    scatter = math.sqrt(0.02 / 3) / 2
    assert result.value == pytest.approx(11.0)
    assert result.lines[2].contribution == pytest.approx(scatter)
    assert result.lines[2].evaluation == "A"
    assert result.standard == pytest.approx(math.hypot(scatter, *(x.contribution for x in result.lines[:2])))


@pytest.mark.parametrize("readings", [[], [math.nan], [11.0, 9.9e37], [-math.inf]])
def test_an_overload_or_no_reading_is_a_fault_of_the_bench(readings: list[float]) -> None:
    with pytest.raises(BenchFault, match="on its range of 100 mA: check its leads"):
        multimeter_level(readings, "mA", ACCURACY)


def test_what_an_operator_states_is_taken_over() -> None:
    result = stated_value(2.4, 0.3, 2.2, "mA", "shunt and meter of the lab", degrees_of_freedom=12)
    assert (result.value, result.standard) == (2.4, pytest.approx(0.3 / 2.2))
    assert result.k == pytest.approx(2.23, abs=0.01)
    assert result.lines[0].source == "shunt and meter of the lab"
