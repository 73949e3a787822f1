"""A power cut within the acceptance of a token: a device does it at an instant, and an operator is not asked."""

from pathlib import Path
from typing import Any

import pytest

from conftest import Stsbench

ANY_INSTANT = "41-7.3.8-any-instant"
RIG = '[rig]\nname = "bench 3"\n[port]\nurl = "/dev/ttyNobody"\nparity = "driver"\n[actions]\npower = "{power}"\n'
CUTS = 35


def plan(stsbench: Stsbench, tmp_path: Path, power: str) -> Any:
    path = tmp_path / "bench.toml"
    path.write_text(RIG.format(power=power), "utf-8")
    return stsbench("plan", "--rig", path, "--only", ANY_INSTANT, "--json").json


def test_an_operator_is_not_asked_to_cut_the_power_at_an_instant(stsbench: Stsbench, tmp_path: Path) -> None:
    (found,) = plan(stsbench, tmp_path, "operator")["not_reached"]
    assert (found["requirement"], found["verdict"]) == (ANY_INSTANT, "NOT_TESTED")
    assert "an operator cannot cut the power at an instant" in found["cause"]


def test_a_device_can(stsbench: Stsbench, tmp_path: Path) -> None:
    assert plan(stsbench, tmp_path, "socket://192.0.2.12:4000")["not_reached"] == []


@pytest.mark.parametrize(
    ("defect", "lost"),
    [
        ("credit-before-identifier", "and the token got Accept, expected UsedError"),
        ("identifier-before-credit", "and the token got UsedError, expected Accept"),
    ],
)
def test_a_meter_that_writes_in_two_steps_is_told_the_instant(stsbench: Stsbench, defect: str, lost: str) -> None:
    result = stsbench("run", "--defect", defect, "--only", ANY_INSTANT, "--json")
    (reason,) = [case["reason"] for case in result.json["cases"] if case["verdict"] == "FAIL"]
    assert reason.startswith("the power was cut ")
    assert " ms after ACK: the credit went from " in reason
    assert reason.endswith(lost)


def test_a_good_meter_is_cut_off_at_as_many_instants(stsbench: Stsbench, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    result = stsbench("run", "--only", ANY_INSTANT, "--json", "--out", out)
    assert result.code == 0, result.err
    (journal,) = out.glob("*/journal.jsonl")
    assert journal.read_text("utf-8").count('"power off"') == CUTS
