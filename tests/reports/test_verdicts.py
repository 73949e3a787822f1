"""The order of verdicts, their letters and the exit codes that follow from them."""

from itertools import combinations

import pytest

from sts_reports.exit_code import exit_code
from sts_reports.verdict import Verdict, worst

FROM_BEST_TO_WORST = [
    Verdict.NOT_APPLICABLE,
    Verdict.PASS,
    Verdict.NOT_TESTED,
    Verdict.INCONCLUSIVE,
    Verdict.ERROR,
    Verdict.FAIL,
]


@pytest.mark.parametrize(("better", "worse"), list(combinations(FROM_BEST_TO_WORST, 2)))
def test_of_two_verdicts_the_worse_one_counts_in_either_order(better: Verdict, worse: Verdict) -> None:
    assert worst([better, worse]) is worse
    assert worst([worse, better]) is worse


def test_no_verdict_at_all_is_not_tested() -> None:
    assert worst([]) is Verdict.NOT_TESTED


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.NOT_APPLICABLE, 5),
        (Verdict.PASS, 0),
        (Verdict.NOT_TESTED, 3),
        (Verdict.INCONCLUSIVE, 3),
        (Verdict.FAIL, 1),
        (Verdict.ERROR, 4),
    ],
)
def test_a_run_exits_by_its_worst_verdict(verdict: Verdict, code: int) -> None:
    not_worse = FROM_BEST_TO_WORST[: FROM_BEST_TO_WORST.index(verdict) + 1]
    assert exit_code([verdict]) == code
    assert exit_code(not_worse) == code


def test_a_run_of_nothing_exits_with_5() -> None:
    assert exit_code([]) == 5


def test_exit_code_takes_verdicts_from_a_generator() -> None:
    assert exit_code(verdict for verdict in (Verdict.PASS, Verdict.FAIL)) == 1
    assert exit_code(verdict for verdict in ()) == 5


def test_letters_are_those_of_test_reports() -> None:
    assert [verdict.letter for verdict in FROM_BEST_TO_WORST] == ["N/A", "P", "N/T", "I", "E", "F"]
