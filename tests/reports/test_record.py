"""The record of a run follows from its journal: cases, requirements, clauses and the conclusion."""

from pathlib import Path
from typing import Any

import pytest
from run_events import event_of, events_of

from sts_reports.journal import JOURNAL, Journal, journal_size
from sts_reports.measurement import DecisionRule, Measurement
from sts_reports.record import (
    NOTICE,
    Record,
    RequirementRecord,
    UnreadableRecord,
    load_record,
    steps_since,
    write_record,
)
from sts_reports.record import build_record as build_record_of_events

Json = dict[str, Any]

ENDED: Json = {"kind": "end", "finished": "2026-11-20T10:00:00+00:00", "interrupted": False, "simulated": None}
FAULT: Json = {"kind": "fault", "what": "the port is gone", "remedy": "Plug it in again."}


def build_record(lines: list[Json]) -> Record:
    """Return the record of lines, each with what matters of it."""
    return build_record_of_events(events_of(lines))


def requirement(name: str, clause: str = "7.3.7", standard: str = "IEC 62055-41") -> Json:
    """Return a requirement as the header holds it."""
    return {"id": name, "standard": standard, "clause": clause, "clause_title": f"title of {clause}"}


def header(*requirements: Json) -> Json:
    """Return the first line of a run."""
    run = {"id": "run-1", "started": "2026-11-20T09:00:00+00:00"}
    return {"kind": "run", "run": run, "profile": "draft", "requirements": list(requirements)}


def plan(**cases: list[str]) -> Json:
    """Return the plan of cases, each with its requirements."""
    return {"kind": "plan", "cases": [{"id": name, "requirements": bound} for name, bound in cases.items()]}


def ran(case: str, verdict: str, reason: str = "", provisional: tuple[str, ...] = ()) -> list[Json]:
    """Return the lines of a case that took no step."""
    told = {"id": case, "verdict": verdict, "reason": reason, "provisional": list(provisional)}
    return [{"kind": "case", "id": case, "at": 0}, {"kind": "verdict", **told}]


def requirements_of(record: Record) -> dict[str, RequirementRecord]:
    """Return the requirements of a record by id."""
    return {one["id"]: one for clause in record["clauses"] for one in clause["requirements"]}


def run_of(*verdicts: str) -> Record:
    """Return the record of a run of one requirement and one case for each verdict."""
    names = [f"r{number}" for number, _ in enumerate(verdicts)]
    lines = [line for name, verdict in zip(names, verdicts, strict=True) for line in ran(name, verdict)]
    return build_record(
        [header(*map(requirement, names)), plan(**{name: [name] for name in names}), *lines, ENDED]
    )


@pytest.mark.parametrize(
    ("verdict", "found"), [("PASS", "1 found, 0 not found"), ("FAIL", "0 found, 1 not found")]
)
def test_what_is_informative_is_told_and_decides_nothing(verdict: str, found: str) -> None:
    declared = {**requirement("i"), "strength": "informative"}
    lines = [*ran("good", "PASS"), *ran("lent", verdict, "open too early")]
    record = build_record([header(requirement("r"), declared), plan(good=["r"], lent=["i"]), *lines, ENDED])
    assert requirements_of(record)["i"]["verdict"] == verdict
    assert record["summary"]["exit_code"] == 0
    assert record["summary"]["conclusion"] == (
        f"conforms: 1 requirements passed; of behaviours that are declared and not ruled, {found}"
    )


def test_a_requirement_is_as_good_as_its_worst_case_and_gives_its_reason() -> None:
    cases = plan(good=["r"], bad=["r"], doubtful=["r"], other=["s"])
    lines = [
        *ran("good", "PASS"),
        *ran("bad", "FAIL", "credited twice"),
        *ran("doubtful", "INCONCLUSIVE", "too near"),
    ]
    found = requirements_of(
        build_record([header(requirement("r"), requirement("s")), cases, *lines, *ran("other", "PASS"), ENDED])
    )
    assert (found["r"]["verdict"], found["r"]["reason"]) == ("FAIL", "credited twice")
    assert found["r"]["cases"] == ["good", "bad", "doubtful"]
    assert found["s"]["verdict"] == "PASS"


def test_a_case_of_two_requirements_counts_for_both() -> None:
    lines = [header(requirement("r"), requirement("s")), plan(case=["r", "s"]), *ran("case", "FAIL", "no"), ENDED]
    assert [one["verdict"] for one in requirements_of(build_record(lines)).values()] == ["FAIL", "FAIL"]


def test_a_requirement_without_a_case_is_not_tested() -> None:
    found = requirements_of(build_record([header(requirement("r")), plan(), ENDED]))
    assert (found["r"]["verdict"], found["r"]["reason"], found["r"]["cases"]) == ("NOT_TESTED", "no case ran", [])


def test_a_clause_is_as_good_as_its_worst_requirement_and_counts_them_all() -> None:
    (clause,) = run_of("PASS", "PASS", "INCONCLUSIVE", "NOT_APPLICABLE")["clauses"]
    assert clause["verdict"] == "INCONCLUSIVE"
    assert clause["title"] == "title of 7.3.7"
    assert clause["counts"] == {
        "NOT_APPLICABLE": 1,
        "PASS": 2,
        "NOT_TESTED": 0,
        "INCONCLUSIVE": 1,
        "FAIL": 0,
        "ERROR": 0,
    }


def test_clauses_stand_in_the_order_of_their_numbers_standard_by_standard() -> None:
    places = [("6.10", "B"), ("6.2", "B"), ("6.2.1", "B"), ("10.1", "A"), ("9", "A")]
    requirements = [requirement(f"{standard}-{clause}", clause, standard) for clause, standard in places]
    clauses = build_record([header(*requirements), plan(), ENDED])["clauses"]
    assert [(one["standard"], one["clause"]) for one in clauses] == [
        ("A", "9"),
        ("A", "10.1"),
        ("B", "6.2"),
        ("B", "6.2.1"),
        ("B", "6.10"),
    ]


def test_the_same_clause_number_in_two_standards_is_two_clauses() -> None:
    lines = [header(requirement("r", "6.4.2", "A"), requirement("s", "6.4.2", "B")), plan(), ENDED]
    assert len(build_record(lines)["clauses"]) == 2


def test_steps_belong_to_the_case_that_was_running() -> None:
    action: Json = {"kind": "action", "at": 4, "what": "power off", "seen": "dark"}
    token: Json = {"kind": "token", "at": 5, "digits": "1" * 20, "what": "credit", "result": "Accept", "tid": 7}
    begin, verdict = ran("first", "PASS")
    minted: Json = {"kind": "minted", "at": 3, "digits": "1" * 20}
    lines = [header(), plan(first=[], second=[]), begin, action, minted, token, verdict]
    lines.append({"kind": "remark", "text": "between"})
    record = build_record([*lines, *ran("second", "PASS"), ENDED])
    first, second = record["cases"]
    assert first["steps"] == [action, {**token, "token": "TransferCredit", "rolls_over": False}]
    assert second["steps"] == []
    assert record["remarks"] == ["between"]


def test_a_run_without_an_end_can_be_read_and_says_which_case_was_running() -> None:
    step: Json = {"kind": "action", "at": 1, "what": "power off", "seen": "before the cut"}
    lines = [header(requirement("a"), requirement("b"), requirement("c")), plan(a=["a"], b=["b"], c=["c"])]
    record = build_record([*lines, *ran("a", "PASS"), {"kind": "case", "id": "b", "at": 0}, step])
    assert record["run"] == {
        "id": "run-1",
        "started": "2026-11-20T09:00:00+00:00",
        "finished": None,
        "interrupted": True,
    }
    assert [(case["verdict"], case["reason"]) for case in record["cases"]] == [
        ("PASS", ""),
        ("NOT_TESTED", "interrupted while it ran"),
        ("NOT_TESTED", "the run ended before it"),
    ]
    assert record["cases"][1]["steps"] == [step]
    assert requirements_of(record)["b"]["reason"] == "interrupted while it ran"
    assert record["summary"]["exit_code"] == 3


def test_an_end_says_itself_whether_the_run_was_interrupted() -> None:
    assert build_record([header(), ENDED])["run"]["interrupted"] is False
    assert build_record([header(), {**ENDED, "interrupted": True}])["run"]["interrupted"] is True


@pytest.mark.parametrize(
    ("verdicts", "code", "conclusion"),
    [
        (["PASS", "PASS", "NOT_APPLICABLE"], 0, "conforms: 2 requirements passed"),
        (["PASS", "FAIL", "NOT_TESTED"], 1, "does not conform: 1 of 3 requirements failed"),
        (
            ["PASS", "INCONCLUSIVE", "NOT_TESTED", "NOT_TESTED"],
            3,
            "not decided: 1 requirements inconclusive, 2 not tested",
        ),
        (["PASS", "ERROR"], 4, "bench fault: see the cases with ERROR"),
        (["FAIL", "ERROR"], 1, "does not conform: 1 of 2 requirements failed"),
        ([], 5, "nothing was tested: no requirement that was selected applies to this meter"),
        (["NOT_APPLICABLE"], 5, "nothing was tested: no requirement that was selected applies to this meter"),
    ],
)
def test_the_conclusion_follows_from_the_verdicts(verdicts: list[str], code: int, conclusion: str) -> None:
    summary = run_of(*verdicts)["summary"]
    assert (summary["exit_code"], summary["conclusion"]) == (code, conclusion)
    assert summary["requirements"] == len(verdicts)
    assert {verdict: count for verdict, count in summary["counts"].items() if count} == {
        verdict: verdicts.count(verdict) for verdict in verdicts
    }


def left_out(by: str, *requirements: Json, verdict: str = "NOT_TESTED", **cases: list[str]) -> Json:
    """Return what one option leaves out: requirements of which no case runs, and cases with their requirements."""
    told = {"by": by, "verdict": verdict, "reason": f"left out by {by}"}
    halves = {name for bound in cases.values() for name in bound} - {one["id"] for one in requirements}
    return {
        "kind": "left out",
        "cases": [{"id": name, "title": name, "requirements": bound, "by": by} for name, bound in cases.items()],
        "requirements": list(requirements),
        "verdicts": [{**told, "id": name} for name in [*(one["id"] for one in requirements), *sorted(halves)]],
    }


@pytest.mark.parametrize(
    ("verdict", "code", "conclusion"),
    [
        ("PASS", 0, "partial: 1 of 2 applicable requirements; 1 requirements passed"),
        ("FAIL", 1, "does not conform: 1 of 1 requirements failed; partial: 1 of 2 applicable requirements"),
        (
            "NOT_APPLICABLE",
            5,
            (
                "nothing was tested: no requirement that was selected applies to this meter; "
                "partial: 0 of 1 applicable requirements"
            ),
        ),
    ],
)
def test_what_no_case_touches_is_not_tested_and_makes_the_run_a_part(
    verdict: str, code: int, conclusion: str
) -> None:
    left = left_out("--only r", requirement("s"), other=["s"])
    record = build_record([header(requirement("r")), left, plan(one=["r"]), *ran("one", verdict), ENDED])
    assert (record["summary"]["exit_code"], record["summary"]["conclusion"]) == (code, conclusion)
    missing = requirements_of(record)["s"]
    assert (missing["verdict"], missing["reason"], missing["decides"]) == (
        "NOT_TESTED",
        "left out by --only r",
        False,
    )
    (clause,) = record["clauses"]
    assert clause["verdict"] == ("FAIL" if verdict == "FAIL" else "NOT_TESTED")
    assert record["selection"]["left_out"] == [{"by": "--only r", "cases": ["other"], "requirements": ["s"]}]


def test_what_does_not_apply_is_not_missing() -> None:
    left = left_out("--only r", requirement("s"), verdict="NOT_APPLICABLE")
    record = build_record([header(requirement("r")), left, plan(one=["r"]), *ran("one", "PASS"), ENDED])
    assert record["summary"]["conclusion"] == "conforms: 1 requirements passed"
    assert record["clauses"][0]["verdict"] == "PASS"


@pytest.mark.parametrize(("verdict", "whole", "code"), [("PASS", "NOT_TESTED", 3), ("FAIL", "FAIL", 1)])
def test_a_requirement_of_which_cases_are_missing_does_not_pass(verdict: str, whole: str, code: int) -> None:
    left = left_out("-k one", two=["r"])
    record = build_record([header(requirement("r")), left, plan(one=["r"]), *ran("one", verdict), ENDED])
    assert requirements_of(record)["r"]["verdict"] == whole
    assert record["summary"]["exit_code"] == code
    assert record["summary"]["partial"] == {"tested": 0, "applicable": 1}


def test_a_case_of_two_requirements_says_nothing_of_the_one_that_was_not_asked_for() -> None:
    left = left_out("--only r", requirement("s"))
    record = build_record([header(requirement("r")), left, plan(one=["r", "s"]), *ran("one", "PASS"), ENDED])
    assert requirements_of(record)["s"]["verdict"] == "NOT_TESTED"
    assert record["summary"]["exit_code"] == 0


def test_what_a_stop_left_unreached_names_it() -> None:
    lines = [header(requirement("r"), requirement("s")), plan(one=["r"], two=["s"]), *ran("one", "FAIL")]
    record = build_record([*lines, {**ENDED, "stopped_by": "-x"}])
    assert requirements_of(record)["s"]["reason"] == "left out by -x"
    assert record["selection"]["left_out"] == [{"by": "-x", "cases": ["two"], "requirements": ["s"]}]
    assert record["summary"]["partial"] == {"tested": 1, "applicable": 2}


@pytest.mark.parametrize(
    ("verdict", "code", "conclusion"),
    [
        ("PASS", 4, "bench fault: the port is gone: Plug it in again."),
        (
            "FAIL",
            1,
            "does not conform: 1 of 1 requirements failed; bench fault: the port is gone: Plug it in again.",
        ),
    ],
)
def test_a_bench_fault_outweighs_all_but_what_was_proven(verdict: str, code: int, conclusion: str) -> None:
    lines = [header(requirement("r")), plan(case=["r"]), *ran("case", verdict), FAULT, ENDED]
    record = build_record(lines)
    assert (record["summary"]["exit_code"], record["summary"]["conclusion"]) == (code, conclusion)
    assert record["faults"] == [{"what": "the port is gone", "remedy": "Plug it in again."}]
    assert record["summary"]["counts"][verdict] == 1


def test_provisional_parameters_are_collected_upwards_once_and_in_order() -> None:
    cases = plan(one=["r"], two=["r", "s"], three=["t"])
    lines = [
        *ran("one", "PASS", provisional=("reaction_time (inferred)",)),
        *ran("two", "PASS", provisional=("bit_rate (assumed)", "reaction_time (inferred)")),
        *ran("three", "PASS"),
    ]
    record = build_record([header(*map(requirement, "rst")), cases, *lines, ENDED])
    both = ["bit_rate (assumed)", "reaction_time (inferred)"]
    assert {name: one["provisional"] for name, one in requirements_of(record).items()} == {
        "r": both,
        "s": both,
        "t": [],
    }
    assert record["clauses"][0]["provisional"] == both
    assert record["summary"]["provisional"] == 2


def measured(value: float) -> Json:
    """Return a measurement by `nonbinary` against at most 100 ms with U = 10 ms."""
    taken = Measurement(
        quantity="gap",
        unit="ms",
        value=value,
        uncertainty=10.0,
        lower=None,
        upper=100.0,
        source="scope",
        rule=DecisionRule.NONBINARY,
    )
    return {"kind": "measurement", **taken.as_json(), "reason": taken.reason}


def judged(case: str, verdict: str, reason: str, *, conditional: bool = True) -> list[Json]:
    """Return the lines of a case whose verdict bears the mark, or does not."""
    begin, end = ran(case, verdict, reason)
    return [begin, {**end, "conditional": conditional}]


@pytest.mark.parametrize(("verdict", "conditional"), [("PASS", True), ("FAIL", True), ("PASS", False)])
def test_the_mark_of_a_case_goes_up_to_its_clause(verdict: str, conditional: bool) -> None:
    told = judged("case", verdict, "why", conditional=conditional)
    record = build_record([header(requirement("r")), plan(case=["r"]), *told, ENDED])
    assert record["cases"][0]["conditional"] is conditional
    assert requirements_of(record)["r"]["conditional"] is conditional
    assert record["clauses"][0]["conditional"] is conditional
    assert record["summary"]["conditional"] == conditional


def test_one_conditional_pass_marks_all_above_it_but_a_failure_outweighs_the_mark() -> None:
    cases = plan(good=["r"], near=["r"], bad=["s"], beyond=["s"])
    lines = [
        *ran("good", "PASS"),
        *judged("near", "PASS", ""),
        *judged("bad", "FAIL", "105"),
        *ran("beyond", "FAIL", "no"),
    ]
    record = build_record([header(requirement("r", "1"), requirement("s", "2")), cases, *lines, ENDED])
    assert [one["conditional"] for one in record["clauses"]] == [True, False]
    assert {verdict: count for verdict, count in record["summary"]["conditional_counts"].items() if count} == {
        "PASS": 1
    }
    assert record["summary"]["conclusion"] == "does not conform: 1 of 2 requirements failed"


@pytest.mark.parametrize(
    ("verdict", "value", "conclusion"),
    [
        ("PASS", 95, "conforms: 1 requirements passed, 1 of them conditional"),
        ("FAIL", 105, "does not conform: 1 of 1 requirements failed, 1 of them conditional"),
    ],
)
def test_the_conclusion_tells_how_many_are_conditional(verdict: str, value: float, conclusion: str) -> None:
    lines = [header(requirement("r")), plan(case=["r"]), *judged("case", verdict, str(value)), ENDED]
    assert build_record(lines)["summary"]["conclusion"] == conclusion


def test_instruments_and_recordings_are_taken_up() -> None:
    step: Json = {
        "kind": "recording",
        "at": 1,
        "name": "1",
        "file": "recordings/1.npz",
        "sha256": "0" * 64,
        "source": "x",
    }
    begin, verdict = ran("case", "PASS")
    told: Json = {"kind": "instruments", "instruments": [{"name": "scope"}]}
    record = build_record([header(requirement("r")), plan(case=["r"]), told, begin, step, verdict, ENDED])
    assert [one["name"] for one in record["instruments"]] == ["scope"]
    assert record["cases"][0]["steps"] == [step]
    assert build_record([header(), ENDED])["instruments"] == []


def test_a_measurement_is_told_with_what_follows_from_it() -> None:
    begin, verdict = ran("case", "PASS")
    taken = measured(50)
    (step,) = build_record([header(), plan(case=[]), begin, taken, verdict, ENDED])["cases"][0]["steps"]
    assert step == taken


def test_the_steps_of_a_case_can_be_read_while_the_run_goes_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path / JOURNAL)
    before, after = ({"kind": "action", "at": 1, "what": what, "seen": ""} for what in ("power off", "power on"))
    journal.write(event_of(plan(case=[])))
    journal.write(event_of(before))
    size = journal_size(tmp_path)
    journal.write(event_of({"kind": "case", "id": "case", "at": 0}))
    journal.write(event_of(after))
    assert steps_since(tmp_path, size) == [after]
    journal.close()


def test_the_header_is_carried_over_and_the_notice_added() -> None:
    simulated = {"line_seconds": 2.5, "characters": 3}
    record = build_record([{**header(), "meter": {"maker": "Meerkat"}}, {**ENDED, "simulated": simulated}])
    assert record["meter"]["maker"] == "Meerkat"
    assert record["profile"] == "draft"
    assert record["simulated"] == simulated
    assert record["selection"] == {"only": [], "left_out": []}
    assert record["notice"] == NOTICE
    assert "requirements" not in record


def test_the_same_lines_give_the_same_record_twice() -> None:
    lines = [header(requirement("r")), plan(case=["r"]), *ran("case", "FAIL", "no"), FAULT, ENDED]
    assert build_record(lines) == build_record(lines)


def test_a_record_is_written_beside_its_journal_and_loads_as_it_was(tmp_path: Path) -> None:
    journal = Journal(tmp_path / JOURNAL)
    for line in [header(requirement("r")), plan(case=["r"]), *ran("case", "FAIL", "25 °C"), ENDED]:
        journal.write(event_of(line))
    journal.close()
    first = write_record(tmp_path)
    written = (tmp_path / "record.json").read_bytes()
    assert first["cases"][0]["reason"] == "25 °C"
    assert load_record(tmp_path) == first
    assert write_record(tmp_path) == first
    assert (tmp_path / "record.json").read_bytes() == written
    assert "25 °C" in written.decode("utf-8")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is no record of format 2"),
        ('{"format": 1}', "it is no record of format 2"),
        (None, "it cannot be read"),
    ],
)
def test_what_is_no_record_of_this_form_is_refused_in_a_sentence(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    if text is not None:
        (tmp_path / "record.json").write_text(text)
    with pytest.raises(UnreadableRecord, match=reason):
        load_record(tmp_path)


def finding(name: str, verdict: str, reason: str, case: str | None = None) -> Json:
    told = {"requirement": name, "verdict": verdict, "reason": reason, "by": "line watch", "case": case}
    return {"kind": "finding", "at": 5, "provisional": [], **told}


@pytest.mark.parametrize(
    ("case", "found", "verdict", "reason"),
    [
        ("PASS", "FAIL", "FAIL", "seen"),
        ("FAIL", "PASS", "FAIL", "asked"),
        ("FAIL", "FAIL", "FAIL", "asked"),
        ("PASS", "INCONCLUSIVE", "INCONCLUSIVE", "seen"),
    ],
)
def test_a_requirement_has_the_worst_of_its_cases_and_of_what_was_found(
    case: str, found: str, verdict: str, reason: str
) -> None:
    events = [header(requirement("r")), plan(case=["r"]), *ran("case", case, "asked"), finding("r", found, "seen")]
    record = build_record([*events, ENDED])
    (told,) = record["clauses"][0]["requirements"]
    assert (told["verdict"], told["reason"]) == (verdict, reason)
    assert [one["reason"] for one in told["findings"]] == ["seen"]


def test_what_was_found_of_a_requirement_that_was_not_selected_is_told_beside_the_conclusion() -> None:
    events = [
        header(requirement("r")),
        plan(case=["r"]),
        *ran("case", "PASS", ""),
        finding("other", "FAIL", "seen"),
    ]
    record = build_record([*events, ENDED])
    assert (
        record["summary"]["conclusion"] == "conforms: 1 requirements passed; not selected, and seen to fail: other"
    )
    assert record["findings"][0]["requirement"] == "other"
