"""The operator at the terminal: in real time over a pseudo-terminal, at what a terminal emulator shows.

A robot reads the screen, does to a simulated meter what stands there, and types what it saw.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import COMMAND, FIXTURES
from sts_reports.events import OperatorAnswered
from sts_reports.journal import read_journal

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

import pexpect
import pyte

KEPT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
ROWS, COLUMNS = 40, 80
PATIENCE = 60.0
QUIET = 0.1
TOKEN = re.compile(r"^ +((?:[0-9]{4} ){4}[0-9]{4})$", re.MULTILINE)
PLACE = re.compile(r"^(case [0-9]+ of [0-9]+ .*|before the first case|after the last case) ─+$", re.MULTILINE)


class Meter:
    """A simulated meter, and the files for a bench where everything is done by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        text = (FIXTURES / "simulated_meter.toml").read_text("utf-8")
        (folder / "published_test_key.hex").write_bytes((FIXTURES / "published_test_key.hex").read_bytes())
        self.with_port = folder / "with_port.toml"
        self.with_port.write_text(text, "utf-8")
        self.declaration = folder / "meter.toml"
        self.declaration.write_text(re.sub(r"(?m)^carriers = .*$", 'carriers = ["keypad"]', text), "utf-8")
        self._simulation = folder / "simulation.toml"
        self._process = subprocess.Popen(
            [*COMMAND, "simulate", "--pty", "--meter", self.with_port, "--rig-out", self._simulation],
            stdout=subprocess.DEVNULL,
        )
        while not self._simulation.exists():
            time.sleep(0.05)

    def rig(self, *, patience: int = 60, has_port: bool = False, **performers: str) -> Path:
        """Write a rig file: everything is done by the operator, or the line by us."""
        url = re.findall('url = "(.*)"', self._simulation.read_text("utf-8"))[0] if has_port else "none"
        actions = "".join(f'{name} = "{who}"\n' for name, who in performers.items())
        path = self.folder / "rig.toml"
        path.write_text(
            f'[rig]\nname = "by hand"\n[port]\nurl = "{url}"\n[actions]\npatience_s = {patience}\n{actions}',
            "utf-8",
        )
        return path

    def do(self, line: str) -> str:
        """Do an action to the meter, and return what is seen."""
        port = int(re.findall(r"socket://127.0.0.1:([0-9]+)", self._simulation.read_text("utf-8"))[0])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(f"{line}\n".encode())
            word, _, seen = connection.makefile(encoding="utf-8").readline().strip().partition(" ")
        assert word == "ok", seen
        return seen

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meter]:
    meter = Meter(tmp_path_factory.mktemp("bench"))
    yield meter
    meter.close()


class Run:
    """A run of the suite behind a terminal emulator."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.folder = folder
        self._child = pexpect.spawn(
            command[0],
            command[1:],
            dimensions=(ROWS, COLUMNS),
            cwd=folder,
            timeout=PATIENCE,
            env={**KEPT, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
        )
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._before = ""

    def close(self) -> None:
        self._child.close(force=True)

    @property
    def screen(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def prompt(self) -> str:
        """The last question on the screen, with what stands below it."""
        assert PLACE.search(self.screen), self.screen
        return self.screen[[*PLACE.finditer(self.screen)][-1].start() :].rstrip()

    @property
    def is_over(self) -> bool:
        return self._child.flag_eof

    def look(self) -> bool:
        """Take what comes to the screen; return whether anything came."""
        try:
            self._stream.feed(self._child.read_nonblocking(65536, timeout=QUIET))
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            self._child.flag_eof = True
            return False
        return True

    def wait(self) -> bool:
        """Wait for a question; return whether one came before the run was over."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            is_quiet = not self.look()
            if self.is_over:
                return False
            cursor = self._screen.cursor
            if is_quiet and self._screen.display[cursor.y].rstrip() == ">" and self.screen != self._before:
                return True
        raise AssertionError(f"neither a question nor an end came within {PATIENCE} s:\n{self.screen}")

    def type(self, text: str, end: str = "\r") -> bool:
        """Type something, and wait for the next question; return whether one came."""
        self._before = self.screen
        self._child.send(text + end)
        return self.wait()

    def end(self) -> int:
        """Wait for the end, and return the exit code."""
        deadline = time.monotonic() + PATIENCE
        while not self.is_over:
            self.look()
            assert time.monotonic() < deadline, f"the run did not end within {PATIENCE} s:\n{self.screen}"
        self._child.close()
        assert self._child.signalstatus is None
        return int(self._child.exitstatus)

    def hang_up(self) -> None:
        """Close the terminal, and leave the run alone."""
        self._child.ptyproc.fileobj.close()

    @property
    def record(self) -> Any:
        return json.loads((self._run / "record.json").read_text("utf-8"))

    @property
    def answers(self) -> list[tuple[str | None, str]]:
        """What was typed, and what it was taken for, by the journal."""
        lines = read_journal(self._run / "journal.jsonl")
        return [(line.typed, line.meaning) for line in lines if isinstance(line, OperatorAnswered)]

    @property
    def cases(self) -> list[tuple[str, str]]:
        return [(case["verdict"], case["reason"]) for case in self.record["cases"]]

    @property
    def has_record(self) -> bool:
        return any(self.folder.glob("runs/*/index.html"))

    @property
    def _run(self) -> Path:
        (folder,) = (self.folder / "runs").iterdir()
        return folder


Start = Callable[..., Run]


@pytest.fixture
def start(meter: Meter, tmp_path: Path) -> Iterator[Start]:
    runs: list[Run] = []

    def start(rig: Path, *only: str, command: str = "", declaration: Path | None = None) -> Run:
        words = ["run", "--rig", rig, "--meter", declaration or meter.declaration, "--state", meter.folder]
        words += [word for name in only for word in ("--only", name)]
        line = [*COMMAND, *map(str, words)]
        if command:
            line = ["/bin/sh", "-c", command, "sh", *line]
        runs.append(Run(line, tmp_path))
        return runs[-1]

    yield start
    for run in runs:
        run.close()


def answer(run: Run, meter: Meter) -> str:
    """Do what the screen says, and return what is to be typed."""
    prompt = run.prompt
    token = TOKEN.search(prompt)
    if token:
        return meter.do(f"keypad enter {token[1].replace(' ', '')}")
    deeds = {
        "electricity credit in kWh": "display credit 0",
        "Switch the meter's power off": "power off",
        "Switch the meter's power on": "power on",
    }
    (line,) = (line for words, line in deeds.items() if words in prompt)
    return meter.do(line)


def begin(run: Run, meter: Meter) -> int:
    """Do what is asked before the first case, and return how often that was."""
    run.wait()
    return go_on(run, meter, "before the first case")


def go_on(run: Run, meter: Meter, place: str) -> int:
    """Do what is asked in one place, and return how often that was."""
    asked = 0
    while run.prompt.startswith(place):
        run.type(answer(run, meter))
        asked += 1
    return asked


def finish(run: Run, meter: Meter) -> int:
    """Do what is asked to the end."""
    while run.type(answer(run, meter)):
        pass
    return run.end()


def test_cases_by_hand_pass(meter: Meter, start: Start) -> None:
    run = start(meter.rig(), "41-7.3.7-used", "41-7.3.7-valid")
    run.wait()
    assert run.prompt.startswith("before the first case ─")
    assert "Key in this token on the meter's keypad:" in run.prompt
    assert go_on(run, meter, "before the first case") == 2  # the keypad, and the key
    assert run.prompt.startswith("case 1 of 2  IEC 62055-41 7.3.7 ─")
    assert "  a newer token is accepted\n" in run.prompt
    assert "or its number, and press Enter." in run.prompt
    assert "s skip this case (s REASON)" in run.prompt
    (number,) = re.findall(r"([0-9]+) Accept\b", run.prompt)
    assert answer(run, meter) == "Accept"
    run.type(number)
    go_on(run, meter, "case 1 of 2")
    assert run.prompt.startswith("case 2 of 2  IEC 62055-41 7.3.7 ─")
    assert finish(run, meter) == 0
    assert "2 requirements passed" in " ".join(run.screen.split())
    assert {verdict for verdict, _ in run.cases} == {"PASS"}
    assert {meaning for _, meaning in run.answers} == {"answer"}
    assert len(run.answers) == sum(run.record["cost"]["prompts"].values())


def test_what_is_typed_wrong_is_asked_again(meter: Meter, start: Start) -> None:
    run = start(meter.rig(), "41-7.3.7-used")
    before = begin(run, meter)
    seen = answer(run, meter)
    first = run.prompt
    run.type("r")
    assert run.prompt == first
    assert run.screen.count("a token is accepted once") == 2
    run.type("Acceptt")
    assert "no result has the text 'Acceptt' (is it 'Accept'?): type it again to keep it" in run.prompt
    run.type("?")
    assert "Ctrl-C stops the run; its report is made all the same." in run.prompt
    run.type("")
    assert "type what the display shows" in run.prompt
    run.type(seen)
    assert "electricity credit in kWh" in run.prompt
    credit = answer(run, meter)
    run.type("l2.5")
    assert "'l2.5' is not one number: type it such as 12.5" in run.prompt
    run.type(credit)
    assert finish(run, meter) == 0
    assert run.answers[before : before + 7] == [
        ("r", "again"),
        ("Acceptt", "wrong"),
        ("?", "help"),
        ("", "wrong"),
        ("Accept", "answer"),
        ("l2.5", "wrong"),
        (credit, "answer"),
    ]


def test_a_case_is_skipped_with_the_reason(meter: Meter, start: Start) -> None:
    run = start(meter.rig(), "41-7.3.7-used", "41-7.3.7-valid")
    begin(run, meter)
    run.type("s the key 7 is stuck")
    assert "Skipped: the case is not tested." in run.screen
    assert "NOT_TESTED   IEC 62055-41 7.3.7  a newer token is accepted" in run.screen
    assert run.prompt.startswith("case 2 of 2")
    assert "press its key C or wait 20 s first." in " ".join(run.prompt.split())
    assert finish(run, meter) == 3
    (skipped, reason), (other, _) = run.cases
    assert re.fullmatch(r"the operator skipped 'keypad enter [0-9]{20}': the key 7 is stuck", reason)
    assert (skipped, other) == ("NOT_TESTED", "PASS")


def test_a_skip_that_leaves_the_meter_without_power_is_put_right_first(meter: Meter, start: Start) -> None:
    by = {"has_port": True, "keypad": "operator", "power": "operator"}
    run = start(meter.rig(**by), "41-7.3.8-nonvolatile", "41-8.5-all", declaration=meter.with_port)
    run.wait()
    assert "Switch the meter's power off." in run.prompt
    assert "When it is done, press Enter." in run.prompt
    meter.do("power off")
    run.type("off")
    assert "nothing needs to be typed" in run.prompt
    run.type("")
    assert "Switch the meter's power on" in run.prompt
    run.type("s")
    assert run.prompt.startswith("case 2 of ")
    assert "Switch the meter's power on" in run.prompt
    assert finish(run, meter) == 3
    assert run.cases[0] == ("NOT_TESTED", "the operator skipped 'power on': no reason was given")
    proven = [rung["rung"] for rung in run.record["ladder"] if rung["state"] == "proven"]
    assert proven == ["port", "answer", "identity", "key"]
    assert {verdict for verdict, _ in run.cases[1:]} == {"PASS"}


def test_ctrl_c_stops_the_run_with_a_readable_record(meter: Meter, start: Start) -> None:
    run = start(meter.rig(), "41-7.3.7-used", "41-7.3.7-valid")
    begin(run, meter)
    run.type("half of ans\x03", end="")
    assert run.end() == 3
    assert "The run was interrupted" in run.screen
    assert "Traceback" not in run.screen
    assert run.record["run"]["interrupted"] is True
    assert run.answers[-1] == (None, "stop")
    assert [verdict for verdict, _ in run.cases] == ["NOT_TESTED", "NOT_TESTED"]


def test_nobody_answers_and_the_run_goes_on(meter: Meter, start: Start) -> None:
    run = start(meter.rig(patience=8), "41-7.3.7-used")
    before = begin(run, meter)
    assert run.end() == 3
    assert "Nobody answered within 8 s: the run goes on without." in run.screen
    ((verdict, reason),) = run.cases
    assert verdict == "NOT_TESTED"
    assert re.fullmatch(r"nobody answered 'keypad enter [0-9]{20}' within 8 s", reason)
    assert run.answers[before:] == [(None, "silence")] * 2
    assert any(
        "was not seen to work after the last case: nobody answered" in text for text in run.record["remarks"]
    )


def test_the_end_of_input_is_nobody(meter: Meter, start: Start) -> None:
    run = start(meter.rig(patience=0), "41-7.3.7-used", "41-7.3.7-valid")
    begin(run, meter)
    run.type("\x04", end="")
    assert finish(run, meter) == 3
    assert [verdict for verdict, _ in run.cases] == ["NOT_TESTED", "PASS"]
    assert re.fullmatch("nobody was there to do 'keypad enter [0-9]{20}', .*", run.cases[0][1])


def test_a_terminal_that_is_gone_ends_the_run_like_ctrl_c(meter: Meter, start: Start) -> None:
    run = start(meter.rig(patience=0), "41-7.3.7-used", "41-7.3.7-valid")
    begin(run, meter)
    run.hang_up()
    deadline = time.monotonic() + PATIENCE
    while not run.has_record:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert run.record["run"]["interrupted"] is True
    assert {verdict for verdict, _ in run.cases} == {"NOT_TESTED"}


def test_plain_pytest_asks_too(meter: Meter, start: Start) -> None:
    files = f"--sts-rig={meter.rig()} --sts-meter={meter.declaration} --sts-state={meter.folder}"
    pytest_run = f"-m pytest -p no:cacheprovider --pyargs sts_conformance --sts-only=41-7.3.7-valid {files}"
    run = start(meter.rig(), command=f"unset PYTEST_DISABLE_PLUGIN_AUTOLOAD; {sys.executable} {pytest_run}")
    run.wait()
    assert finish(run, meter) == 0
    assert "1 passed" in run.screen


def test_standard_output_is_pure_json(meter: Meter, start: Start) -> None:
    run = start(meter.rig(), "41-7.3.7-valid", command='"$@" --json > out.json')
    run.wait()
    assert finish(run, meter) == 0
    assert json.loads((run.folder / "out.json").read_text("utf-8")) == run.record
