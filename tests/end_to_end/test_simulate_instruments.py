"""A simulated meter with an oscilloscope on its line, in real time: the doctor passes it, it judges a run."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import COMMAND, Stsbench
from sts_reports.events import MeasurementTaken
from sts_reports.journal import read_journal


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Path]:
    """Serve a meter and an oscilloscope; give the rig file."""
    path = tmp_path / "sim.toml"
    served = [*COMMAND, "simulate", "--tcp", "127.0.0.1:0", "--instrument", "scope=rigol-ds1000z"]
    with subprocess.Popen([*served, "--rig-out", path], stdout=subprocess.DEVNULL) as simulation:
        while not path.exists():
            assert simulation.poll() is None
            time.sleep(0.05)
        yield path
        simulation.terminate()


def test_the_doctor_finds_the_simulated_bench_in_order_and_measures_the_host_clock(
    stsbench: Stsbench, rig: Path
) -> None:
    result = stsbench("doctor", "--rig", rig, "--exchanges", 2, "--json")
    checks = {check["name"]: check for check in result.json["checks"]}
    not_ok = {name: check["health"] for name, check in checks.items() if check["health"] != "ok"}
    # a host that is busy with other tests may be late by more than the rig file states
    not_ok.pop("host clock", None)
    assert not_ok == {"scope: calibration": "warning"}
    assert checks["host clock"]["figures"]["uncertainty_ms"] > 0
    assert checks["levels"]["figures"]["meter_high_v"] == pytest.approx(5, abs=0.2)


@pytest.mark.real_time
def test_a_reaction_is_judged_by_the_oscilloscope(stsbench: Stsbench, rig: Path, tmp_path: Path) -> None:
    result = stsbench(
        "run", "--rig", rig, "--meter", "simulated", "--state", tmp_path, "--only", "52-6.7.1-reaction", "--json"
    )
    assert result.code == 0
    assert {case["verdict"] for case in result.json["cases"]} == {"PASS"}
    journal = next(tmp_path.glob("runs/*/journal.jsonl"))
    measured = [one.measurement for one in read_journal(journal) if isinstance(one, MeasurementTaken)]
    assert len(measured) > 3
    assert all("scope" in entry.source and entry.uncertainty < 0.1 for entry in measured)
