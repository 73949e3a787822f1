"""Cases of one's own: the example package on the simulated bench, what is refused, editions and mappings."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Stsbench
from declared_meters import write_declaration
from sts_conformance import register
from sts_fixtures.register import Register
from sts_fixtures.register.selection import in_edition

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "cases"
MAPPING = EXAMPLE / "mapping.toml"
OWN = ["--only", "ACME"]

Copy = Callable[..., Path]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Return a copy of the example with some of the text of one of its files changed."""

    def make(file: str, *changes: tuple[str, str], folder: str = "cases") -> Path:
        shutil.copytree(EXAMPLE, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
        path = tmp_path / folder / file
        text = path.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
        return tmp_path / folder

    return make


def requirements(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    everything = [one for clause in record["clauses"] for one in clause["requirements"]]
    return {one["id"]: one for one in everything if not one["left_out"]}


def test_the_example_is_judged_beside_our_cases(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("run", "--cases", EXAMPLE, "--mapping", MAPPING, *OWN, "--only", "41-7.3.7-used", "--json")
    assert result.code == 0, result.err
    found = requirements(result.json)
    assert {name: (one["verdict"], one["mapped_to"]) for name, one in found.items()} == {
        "41-7.3.7-used": ("PASS", "TT-12"),
        "ACME-1.1-smallest": ("PASS", "TT-30, TT-31"),
        "ACME-1.2-version": ("PASS", ""),
    }
    assert result.json["mapping"]["specification"] == "ACME type test, issue 4"
    assert result.json["editions"]["ACME requirements"] == "2026 (issue 1)"
    again = f"stsbench run --mapping {MAPPING} --cases {EXAMPLE} --only ACME-1.1-smallest"
    assert again in [case["again"] for case in result.json["cases"]]
    page = next((tmp_path / "runs").glob("*/index.html")).read_text("utf-8")
    for text in ("TT-12</span>", "TT-30, TT-31</span>", "ACME type test, issue 4, by mapping.toml, SHA-256 "):
        assert text in page


def test_a_condition_of_ones_own_makes_a_requirement_not_applicable(stsbench: Stsbench, tmp_path: Path) -> None:
    meter = write_declaration(tmp_path / "meter.toml", {"implements.tests": [1, 2, 3]})
    found = requirements(stsbench("run", "--cases", EXAMPLE, "--meter", meter, *OWN, "--json").json)
    version = found["ACME-1.2-version"]
    assert (version["verdict"], version["reason"]) == ("NOT_APPLICABLE", "declared: implements.tests = [1, 2, 3]")
    assert found["ACME-1.1-smallest"]["verdict"] == "PASS"


def test_a_case_of_ones_own_can_fail_the_meter(stsbench: Stsbench) -> None:
    result = stsbench("run", "--cases", EXAMPLE, "--defect", "credit-in-kilowatt-hours", *OWN, "--json")
    assert result.code == 1, result.err
    assert result.failed == {"ACME-1.1-smallest"}


def test_the_map_and_the_plan_know_them(stsbench: Stsbench) -> None:
    rows = stsbench("clauses", "--cases", EXAMPLE, "--mapping", MAPPING, *OWN, "--json").json
    assert [(row["id"], row["mapped_to"], row["cases"]) for row in rows] == [
        ("ACME-1.1-smallest", "TT-30, TT-31", ["test_acme.py::test_the_smallest_credit_is_credited_exactly"]),
        ("ACME-1.2-version", "", ["test_acme.py::test_the_software_version_is_shown_by_a_token"]),
    ]
    text = stsbench("clauses", "--cases", EXAMPLE, "--mapping", MAPPING, *OWN).out
    assert "ACME requirements, 2026 (issue 1)" in text
    assert "ACME-1.1-smallest  = TT-30, TT-31  tested" in text
    plan = stsbench("plan", "--cases", EXAMPLE, *OWN, "--json").json
    assert [case["clause"] for case in plan["cases"]] == ["ACME 1.1", "ACME 1.2"]
    assert plan["not_reached"] == []


def test_without_the_folder_nobody_knows_them(stsbench: Stsbench) -> None:
    assert stsbench("clauses", *OWN).out == "0 requirements\n"
    assert stsbench("run", *OWN).code == 5


@pytest.mark.parametrize("command", ["run", "plan", "clauses"])
@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "acme.toml",
            "ACME-1.2-version",
            "41-1.2-version",
            "acme.toml: requirement 41-1.2-version: the ids of this",
        ),
        ("acme.toml", '["shows_version"]', '["shows_versions"]', "needs 'shows_versions', which is no condition"),
        (
            "test_acme.py",
            "ACME-1.2-version",
            "ACME-1.2-versions",
            "the register has no requirement ACME-1.2-versions",
        ),
        ("test_acme.py", "from stsbench", "from stsbenches", "test_acme.py: it cannot be collected"),
    ],
)
def test_what_is_wrong_in_a_folder_is_one_sentence(
    stsbench: Stsbench, copy: Copy, command: str, file: str, old: str, new: str, says: str
) -> None:
    result = stsbench(command, "--cases", copy(file, (old, new)))
    assert result.code == 2
    assert says in result.err
    assert "Traceback" not in result.err
    assert result.err.strip().count("\n") == 0


def test_an_id_of_two_folders_is_refused(stsbench: Stsbench, copy: Copy) -> None:
    other = copy("test_acme.py", folder="other")
    (other / "test_acme.py").rename(other / "test_others.py")
    result = stsbench("clauses", "--cases", EXAMPLE, "--cases", other)
    assert result.code == 2
    assert f"requirement ACME-1.1-smallest: {EXAMPLE / 'acme.toml'} has this id, too" in result.err
    assert str(other / "acme.toml") in result.err


def test_a_folder_that_is_not_there_or_empty_is_told(stsbench: Stsbench, tmp_path: Path) -> None:
    assert "there is no such folder of cases" in stsbench("run", "--cases", tmp_path / "nowhere").err
    (tmp_path / "empty").mkdir()
    result = stsbench("run", "--cases", tmp_path / "empty")
    assert (result.code, "there is no case in it" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "41-7.3.7-used",
            "41-7.3.7-uset",
            "the register has no requirement 41-7.3.7-uset: did you mean 41-7.3.7-used?",
        ),
        ('"TT-12"', '""', "ids: 41-7.3.7-used has no id in the specification"),
        ("specification =", "specifications =", "did you mean 'specification'?"),
    ],
)
def test_a_wrong_mapping_is_one_sentence(stsbench: Stsbench, copy: Copy, old: str, new: str, says: str) -> None:
    changes = [(old, new), ('"ACME-1.1-smallest" = ["TT-30", "TT-31"]\n', "")]
    mapping = copy("mapping.toml", *changes) / "mapping.toml"
    for command in ("run", "clauses"):
        result = stsbench(command, "--mapping", mapping, "--only", "41-7.3.7")
        assert result.code == 2
        assert f"{mapping}: " in result.err
        assert says in result.err


def test_without_a_mapping_a_record_says_so(stsbench: Stsbench) -> None:
    record = stsbench("run", "--only", "41-7.3.7-used", "--json").json
    assert record["mapping"] is None
    assert requirements(record)["41-7.3.7-used"]["mapped_to"] == ""


def second_edition() -> Register:
    return in_edition(register.load(), 2)


def test_edition_2_has_its_own_numbers_and_titles_and_lacks_what_edition_3_brought(stsbench: Stsbench) -> None:
    text = stsbench("clauses", "--edition", 2, "--only", "41-6.2").out
    assert "IEC 62055-41, 2014 (edition 2)" in text
    assert "6.2.8 Class 2: Set2ndSectionDecoderKey" in text
    assert "Key change token set for a 128-bit DecoderKey" not in text
    assert "41-6.2.2-currency" not in text
    assert stsbench("clauses", "--edition", 3).out == stsbench("clauses").out
    other, both = second_edition(), register.load()
    assert other.left_out == {one.id for one in both if one.only_in == "ed3"}
    assert len(other.left_out) > 20
    assert {one.id for one in both} == {one.id for one in other} | other.left_out
    moved = other["41-6.2.7.3-fields"]
    assert (moved.clause, moved.clause_title) == ("6.2.8", "Class 2: Set2ndSectionDecoderKey")
    unknown = other["41-8.9-new-key"]
    assert (unknown.clause_title, unknown.is_numbered) == ("Key change token sets", False)


def test_every_implied_requirement_of_edition_2_is_implied_by_one_that_it_has() -> None:
    other = second_edition()
    implied = [one for one in other if one.status == "implied"]
    assert implied
    assert [one.id for one in implied if not any(name in other for name in one.implied_by)] == []


def test_a_run_for_edition_2_leaves_out_and_says_so(stsbench: Stsbench) -> None:
    one = ["--only", "41-6.2.7", "--only", "41-6.3.22", "--only", "41-7.3.6", "--json"]
    record = stsbench("run", "--edition", 2, *one).json
    assert record["editions"]["IEC 62055-41"] == "2014 (edition 2)"
    assert "--edition 2" in record["again"]
    assert not requirements(record).keys() & second_edition().left_out
    assert requirements(stsbench("run", *one).json).keys() & second_edition().left_out
    plan = stsbench("plan", "--edition", 2, *one).json
    told = {finding["requirement"] for finding in plan["not_reached"]}
    assert told
    assert not told & second_edition().left_out


@pytest.mark.parametrize("command", ["run", "plan", "clauses"])
def test_an_edition_that_is_not_there_is_refused(stsbench: Stsbench, command: str) -> None:
    result = stsbench(command, "--edition", 4)
    assert (result.code, result.err.strip()) == (2, "the register has no edition 4 of IEC 62055-41: take 2 or 3")


def test_the_example_runs_under_plain_pytest_too(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, copy: Copy
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    folder = copy("mapping.toml", ('"41-7.3.7-used" = "TT-12"\n', ""))
    words = [
        "-p",
        "no:cacheprovider",
        str(folder),
        "--sts-mapping",
        str(folder / "mapping.toml"),
        "-W",
        "error",
        "-p",
        "no:asyncio",
    ]
    assert pytester.runpytest_subprocess(*words).ret == 0
    record = json.loads(next(pytester.path.glob("runs/*/record.json")).read_text("utf-8"))
    assert {one["id"]: one["mapped_to"] for one in requirements(record).values()} == {
        "ACME-1.1-smallest": "TT-30, TT-31",
        "ACME-1.2-version": "",
    }
