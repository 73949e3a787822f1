"""The linter names file, place and id of each mistake, and the command tells it to people and to scripts."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sts62055 import library
from sts62055.library.generation import make_files
from sts62055.library.lint import NoVectors, Problem, count, lint
from stsbench.cli.vectors import app

Row = dict[str, Any]
Change = Callable[[Row], None]
SMALL = ("amounts", "digits", "key_change_parts", "test_display", "token_identifiers")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for subject in SMALL:
        shutil.copy(Path(library.__file__).parent / f"{subject}.json", tmp_path)
    return tmp_path


def change(folder: Path, subject: str, edit: Change) -> Path:
    path = folder / f"{subject}.json"
    content = json.loads(path.read_text("utf-8"))
    edit(content)
    path.write_text(json.dumps(content), "utf-8")
    return path


def first(content: Row) -> Row:
    vector: Row = content["groups"][0]["vectors"][0]
    return vector


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_a_copy_has_no_problem(folder: Path) -> None:
    assert lint(folder) == []


def test_a_wrong_digit_is_found_with_what_was_expected(folder: Path) -> None:
    right: list[Row] = []

    def edit(content: Row) -> None:
        vector = first(content)
        right.append(dict(vector))
        vector["token"] = f"{(int(vector['token'][0]) + 1) % 6}{vector['token'][1:]}"

    path = change(folder, "key_change_parts", edit)
    problem = only(lint(folder))
    assert problem.path == path
    assert problem.place == f"$.groups[0].vectors[0].token ({right[0]['id']})"
    assert problem.what.startswith(f"expected {right[0]['token']}, found ")


def test_a_wrong_field_is_found(folder: Path) -> None:
    change(folder, "test_display", lambda content: first(content)["fields"].update(mfr_code=1))
    assert only(lint(folder)).place.startswith("$.groups[0].vectors[0].block (V")


def test_a_wrong_expectation_is_found(folder: Path) -> None:
    change(folder, "test_display", lambda content: first(content).update(expected=["CRCError"]))
    problem = only(lint(folder))
    assert problem.place.startswith("$.groups[0].vectors[0].expected (V")
    assert problem.what == 'expected ["Accept"], found ["CRCError"]'


def test_a_wrong_key_of_a_group_is_found(folder: Path) -> None:
    def edit(content: Row) -> None:
        content["groups"][0]["group"]["meter"]["krn"] = 9

    change(folder, "key_change_parts", edit)
    assert lint(folder)[0].place == "$.groups[0].group.meter.decoder_key"


def test_an_id_that_stands_twice_is_found_in_another_file_too(folder: Path) -> None:
    names: list[str] = []
    change(folder, "key_change_parts", lambda content: names.append(first(content)["id"]))
    change(folder, "test_display", lambda content: first(content).update(id=names[0]))
    problem = only(lint(folder))
    assert problem.place == f"$.groups[0].vectors[0].id ({names[0]})"
    assert problem.what == "the id stands already at key_change_parts.json $.groups[0].vectors[0]"


@pytest.mark.parametrize(
    ("edit", "end", "what"),
    [
        (lambda content: content.update(author="me"), "$", "'author' was unexpected"),
        (lambda content: content["groups"][0].update(author="me"), "$.groups[0]", "'author' was unexpected"),
        (lambda content: first(content).update(extra=1), "$.groups[0].vectors[0] (", "'extra' was unexpected"),
        (
            lambda content: first(content)["fields"].update(extra=1),
            "$.groups[0].vectors[0].fields (",
            "'extra' was unexpected",
        ),
        (
            lambda content: content["groups"][0]["group"]["meter"].update(extra=1),
            "$.groups[0].group.meter",
            "'extra' was unexpected",
        ),
        (lambda content: first(content).pop("because"), "$.groups[0].vectors[0] (", "'because' is a required"),
        (
            lambda content: first(content).update(block=first(content)["block"].upper()),
            "$.groups[0].vectors[0].block (",
            "does not match",
        ),
        (lambda content: first(content).update(id="Upper"), "$.groups[0].vectors[0].id (Upper)", "does not match"),
        (
            lambda content: first(content).update(flags=["NobodyExplained", "Kct"]),
            "$.groups[0].vectors[0].flags (",
            "the flag NobodyExplained has no note",
        ),
        (lambda content: first(content).update(id="crc-1"), "$.groups[0].vectors[0].id (", "key-change-parts-"),
        (
            lambda content: content["notes"].update(Unused={"meaning": "?", "clause": "1"}),
            "$.notes.Unused",
            "no vector of the file has this flag",
        ),
        (lambda content: content.update(subject="management"), "$.subject", "its subject is management"),
    ],
)
def test_a_mistake_of_form_is_found_at_its_place(folder: Path, edit: Change, end: str, what: str) -> None:
    path = change(folder, "key_change_parts", edit)
    problems = [problem for problem in lint(folder) if problem.path == path]
    assert any(problem.place.startswith(end) and what in problem.what for problem in problems), problems


def test_a_field_that_stands_twice_and_a_file_that_is_no_json_are_found(folder: Path) -> None:
    (folder / "crc.json").write_text('{"subject": "crc", "subject": "crc"}', "utf-8")
    (folder / "ciphers.json").write_text("{", "utf-8")
    problems = lint(folder)
    assert [problem.path.name for problem in problems] == ["ciphers.json", "crc.json"]
    assert "stands 2 times" in problems[1].what


def changed_values(vector: Row) -> list[tuple[str, object]]:
    """Return a wrong value of the same form for each value that is computed."""
    changes: list[tuple[str, object]] = []
    for name, value in vector.items():
        if name in ("id", "comment", "because", "source", "grade", "flags", "token", "payload", "entry"):
            continue
        if isinstance(value, bool) or name in ("units", "moment", "bytes", "data_ascii"):
            continue
        if isinstance(value, int):
            changes.append((name, value - 1 if value else value + 1))
        elif isinstance(value, str) and set(value) <= set("0123456789abcdef") and len(value) > 3:
            changes.append((name, f"{int(value[0], 16) ^ 1:x}{value[1:]}"))
    return changes


@pytest.mark.parametrize("subject", sorted(name.removesuffix(".json") for name in make_files()))
def test_each_computed_value_of_each_file_is_looked_at(tmp_path: Path, subject: str) -> None:
    source = library.load(subject)
    seen = 0
    for name, wrong in changed_values(first(source)):
        content = json.loads(json.dumps(source))
        content["groups"] = [{**content["groups"][0], "vectors": [first(content)]}]
        content["notes"] = {flag: content["notes"][flag] for flag in first(content)["flags"]}
        path = tmp_path / f"{subject}.json"
        path.write_text(json.dumps(content), "utf-8")
        assert lint(tmp_path) == []
        first(content)[name] = wrong
        path.write_text(json.dumps(content), "utf-8")
        assert lint(tmp_path), f"{name}: {wrong} was not noticed"
        seen += 1
    assert seen or subject in ("digits", "key_change_sets")


def test_a_wrong_sequence_is_found(tmp_path: Path) -> None:
    content = library.load("key_change_sets")
    content["groups"] = content["groups"][:1]
    vector = first(content)
    vector["sequence"][1]["expected"] = ["2ndKCT"]
    vector["after"]["decoder_key"] = "00" * 8
    vector["change"]["krn"] = 9
    used = {flag for entry in content["groups"][0]["vectors"] for flag in entry["flags"]}
    content["notes"] = {flag: note for flag, note in content["notes"].items() if flag in used}
    (tmp_path / "key_change_sets.json").write_text(json.dumps(content), "utf-8")
    places = [problem.place.partition(" ")[0] for problem in lint(tmp_path)]
    assert places == [
        "$.groups[0].vectors[0].sequence[1].expected",
        "$.groups[0].vectors[0].after.decoder_key",
        "$.groups[0].vectors[0].change",
    ]


def test_no_folder_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    for wrong in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(NoVectors, match="there is no"):
            lint(wrong)
        with pytest.raises(NoVectors, match="there is no"):
            count(wrong)


def test_the_command_says_how_many_vectors_are_good() -> None:
    result = CliRunner().invoke(app, ["lint"])
    assert result.exit_code == 0
    assert result.stdout.endswith(" conditional), 0 problems\n")


def test_the_command_gives_one_line_for_each_problem_and_exit_code_1(folder: Path) -> None:
    change(folder, "digits", lambda content: first(content).update(result="valid"))
    result = CliRunner().invoke(app, ["lint", str(folder)])
    assert result.exit_code == 1
    problem, summary = result.stdout.splitlines()
    assert (
        "digits.json: $.groups[0].vectors[0].result (digits-length-00): expected invalid, found valid" in problem
    )
    assert summary.endswith(", 1 problem")


def test_the_command_speaks_json(folder: Path) -> None:
    change(folder, "digits", lambda content: first(content).update(result="valid"))
    result = CliRunner().invoke(app, ["lint", str(folder), "--json"])
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["vectors"] == told["valid"] + told["invalid"] + told["conditional"]
    assert told["problems"][0]["place"] == "$.groups[0].vectors[0].result (digits-length-00)"


def test_the_command_refuses_a_wrong_folder(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["lint", str(tmp_path / "nothing")])
    assert result.exit_code == 2
    assert "there is no such folder" in result.stderr
    assert "Traceback" not in result.output
