"""The tester can fail a meter: each defect of the simulated meter fails its requirements, and no others.

`make test` looks at the requirements of the clauses that a defect is about; `make prove-defects` at all of them.
"""

from pathlib import Path

import pytest

from conftest import Stsbench
from declared_meters import write_declaration
from scope_rig import write_rig
from sts_conformance import register
from sts_rigs.simulator.defects import DEFECTS, Defect

UNTOLD = "keypad-dead"
"""Nothing tells a dead keypad from a bench that does not press it."""

DECISIVE = [defect for defect in DEFECTS.values() if defect.name != UNTOLD]
every_defect = pytest.mark.parametrize("defect", DECISIVE, ids=lambda defect: defect.name)


def test_a_dead_keypad_is_a_rung_that_breaks_and_no_fail(stsbench: Stsbench) -> None:
    result = stsbench("run", "--defect", UNTOLD, "--only", "41-6.1.3", "--json")
    assert (result.code, result.failed) == (3, set())
    assert [rung["state"] for rung in result.json["ladder"] if rung["rung"] == "keypad"] == ["broken"]


@every_defect
def test_a_defect_fails_its_requirements_and_no_others_of_their_clauses(
    stsbench: Stsbench, tmp_path: Path, defect: Defect
) -> None:
    clauses = {"-".join(name.split("-")[:2]) for name in defect.violates}
    see(stsbench, tmp_path, defect, *(word for clause in sorted(clauses) for word in ("--only", clause)))


@pytest.mark.matrix
@every_defect
def test_a_defect_fails_its_requirements_and_no_others(stsbench: Stsbench, tmp_path: Path, defect: Defect) -> None:
    see(stsbench, tmp_path, defect)


def see(stsbench: Stsbench, tmp_path: Path, defect: Defect, *selection: str) -> None:
    rig = ["--rig", write_rig(tmp_path, None, repeats=defect.repeats)] if defect.repeats > 1 else []
    declaration = str(write_declaration(tmp_path / "meter.toml", defect.declares))
    meter = ["--meter", declaration] if defect.declares else []
    result = stsbench("run", "--defect", defect.name, *rig, *meter, *selection, "--json")
    requirements = register.load()
    is_ruled = any(requirements[name].strength != "informative" for name in defect.violates)
    assert result.code == (1 if is_ruled else 0), result.err
    assert result.failed == set(defect.violates)
    assert not result.with_verdict("ERROR")
    reasons = [case["reason"] for case in result.json["cases"] if case["verdict"] == "FAIL"]
    assert any(defect.evidence in reason for reason in reasons), reasons


def test_a_defect_violates_requirements_of_the_register() -> None:
    assert len(DEFECTS) >= 12
    assert all(name in register.load() for defect in DEFECTS.values() for name in defect.violates)


def test_a_failure_tells_what_came_what_was_expected_and_how_to_run_it_again(stsbench: Stsbench) -> None:
    result = stsbench("run", "--defect", "used-token-accepted", "--only", "41-7.3.8-management")
    assert "FAIL 41-7.3.8-management" in result.out
    assert "got Accept, expected UsedError" in result.out
    assert "again: stsbench run --defect used-token-accepted --only 41-7.3.8-management" in result.out
    assert "does not conform: 1 of 1 requirements failed" in result.out
