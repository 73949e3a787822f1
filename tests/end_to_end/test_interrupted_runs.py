"""Runs in real time that end in the middle: a meter that dies, Ctrl-C."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import COMMAND, Stsbench
from sts_reports.events import RunEnded
from sts_reports.journal import read_journal


@contextmanager
def simulated_meter(folder: Path, *more: object) -> Iterator[Path]:
    """Serve the simulated meter while a test runs, and give the rig file for it."""
    rig = folder / "sim.toml"
    simulate = [*COMMAND, "simulate", "--tcp", "127.0.0.1:0", "--rig-out", rig, *map(str, more)]
    with subprocess.Popen(simulate, stdout=subprocess.DEVNULL) as meter:
        try:
            while not rig.exists():
                assert meter.poll() is None, "the meter was not simulated"
                time.sleep(0.05)
            yield rig
        finally:
            meter.terminate()


def assert_one_error_and_the_rest_not_tested(record: dict, says: str) -> None:  # type: ignore[type-arg]
    verdicts = [case["verdict"] for case in record["cases"]]
    assert verdicts.count("ERROR") == 1
    at = verdicts.index("ERROR")
    assert says in record["cases"][at]["reason"]
    assert set(verdicts[at + 1 :]) == {"NOT_TESTED"}
    assert all("the bench was lost" in case["reason"] for case in record["cases"][at + 1 :])
    assert record["summary"]["exit_code"] == 4
    assert says in record["summary"]["conclusion"]


def test_a_meter_that_dies_in_the_middle(stsbench: Stsbench, tmp_path: Path) -> None:
    selection = [word for name in ("52-6.4.4", "52-6.6.3", "52-6.6.4") for word in ("--only", name)]
    with simulated_meter(tmp_path, "--power-cut-after", 8) as rig:
        rig.write_text(re.sub("power = .*\n", "", rig.read_text("utf-8")), "utf-8")  # nobody switches it on again
        result = stsbench("run", "--rig", rig, "--meter", "simulated", *selection, "--json", "--state", tmp_path)
    assert result.code == 4
    assert "PASS" in [case["verdict"] for case in result.json["cases"]]
    assert_one_error_and_the_rest_not_tested(result.json, "nothing answered on port socket://")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_ctrl_c_leaves_a_readable_journal_and_report(tmp_path: Path) -> None:
    where = ["--out", tmp_path / "runs", "--state", tmp_path, "--only", "41-7.3"]
    with (
        simulated_meter(tmp_path) as rig,
        subprocess.Popen(
            [*COMMAND, "run", "--rig", rig, "--meter", "simulated", *where],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as run,
    ):
        while not any('"kind":"verdict"' in path.read_text() for path in tmp_path.glob("runs/*/journal.jsonl")):
            assert run.poll() is None, "the run ended before its first verdict"
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate()
    assert run.returncode == 3, output
    assert "The run was interrupted" in output
    assert "Traceback" not in output
    (folder,) = (tmp_path / "runs").iterdir()
    ended = list(read_journal(folder / "journal.jsonl"))[-1]
    assert isinstance(ended, RunEnded)
    assert ended.interrupted
    record = json.loads((folder / "record.json").read_text("utf-8"))
    verdicts = [case["verdict"] for case in record["cases"]]
    assert verdicts[0] == "PASS"
    assert verdicts[-1] == "NOT_TESTED"
    assert (folder / "index.html").stat().st_size > 10_000
