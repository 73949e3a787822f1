"""The same campaign in real time, over a pseudo-terminal set to 7E1 and over TCP, gives the same verdicts.

A part of it runs always, a larger one of seven minutes with `make prove-real-time`, and the whole, which takes an
hour and a half with lockouts of 20 s at most, at night with `make prove-real-time-whole`.
"""

import subprocess
import time
from pathlib import Path

import pytest
from test_terminal_server import BEYOND_THE_PORT

from conftest import COMMAND, Result, Stsbench

WAYS = {"pty": ["--pty"], "tcp": ["--tcp", "127.0.0.1:0"]}
SHORT_LOCKOUTS = """
[confirmed]
by = "nobody"
document = "this test"
edition = "1"
[parameter.lockout_delay_maximum]
value = 20_000
"""
QUICK_LOAD = "\n[load]\nwatts = 20_000\n"
LARGER_PART = [
    *(f"52-6.{number}" for number in (3, 4, 7, 8)),
    *(f"52-6.6.{number}" for number in (2, 3, 4, 5, 6)),
    *(f"41-{name}" for name in ("7.3.7", "8.4-adds", "8.4-overflow", "8.4-display", "8.5", "8.7")),
    *(f"41-{name}" for name in ("8.10-clears", "8.10-outlasts", "8.10-credit")),
]
PART = [
    *(f"52-{name}" for name in ("6.3.2", "6.3.3", "6.4.4", "6.7.1-reaction")),
    *(f"41-{name}" for name in ("8.6-kept", "8.5-shown", "8.10-clears", "8.10-outlasts", "8.10-credit")),
]


def verdicts(result: Result) -> dict[str, str]:
    return {case["id"]: case["verdict"] for case in result.json["cases"]}


def run_both(stsbench: Stsbench, folder: Path, way: list[str], only: list[str]) -> tuple[Result, Result]:
    selection = [word for name in only for word in ("--only", name)]
    rig, profile = folder / "sim.toml", folder / "profile.toml"
    profile.write_text(SHORT_LOCKOUTS, "utf-8")
    same = ["--profile", profile]
    simulate = [*COMMAND, "simulate", *way, *same, "--rig-out", rig]
    with subprocess.Popen(simulate, stdout=subprocess.DEVNULL) as meter:
        while not rig.exists() or not rig.read_text("utf-8"):
            assert meter.poll() is None, "the meter was not simulated"
            time.sleep(0.05)
        rig.write_text(rig.read_text("utf-8") + QUICK_LOAD, "utf-8")
        real = stsbench(
            "run", "--rig", rig, "--meter", "simulated", "--state", folder, "--json", *same, *selection
        )
        meter.terminate()
    return real, stsbench("run", "--json", *same, *selection)


def assert_same_verdicts(real: Result, simulated: Result) -> None:
    expected, seen = verdicts(simulated), verdicts(real)
    different = {name for name in expected if seen[name] != expected[name]}
    reasons = {
        case["id"]: (case["verdict"], case["reason"]) for case in real.json["cases"] if case["id"] in different
    }
    beyond = {name for name, (verdict, _) in reasons.items() if verdict == "NOT_TESTED"}
    told = [reasons.pop(name)[1] for name in beyond]
    assert all(any(reason in one for reason in BEYOND_THE_PORT) for one in told), told
    assert all(verdict == "INCONCLUSIVE" for verdict, _ in reasons.values()), reasons
    assert all("cannot be decided" in reason and "host clock" in reason for _, reason in reasons.values()), reasons
    assert any("bit time" in reason for _, reason in reasons.values())
    assert real.code == 3


@pytest.mark.parametrize("way", WAYS)
def test_a_part_of_the_campaign(stsbench: Stsbench, tmp_path: Path, way: str) -> None:
    assert_same_verdicts(*run_both(stsbench, tmp_path, WAYS[way], PART))


@pytest.mark.real_time
@pytest.mark.parametrize("way", WAYS)
def test_a_larger_part_of_the_campaign(stsbench: Stsbench, tmp_path: Path, way: str) -> None:
    assert_same_verdicts(*run_both(stsbench, tmp_path, WAYS[way], LARGER_PART))


@pytest.mark.real_time_whole
@pytest.mark.parametrize("way", WAYS)
def test_the_whole_campaign(stsbench: Stsbench, tmp_path: Path, way: str) -> None:
    assert_same_verdicts(*run_both(stsbench, tmp_path, WAYS[way], []))
