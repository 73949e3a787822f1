"""`stsbench inspect` writes the form, and `stsbench run --inspection` takes the answers into every view."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from conftest import Result, Stsbench
from sts_conformance import register
from sts_fixtures.register.inspection import InspectionFile
from sts_reports.events import InspectionTaken
from sts_reports.journal import read_journal
from stsbench.cli import app

BY_INSPECTION = [one.id for one in register.load() if one.status == "by inspection"]
ASKED = ["31-switch-rated", "31-5.8.3-keypad", "31-interface-switch", "41-8.3-marked", "41-8.3-indicators"]
ONLY = [part for name in (*ASKED, "41-8.7-clears") for part in ("--only", name)]
REFERENCE = "Manual 1.2, page 4"

Answered = Callable[..., Path]


@pytest.fixture(scope="module")
def form() -> str:
    done = CliRunner(env={"NO_COLOR": "1"}).invoke(app, ["inspect"])
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.fixture
def answered(tmp_path: Path, form: str) -> Answered:
    """Fill in the form: pass for all but some of them; None leaves one unanswered."""

    def fill(**others: str | None) -> Path:
        head, *answers = form.replace('by = ""', 'by = "A. Person"', 1).split("[[answer]]")
        head = head.replace('date = ""', 'date = "2026-11-19"', 1)
        for number, name in enumerate(tomllib.loads(form)["answer"]):
            verdict = others.get(name["requirement"], "pass")
            if verdict is not None:
                filled = answers[number].replace('verdict = ""', f'verdict = "{verdict}"')
                answers[number] = filled.replace('reference = ""', f'reference = "{REFERENCE}"')
        path = tmp_path / "answers.toml"
        path.write_text("[[answer]]".join([head, *answers]), "utf-8")
        return path

    return fill


def requirements(result: Result) -> dict[str, Any]:
    """Return the requirements that were selected."""
    whole = [one for clause in result.json["clauses"] for one in clause["requirements"]]
    return {one["id"]: one for one in whole if not one["left_out"]}


def clauses(result: Result) -> dict[tuple[str, str], Any]:
    return {(one["standard"][-2:], one["title"]): one for one in result.json["clauses"]}


def test_the_form_asks_for_everything_that_applies_and_fits_its_schema(form: str) -> None:
    content = tomllib.loads(form)
    jsonschema.validate(content, InspectionFile.model_json_schema())
    assert [one["requirement"] for one in content["answer"]] == [
        name for name in BY_INSPECTION if name != "52-6.2.3-isolated"
    ]
    assert all(not one["verdict"] and not one["reference"] for one in content["answer"])
    assert content["meter"] == {"maker": "stsbench", "model": "simulated meter", "firmware": "1.0"}
    assert '# 52-6.2.3-isolated does not apply (declared: implements.interface = "optical").' in form
    assert "# IEC 62055-41, 8.3 Display indicators and markings. The meter bears the markings" in form
    assert "# IEC 62055-31, Load switch. A test report" in form
    assert max(map(len, form.splitlines())) <= 115


def test_the_form_is_of_the_declared_meter(declaration: Callable[..., Path]) -> None:
    quoted = 'a "good" meter'
    path = declaration(('model = "simulated meter"', f"model = '{quoted}'"), ('"optical"', '"current-loop"'))
    done = CliRunner().invoke(app, ["inspect", "--meter", str(path), "--schema", "inspection.schema.json"])
    content = tomllib.loads(done.stdout)
    assert done.stdout.startswith("#:schema inspection.schema.json\n")
    assert content["meter"]["model"] == quoted
    names = [one["requirement"] for one in content["answer"]]
    assert "52-6.2.3-isolated" in names
    assert "52-6.2.2-head" not in names


def test_a_wrong_declaration_is_refused() -> None:
    done = CliRunner().invoke(app, ["inspect", "--meter", "none.toml"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "none.toml: there is no such file" in done.stderr


def test_without_a_file_they_are_open_and_decide_nothing(stsbench: Stsbench) -> None:
    result = stsbench("run", *ONLY, "--json")
    assert result.code == 0, result.err
    found = requirements(result)
    assert {name for name, one in found.items() if one["by_inspection"]} == set(ASKED)
    marked = found["41-8.3-marked"]
    assert (marked["verdict"], marked["decides"], marked["answer"]) == ("NOT_TESTED", False, None)
    assert marked["reason"] == "to be answered by inspection of documents: stsbench run --inspection"
    summary = result.json["summary"]
    judged = [name for name, one in found.items() if one["decides"]]
    assert summary["open"] == len(found) - len(judged) == 5
    assert (summary["requirements"], summary["counts"]["NOT_TESTED"]) == (len(judged), 0)
    assert result.json["inspection"] == {"file": None, "sha256": None}
    assert "5 requirements are to be answered by inspection" in stsbench("run", *ONLY).out


def test_an_open_requirement_does_not_spoil_its_clause(stsbench: Stsbench) -> None:
    result = stsbench("run", "--only", "41-6.1.2", "--json")
    clause = clauses(result)["41", "MeterPAN"]
    assert (clause["verdict"], clause["counts"]["PASS"], clause["counts"]["NOT_TESTED"]) == ("PASS", 2, 1)


def test_answers_are_verdicts_and_conform(stsbench: Stsbench, answered: Answered) -> None:
    result = stsbench("run", *ONLY, "--inspection", answered(**{"31-switch-rated": "not applicable"}), "--json")
    assert result.code == 0, result.err
    found = requirements(result)
    assert (found["41-8.3-marked"]["verdict"], found["41-8.3-marked"]["reason"]) == (
        "PASS",
        f"by inspection: {REFERENCE}",
    )
    assert found["31-switch-rated"]["verdict"] == "NOT_APPLICABLE"
    assert result.json["summary"]["open"] == 0
    assert result.json["summary"]["requirements"] == len(found)
    assert clauses(result)["41", "Display indicators and markings"]["verdict"] == "PASS"
    assert "--inspection answers.toml" in result.json["again"].replace(f"{answered().parent}/", "")


def test_a_failure_by_inspection_fails_the_run_and_is_told(stsbench: Stsbench, answered: Answered) -> None:
    path = answered(**{"41-8.3-marked": "fail"})
    result = stsbench("run", *ONLY, "--inspection", path)
    assert result.code == 1
    lines = result.out.splitlines()
    assert f"  by inspection: {REFERENCE}" in lines[lines.index("FAIL 41-8.3-marked") + 1]
    assert "does not conform: 1 of 6 requirements failed" in result.out


def test_an_unanswered_one_leaves_the_run_undecided(stsbench: Stsbench, answered: Answered) -> None:
    path = answered(**{"41-8.3-marked": None, "31-switch-rated": None})
    result = stsbench("run", *ONLY, "--inspection", path)
    assert result.code == 3
    lines = result.out.splitlines()
    assert lines[lines.index("NOT_TESTED 31-switch-rated 41-8.3-marked") + 1] == "  not answered in answers.toml"
    assert "not decided: 0 requirements inconclusive, 2 not tested" in result.out


def test_a_failed_case_outweighs_what_papers_show(stsbench: Stsbench, answered: Answered) -> None:
    result = stsbench(
        "run", "--only", "41-7.3.7-used", "--defect", "used-token-accepted", "--inspection", answered(), *ONLY
    )
    assert result.code == 1
    assert "1 of 7 requirements failed" in result.out


def test_journal_page_and_allure_keep_the_answers(stsbench: Stsbench, answered: Answered, tmp_path: Path) -> None:
    path = answered(**{"41-8.3-marked": "fail", "41-8.3-indicators": None})
    stsbench("run", *ONLY, "--inspection", path)
    (folder,) = (tmp_path / "runs").iterdir()
    (line,) = [line for line in read_journal(folder / "journal.jsonl") if isinstance(line, InspectionTaken)]
    assert (line.file, len(line.sha256 or "")) == ("answers.toml", 64)
    answers = {row.id: asdict(row.answer) if row.answer else None for row in line.verdicts}
    assert answers["41-8.3-marked"] == {
        "verdict": "fail",
        "reference": REFERENCE,
        "by": "A. Person",
        "date": "2026-11-19",
        "remark": "",
    }
    page = (folder / "index.html").read_text("utf-8")
    assert f"answers.toml, SHA-256 {line.sha256}" in page
    assert "A. Person" in page
    results = [json.loads(file.read_text("utf-8")) for file in (folder / "allure-results").glob("*-result.json")]
    by_name = {one["name"]: one for one in results}
    statuses = {name[15:]: one["status"] for name, one in by_name.items() if name.startswith("by inspection: ")}
    assert statuses == {
        "31-switch-rated": "passed",
        "31-5.8.3-keypad": "passed",
        "31-interface-switch": "passed",
        "41-8.3-marked": "failed",
        "41-8.3-indicators": "skipped",
    }
    marked = by_name["by inspection: 41-8.3-marked"]
    assert {"name": "feature", "value": "8.3 Display indicators and markings"} in marked["labels"]
    assert {"name": "epic", "value": "IEC 62055-41"} in marked["labels"]
    switch = by_name["by inspection: 31-switch-rated"]
    assert {"name": "feature", "value": "Load switch"} in switch["labels"]


def test_a_run_is_reported_again_with_its_answers(stsbench: Stsbench, answered: Answered, tmp_path: Path) -> None:
    first = stsbench("run", *ONLY, "--inspection", answered(**{"41-8.3-marked": "fail"}), "--json")
    (folder,) = (tmp_path / "runs").iterdir()
    (tmp_path / "answers.toml").unlink()
    assert stsbench("report", folder, "--json").json == first.json


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('reference = "Manual 1.2, page 4"', 'reference = ""', "reference is missing"),
        ("41-8.3-marked", "41-7.3.7-used", "the requirement is tested, not by inspection"),
        ('maker = "stsbench"', 'maker = "another"', "meter.maker is 'another'"),
    ],
)
def test_a_wrong_file_is_refused_before_the_bench_is_opened(
    stsbench: Stsbench, answered: Answered, tmp_path: Path, old: str, new: str, says: str
) -> None:
    path = answered()
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    result = stsbench("run", "--inspection", path)
    assert result.code == 2
    assert says in result.out + result.err
    assert "answers.toml" in result.out + result.err
    assert "Traceback" not in result.out + result.err
    assert not list((tmp_path / "runs").glob("*"))


def test_a_file_that_is_not_there_is_refused(stsbench: Stsbench) -> None:
    result = stsbench("run", "--inspection", "none.toml")
    assert result.code == 2
    assert "there is no such file" in result.out + result.err


def test_plain_pytest_takes_the_answers_too(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, answered: Answered
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    result = pytester.runpytest_subprocess(
        "-p",
        "no:cacheprovider",
        "--pyargs",
        "sts_conformance",
        "--sts-only=41-8.7-clears",
        "--sts-only=41-8.3",
        f"--sts-inspection={answered(**{'41-8.3-marked': 'fail'})}",
    )
    assert result.ret == 1
    result.stdout.fnmatch_lines(["does not conform: 1 of 3 requirements failed; partial: *"])
