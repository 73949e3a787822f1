"""`stsbench clauses` and the map behind it: both standards whole, and nothing on it without its case or reason."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conftest import Result, Stsbench
from sts_conformance import register
from sts_conformance.case_index import index_cases
from sts_fixtures.register import STATUSES, find_gaps, load_register
from stsbench.cli import app

CLAUSES = {
    "IEC 62055-41": """
        5.1 5.2 5.3 5.4 5.5 5.6
        6.1.1 6.1.2 6.1.3 6.1.4 6.1.5 6.1.6 6.1.7 6.1.8 6.1.9 6.1.10 6.1.11 6.1.12
        6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7.1 6.2.7.2 6.2.7.3 6.2.7.4 6.2.8.1 6.2.8.2 6.2.8.3 6.2.8.4 6.2.8.5
        6.2.9 6.2.10 6.2.11 6.2.12 6.2.13 6.2.14
        6.3.1 6.3.2 6.3.3 6.3.4 6.3.5 6.3.5.1 6.3.5.2 6.3.5.3 6.3.6 6.3.6.3 6.3.7 6.3.8 6.3.9 6.3.10 6.3.11 6.3.12
        6.3.13 6.3.14 6.3.15 6.3.16 6.3.17 6.3.18 6.3.19 6.3.20 6.3.21 6.3.22
        6.4.1 6.4.2 6.4.3 6.4.4 6.4.5
        6.5.1 6.5.2.1 6.5.2.2 6.5.2.3.2 6.5.2.3.3 6.5.2.3.4 6.5.2.3.5 6.5.2.4 6.5.2.5 6.5.2.6
        6.5.3.1 6.5.3.2 6.5.3.3 6.5.3.4 6.5.3.5 6.5.3.6 6.5.4.1 6.5.4.2 6.5.4.3 6.5.4.4 6.5.5 6.5.6
        7.1.1 7.1.2 7.1.3 7.1.4 7.1.5 7.2.1 7.2.2 7.2.3 7.2.4 7.2.5
        7.3.1 7.3.2 7.3.3 7.3.4 7.3.5.1 7.3.5.2 7.3.6 7.3.7 7.3.8
        8.1 8.2 8.3 8.4 8.5 8.6 8.7 8.8 8.9 8.10 8.11 8.12 8.13 8.14
        9
        10.1 10.2.1 10.2.2 10.2.3 10.2.4 10.2.5 10.2.6 10.2.7 10.2.8 10.2.9 10.3.1 10.3.2
        A B C.3.2 C.3.4 C.9 C.10 C.11 C.12 C.13.2.4
    """,
    "IEC 62055-52": """
        4 5
        6.1.1 6.1.2 6.1.3 6.1.4 6.1.5 6.2.1 6.2.2 6.2.3 6.2.4 6.3.1 6.3.2 6.3.3 6.3.4
        6.4.1 6.4.2 6.4.3 6.4.4 6.4.5 6.4.6 6.4.7 6.4.8 6.4.9 6.5 6.6.1 6.6.2 6.6.3 6.6.4 6.6.5 6.6.6 6.6.7
        6.7.1 6.7.2 6.7.3 6.8.1 6.8.2 6.8.3 6.9 7.1 7.2 7.3 7.4 7.5 7.6 7.7 7.8 7.9 A.1 A.2 A.3 A.4 A.5
    """,
}
BAD = """
prefix = "41"
standard = "IEC 62055-41"
title = "Application layer"
edition = "ed3"
editions = { ed3 = "2018 (edition 3)" }
[clauses]
"7.3" = "Security functions"
"7.3.7" = "TokenValidation"
[[requirement]]
id = "41-7.3.7-used"
clause = { ed3 = "7.3.7" }
strength = "shall"
text = "A used token is refused."
seen_by = ["carrier"]
status = "tested"
provenance = "3 sources"
"""
CASE = {"41-7.3.7-used": ["test_7_3_7.py::test_used"]}

Gaps = Callable[..., list[str]]


@pytest.fixture
def stsbench() -> Stsbench:
    """Run the command in this process, which takes a tenth of the time."""

    def run(*arguments: str) -> Result:
        done = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, arguments)
        return Result(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def gaps(tmp_path: Path) -> Gaps:
    """Find the gaps of the small register above, with some of its text changed."""

    def find(cases: dict[str, list[str]], *changes: tuple[str, str]) -> list[str]:
        text = BAD
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "register.toml").write_text(text, "utf-8")
        return find_gaps(load_register([tmp_path / "register.toml"]), cases)

    return find


def test_the_register_has_no_gaps() -> None:
    assert find_gaps(register.load(), index_cases().cases) == []


@pytest.mark.parametrize("standard", CLAUSES)
def test_every_clause_of_the_standard_has_a_requirement_of_its_own(standard: str) -> None:
    assert set(CLAUSES[standard].split()) == {one.clause for one in register.load() if one.standard == standard}


def test_a_register_without_gaps_has_none(gaps: Gaps) -> None:
    assert gaps(CASE) == []


def test_a_clause_without_an_entry_is_a_gap(gaps: Gaps) -> None:
    (gap,) = gaps(CASE, ("[[req", '"7.3.8" = "TokenCancellation"\n[[req'))
    assert "clause IEC 62055-41 7.3.8 (TokenCancellation) has no requirement" in gap


def test_a_heading_is_filled_by_its_parts_only(gaps: Gaps) -> None:
    (gap,) = gaps(CASE, ('"7.3" = ', '"7" = "Meter"\n"7.3.70" = "Another"\n"7.3" = '))
    assert "7.3.70 (Another)" in gap
    (gap,) = gaps(CASE, ('"7.3" = ', '"7.3.7.1" = "Part"\n"7.3" = '))
    assert "7.3.7.1 (Part)" in gap
    (gap,) = gaps(CASE, ('"7.3" = ', '"7.3.70" = "Another"\n"7.3" = '), ('{ ed3 = "7.3.7"', '{ ed3 = "7.3.70"'))
    assert "7.3.7 (TokenValidation)" in gap


def test_a_tested_requirement_without_a_case_is_a_gap(gaps: Gaps) -> None:
    for cases in ({}, {"41-7.3.7-used": []}):
        (gap,) = gaps(cases)
        assert "41-7.3.7-used is tested, and has no case" in gap


def test_a_case_without_a_requirement_is_a_gap(gaps: Gaps) -> None:
    (gap,) = gaps({**CASE, "41-7.3.7-worn": ["test_7_3_7.py::test_worn"]})
    assert "case test_7_3_7.py::test_worn is of 41-7.3.7-worn, which is no requirement" in gap


@pytest.mark.parametrize("status", ["untested", "untestable", "out of scope", "by inspection"])
def test_a_case_of_what_is_not_tested_is_a_gap(gaps: Gaps, status: str) -> None:
    (gap,) = gaps(CASE, ('"tested"', f'"{status}"\nbecause = "nobody has looked"'))
    assert f"41-7.3.7-used has a case, and its status is {status}" in gap


@pytest.mark.parametrize("name", ["41-7.3.7-old", "41-7.3.7-twice"])
def test_an_implied_requirement_by_what_is_not_tested_is_a_gap(gaps: Gaps, name: str) -> None:
    text = BAD[BAD.index("[[req") :].replace("7-used", "7-twice")
    implied = text.replace('"tested"', f'"implied"\nbecause = "by 41-7.3.7-used and {name}"')
    (gap,) = gaps(CASE, ("[[req", f"{implied}[[req"))
    assert f"41-7.3.7-twice is implied by {name}, which is not tested" in gap


def test_the_tree_shows_clauses_requirements_status_cases_and_provenance(stsbench: Stsbench) -> None:
    lines = [
        line.strip("│├└─ ") for line in stsbench("clauses", "--only", "41-7.3.8", "--only", "52-A").out.split("\n")
    ]
    assert [line for line in lines if line[:3] in ("IEC", "7 T", "7.3", "A S", "A.1")] == [
        "IEC 62055-41, 2018 (edition 3)",
        "7 TokenCarrierToMeterInterface",
        "7.3 Security functions of the meter",
        "7.3.8 TokenCancellation",
        "IEC 62055-52, 2008 (edition 1)",
        "A Server state diagrams (normative)",
        "A.1 State diagram of IDRequest",
    ]
    at = lines.index("41-7.3.8-nonvolatile  tested")
    assert lines[at + 1].endswith("(shall, seen by carrier or power, 2 sources)")
    assert lines[at + 2] == "test_7_3_8_token_cancellation.py::test_a_token_stays_used_after_a_power_cut"
    assert "41-7.3.8-class-1-not-stored  implied: by 41-8.5-repeatable" in lines
    assert "7.3.7 TokenValidation" not in lines


def test_a_clause_whose_number_is_not_known_says_who_fills_it_in(stsbench: Stsbench) -> None:
    out = stsbench("clauses", "--only", "51-keypad-aborted").out
    assert "IEC 62055-51, 2007 (edition 1)" in out
    assert "? Entry at the keypad (its number is to be filled in by who owns the standard)" in out
    assert "its number is to be" not in stsbench("clauses", "--only", "41-8.7").out
    (row,) = stsbench("clauses", "--only", "51-keypad-aborted", "--json").json
    assert (row["clause"], row["numbered"]) == ("keypad entry", False)


def test_a_part_hangs_below_its_clause_and_not_beside_it(stsbench: Stsbench) -> None:
    lines = stsbench("clauses", "--only", "41-6.5.2.3.5").out.split("\n")
    assert [len(line) - len(line.lstrip("│├└─ ")) for line in lines[:7]] == [0, 4, 8, 12, 16, 20, 24]


def test_the_same_clause_number_of_two_standards_is_not_mixed(stsbench: Stsbench) -> None:
    out = stsbench("clauses", "--only", "52-6.1.1").out
    assert "IEC 62055-41" not in out
    both = stsbench("clauses", "--only", "52-6.1.1", "--only", "41-6.1.1").out
    assert (both.count("41-6.1.1-pos"), both.count("52-6.1.1-one-token")) == (1, 1)
    assert "6.1.1 General, TCDU" not in both[: both.index("IEC 62055-52")]


def test_only_what_was_chosen_hangs_below_a_clause(stsbench: Stsbench) -> None:
    out = stsbench("clauses", "--only", "41-7.3.7-used").out
    assert "41-7.3.7-used" in out
    assert "41-7.3.7-old" not in out


def test_the_number_of_another_edition_is_shown_where_it_differs(stsbench: Stsbench) -> None:
    assert "ed2 6.2.8)" in stsbench("clauses", "--only", "41-6.2.7.3").out
    assert "ed2" not in stsbench("clauses", "--only", "41-6.2.4").out


def test_the_whole_map_ends_with_its_counts(stsbench: Stsbench) -> None:
    whole = register.load()
    counts = {status: sum(one.status == status for one in whole) for status in STATUSES}
    last = stsbench("clauses").out.rstrip().split("\n")[-1]
    assert last == f"{len(whole)} requirements: " + ", ".join(f"{n} {status}" for status, n in counts.items())


def test_scripts_get_the_same(stsbench: Stsbench) -> None:
    rows = {row["id"]: row for row in stsbench("clauses", "--json").json}
    assert rows.keys() == {one.id for one in register.load()}
    used, tables = rows["41-7.3.7-used"], rows["41-6.2.7.3-fields"]
    assert (used["status"], used["because"], used["provenance"]) == ("tested", None, "3 sources")
    assert used["cases"] == ["test_7_3_7_token_validation.py::test_a_token_is_accepted_once"]
    assert tables["numbers"] == {"ed2": "6.2.8", "ed3": "6.2.7.3"}
    assert tables["because"]


def test_a_status_is_chosen(stsbench: Stsbench) -> None:
    rows = stsbench("clauses", "--status", "by inspection", "--status", "untested", "--json").json
    assert {row["status"] for row in rows} == {"by inspection", "untested"}
    result = stsbench("clauses", "--status", "planned")
    assert result.code == 2
    assert "--status planned: there is no such status: take one of tested, untested" in result.err


def test_what_is_not_there_is_no_tree(stsbench: Stsbench) -> None:
    assert stsbench("clauses", "--only", "41-99").out == "0 requirements\n"
    assert stsbench("clauses", "--only", "41-7.3.7-used").out.endswith("\n1 requirement: 1 tested\n")
