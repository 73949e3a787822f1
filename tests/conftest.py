"""What the tests of every room share: the command, run as a user would."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytester"]

COMMAND = [sys.executable, "-W", "error", "-c", "from stsbench.cli import main; main()"]
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


@pytest.fixture
def stsbench(tmp_path: Path) -> Stsbench:
    def run(*arguments: object, timeout: float = 120) -> Result:
        environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=tmp_path,
            env=environment,
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
