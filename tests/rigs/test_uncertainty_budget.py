"""Components are combined as the GUM says."""

import math
from dataclasses import asdict, fields

import pytest

from sts_reports import measurement as measurements
from sts_rigs.errors import BenchFault
from sts_rigs.uncertainty.budget import BudgetLine, Uncertain, combine
from sts_rigs.uncertainty.components import (
    Component,
    expanded,
    next_of,
    normal,
    rectangular,
    resolution,
    scatter_of_mean,
    scatter_of_one,
    triangular,
)

VALUES = [10.0, 12.0, 14.0, 16.0]
"""Mean 13, standard deviation sqrt(20 / 3)."""
SCATTER = math.sqrt(20 / 3)


@pytest.mark.parametrize(
    ("component", "standard", "evaluation", "freedom"),
    [
        (rectangular("x", 3.0, "V", "s"), math.sqrt(3), "B", math.inf),
        (triangular("x", 6.0, "V", "s"), math.sqrt(6), "B", math.inf),
        (resolution("x", 6.0, "V", "s"), math.sqrt(3), "B", math.inf),
        (normal("x", 3.0, "V", "s"), 3.0, "B", math.inf),
        (expanded("x", 6.0, 2.5, "V", "s", degrees_of_freedom=12), 2.4, "B", 12),
        (scatter_of_mean("x", VALUES, "V", "s"), SCATTER / 2, "A", 3),
        (scatter_of_one("x", VALUES, "V", "s"), SCATTER, "A", 3),
        (next_of("x", VALUES, "V", "s"), SCATTER * math.sqrt(1.25), "A", 3),
    ],
)
def test_what_is_known_becomes_a_standard_uncertainty(
    component: Component, standard: float, evaluation: str, freedom: float
) -> None:
    assert component.standard == pytest.approx(standard)
    assert (component.evaluation, component.degrees_of_freedom) == (evaluation, freedom)


def test_errors_seen_are_taken_off_the_next_value() -> None:
    result = combine(100.0, "ms", [next_of("errors", VALUES, "ms", "doctor")])
    assert result.value == pytest.approx(87.0)
    assert result.lines[0].source == "doctor, 4 values"


@pytest.mark.parametrize("make", [scatter_of_mean, scatter_of_one, next_of])
@pytest.mark.parametrize("values", [[], [3.0]])
def test_one_value_has_no_scatter(make: object, values: list[float]) -> None:
    with pytest.raises(BenchFault, match=rf"was measured {len(values)} times: repeat it"):
        make("reaction", values, "s", "recorder")  # type: ignore[operator]


@pytest.mark.parametrize("half_width", [-1.0, math.nan, math.inf])
def test_an_uncertainty_that_is_none_is_a_fault_of_the_bench(half_width: float) -> None:
    with pytest.raises(BenchFault, match=r"uncertainty of rate cannot be .*: correct what states it: rig file"):
        rectangular("rate", half_width, "1", "rig file")


@pytest.mark.parametrize("k", [0.0, -2.0, math.nan])
def test_a_coverage_factor_that_is_none_is_a_fault_of_the_bench(k: float) -> None:
    with pytest.raises(BenchFault, match="coverage factor of rate"):
        expanded("rate", 1.0, k, "1", "rig file")


def test_degrees_of_freedom_below_one_are_a_fault_of_the_bench() -> None:
    with pytest.raises(BenchFault, match=r"with 0\.5 degrees of freedom"):
        expanded("rate", 1.0, 2.0, "1", "rig file", degrees_of_freedom=0.5)


def test_the_worked_example_of_the_gum_comes_out() -> None:
    """Length of an end gauge (GUM, H.1): four components of 25, 9.7, 2.9 and 16.6 nm, 16 degrees of freedom."""
    known = [(25.0, 18.0), (9.7, 25.6), (2.9, 50.0), (16.6, 2.0)]
    result = combine(
        50_000_838.0,
        "nm",
        [expanded(f"{u}", u, 1.0, "nm", "example", degrees_of_freedom=freedom) for u, freedom in known],
    )
    assert result.standard == pytest.approx(31.7, abs=0.1)
    by_hand = result.standard**4 / sum(u**4 / freedom for u, freedom in known)
    assert result.degrees_of_freedom == pytest.approx(by_hand)
    assert math.floor(result.degrees_of_freedom) == 16
    assert result.expanded == result.k * result.standard


@pytest.mark.parametrize(
    ("freedom", "k"), [(1, 13.97), (2, 4.53), (5, 2.65), (10, 2.28), (20, 2.13), (50, 2.05), (math.inf, 2.0)]
)
def test_k_grows_when_little_is_known_of_the_scatter(freedom: float, k: float) -> None:
    """Table G.2 of the GUM, 95.45 %."""
    stated = expanded("x", 1.0, 1.0, "V", "example", degrees_of_freedom=freedom)
    assert combine(0.0, "V", [stated]).k == pytest.approx(k, abs=0.006)


def test_sensitivities_carry_units_and_estimates_correct_the_value() -> None:
    rate = expanded("rate", 2e-6, 2.0, "1", "certificate", estimate=-5e-6).with_sensitivity(1.5)
    shift = rectangular("shift", 3e-6, "s", "maker").with_sensitivity(-2.0)
    result = combine(1.5, "s", [rate, shift])
    assert result.value == pytest.approx(1.5 - 7.5e-6, abs=1e-12)
    assert [line.contribution for line in result.lines] == pytest.approx([1.5e-6, 6e-6 / math.sqrt(3)])
    assert [line.sensitivity for line in result.lines] == [1.5, -2.0]
    assert result.standard == pytest.approx(math.hypot(*(line.contribution for line in result.lines)))
    assert result.lines[0].estimate == -5e-6


def test_without_components_a_value_is_exact() -> None:
    result = combine(4.0, "V", [])
    assert (result.value, result.standard, result.expanded, result.lines) == (4.0, 0.0, 0.0, ())


def test_a_result_changes_its_unit_as_a_whole() -> None:
    seconds = combine(1.5, "s", [rectangular("shift", 3e-6, "s", "maker").with_sensitivity(2.0)])
    result = seconds.times(1000, "ms")
    assert (result.value, result.unit) == (1500.0, "ms")
    assert result.expanded == pytest.approx(seconds.expanded * 1000)
    assert result.standard == pytest.approx(seconds.standard * 1000)
    assert (result.k, result.degrees_of_freedom) == (seconds.k, seconds.degrees_of_freedom)
    (line,) = result.lines
    assert (line.unit, line.standard_uncertainty) == ("s", seconds.lines[0].standard_uncertainty)
    assert line.contribution == pytest.approx(line.sensitivity * line.standard_uncertainty)
    assert line.contribution == pytest.approx(result.standard)


def kept(result: Uncertain) -> measurements.Measurement:
    """Hand a result over to the reports, as the fixtures do."""
    return measurements.Measurement(
        quantity="reaction time",
        unit=result.unit,
        value=result.value,
        uncertainty=result.expanded,
        lower=20,
        upper=1500,
        source="recorder",
        rule=measurements.DecisionRule.GUARDED,
        k=result.k,
        degrees_of_freedom=result.degrees_of_freedom,
        budget=tuple(measurements.BudgetLine(**asdict(line)) for line in result.lines),
    )


def test_reports_keep_a_budget_as_it_is_made_here() -> None:
    assert [field.name for field in fields(BudgetLine)] == [
        field.name for field in fields(measurements.BudgetLine)
    ]
    shift = next_of("shift", [1e-3, 2e-3, 4e-3], "s", "doctor")
    measurement = kept(combine(1.5, "s", [shift]).times(1000, "ms"))
    assert measurement.budget[0].contribution == pytest.approx(measurement.uncertainty / measurement.k)
    assert measurements.Measurement.from_json(measurement.as_json()) == measurement
    assert "(k = 4.53, 2 degrees of freedom)" in measurement.reason
