"""A measured value is held against its limits by the decision rule and its uncertainty.

Run as a program, this file writes the table of chances in docs/uncertainty.md anew.
"""

import json
import math
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from statistics import NormalDist
from typing import Any

import pytest

from sts_reports.measurement import (
    BudgetLine,
    DecisionRule,
    Measurement,
    Statement,
    chance_of,
    chances,
    worst_of,
)
from sts_reports.verdict import Verdict

SIMPLE, GUARDED, NONBINARY = DecisionRule
PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
PAGE = Path(__file__).parents[2] / "docs" / "uncertainty.md"
BEGIN, END = "<!-- chances: written by tests/reports/test_measurements.py -->\n", "<!-- end of chances -->\n"

LIMIT, UNCERTAINTY, RUNS = 1500.0, 2.0, 10_000
DISTANCES = (-10.0, -1.0, -0.1, 0.0, 0.1, 1.0, 10.0)
LINE = BudgetLine(
    component="rate of recorder",
    evaluation="B",
    distribution="normal",
    unit="1",
    estimate=-2e-6,
    standard_uncertainty=1e-6,
    sensitivity=402.5,
    contribution=402.5e-6,
    degrees_of_freedom=math.inf,
    source="certificate 17",
)


def measured(
    value: float,
    rule: DecisionRule = GUARDED,
    *,
    lower: float | None = 20,
    upper: float | None = 1500,
    uncertainty: float = 2,
    **others: Any,
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
        **others,
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


@pytest.mark.parametrize("rule", DecisionRule)
def test_without_a_lower_limit_no_value_is_too_small(rule: DecisionRule) -> None:
    assert measured(-1e9, rule, lower=None).verdict is PASS
    assert measured(1e9, rule, lower=None).verdict is FAIL


@pytest.mark.parametrize("rule", DecisionRule)
def test_without_an_upper_limit_no_value_is_too_large(rule: DecisionRule) -> None:
    assert measured(1e9, rule, upper=None).verdict is PASS
    assert measured(-1e9, rule, upper=None).verdict is FAIL


def test_one_limit_alone_is_guarded_too() -> None:
    assert measured(1501, lower=None).verdict is INCONCLUSIVE
    assert measured(21, upper=None).verdict is INCONCLUSIVE


def test_an_uncertainty_wider_than_the_limits_never_passes_and_never_fails_within_them() -> None:
    assert measured(760, uncertainty=2000).verdict is INCONCLUSIVE


@pytest.mark.parametrize("rule", DecisionRule)
@pytest.mark.parametrize(("lower", "upper"), [(20, 1500), (None, 1500), (20, None)])
def test_a_measurement_comes_back_from_json_as_it_was(
    rule: DecisionRule, lower: float | None, upper: float | None
) -> None:
    measurement = measured(402.5, rule, lower=lower, upper=upper)
    kept: dict[str, Any] = json.loads(json.dumps(measurement.as_json() | {"reason": measurement.reason}))
    again = Measurement.from_json(kept)
    assert again == measurement
    assert again.rule is rule


def test_budget_k_freedom_guard_and_repeats_come_back_from_json() -> None:
    scatter = LINE.as_json() | {"component": "repeatability", "evaluation": "A", "degrees_of_freedom": 4.0}
    measurement = measured(
        402.5,
        NONBINARY,
        k=2.1,
        degrees_of_freedom=17.4,
        guard_ratio=0.5,
        repeats=5,
        budget=(LINE, BudgetLine.from_json(scatter)),
    )
    text = json.dumps(measurement.as_json(), allow_nan=False)
    again = Measurement.from_json(json.loads(text))
    assert again == measurement
    assert [line.degrees_of_freedom for line in again.budget] == [math.inf, 4.0]


def test_unlimited_degrees_of_freedom_are_no_number_that_json_cannot_hold() -> None:
    content = measured(402.5).as_json()
    assert content["degrees_of_freedom"] is None
    assert Measurement.from_json(content).degrees_of_freedom == math.inf


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
    assert "is within its limit, at most 1500 ms, rule" in measured(400, lower=None).reason
    assert "is within its limit, at least 20 ms, rule" in measured(400, upper=None).reason


@pytest.mark.parametrize(
    ("value", "statement", "verdict", "conditional"),
    [
        (17.99, Statement.FAIL, FAIL, False),
        (18, Statement.CONDITIONAL_FAIL, FAIL, True),
        (19.99, Statement.CONDITIONAL_FAIL, FAIL, True),
        (20, Statement.CONDITIONAL_PASS, PASS, True),
        (21.99, Statement.CONDITIONAL_PASS, PASS, True),
        (22, Statement.PASS, PASS, False),
        (1498, Statement.PASS, PASS, False),
        (1498.01, Statement.CONDITIONAL_PASS, PASS, True),
        (1500, Statement.CONDITIONAL_PASS, PASS, True),
        (1500.01, Statement.CONDITIONAL_FAIL, FAIL, True),
        (1502, Statement.CONDITIONAL_FAIL, FAIL, True),
        (1502.01, Statement.FAIL, FAIL, False),
    ],
)
def test_the_nonbinary_rule_decides_inside_the_guard_band_with_a_mark(
    value: float, statement: Statement, verdict: Verdict, conditional: bool
) -> None:
    judged = measured(value, NONBINARY)
    assert (judged.statement, judged.verdict, judged.is_conditional) == (statement, verdict, conditional)
    content = judged.as_json()
    assert (content["statement"], content["conditional"]) == (statement, conditional)


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(0.0, PASS), (0.4, PASS), (0.6, INCONCLUSIVE), (2.0, INCONCLUSIVE)]
)
def test_the_guard_band_is_a_part_of_the_uncertainty(ratio: float, verdict: Verdict) -> None:
    judged = measured(1499, guard_ratio=ratio)
    assert judged.verdict is verdict
    assert judged.guard_band == judged.as_json()["guard_band"] == ratio * 2


def test_the_simple_rule_has_no_guard_band() -> None:
    assert measured(1499, SIMPLE, guard_ratio=3).guard_band == 0


def test_the_reason_of_a_conditional_verdict_says_so_and_why() -> None:
    assert measured(1499, NONBINARY).reason == (
        "reaction time 1499 ms +- 2 ms (k = 2) is conditionally within 20 to 1500 ms, being inside the guard band "
        "of 2 ms, rule 'nonbinary', by host clock"
    )
    assert "is conditionally outside of 20 to 1500 ms, being inside" in measured(1501, NONBINARY).reason


def test_the_reason_tells_k_freedom_guard_ratio_and_repeats() -> None:
    told = measured(400, k=2.32, degrees_of_freedom=9.04, guard_ratio=0.5, repeats=5).reason
    assert "(k = 2.32, 9 degrees of freedom), worst of 5, is within" in told
    assert "rule 'guarded' with r = 0.5, by" in told


@pytest.mark.parametrize(
    "changes",
    [
        {"value": math.nan},
        {"value": math.inf},
        {"uncertainty": -1},
        {"uncertainty": math.inf},
        {"guard_ratio": -0.1},
        {"k": 0},
        {"degrees_of_freedom": 0},
        {"degrees_of_freedom": math.nan},
        {"lower": 1501},
        {"upper": math.nan},
    ],
)
def test_numbers_that_cannot_be_judged_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="reaction time: "):
        measured(**{"value": 400.0, **changes})


# -- repeats -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "worst"),
    [
        ([400, 1490, 700], 1490),
        ([400, 25, 1400], 25),
        ([1499, 1501, 400], 1501),
        ([1490, 19, 1600, 1550], 1600),
    ],
)
def test_the_worst_repeat_is_nearest_to_a_limit_or_farthest_beyond_one(values: list[float], worst: float) -> None:
    judged = worst_of(map(measured, values))
    assert judged.value == worst
    assert judged.repeats == len(values)


def test_a_worse_statement_outweighs_a_nearer_limit() -> None:
    sure, unsure = measured(1499.9, uncertainty=0.05), measured(1490, uncertainty=20)
    assert worst_of([unsure, sure]).value == unsure.value


def test_the_worst_of_values_without_limits_is_any_of_them() -> None:
    assert worst_of([measured(value, lower=None, upper=None) for value in (1, 2)]).verdict is PASS


@pytest.mark.parametrize("repeats", [[], [measured(400), measured(400, upper=2000)]])
def test_only_repeats_of_one_measurement_have_a_worst(repeats: list[Measurement]) -> None:
    with pytest.raises(ValueError, match="one quantity"):
        worst_of(repeats)


# -- chances -------------------------------------------------------------------------------------------------


@cache
def counted(distance: float, rule: DecisionRule) -> Counter[Statement]:
    """Judge seeded measurements of a meter that reacts so many milliseconds beyond the limit."""
    random, spread = Random(f"{distance}"), NormalDist(LIMIT + distance, UNCERTAINTY / 2)
    values = (spread.inv_cdf(random.random()) for _ in range(RUNS))
    return Counter(measured(value, rule, uncertainty=UNCERTAINTY).statement for value in values)


def chances_table() -> str:
    """Return theory and simulation for each rule and distance, in percent."""
    lines = [
        "| Rule | True time | pass | conditional pass | inconclusive | conditional fail | fail |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for rule in DecisionRule:
        for distance in DISTANCES:
            theory, seen = chances(distance, UNCERTAINTY, rule), counted(distance, rule)
            cells = (
                f"{100 * theory[one]:.2f} ({100 * seen[one] / RUNS:.2f})" if one in theory else ""
                for one in Statement
            )
            lines.append(f"| {rule} | {LIMIT + distance:.1f} ms | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("rule", DecisionRule)
@pytest.mark.parametrize("distance", DISTANCES)
def test_ten_thousand_seeded_runs_agree_with_the_theory(distance: float, rule: DecisionRule) -> None:
    seen = counted(distance, rule)
    assert seen.total() == RUNS
    theory = chances(distance, UNCERTAINTY, rule)
    assert seen.keys() <= theory.keys()
    for statement, chance in theory.items():
        assert abs(seen[statement] - RUNS * chance) <= 4.5 * math.sqrt(RUNS * chance * (1 - chance)) + 1


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (SIMPLE, (0.5, 0.0, 0.5)),
        (GUARDED, (0.02275, 0.9545, 0.02275)),
        (NONBINARY, (0.5, 0.0, 0.5)),
    ],
)
def test_the_chances_on_the_limit_itself_are_what_tables_of_the_normal_distribution_say(
    rule: DecisionRule, expected: tuple[float, float, float]
) -> None:
    found = tuple(chance_of(verdict, 0, UNCERTAINTY, rule) for verdict in (PASS, INCONCLUSIVE, FAIL))
    assert found == pytest.approx(expected, abs=1e-4)


def test_k_and_guard_ratio_move_the_chances() -> None:
    # one standard uncertainty inside; a guard band of half U = 3 u, that is 1.5 u
    assert chance_of(PASS, -1, 3, GUARDED, k=3, guard_ratio=0.5) == pytest.approx(0.30854, abs=1e-5)


@pytest.mark.parametrize(("uncertainty", "k"), [(0, 2), (-1, 2), (1, 0), (math.nan, 2)])
def test_no_chance_without_an_uncertainty(uncertainty: float, k: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        chances(0, uncertainty, SIMPLE, k=k)


def test_the_page_shows_the_chances_of_theory_and_simulation() -> None:
    _, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    table, _, _ = rest.partition(END)
    assert table == chances_table()


if __name__ == "__main__":
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + chances_table() + END + rest.partition(END)[2], "utf-8", newline="\n")
