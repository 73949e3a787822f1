"""`stsbench doctor`: a table with what to do, exit code 4 if something is red and 2 for files of no use."""

from pathlib import Path

import pytest

from conftest import Stsbench
from declared_meters import write_declaration

RIG = '[rig]\nname = "bench [3]"\n[port]\nurl = "simulated"\nparity = "software"\n'
SCOPE = """[instruments.scope]
driver = "rigol-dho800"
resource = "simulated"
channels = { meter = 1, reader = 2 }
accuracy_ppm = 25.0
"""


def rig_file(folder: Path, more: str = "") -> Path:
    path = folder / "rig.toml"
    path.write_text(RIG + more, "utf-8")
    return path


def test_the_simulated_bench_is_ready(stsbench: Stsbench) -> None:
    result = stsbench("doctor")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[-1] == "The bench is ready: 0 red, 0 warnings."
    for name in ("files", "disk", "port", "meter", "both sides", "host clock"):
        assert any(line.startswith(f"{name} ") and " ok " in line for line in lines), name


def test_a_red_line_says_what_to_do_and_names_tables_of_the_rig_file(stsbench: Stsbench, tmp_path: Path) -> None:
    without = SCOPE.replace("accuracy_ppm = 25.0\n", "")
    result = stsbench("doctor", "--rig", rig_file(tmp_path, without))
    assert result.code == 4
    assert "Bench 'bench [3]'" in result.out
    line = next(line for line in result.out.splitlines() if line.startswith("scope: time base"))
    assert " red " in line
    assert "add accuracy_ppm to [instruments.scope]" in result.out
    assert "not checked: the time base of scope is not known" in result.out
    assert result.out.splitlines()[-1] == "The bench is not ready: 1 red, 1 warnings."


def test_certification_makes_a_warning_red(stsbench: Stsbench, tmp_path: Path) -> None:
    rig = rig_file(tmp_path, SCOPE)
    usual, strict = stsbench("doctor", "--rig", rig), stsbench("doctor", "--rig", rig, "--certification")
    assert (usual.code, strict.code) == (0, 4)
    assert "1 warnings" in usual.out
    assert "1 red, 0 warnings" in strict.out


def test_json_is_for_scripts(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("doctor", "--rig", rig_file(tmp_path, SCOPE), "--exchanges", 3, "--json")
    assert result.code == 0
    assert (result.json["red"], result.json["warnings"]) == (0, 1)
    checks = {check["name"]: check for check in result.json["checks"]}
    assert set(checks["port"]) == {"name", "health", "seen", "remedy", "figures"}
    assert "of 3 reactions" in checks["host clock"]["seen"]


def test_it_lists_the_drivers(stsbench: Stsbench) -> None:
    listed = stsbench("doctor", "--drivers")
    assert listed.code == 0
    assert "rigol-ds1000z" in listed.out
    known = stsbench("doctor", "--drivers", "--json").json
    assert known["keysight-53230a"] == "sts_rigs.instruments.drivers.keysight_53230a:Keysight53230a"


@pytest.mark.parametrize("option", ["--rig", "--meter", "--profile"])
def test_a_file_that_cannot_be_used_is_one_sentence(stsbench: Stsbench, option: str) -> None:
    result = stsbench("doctor", option, "none.toml")
    assert (result.code, result.out) == (2, "")
    assert result.err == "none.toml: there is no such file: check the path\n"


def test_with_a_meter_it_climbs_the_ladder_by_one_token(stsbench: Stsbench, tmp_path: Path) -> None:
    meter = write_declaration(tmp_path / "meter.toml")
    result = stsbench("doctor", "--meter", meter)
    assert result.code == 0
    text = " ".join(result.out.split())
    assert "this is meter 12345678903; the meter holds the declared key, check value 1f8e91; ready: 0 red" in text
    assert not list(tmp_path.glob("runs/*"))
    rungs = [check["name"] for check in stsbench("doctor", "--meter", meter, "--json").json["checks"]][-3:]
    assert rungs == ["identity", "key", "keypad"]
    without = [check["name"] for check in stsbench("doctor", "--json").json["checks"]]
    assert "key" not in without
