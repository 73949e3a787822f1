"""`stsbench init`: asked item by item at a terminal, checked at once, written whole or not at all."""

import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result as CommandResult
from typer.testing import CliRunner

from conftest import COMMAND
from sts_fixtures.declaration.model import Declaration
from sts_fixtures.declaration.writing import default_answers, section_models
from sts_rigs.files.toml import load_toml
from stsbench.cli import app
from stsbench.cli.init import interview

ITEMS = [f"{section}.{key}" for section, model in section_models().items() for key in model.model_fields]
PROMPT = re.compile(r"([a-z_]+\.[a-z_]+) \[([^\n]*)\]: $")


class Person:
    """Types answers, each list of them in turn, at the prompts of the items; elsewhere only Enter."""

    def __init__(self, answers: Mapping[str, list[str]]) -> None:
        self._answers = {name: list(texts) for name, texts in answers.items()}
        self.asked: list[str] = []
        self.offered: list[str] = []
        self.told: list[str] = []

    def ask(self, prompt: str) -> str:
        match = PROMPT.match(prompt)
        assert match, prompt
        self.asked.append(match[1])
        self.offered.append(match[2])
        assert len(self.asked) < 3 * len(ITEMS), "the interview goes round"
        waiting = self._answers.get(match[1])
        return waiting.pop(0) if waiting else ""

    @property
    def is_done(self) -> bool:
        return not any(self._answers.values())


def asked(answers: Mapping[str, list[str]]) -> tuple[dict[str, dict[str, Any]], Person]:
    person = Person(answers)
    content = interview(person.ask, person.told.append)
    assert person.is_done
    return content, person


def test_every_item_is_asked_once_with_its_description_and_enter_takes_the_default() -> None:
    content, person = asked({})
    assert person.asked == ITEMS
    assert content == default_answers()
    told = "\n".join(person.told)
    for section, model in section_models().items():
        assert f"\n[{section}]: " in told
        assert all(field.description and field.description in told for field in model.model_fields.values())
    assert "1 to 9 - 1 to 9" in told
    assert "e.g. 50 - 1 or more" in told


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("meter.maker", "Smørrebrød Meters", "Smørrebrød Meters"),
        ("meter.serial", "1234567890123456", "1234567890123456"),
        ("meter.serial", "00-1b-c5-0f-fe-ed-ab-cd", "00-1b-c5-0f-fe-ed-ab-cd"),
        ("decoder_key.tariff_index", "07", "07"),
        ("decoder_key.base_date", "1993", 1993),
        ("decoder_key.vending_key", "file ~/my keys/vk.hex", {"file": "~/my keys/vk.hex"}),
        ("decoder_key.vending_key", "env VUDK", {"env": "VUDK"}),
        ("decoder_key.vending_key", "command op read 'a b'", {"command": ["op", "read", "a b"]}),
        ("implements.clear_credit", "No", False),
        ("implements.interface", '"voltage"', "voltage"),
        ("implements.utilities", "electricity, water gas", ["electricity", "water", "gas"]),
        ("implements.currencies", "none", []),
        ("implements.tests", "[1, 2, 10]", [1, 2, 10]),
        ("identification.foin", "0x0203", 0x0203),
        ("identification.foin", "007", 7),
        ("identification.other", "status=0x05, text=abc", {"status": 5, "text": "abc"}),
        ("display.texts", "Accept = good, UsedError=8", {"Accept": "good", "UsedError": "8"}),
        ("display.texts", "none", {}),
    ],
)
def test_an_answer_is_kept(name: str, typed: str, value: object) -> None:
    content, person = asked({name: [typed]})
    section, _, key = name.partition(".")
    assert content[section][key] == value
    assert person.asked == ITEMS


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("identity.drn", "12345678904", "the check digit must be 3, not 4"),
        ("decoder_key.supply_group_code", "12345", "String should match pattern"),
        ("decoder_key.key_type", "DCTK", "Input should be 'DITK', 'DDTK' or 'DUTK'"),
        ("decoder_key.key_revision", "10", "less than or equal to 9"),
        ("decoder_key.key_revision", "one", "valid integer"),
        ("decoder_key.vending_key", "my-key.hex", "write 'file PATH', 'env NAME' or 'command WORDS'"),
        ("decoder_key.vending_key", "file", "write 'file PATH'"),
        ("decoder_key.vending_key", "command op 'read", "a quotation mark is not closed"),
        ("implements.sta_tables", "samples", "write 'file PATH'"),
        ("implements.lockout", "maybe", "valid boolean"),
        ("implements.utilities", "water", "this suite tests meters that have 'electricity'"),
        ("implements.tests", "1 37", "less than or equal to 36"),
        ("identification.other", "status", "write NAME=VALUE"),
        ("display.texts", "Good=x", "'Good' is no result of a token"),
    ],
)
def test_a_wrong_answer_is_asked_again_with_the_reason(name: str, typed: str, says: str) -> None:
    content, person = asked({name: [typed]})
    assert content == default_answers()
    assert person.asked.count(name) == 2
    assert len(person.asked) == len(ITEMS) + 1
    assert says in "\n".join(person.told)


@pytest.mark.parametrize("digits", ["0123456789ABCDEF", "0123456789abcdef" * 2, "abcdef0123" * 4, "0x" + "7" * 16])
@pytest.mark.parametrize("form", ["{}", "file {}", "env {}", "command tell {}"])
def test_a_pasted_key_is_refused_and_not_repeated(digits: str, form: str) -> None:
    spaced = " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))
    for typed in (form.format(digits), *([spaced] if form == "{}" else [])):
        content, person = asked({"decoder_key.vending_key": [typed], "implements.sta_tables": [typed]})
        assert content == default_answers()
        told = "\n".join(person.told)
        assert told.count("a key is never typed here") == 2
        assert digits not in told
        assert spaced not in told


def test_a_key_in_the_wrong_place_is_refused_too() -> None:
    content, person = asked({"meter.serial": ["0123 4567 89ab cdef"]})
    assert content == default_answers()
    assert "a key is never typed here" in "\n".join(person.told)


def test_a_contradiction_to_an_answer_before_is_told_at_once_and_one_can_go_back() -> None:
    content, person = asked(
        {
            "implements.encryption_algorithm": ["7"],
            "implements.key_generation": ["2", "2"],
            "implements.sta_tables": ["<", "file t.toml"],
            "implements.key_change_tokens": ["", "3"],
        }
    )
    implements = content["implements"]
    assert (implements["encryption_algorithm"], implements["key_generation"]) == (7, 2)
    assert (implements["sta_tables"], implements["key_change_tokens"]) == ({"file": "t.toml"}, 3)
    places = [place for place, name in enumerate(person.asked) if name == "implements.key_generation"]
    assert [person.offered[place] for place in places] == ["4", "2"]
    told = "\n".join(person.told)
    assert told.count("contradiction: ") == 1
    assert "implements.key_change_tokens = 4: a key of 64 bits comes in sets of 2 or 3 tokens" in told


def test_a_doubt_is_told_and_taken() -> None:
    content, person = asked({"implements.token_identifiers": ["20"]})
    assert content["implements"]["token_identifiers"] == 20
    assert any(line.strip().startswith("doubt: implements.token_identifiers = 20") for line in person.told)


def test_going_back_from_the_first_item_stays_there() -> None:
    content, person = asked({"meter.maker": ["<", "Us"]})
    assert content["meter"]["maker"] == "Us"
    assert person.asked == ["meter.maker", *ITEMS]


@pytest.fixture
def init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., CommandResult]:
    """Run the command without a terminal in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, ["init", *arguments])


def test_defaults_are_written_without_asking_and_not_over_a_file(
    init: Callable[..., CommandResult], tmp_path: Path
) -> None:
    result = init("--defaults")
    path = tmp_path / "meter.toml"
    assert (result.exit_code, result.stderr) == (0, "")
    assert path.read_text("utf-8").startswith("#:schema declaration.schema.json\n")
    assert load_toml(path, Declaration) == Declaration.model_validate(default_answers())
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert {file.name for file in tmp_path.iterdir()} == {"meter.toml", "declaration.schema.json"}
    path.write_text("mine", "utf-8")
    refused = init("--defaults")
    assert refused.exit_code == 2
    assert "add --force to overwrite it" in refused.stderr
    assert path.read_text("utf-8") == "mine"
    assert init("--defaults", "--force", "meter.toml").exit_code == 0
    assert load_toml(path, Declaration).meter.model == "MG2"


def test_the_schema_beside_it_is_that_of_the_declaration_and_one_of_yours_is_kept(
    init: Callable[..., CommandResult], tmp_path: Path
) -> None:
    assert "with declaration.schema.json for your editor" in init("one.toml", "--defaults").stdout
    path = tmp_path / "declaration.schema.json"
    assert json.loads(path.read_text("utf-8")) == Declaration.model_json_schema()
    path.write_text("mine", "utf-8")
    assert init("two.toml", "--defaults").stdout.startswith("two.toml is written.\n")
    assert path.read_text("utf-8") == "mine"


def test_without_a_terminal_or_a_folder_it_says_so(init: Callable[..., CommandResult], tmp_path: Path) -> None:
    result = init()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "there is no terminal to ask at: add --defaults, and edit the file that is written\n"
    result = init("--defaults", "none/meter.toml")
    assert result.exit_code == 2
    assert "there is no folder none" in result.stderr
    assert not list(tmp_path.iterdir())


class Terminal:
    """A pseudo-terminal at which the command runs."""

    def __init__(self, process: "subprocess.Popen[bytes]", end: int) -> None:
        self.process = process
        self._end = end
        self.shown = ""

    def until(self, found: Callable[[str], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not found(self.shown):
            left = deadline - time.monotonic()
            assert left > 0, self.shown[-500:]
            if select.select([self._end], [], [], left)[0]:
                try:
                    read = os.read(self._end, 4096)
                except OSError:  # Linux says so when the command has closed its end.
                    read = b""
                if not read:
                    assert found(self.shown), self.shown[-500:]
                    return
                self.shown += read.decode("utf-8").replace("\r\n", "\n")

    def type(self, text: str) -> None:
        os.write(self._end, text.encode("utf-8"))


@contextmanager
def at_a_terminal(folder: Path, *arguments: str) -> Iterator[Terminal]:
    end, other = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=other, stdout=other, stderr=other, cwd=folder, start_new_session=True
    )
    os.close(other)
    try:
        yield Terminal(process, end)
    finally:
        process.kill()
        process.wait()
        os.close(end)


def prompts(shown: str) -> int:
    return len(re.findall(r"^[a-z_]+\.[a-z_]+ \[[^\n]*\]: ", shown, re.MULTILINE))


def test_a_person_at_a_terminal_types_a_declaration(tmp_path: Path) -> None:
    typed = {
        "meter.maker": ["Zähler & Co"],
        "implements.phases": ["five", "3"],
        "implements.lockout": ["no"],
        "implements.lockout_shared": ["no"],
    }
    with at_a_terminal(tmp_path, "init", "mine.toml") as terminal:
        for count in range(1, len(ITEMS) + 2):
            terminal.until(lambda shown, count=count: prompts(shown) >= count)  # type: ignore[misc]
            name = re.findall(r"^([a-z_]+\.[a-z_]+) \[", terminal.shown, re.MULTILINE)[-1]
            waiting = typed.get(name)
            terminal.type(f"{waiting.pop(0) if waiting else ''}\n")
        terminal.until(lambda shown: "Check it with: stsbench ics check mine.toml" in shown)
        assert terminal.process.wait(30) == 0
    declared = load_toml(tmp_path / "mine.toml", Declaration)
    assert (declared.meter.maker, declared.implements.phases, declared.implements.lockout) == (
        "Zähler & Co",
        3,
        False,
    )
    assert tomllib.loads((tmp_path / "mine.toml").read_text("utf-8"))["meter"]["model"] == "MG2"
    assert "Input should be 1, 2 or 3" in terminal.shown


@pytest.mark.parametrize("how", ["signal", "end of input"])
def test_stopped_in_the_middle_nothing_is_left(tmp_path: Path, how: str) -> None:
    with at_a_terminal(tmp_path, "init") as terminal:
        terminal.until(lambda shown: prompts(shown) >= 1)
        terminal.type("Us\n")
        terminal.until(lambda shown: prompts(shown) >= 2)
        if how == "signal":
            terminal.process.send_signal(signal.SIGINT)
            # A signal between the prompt and the read is seen when the read ends.
            terminal.type("\n")
        else:
            terminal.type("\x04")
        terminal.until(lambda shown: "stopped: meter.toml was not written" in shown)
        assert terminal.process.wait(30) == 3
    assert "Traceback" not in terminal.shown
    assert not list(tmp_path.iterdir())
