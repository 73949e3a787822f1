"""Whole campaigns under the line watch: a fault of every answer fails its requirement, and the rest is judged."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conftest import Stsbench
from sts62055.carrier.profile import default_profile
from sts_conformance import register
from sts_fixtures.watch.replay import findings_of
from sts_fixtures.watch.rules import Rule
from sts_reports.events import FindingMade
from sts_reports.journal import JOURNAL, read_journal
from sts_reports.verdict import Verdict

DEFECTS = Path(__file__).with_name("line_defects.py")
FAIL = str(Verdict.FAIL)


@dataclass(frozen=True)
class Spoiled:
    """What must fail of a meter and nothing else, how many may be left undecided, and what may fail by chance."""

    failed: frozenset[str]
    undecided: int = 0
    may_fail: frozenset[str] = frozenset()


SPOILED = {
    "wrong-bcc-everywhere": Spoiled(frozenset({"52-6.5-sent"})),
    "odd-bcc-everywhere": Spoiled(frozenset({"52-6.3.2-parity"})),
    "odd-parity-each-seventh": Spoiled(frozenset({"52-6.3.2-parity"})),
    "second-answer": Spoiled(
        frozenset({"52-6.6.1-one-answer", "52-6.4.7-single", "52-6.4.8-single", "52-6.7.2-until-quiet"})
        | {f"52-A.{number}-damaged" for number in range(1, 6)},
        undecided=1,
    ),
    "second-answer-later": Spoiled(frozenset({"52-6.6.1-one-answer"}), undecided=1),
    "data-with-line-end": Spoiled(frozenset({"52-6.6.1-one-answer"})),
    # its turn may come where another requirement has its answer timed
    "late-once-in-50": Spoiled(
        frozenset({"52-6.7.1-reaction"}), undecided=1, may_fail=frozenset({"52-6.7.2-time"})
    ),
    "other-register-everywhere": Spoiled(frozenset({"52-6.4.9-layout", "52-6.5-blind-spot"})),
    "lower-case-everywhere": Spoiled(frozenset({"52-6.3.4-hexadecimal", "52-6.4.9-layout"})),
}


def see(result: Any, spoiled: Spoiled) -> None:
    assert spoiled.failed <= result.failed <= spoiled.failed | spoiled.may_fail
    assert result.code == 1, result.err
    assert not result.with_verdict("ERROR")
    assert len(result.with_verdict("INCONCLUSIVE")) <= spoiled.undecided, result.with_verdict("INCONCLUSIVE")
    watched = [one["requirement"] for one in result.json["findings"] if one["by"] == "line watch"]
    assert len(watched) == len(set(watched)), "a requirement is accused once"


@pytest.mark.parametrize("name", SPOILED)
def test_a_fault_in_many_answers_fails_its_requirement_and_the_rest_is_judged(
    stsbench: Stsbench, name: str
) -> None:
    result = stsbench("run", "--defects", DEFECTS, "--defect", name, "--json")
    see(result, SPOILED[name])
    found = [one for one in result.json["findings"] if one["by"] == "line watch" and one["verdict"] == FAIL]
    assert {one["requirement"] for one in found} & SPOILED[name].failed
    assert all(" in " in one["reason"] and one["reason"].endswith("answers") for one in found)


def test_a_meter_that_acknowledges_everything_fails_for_it(stsbench: Stsbench) -> None:
    result = stsbench("run", "--defects", DEFECTS, "--defect", "ack-of-everything", "--json")
    assert result.code == 1
    assert {"52-6.6.2-repeated", "52-6.6.3-known", "52-6.6.6-refused"} <= result.failed


def test_what_is_seen_once_is_told_as_undecided(stsbench: Stsbench) -> None:
    result = stsbench("run", "--defects", DEFECTS, "--defect", "odd-parity-once", "--json")
    assert result.failed == set()
    (found,) = result.json["findings"]
    assert (found["requirement"], found["verdict"]) == ("52-6.3.2-parity", str(Verdict.INCONCLUSIVE))
    assert "seen once in " in found["reason"]
    assert found["reason"].endswith(" answers: the line or the meter; run again")
    assert result.code == 3


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.matrix) for seed in range(2, 6))])
def test_nothing_is_found_of_a_good_meter(stsbench: Stsbench, seed: int) -> None:
    result = stsbench("run", "--seed", seed, "--json")
    assert result.json["findings"] == []
    assert result.code == 0


@pytest.mark.parametrize("name", ["wrong-bcc-everywhere", "late-once-in-50", "second-answer", "odd-parity-once"])
def test_a_journal_is_judged_as_the_run_was(stsbench: Stsbench, tmp_path: Path, name: str) -> None:
    stsbench("run", "--defects", DEFECTS, "--defect", name, "--only", "52", "--out", tmp_path / "runs")
    (folder,) = (tmp_path / "runs").iterdir()
    events = list(read_journal(folder / JOURNAL))
    live = [
        (event.requirement, event.verdict, event.reason)
        for event in events
        if isinstance(event, FindingMade) and event.by == "line watch"
    ]
    later = [(one.requirement, one.verdict, one.reason) for one in findings_of(events, default_profile())]
    assert live == later
    assert live


def test_a_requirement_that_was_not_selected_is_told_all_the_same(stsbench: Stsbench) -> None:
    result = stsbench("run", "--defects", DEFECTS, "--defect", "wrong-bcc-everywhere", "--only", "41-8.4")
    assert "not selected, and seen to fail: 52-6.5-sent" in result.out


def test_every_rule_is_a_requirement_that_cases_test() -> None:
    known = register.load()
    assert {rule: known[rule].status for rule in Rule} == dict.fromkeys(Rule, "tested")
