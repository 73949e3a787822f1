"""What a PASS rests on was seen to work: a case that runs alone makes its controls itself."""

from pathlib import Path

import pytest

from conftest import Stsbench
from declared_meters import NO_KEYPAD, NO_PORT, Changes, write_declaration

REFUSALS_ALONE = [
    "41-6.1.2-other-meter",
    "41-6.2.3-reserved",
    "41-6.2.14-class-3",
    "41-6.3.13-reserved",
    "41-7.3.6-crc",
    "41-7.3.6-class-1-crc",
    "41-8.1-absent",
    "41-8.12-refused",
    "41-8.13-undeclared",
    "51-keypad-unfinished",
    "52-6.5-harmless",
    "52-6.6.1-harmless",
    "52-6.6.3-unknown",
    "52-6.6.4-unknown",
    "52-6.6.4-malformed",
    "52-6.6.5-acknowledged",
    "52-6.6.7-begins",
]


@pytest.mark.parametrize("requirement", REFUSALS_ALONE)
def test_a_good_meter_passes_a_case_that_runs_alone(stsbench: Stsbench, requirement: str) -> None:
    result = stsbench("run", "--only", requirement, "--json")
    assert result.with_verdict("PASS") == {requirement}, result.out


@pytest.mark.parametrize("changes", [NO_PORT, NO_KEYPAD, {"decoder_key.key_type": "DDTK"}])
def test_controls_are_by_what_the_meter_has(stsbench: Stsbench, tmp_path: Path, changes: Changes) -> None:
    meter = write_declaration(tmp_path / "meter.toml", changes)
    selection = [word for name in ("41-6.2.2", "41-7.3.6-crc", "41-8.8") for word in ("--only", name)]
    result = stsbench("run", "--meter", meter, *selection, "--json")
    assert {case["verdict"] for case in result.json["cases"]} <= {"PASS", "NOT_APPLICABLE"}, result.out


@pytest.mark.parametrize(
    ("defect", "requirement", "why"),
    [
        ("accepts-everything", "41-8.5-each", "a test number with a wrong CRC got Accept"),
        ("accepts-everything", "41-6.3.4-any", "taken again, and taken with a wrong CRC"),
        ("random-results", "41-8.13-unknown", "shows nothing"),
        ("naks-everything", "52-6.6.3-unknown", "no register is answered by Data: NAK shows nothing"),
        ("acknowledges-everything", "52-6.6.5-acknowledged", "nothing is refused by NAK: ACK shows nothing"),
        ("random-results", "41-6.3.4-any", "shows nothing"),
        ("credit-register-reads-zero", "51-keypad-aborted", "the electricity credit reads 0, also after an"),
    ],
)
def test_what_shows_nothing_is_inconclusive(stsbench: Stsbench, defect: str, requirement: str, why: str) -> None:
    result = stsbench("run", "--defect", defect, "--only", requirement, "--json")
    cases = result.json["cases"]
    assert requirement not in result.failed
    assert any(case["verdict"] == "INCONCLUSIVE" and why in case["reason"] for case in cases), result.out


def test_a_credit_that_reads_zero_accuses_the_register_and_nothing_else(stsbench: Stsbench) -> None:
    result = stsbench("run", "--defect", "credit-register-reads-zero", "--json")
    assert result.failed == {"52-6.8.3-credit"}
    said = [case["reason"] for case in result.json["cases"] if case["verdict"] == "INCONCLUSIVE"]
    assert said
    assert all(": see " in reason for reason in said)


def test_management_that_is_declared_may_be_taken(stsbench: Stsbench, tmp_path: Path) -> None:
    every = {"implements.management_subclasses": [10, 11, 12, 13, 14, 15]}
    some = write_declaration(tmp_path / "some.toml", {"implements.management_subclasses": [11, 12]})
    result = stsbench("run", "--meter", some, "--only", "41-8.13", "--json")
    assert result.with_verdict("PASS") == {"41-8.13-no-credit", "41-8.13-undeclared", "41-8.13-unknown"}, (
        result.out
    )
    whole = write_declaration(tmp_path / "all.toml", every)
    result = stsbench("run", "--meter", whole, "--only", "41-8.13", "--json")
    assert result.with_verdict("NOT_APPLICABLE") == {"41-8.13-undeclared"}, result.out
