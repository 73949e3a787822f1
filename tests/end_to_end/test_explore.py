"""Explorations in real time, over a pseudo-terminal: within the budget, and the key is changed back."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import COMMAND, Stsbench
from sts_fixtures.exploring.script import ScriptFile


@contextmanager
def simulated(folder: Path, *words: str) -> Iterator[list[str]]:
    """Simulate a meter, and yield the options that reach it."""
    rig = folder / "sim.toml"
    with subprocess.Popen(
        [*COMMAND, "simulate", "--pty", "--rig-out", rig, *words], stdout=subprocess.DEVNULL
    ) as meter:
        while not rig.exists() or not rig.read_text("utf-8"):
            assert meter.poll() is None, "the meter was not simulated"
            time.sleep(0.05)
        yield ["--rig", str(rig), "--meter", "simulated", "--state", str(folder / "state")]
        meter.terminate()


def script(folder: Path, *steps: str) -> Path:
    path = folder / "script.toml"
    path.write_text(ScriptFile(format=1, steps=list(steps)).text, "utf-8")
    return path


@pytest.mark.real_time
def test_a_good_meter_is_explored_within_its_budget_and_left_as_it_was(stsbench: Stsbench, tmp_path: Path) -> None:
    with simulated(tmp_path) as meter:
        result = stsbench("explore", *meter, "--budget", "12tids", "--json")
        assert result.code == 0, result.err
        assert 12 <= result.json["identifiers"] < 24
        again = stsbench("recover", *meter, "--json")
        assert (again.code, again.json["found"]) == (0, "")
    (journal,) = tmp_path.glob("runs/*-0001/journal.jsonl")
    assert '"kind":"end"' in journal.read_text("utf-8")


@pytest.mark.real_time
def test_what_was_found_is_performed_again_on_a_real_meter(stsbench: Stsbench, tmp_path: Path) -> None:
    path = script(tmp_path, "enter ClearCredit by port", "enter credit by port", "tamper")
    with simulated(tmp_path, "--defect", "credit-after-clear-lost") as meter:
        result = stsbench("explore", *meter, "--replay", path, "--json")
    assert result.code == 1, result.err
    assert [one["requirement"] for one in result.json["accusations"]] == ["41-8.4-adds"]
    assert json.dumps(result.json["steps"]) == "2"
