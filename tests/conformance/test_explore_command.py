"""The explore command: good meters are not accused, what needs a sequence is found, shrunk and performed again."""

import json
from pathlib import Path
from typing import Any

import pytest
from sequence_defects import SHORTEST
from sequence_defects import __file__ as defects_file

from conftest import Stsbench
from declared_meters import EA07, NO_KEYPAD, NO_PORT, write_declaration
from sts_fixtures.declaration.declared_meter import load_declaration
from sts_fixtures.declaration.variants import variant
from sts_fixtures.exploring.script import ScriptFile
from sts_fixtures.exploring.steps import Reach, alphabet

BENCH = Reach(("port", "keypad"), frozenset({"power", "cover", "load"}), (2000,), is_fresh=True)
DEFECT = "credit-after-clear-lost"
FEW = ["--budget", "4sequences"]


def explored(folder: Path) -> dict[str, Any]:
    (path,) = (folder / "runs").glob("*/explore.json")
    return json.loads(path.read_text("utf-8"))  # type: ignore[no-any-return]


def test_a_good_meter_is_not_accused(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("explore", *FEW, "--seed", "5")
    assert result.code == 0, result.err
    assert "4 sequences, " in result.out
    assert "0 failures" in result.out
    found = explored(tmp_path)
    assert (found["sequences"], found["failures"], found["faults"]) == (4, [], [])
    assert found["coverage"]["41-8.4-adds"]


@pytest.mark.parametrize("changes", [EA07, NO_PORT, NO_KEYPAD], ids=["EA07", "keypad only", "port only"])
def test_meters_of_other_kinds_are_not_accused(stsbench: Stsbench, tmp_path: Path, changes: Any) -> None:
    meter = write_declaration(tmp_path / "meter" / "meter.toml", changes)
    result = stsbench("explore", *FEW, "--meter", meter, "--json")
    assert (result.code, result.json["faults"]) == (0, []), result.err


def test_a_variant_is_not_accused(stsbench: Stsbench, tmp_path: Path) -> None:
    files = variant(3).write(tmp_path / "variant")
    words = ["--rig", files.rig, "--meter", files.meter, "--allow-commands"]
    words += [] if files.profile is None else ["--profile", files.profile]
    result = stsbench("explore", *FEW, *words)
    assert result.code == 0, result.err


def test_a_failure_is_found_shrunk_and_performed_again(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("explore", "--budget", "200sequences", "--defect", DEFECT, "--json")
    assert result.code == 1, result.err
    (failure,) = result.json["failures"]
    assert failure["requirement"] == "41-8.4-adds"
    assert failure["steps"] == ["enter ClearCredit by port", "enter credit by port"]
    script = tmp_path / failure["script"]
    again = stsbench("explore", "--replay", script, "--defect", DEFECT)
    assert again.code == 1
    assert again.out.startswith("FAIL 41-8.4-adds: ")
    good = stsbench("explore", "--replay", script, "--json")
    assert (good.code, good.json["accusations"]) == (0, [])


@pytest.mark.parametrize("drn", ["12345678903", "0100000000008"])
def test_every_step_can_be_performed(stsbench: Stsbench, tmp_path: Path, drn: str) -> None:
    meter = write_declaration(tmp_path / "meter" / "meter.toml", {"identity.drn": drn})
    steps = [str(step) for step in alphabet(load_declaration(meter), BENCH)]
    script = tmp_path / "every.toml"
    script.write_text(ScriptFile(format=1, steps=steps).text, "utf-8")
    result = stsbench("explore", "--meter", meter, "--replay", script)
    assert (result.code, result.out) == (0, f"{len(steps)} steps were performed.\n"), result.err


@pytest.mark.parametrize("name", SHORTEST)
def test_the_shortest_known_sequence_shows_its_defect(stsbench: Stsbench, tmp_path: Path, name: str) -> None:
    script = tmp_path / "known.toml"
    script.write_text(ScriptFile(format=1, steps=list(SHORTEST[name])).text, "utf-8")
    result = stsbench("explore", "--replay", script, "--defects", defects_file, "--defect", name)
    assert result.code == 1
    assert f"{len(SHORTEST[name])} steps were performed" in result.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--budget", "3x"], "--budget: '3x' is no limit"),
        (["--defect", "nothing"], "there is no defect 'nothing'"),
        (["--replay", "missing.toml"], "there is no such file"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(stsbench: Stsbench, words: list[str], told: str) -> None:
    result = stsbench("explore", *words)
    assert result.code == 2
    assert told in result.err
    assert "Traceback" not in result.err


def test_a_case_performs_a_script_and_the_watch_accuses(stsbench: Stsbench, tmp_path: Path) -> None:
    folder = tmp_path / "cases"
    folder.mkdir()
    steps = ["enter ClearCredit by port", "enter credit by port", "enter next key part by port"]
    (folder / "failure-1.toml").write_text(ScriptFile(format=1, steps=steps).text, "utf-8")
    (page,) = (Path(__file__).parents[2] / "docs" / "explore.md").read_text("utf-8").split("```python\n")[1:]
    (folder / "test_failure.py").write_text(page.partition("```")[0], "utf-8")
    case = "test_failure::test_credit_after_clear_credit"
    for words, verdict in ((["--defect", DEFECT], "FAIL"), ([], "PASS")):
        result = stsbench(
            "run", "--cases", folder, "--only", "41-8.4-adds", "--observe", "everything", *words, "--json"
        )
        assert [one["verdict"] for one in result.json["cases"] if one["id"] == case] == ["PASS"], result.err
        found = {one["requirement"]: one["verdict"] for one in result.json["findings"]}
        assert ("FAIL" in found.values()) is (verdict == "FAIL")
