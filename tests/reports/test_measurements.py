"""A measured value is held against its limits by the decision rule and its uncertainty."""

import json
from typing import Any

import pytest

from sts_reports.measurements import DecisionRule, Measurement
from sts_reports.verdicts import Verdict

SIMPLE, GUARDED = DecisionRule.SIMPLE, DecisionRule.GUARDED
PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def measured(
    value: float,
    rule: DecisionRule = GUARDED,
    *,
    lower: float | None = 20,
    upper: float | None = 1500,
    uncertainty: float = 2,
) -> Measurement:
    """Return a reaction time in milliseconds."""
    return Measurement(
        quantity="reaction time",
        unit="ms",
        value=value,
        uncertainty=uncertainty,
        lower=lower,
        upper=upper,
        source="host clock",
        rule=rule,
    )


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(19.99, FAIL), (20, PASS), (20.01, PASS), (1499.99, PASS), (1500, PASS), (1500.01, FAIL)],
)
def test_the_simple_rule_looks_at_the_value_alone(value: float, verdict: Verdict) -> None:
    assert measured(value, SIMPLE).verdict is verdict


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (17.99, FAIL),
        (18, INCONCLUSIVE),
        (20, INCONCLUSIVE),
        (21.99, INCONCLUSIVE),
        (22, PASS),
        (1498, PASS),
        (1498.01, INCONCLUSIVE),
        (1500, INCONCLUSIVE),
        (1502, INCONCLUSIVE),
        (1502.01, FAIL),
    ],
)
def test_the_guarded_rule_decides_only_where_the_uncertainty_leaves_no_doubt(
    value: float, verdict: Verdict
) -> None:
    assert measured(value, GUARDED).verdict is verdict


@pytest.mark.parametrize("rule", [SIMPLE, GUARDED])
def test_without_a_lower_limit_no_value_is_too_small(rule: DecisionRule) -> None:
    assert measured(-1e9, rule, lower=None).verdict is PASS
    assert measured(1e9, rule, lower=None).verdict is FAIL


@pytest.mark.parametrize("rule", [SIMPLE, GUARDED])
def test_without_an_upper_limit_no_value_is_too_large(rule: DecisionRule) -> None:
    assert measured(1e9, rule, upper=None).verdict is PASS
    assert measured(-1e9, rule, upper=None).verdict is FAIL


def test_one_limit_alone_is_guarded_too() -> None:
    assert measured(1501, lower=None).verdict is INCONCLUSIVE
    assert measured(21, upper=None).verdict is INCONCLUSIVE


def test_an_uncertainty_wider_than_the_limits_never_passes_and_never_fails_within_them() -> None:
    assert measured(760, uncertainty=2000).verdict is INCONCLUSIVE


@pytest.mark.parametrize("rule", [SIMPLE, GUARDED])
@pytest.mark.parametrize(("lower", "upper"), [(20, 1500), (None, 1500), (20, None)])
def test_a_measurement_comes_back_from_json_as_it_was(
    rule: DecisionRule, lower: float | None, upper: float | None
) -> None:
    measurement = measured(402.5, rule, lower=lower, upper=upper)
    kept: dict[str, Any] = json.loads(json.dumps(measurement.as_json() | {"reason": measurement.reason}))
    again = Measurement.from_json(kept)
    assert again == measurement
    assert again.rule is rule


def test_json_holds_the_verdict_for_views_that_decide_nothing() -> None:
    assert measured(1501).as_json()["verdict"] == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("value", "says"),
    [(400, "is within"), (1600, "is outside of"), (1501, "cannot be decided against")],
)
def test_the_reason_tells_value_uncertainty_limits_rule_and_source(value: float, says: str) -> None:
    assert measured(value).reason == (
        f"reaction time {value} ms +- 2 ms (k = 2) {says} 20 to 1500 ms, rule 'guarded', by host clock"
    )


def test_the_reason_tells_which_limit_is_missing() -> None:
    assert "-inf to 1500 ms" in measured(400, lower=None).reason
    assert "20 to inf ms" in measured(400, upper=None).reason
