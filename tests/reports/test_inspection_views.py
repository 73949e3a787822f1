"""What a person answered from papers: how it counts in the record, and how page and terminal show it."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from run_events import events_of

from sts_reports.record import Record
from sts_reports.record import build_record as build_record_of_events
from sts_reports.views.html import write_html
from sts_reports.views.terminal import print_record

Json = dict[str, Any]

ANSWER = {"verdict": "fail", "reference": "letter 7", "by": "A. Person", "date": "2026-11-19", "remark": "<none>"}


def build_record(lines: list[Json]) -> Record:
    return build_record_of_events(events_of(lines))


def requirement(name: str, clause: str, *, numbered: bool = True) -> Json:
    return {
        "id": name,
        "standard": "IEC 62055-51",
        "clause": clause,
        "clause_title": f"Title of {clause}",
        "strength": "shall",
        "text": f"What {name} asks.",
        "provenance": "inferred",
        "numbered": numbered,
        "seen_by": ["documents"],
        "rests_on": [],
    }


def row(name: str, verdict: str, reason: str = "", answer: Json | None = None, *provisional: str) -> Json:
    return {
        "id": name,
        "verdict": verdict,
        "reason": reason,
        "provisional": list(provisional),
        "answer": answer,
    }


def record(*verdicts: Json, file: str | None = "answers.toml", case: str = "PASS") -> Record:
    """Return the record of a run with one case of `tested`, and an inspection in the same clause."""
    header = {
        "kind": "run",
        "run": {"id": "r", "started": ""},
        "editions": {"IEC 62055-51": "2007"},
        "requirements": [requirement("tested", "6.1")],
    }
    inspected = {
        "kind": "inspection",
        "file": file,
        "sha256": "0" * 64 if file else None,
        "requirements": [requirement(one["id"], "6.1") for one in verdicts if one["id"] != "tested"],
        "verdicts": list(verdicts),
    }
    plan = {
        "kind": "plan",
        "cases": [{"id": "c", "title": "the case", "requirements": ["tested"], "again": "stsbench run"}],
    }
    told = {"kind": "verdict", "id": "c", "verdict": case, "reason": "of the case", "provisional": []}
    end = {"kind": "end", "finished": "", "interrupted": False, "simulated": None}
    return build_record([header, inspected, plan, {"kind": "case", "id": "c", "at": 0}, told, end])


def printed(content: Record) -> str:
    console = Console(file=io.StringIO(), width=160, color_system=None)
    print_record(console, content)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("verdict", "case", "code", "clause"),
    [
        ("PASS", "PASS", 0, "PASS"),
        ("FAIL", "PASS", 1, "FAIL"),
        ("NOT_TESTED", "PASS", 3, "NOT_TESTED"),
        ("NOT_APPLICABLE", "PASS", 0, "PASS"),
        ("PASS", "FAIL", 1, "FAIL"),
        ("PASS", "ERROR", 4, "ERROR"),
    ],
)
def test_with_a_file_an_answer_counts_like_a_case(verdict: str, case: str, code: int, clause: str) -> None:
    content = record(row("paper", verdict), case=case)
    assert content["summary"]["exit_code"] == code
    assert content["clauses"][0]["verdict"] == clause
    assert (content["summary"]["requirements"], content["summary"]["open"]) == (2, 0)


def test_without_a_file_it_is_open_listed_and_decides_nothing() -> None:
    content = record(row("paper", "NOT_TESTED", "to be answered"), row("other", "NOT_APPLICABLE"), file=None)
    (clause,) = content["clauses"]
    assert [one["id"] for one in clause["requirements"]] == ["tested", "paper", "other"]
    assert (clause["verdict"], clause["counts"]["NOT_TESTED"]) == ("PASS", 1)
    summary = content["summary"]
    assert (summary["exit_code"], summary["requirements"], summary["open"]) == (0, 1, 1)
    assert summary["conclusion"] == "conforms: 1 requirements passed"
    assert summary["counts"] == {**dict.fromkeys(summary["counts"], 0), "PASS": 1}


def test_a_clause_of_open_ones_alone_is_not_tested() -> None:
    line = {"kind": "inspection", "file": None, "sha256": None, "requirements": [requirement("paper", "7")]}
    content = build_record([{"kind": "run", "run": {}}, {**line, "verdicts": [row("paper", "NOT_TESTED")]}])
    assert content["clauses"][0]["verdict"] == "NOT_TESTED"
    assert content["summary"]["exit_code"] == 5


@pytest.mark.parametrize(("case", "answer", "worst"), [("PASS", "FAIL", "FAIL"), ("FAIL", "PASS", "FAIL")])
def test_what_has_a_case_and_an_answer_is_as_good_as_the_worse(case: str, answer: str, worst: str) -> None:
    content = record(row("tested", answer, "by inspection: letter 7"), case=case)
    (found,) = content["clauses"][0]["requirements"]
    reason = "by inspection: letter 7" if answer == worst else "of the case"
    assert (found["verdict"], found["reason"], found["cases"]) == (worst, reason, ["c"])


def test_a_run_without_inspections_has_none() -> None:
    content = build_record([{"kind": "run", "run": {}, "requirements": [requirement("old", "6.1")]}])
    (clause,) = content["clauses"]
    assert (clause["numbered"], content["inspection"]) == (True, {"file": None, "sha256": None})
    assert (clause["requirements"][0]["by_inspection"], clause["requirements"][0]["decides"]) == (False, True)


def test_annexes_stand_behind_numbers_and_topics_behind_annexes() -> None:
    names = ["keypad entry", "A.3", "10", "A.2", "6.2"]
    requirements = [requirement(name, name, numbered=name != "keypad entry") for name in names]
    content = build_record([{"kind": "run", "run": {}, "requirements": requirements}])
    assert [one["clause"] for one in content["clauses"]] == ["6.2", "10", "A.2", "A.3", "keypad entry"]


def test_the_terminal_tells_what_was_not_found_in_order_and_what_is_open() -> None:
    text = printed(
        record(row("paper", "FAIL", "by inspection: letter 7", ANSWER), row("more", "NOT_TESTED", "no"))
    )
    assert "FAIL paper\n  by inspection: letter 7\n" in text
    assert "NOT_TESTED more\n  no\n" in text
    assert "inspection of documents" not in text
    text = printed(record(row("paper", "NOT_TESTED", "to be answered"), file=None))
    assert "1 requirements are to be answered by inspection of documents" in text
    assert "NOT_TESTED paper" not in text


def test_a_clause_without_number_has_a_question_mark_that_is_explained(tmp_path: Path) -> None:
    lines = [
        {"kind": "run", "run": {"id": "r"}, "editions": {"IEC 62055-51": "2007"}},
        {
            "kind": "inspection",
            "file": None,
            "sha256": None,
            "requirements": [requirement("paper", "keypad entry", numbered=False)],
            "verdicts": [row("paper", "NOT_TESTED")],
        },
    ]
    content = build_record(lines)
    text = printed(content)
    assert "?       Title of keypad entry" in text
    assert "?: nobody has confirmed the number of this clause." in text
    assert "nobody has confirmed the number" not in printed(record(row("paper", "PASS")))
    path = tmp_path / "index.html"
    write_html(content, path)
    assert "? a clause whose number nobody has confirmed." in path.read_text("utf-8")
    write_html(record(row("paper", "PASS")), path)
    assert "whose number nobody" not in path.read_text("utf-8")


def test_the_page_shows_answers_open_ones_and_topics(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    write_html(record(row("paper", "FAIL", "by inspection: letter 7", ANSWER)), path)
    page = path.read_text("utf-8")
    for told in ("letter 7", "A. Person", "2026-11-19", "&lt;none&gt;", f"answers.toml, SHA-256 {'0' * 64}"):
        assert told in page
    assert "are open" not in page
    assert "It is answered by inspection: no case tests it." in page
    write_html(record(row("paper", "NOT_TESTED", "to be answered"), file=None), path)
    page = path.read_text("utf-8")
    assert "1 requirements are to be answered by inspection of documents; they are open" in page
    assert "<b>1 not tested</b>: to be answered" in page
    assert "<b>2</b> all" in page
