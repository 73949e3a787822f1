"""The levels of the declared interface are judged, those of others do not apply, and a wrong rig is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Result, Stsbench
from sts_conformance import register

Write = Callable[..., Path]

OPTICAL = 'interface = "optical"'
CLAUSES = {"optical": "6.2.2", "current-loop": "6.2.3", "voltage": "6.2.4"}
SCOPE = """
[instruments.scope]
driver = "keysight-infiniivision"
resource = "simulated"
channels = { meter = 1, reader = 2 }
accuracy_ppm = 25.0
"""


def of_clause(clause: str) -> set[str]:
    return {
        one.id
        for one in register.load()
        if (one.standard, one.clause, one.status) == ("IEC 62055-52", clause, "tested")
    }


@pytest.fixture
def rig(tmp_path: Path) -> Write:
    def write(*, port: str = "", signal: str = "", rest: str = "") -> Path:
        path = tmp_path / "rig.toml"
        path.write_text(
            f'[rig]\nname = "x"\n[port]\nurl = "simulated"\nparity = "software"\n{port}\n'
            f"[signal]\n{signal}\n{rest}",
            "utf-8",
        )
        return path

    return write


def sources(result: Result) -> dict[str, str]:
    return {case["requirements"][0]: str(case["steps"]) for case in result.json["cases"]}


@pytest.mark.parametrize("interface", CLAUSES)
def test_the_declared_interface_is_judged_and_the_others_do_not_apply(
    stsbench: Stsbench, declaration: Write, interface: str
) -> None:
    meter = declaration((OPTICAL, f'interface = "{interface}"'))
    result = stsbench("run", "--meter", meter, "--only", "52-6.2", "--json")
    assert result.code == 0, result.err
    others = {name for clause in CLAUSES.values() for name in of_clause(clause)} - of_clause(CLAUSES[interface])
    assert result.with_verdict("PASS") == of_clause(CLAUSES[interface])
    assert result.with_verdict("NOT_APPLICABLE") == others
    reasons = [case["reason"] for case in result.json["cases"] if case["verdict"] == "NOT_APPLICABLE"]
    assert set(reasons) == {f'declared: implements.interface = "{interface}"'}


def test_an_interface_that_is_not_declared_is_refused(stsbench: Stsbench, declaration: Write) -> None:
    result = stsbench("run", "--meter", declaration((f"{OPTICAL}\n", "")))
    assert result.code == 2
    assert "implements.interface is not answered: add it" in result.err + result.out


def test_a_rig_of_another_interface_is_refused(stsbench: Stsbench, declaration: Write, rig: Write) -> None:
    meter = declaration((OPTICAL, 'interface = "voltage"'))
    result = stsbench("run", "--meter", meter, "--rig", rig(port='interface = "current-loop"'))
    assert result.code == 2
    said = result.err + result.out
    assert "implements.interface is 'voltage', and port.interface of the rig file is 'current-loop'" in said
    assert (
        stsbench("run", "--meter", meter, "--rig", rig(port='interface = "voltage"'), "--only", "52-6.2").code == 0
    )


def test_a_receiver_of_another_interface_is_refused(stsbench: Stsbench, rig: Write) -> None:
    result = stsbench("run", "--rig", rig(signal='per_volt = 10.0\nunit = "mA"\nper_volt_uncertainty = 0.02'))
    assert result.code == 2
    assert (
        "signal.unit is 'mA', and the levels of port.interface 'optical' are in 'uW/cm2'"
        in result.err + result.out
    )


def test_the_oscilloscope_measures_what_its_calibrated_receiver_shows(stsbench: Stsbench, rig: Write) -> None:
    calibrated = (
        'inverted = true\nper_volt = 400.0\nunit = "uW/cm2"\nper_volt_uncertainty = 0.05\nthreshold = 0.002'
    )
    result = stsbench("run", "--rig", rig(signal=calibrated, rest=SCOPE), "--only", "52-6.2.2", "--json")
    said = sources(result)
    for word in ("on", "off"):
        assert "IDRequest" in said[f"52-6.2.2-{word}"]
        assert "the simulated bench" not in said[f"52-6.2.2-{word}"]
    assert "the simulated bench" in said["52-6.2.2-wavelength"]
    assert "52-6.2.2-on" in result.with_verdict("PASS")
    assert "52-6.2.2-off" in result.with_verdict("INCONCLUSIVE")  # ON fills the eight bits: OFF is a step of them
    assert not result.with_verdict("ERROR")
