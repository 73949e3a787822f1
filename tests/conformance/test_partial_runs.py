"""`stsbench run` of a part: the terminal, the record and the page say how large it is, and who chose it."""

from pathlib import Path

import pytest

from conftest import Stsbench
from sts_conformance import register
from sts_reports.journal import read_journal
from stsbench import RunRequest, run_cases

ONLY = ["--only", "41-8.10", "--only", "41-8.7"]
BY = "--only 41-8.10 --only 41-8.7"


def test_a_part_of_a_run_says_so_everywhere(stsbench: Stsbench, tmp_path: Path) -> None:
    told = stsbench("run", *ONLY)
    record = stsbench("run", *ONLY, "--json").json
    partial = record["summary"]["partial"]
    words = f"partial: {partial['tested']} of {partial['applicable']} applicable requirements"
    assert told.code == 0
    assert words in told.out
    assert f"Left out by {BY}: " in told.out
    assert "conforms" not in told.out
    assert record["summary"]["conclusion"].startswith(words)
    (left,) = record["selection"]["left_out"]
    assert left["by"] == BY
    assert len(left["requirements"]) == partial["applicable"] - partial["tested"]
    assert len(left["cases"]) > 400
    assert not {case["id"] for case in record["cases"]} & set(left["cases"])
    page = next((tmp_path / "runs").glob("*/index.html")).read_text("utf-8")
    assert "<strong>½ Partial</strong>" in page
    assert f"Left out by <code>{BY}</code>: {len(left['requirements'])}." in page
    assert "<dt>Selection</dt><dd>41-8.10, 41-8.7</dd>" in page


def test_every_tested_requirement_is_in_the_record_of_a_part(stsbench: Stsbench) -> None:
    record = stsbench("run", *ONLY, "--json").json
    found = {one["id"]: one for clause in record["clauses"] for one in clause["requirements"]}
    assert {one.id for one in register.load() if one.status == "tested"} <= found.keys()
    for name, one in found.items():
        if name.startswith(("41-8.10", "41-8.7")):
            assert one["verdict"] in ("PASS", "NOT_APPLICABLE")
            assert one["left_out"] == ""
        elif one["left_out"]:
            assert one["verdict"] in ("NOT_TESTED", "NOT_APPLICABLE")
            assert one["reason"].startswith((f"left out by {BY}", "declared: "))
            assert not one["cases"]
        else:
            assert one["by_inspection"]


def test_the_journal_tells_what_is_left_out_before_the_first_case(stsbench: Stsbench, tmp_path: Path) -> None:
    stsbench("run", *ONLY)
    kinds = [line.kind for line in read_journal(next((tmp_path / "runs").glob("*/journal.jsonl")))]
    assert kinds.index("left out") < kinds.index("plan")
    assert kinds.count("left out") == 1


def test_a_case_named_by_its_path_is_a_part_too(tmp_path: Path) -> None:
    case = "iec62055_41/test_8_10_clear_tamper_condition.py::test_a_tamper_condition_is_cleared"
    record = run_cases(RunRequest(out=tmp_path), cases=[case]).record
    assert record["summary"]["conclusion"].startswith("partial: 1 of ")
    assert record["selection"]["left_out"][0]["by"] == f"the choice of {case}"


@pytest.mark.parametrize("only", [["--only", "41-8.10"], ONLY])
def test_certification_refuses_a_part(stsbench: Stsbench, tmp_path: Path, only: list[str]) -> None:
    result = stsbench("run", "--certification", *only)
    assert (result.code, result.out) == (2, "")
    assert result.err.strip() == (
        f"certification leaves nothing out, and {' '.join(only)} does: leave out one of the two"
    )
    assert not (tmp_path / "runs").exists()


def test_a_part_that_fails_says_both(stsbench: Stsbench) -> None:
    result = stsbench("run", "--only", "41-7.3.8-management", "--defect", "used-token-accepted", "--json")
    assert result.code == 1
    assert result.json["summary"]["conclusion"].startswith(
        "does not conform: 1 of 1 requirements failed; partial: 1 "
    )
