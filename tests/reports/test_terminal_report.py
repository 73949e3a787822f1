"""The clause table and the reasons in the terminal bear the marks of conditional verdicts."""

import io
import re
from typing import Any

import pytest
from rich.console import Console
from run_events import events_of

from sts_reports.measurement import DecisionRule, Measurement
from sts_reports.record import build_record
from sts_reports.verdict import Verdict
from sts_reports.views.terminal import LiveProgress, print_record

Json = dict[str, Any]


def printed(*, conditional: bool) -> str:
    """Return what the terminal shows of a run with one FAIL by a value of 105 ms, U = 10 ms, at most 100 ms."""
    requirement = {
        "id": "52-gap",
        "standard": "IEC 62055-52",
        "clause": "6.7.1",
        "clause_title": "Timing",
        "provenance": "observed",
    }
    taken = Measurement(
        quantity="gap",
        unit="ms",
        value=105.0,
        uncertainty=10.0 if conditional else 1.0,
        lower=None,
        upper=100.0,
        source="scope",
        rule=DecisionRule.NONBINARY,
    )
    case = {"id": "c", "title": "gap", "requirements": ["52-gap"], "again": "stsbench run"}
    end = {"id": "c", "verdict": "FAIL", "reason": taken.reason, "provisional": [], "conditional": conditional}
    recording = {"name": "7", "file": "recordings/7.npz", "sha256": "0" * 64, "source": "scope"}
    lines: list[Json] = [
        {"kind": "run", "run": {"id": "r"}, "editions": {"IEC 62055-52": "2008"}, "requirements": [requirement]},
        {"kind": "plan", "cases": [case]},
        {"kind": "case", "id": "c", "at": 0},
        {"kind": "recording", "at": 1_500_000_000, **recording},
        {"kind": "measurement", **taken.as_json(), "reason": taken.reason},
        {"kind": "verdict", **end},
        {"kind": "end", "finished": "", "interrupted": False, "simulated": None},
    ]
    console = Console(file=io.StringIO(), width=140, color_system=None)
    print_record(console, build_record(events_of(lines)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_conditional_failure_is_marked_in_the_table_its_reason_and_the_conclusion() -> None:
    text = printed(conditional=True)
    assert "1*" in next(line for line in text.splitlines() if "Timing" in line)
    assert "FAIL* 52-gap" in text
    assert "* 1 of 1 verdicts are conditional" in text
    assert text.rstrip().endswith("1 of 1 requirements failed, 1 of them conditional")


def test_a_failure_beyond_the_guard_band_is_not_marked() -> None:
    text = printed(conditional=False)
    assert "FAIL 52-gap" in text
    assert "*" not in text


def test_a_recording_is_told_with_its_file() -> None:
    assert "1.500 s  recorded in recordings/7.npz" in printed(conditional=False)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_line_that_moves_fits_the_terminal_and_makes_room_for_questions(width: int) -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=width, force_terminal=True, color_system=None)
    progress = LiveProgress(console)
    progress.begin(26)
    progress.case("a token whose name is much longer than what any terminal shows of it", "IEC 62055-52 6.6.7")
    progress.pause()
    screen.seek(0)
    lines = re.findall(r"IEC [^\r\n\x1b]*", screen.read())
    assert lines
    assert all(len(line) <= width and " 0/26 left " in line and "…" in line for line in lines)
    told = screen.tell()
    console.print("a question")
    progress.resume()
    progress.end()
    screen.seek(told)
    assert screen.read().lstrip().startswith("a question")


def test_where_the_output_is_no_terminal_each_case_has_a_line_and_none_is_wrapped() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=60, color_system=None)
    progress = LiveProgress(console)
    progress.begin(3)
    reason = "the bench was lost"
    title = "a case whose name is longer than the line of any terminal would be [with brackets]"
    for number, verdict in enumerate((Verdict.PASS, Verdict.NOT_TESTED, Verdict.NOT_TESTED)):
        progress.case(title, "IEC 62055-52 6.6.7")
        progress.verdict(title, "IEC 62055-52 6.6.7", verdict, reason, conditional=not number)
    progress.tell("a sentence that is to be seen at once, and is longer than the line of any terminal")
    progress.end()
    lines = screen.getvalue().splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["1/3", "PASS*"],
        ["2/3", "NOT_TESTED"],
        ["3/3", "NOT_TESTED"],
    ]
    assert all(line.endswith(f"IEC 62055-52 6.6.7  {title}") for line in lines[:3])
    assert len(lines) == 4
