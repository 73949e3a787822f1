"""What the tests of every room share: the command, run as a user would."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np  # noqa: F401 - pytester forgets what a test loads first, and numpy cannot be loaded twice
import pytest

from sts_fixtures.plugin.roomy_stack import call_with_room
from stsbench.cli import main

pytest_plugins = ["pytester"]

PLAIN = {"COLUMNS": "200", "NO_COLOR": "1"}
PROGRAM = """
import signal
from stsbench.cli import main
# a job in the background of a shell ignores Ctrl-C, and so would what it starts
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
COMMAND = [sys.executable, "-W", "error", "-c", PROGRAM]
FIXTURES = Path(__file__).parents[1] / "fixtures" / "sts_fixtures" / "declaration"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def failed(self) -> set[str]:
        """Every requirement that failed, also those that decide nothing."""
        return {
            requirement["id"]
            for clause in self.json["clauses"]
            for requirement in clause["requirements"]
            if requirement["verdict"] == "FAIL"
        }

    def with_verdict(self, verdict: str) -> set[str]:
        """Return the requirements that decide the run and have a verdict."""
        return {
            requirement["id"]
            for clause in self.json["clauses"]
            for requirement in clause["requirements"]
            if requirement["verdict"] == verdict and requirement["decides"]
        }


Stsbench = Callable[..., Result]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Give each test a stack in one piece, as a campaign has it."""
    test = pyfuncitem.obj
    pyfuncitem.obj = lambda **fixtures: call_with_room(lambda: test(**fixtures))


@pytest.fixture(scope="session", autouse=True)
def _state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what the tests leave from what this user's runs have left."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "LOCALAPPDATA"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture
def stsbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stsbench:
    """Run the command in this process, in a folder of its own, with warnings as errors."""

    def run(*arguments: object) -> Result:
        out, err = io.StringIO(), io.StringIO()
        with monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(tmp_path)
            patch.setattr(sys, "warnoptions", ["error"])
            for name, value in {**PLAIN, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}.items():
                patch.setenv(name, value)
            patch.delenv("PYTEST_ADDOPTS", raising=False)
            with pytest.raises(SystemExit) as ended:
                main([str(argument) for argument in arguments])
        return Result(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def stsbench_process(tmp_path: Path) -> Stsbench:
    """Run the command as a user does, in a process of its own; for what a process shows, and nothing else does."""

    def run(*arguments: object, timeout: float = 120) -> Result:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=tmp_path,
            env={**os.environ, **PLAIN},
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def declaration(tmp_path: Path) -> Callable[..., Path]:
    """Write the simulated meter's declaration with some of its text changed."""

    def write(*changes: tuple[str, str]) -> Path:
        text = (FIXTURES / "simulated_meter.toml").read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "published_test_key.hex").write_bytes((FIXTURES / "published_test_key.hex").read_bytes())
        path = tmp_path / "meter.toml"
        path.write_text(text, "utf-8")
        return path

    return write
