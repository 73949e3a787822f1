"""A device of one's own behind the simulated line is judged; its mistakes are never a verdict on a meter."""

import shutil
import sys
from pathlib import Path

import pytest

from conftest import Result, Stsbench

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "device"
SELECTION = (
    "41-8.5-all",
    "52-6.4.2",
    "52-6.4.3",
    "52-6.4.4-one",
    "52-6.4.7",
    "52-6.6.2-repeated",
    "52-6.6.6",
    "52-6.8.3-status",
)
OURS = "sts_rigs.simulator.meter.meter:SimulatedMeter"


@pytest.fixture
def stsbench(stsbench: Stsbench) -> Stsbench:
    """Run the command with consent to the devices of these tests."""

    def run(*arguments: object) -> Result:
        return stsbench(*arguments, *(["--allow-commands"] if arguments[0] in ("run", "plan", "doctor") else []))

    return run


def only(*names: str) -> list[str]:
    return [word for name in names for word in ("--only", name)]


def rig_of(folder: Path, place: str, more: str = "") -> Path:
    path = folder / "rig.toml"
    path.write_text(f'[rig]\nname = "loop"\n[port]\nurl = "device:{place}"\n{more}', "utf-8")
    return path


def changed(folder: Path, code: str) -> Path:
    """Write a device that is the example's but for some code in its class, and the rig file of it."""
    shutil.copy(EXAMPLE / "tiny_meter.py", folder)
    text = "from tiny_meter import *\n\n\nclass Changed(TinyMeter):\n"
    (folder / "changed.py").write_text(text + "".join(f"    {line}\n" for line in code.splitlines()), "utf-8")
    return rig_of(folder, "changed:Changed")


def reasons(result: Result) -> dict[str, tuple[str, str]]:
    return {case["id"]: (case["verdict"], case["reason"]) for case in result.json["cases"]}


def test_the_example_passes_what_it_can_in_simulated_time(stsbench: Stsbench) -> None:
    result = stsbench("run", "--rig", EXAMPLE / "rig.toml", *only(*SELECTION), "--json")
    assert result.code == 0, result.out
    assert {verdict for verdict, _ in reasons(result).values()} - {"NOT_APPLICABLE"} == {"PASS"}
    assert len(reasons(result)) >= len(SELECTION)
    assert result.json["simulated"]["line_seconds"] > 10
    assert len((EXAMPLE / "tiny_meter.py").read_text("utf-8").splitlines()) < 150


@pytest.mark.parametrize(
    ("code", "failed"),
    [
        (
            "def _take(self, digits):\n    self._status = CRC_ERROR",
            {"41-8.5-all", "52-6.6.3-known"},
        ),
        (
            "def _after(self, delay, action):\n    super()._after(delay * 8, action)",
            {"52-6.7.1-reaction", "52-6.6.3-known"},
        ),
    ],
)
def test_a_flaw_of_a_device_fails(stsbench: Stsbench, tmp_path: Path, code: str, failed: set[str]) -> None:
    result = stsbench("run", "--rig", changed(tmp_path, code), *only(*SELECTION, "52-6.7.1-reaction"), "--json")
    assert result.code == 1, result.err
    assert result.failed == failed | {"52-6.6.3-known"}, "it has no registers of credit"


@pytest.mark.matrix
def test_our_own_meter_has_the_verdicts_and_reasons_of_the_default_run_by_the_same_door(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    usual = stsbench("run", "--json")
    result = stsbench("run", "--rig", rig_of(tmp_path, OURS), "--json")
    assert reasons(result) == reasons(usual)
    assert result.json["simulated"] == usual.json["simulated"]
    assert (result.code, usual.code) == (0, 0)


def test_what_a_device_cannot_is_not_tested(stsbench: Stsbench) -> None:
    result = stsbench("run", "--rig", EXAMPLE / "rig.toml", *only("52-6.2.2-wavelength", "52-6.4.2"), "--json")
    assert result.code == 3
    ((verdict, reason),) = [one for name, one in reasons(result).items() if "wavelength" in name]
    assert verdict == "NOT_TESTED"
    assert "the device 'tiny_meter:TinyMeter' behind the simulated line has no 'level'" in reason


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("tiny_meter", 2, "port.url: write device:package.module:factory"),
        ("tiny meter:TinyMeter", 2, "port.url: write device:package.module:factory"),
        ("no_such_module_at_all:Meter", 4, "cannot be loaded (ModuleNotFoundError: No module named"),
        ("tiny_meter:NoMeter", 4, "cannot be loaded (AttributeError: "),
        ("tiny_meter:REACTION", 4, "cannot be made: it is no factory"),
        ("builtins:len", 4, "raised TypeError: "),
        ("types:SimpleNamespace", 4, "raised TypeError: "),
        ("unittest.mock:NonCallableMock", 4, "has no method 'receive'"),
    ],
)
def test_a_device_that_cannot_be_had_is_told(
    stsbench: Stsbench, tmp_path: Path, place: str, code: int, said: str
) -> None:
    shutil.copy(EXAMPLE / "tiny_meter.py", tmp_path)
    result = stsbench("run", "--rig", rig_of(tmp_path, place), *only("52-6.4.2"), "--out", tmp_path)
    assert result.code == code, result.out + result.err
    assert said in " ".join((result.out + result.err).split())
    assert "FAIL" not in result.out
    assert "Traceback" not in result.out + result.err


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (["return 1 / 0"], "raised ZeroDivisionError: division by zero (changed.py, line 6)"),
        (["assert command == b''"], "raised AssertionError"),
        (["raise SystemExit(0)"], "raised SystemExit"),
        (
            ["self._surroundings.transmit([OutgoingCharacter(128)])"],
            "sent a character of code 128: codes are 0 to",
        ),
        (["self._surroundings.transmit([OutgoingCharacter(65)], at=1)"], "sent a character at 1 ns, when it was"),
        (
            [
                "try:",
                "    self._surroundings.transmit([OutgoingCharacter(65, gap=-1)])",
                "except Exception:",
                "    pass",
            ],
            "sent a character with -1 ns before it",
        ),
        (["self._surroundings.at(1.5, print)"], "wanted to be called back at 1.5 ns"),
    ],
)
def test_a_device_that_fails_in_the_middle_is_a_bench_fault(
    stsbench: Stsbench, tmp_path: Path, body: list[str], said: str
) -> None:
    code = "\n    ".join(["def _executed(self, command):", *body, "return ACK"])
    result = stsbench("run", "--rig", changed(tmp_path, code), *only("52-6.4.3", "52-6.4.4-one"), "--json")
    assert result.code == 4, result.err
    assert not result.with_verdict("FAIL")
    (fault,) = result.json["faults"]
    assert said in fault["what"]
    assert fault["what"].startswith("the device 'changed:Changed' behind the simulated line ")
    assert {verdict for verdict, _ in reasons(result).values()} == {"ERROR", "NOT_TESTED"}


@pytest.mark.parametrize("option", [("--defect", "crc-not-checked"), ("--built-as", "meter.toml")])
def test_what_is_for_our_meter_alone_is_refused(stsbench: Stsbench, option: tuple[str, str]) -> None:
    result = stsbench("run", "--rig", EXAMPLE / "rig.toml", *option)
    assert result.code == 2
    assert f"leave out --rig, or {option[0]}" in result.err


def test_the_same_device_is_planned_and_examined(stsbench: Stsbench) -> None:
    planned = stsbench("plan", "--rig", EXAMPLE / "rig.toml", *only("52-6.4.2", "41-8.5-all"), "--json")
    assert planned.code == 0, planned.err
    examined = stsbench("doctor", "--rig", EXAMPLE / "rig.toml")
    assert examined.code == 0, examined.out
    assert "answers after 240 ms" in examined.out


def test_simulated_instruments_stand_around_its_line(stsbench: Stsbench, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "tiny_meter.py", tmp_path)
    scope = (
        '[instruments.scope]\ndriver = "rigol-ds1000z"\nresource = "simulated"\n'
        "channels = { meter = 1, reader = 2 }\naccuracy_ppm = 25.0\n"
    )
    rig = rig_of(tmp_path, "tiny_meter:TinyMeter", scope)
    result = stsbench("run", "--rig", rig, *only("52-6.7.1-reaction"), "--json")
    assert result.failed == {"52-6.6.3-known"}, "it has no registers of credit"
    steps = [step for case in result.json["cases"] for step in case["steps"] if step["kind"] == "measurement"]
    assert steps
    assert all(step["value"] == pytest.approx(240, abs=0.1) for step in steps), steps


def test_a_device_that_fails_when_a_source_cuts_its_power_is_a_bench_fault(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    rig = changed(tmp_path, "def switch_off(self):\n    return 1 / 0")
    source = (
        '[actions]\npower = "source"\n[instruments.mains]\ndriver = "keysight-ac6800"\nresource = "simulated"\n'
        "output = { volts = 230.0, hertz = 50.0 }\n"
    )
    rig.write_text(rig.read_text("utf-8") + source, "utf-8")
    result = stsbench("run", "--rig", rig, *only("52-6.4.2"), "--json")
    assert result.code == 4, result.out
    (fault,) = result.json["faults"]
    assert "raised ZeroDivisionError" in fault["what"]


def test_a_module_beside_a_rig_file_is_forgotten_with_its_bench(stsbench: Stsbench, tmp_path: Path) -> None:
    before = set(sys.path), set(sys.modules)
    for name, maker in (("first", "VMT"), ("second", "XYZ")):
        (tmp_path / name).mkdir()
        rig = changed(tmp_path / name, f"def _answer(self, c):\n    self.who = '{maker}'\n    super()._answer(c)")
        assert stsbench("run", "--rig", rig, *only("52-6.4.2")).code == 0
        assert set(sys.path) == before[0]
        assert not {"changed", "tiny_meter"} & (sys.modules.keys() - before[1])
