"""Defects of one's own are found like ours, and a file that cannot be used is refused in one sentence."""

import json
from pathlib import Path

import pytest

from conftest import Stsbench
from sts_rigs.errors import FileFault
from sts_rigs.simulator.defects import ALL_DEFECTS

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "defects" / "my_defects.py"
HEAD = "from sts_rigs.simulator.defects import defect\nfrom sts_rigs.simulator.meter.keypad import Keypad\n"


def written(folder: Path, name: str, base: str, head: str = HEAD) -> Path:
    path = folder / "mine.py"
    marked = f"@defect('{name}', violates='41-6.1.3-keypad', evidence='x')\nclass Mine({base}):\n    '''It.'''\n"
    path.write_text(head + marked, "utf-8")
    return path


def test_the_example_fails_what_it_says_and_nothing_else_of_its_clause(stsbench: Stsbench) -> None:
    own = ALL_DEFECTS.with_file(EXAMPLE)["late-after-break"]
    selection = ["--only", "52-6.7.1", "--only", "52-6.6.5"]
    result = stsbench("run", "--defects", EXAMPLE, "--defect", own.name, *selection, "--json")
    assert result.code == 1, result.err
    assert result.failed == set(own.violates)
    failed = [case for case in result.json["cases"] if case["verdict"] == "FAIL"]
    assert any(own.evidence in case["reason"] for case in failed)
    assert all(f"--defect {own.name} --defects {EXAMPLE}" in case["again"] for case in failed)


def test_they_are_listed_after_ours(stsbench: Stsbench) -> None:
    listed = [one["name"] for one in json.loads(stsbench("defects", "--defects", EXAMPLE, "--json").out)]
    assert listed == [*ALL_DEFECTS, "late-after-break"]
    assert "late-after-break" not in ALL_DEFECTS


def test_two_files_that_use_one_name_do_not_meet(tmp_path: Path) -> None:
    first = ALL_DEFECTS.with_file(written(tmp_path, "mine", "Keypad"))
    again = ALL_DEFECTS.with_file(written(tmp_path, "mine", "Keypad"))
    assert first["mine"].part is not again["mine"].part


@pytest.mark.parametrize(
    ("name", "base", "head", "said"),
    [
        ("keypad-dead", "Keypad", HEAD, "there is a defect 'keypad-dead' already: give one of them another name"),
        ("mine", "dict", HEAD, "Mine is derived from no part of the simulated meter"),
        ("mine", "Keypad", "1 / 0\n" + HEAD, "line 1: it cannot be run (ZeroDivisionError: division by zero)"),
        ("mine", "Keypad", HEAD + "import no_such\n", "line 3: it cannot be run (ModuleNotFoundError: No module"),
        ("mine", "Keypad", HEAD + "def\n", "line 3: it cannot be run (SyntaxError: "),
        ("mine", "Keypad", HEAD + "def defect(*_, **__): return lambda part: part\n", "it has no defect: mark a"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, name: str, base: str, head: str, said: str) -> None:
    path = written(tmp_path, name, base, head)
    with pytest.raises(FileFault) as caught:
        ALL_DEFECTS.with_file(path)
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("command", [("run",), ("defects",), ("simulate", "--tcp", "127.0.0.1:0")])
def test_a_missing_file_ends_every_command_with_2(stsbench: Stsbench, command: tuple[str, ...]) -> None:
    result = stsbench(*command, "--defects", "nowhere.py")
    assert (result.code, result.err) == (2, "nowhere.py: there is no such file: check the path\n")


def test_a_file_that_is_no_python_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("", "utf-8")
    with pytest.raises(FileFault, match=r"it is no Python file: name one that ends in \.py"):
        ALL_DEFECTS.with_file(path)
