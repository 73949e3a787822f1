"""Meters with a keypad: every way to end an entry, displays that tell little, and what still fails there."""

from pathlib import Path
from typing import Any

import pytest

from conftest import Stsbench
from declared_meters import NO_PORT, write_declaration
from sts_fixtures.declaration.model import RESULT_NAMES

NO_LOCKOUT = {
    "implements.lockout": False,
    "implements.lockout_shared": False,
}
NO_PORT_ALONE = {**NO_PORT, "implements.lockout_shared": False}
NEITHER = {"implements.keypad_abort": "", "implements.keypad_timeout": 0}
KEYPAD = ("--only", "51", "--only", "41-6.1.3", "--only", "41-7.3.8-other-carrier", "--only", "52-6.6.7-carriers")
LITTLE = dict.fromkeys(RESULT_NAMES, "rEJEct") | {name: "good" for name in RESULT_NAMES if name.endswith("KCT")}
LITTLE |= {"Accept": "good"}


@pytest.mark.parametrize(
    ("changes", "not_tested"),
    [
        ({}, set()),
        ({"implements.keypad_confirm": "E"}, set()),
        ({"implements.keypad_confirm": "E", **NEITHER}, set()),
        ({"implements.keypad_abort": ""}, set()),
        (
            NEITHER,
            {"51-keypad-shown", "51-keypad-while-processing", "51-numeric-fewer", "51-numeric-leading-zeros"},
        ),
        ({"implements.lockout_shared": False}, set()),
        (NO_LOCKOUT, set()),
        (NO_PORT_ALONE, set()),
        ({**NO_PORT_ALONE, "decoder_key.key_type": "DDTK"}, set()),
    ],
    ids=[
        "usual",
        "confirmed",
        "confirmed only",
        "time only",
        "twenty only",
        "own lockout",
        "none",
        "alone",
        "DDTK",
    ],
)
def test_a_good_keypad_conforms_whatever_it_is_declared_to_be(
    stsbench: Stsbench, tmp_path: Path, changes: dict[str, Any], not_tested: set[str]
) -> None:
    result = stsbench("run", "--meter", write_declaration(tmp_path / "meter.toml", changes), *KEYPAD, "--json")
    assert not result.failed | result.with_verdict("ERROR") | result.with_verdict("INCONCLUSIVE")
    assert result.with_verdict("NOT_TESTED") == not_tested
    assert "41-6.1.3-keypad" in result.with_verdict("PASS")


def little_told(folder: Path) -> Path:
    return write_declaration(folder / "meter.toml", {**NO_PORT_ALONE, "display.texts": LITTLE})


def test_what_a_display_shows_alike_is_not_tested_with_its_cause(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("run", "--meter", little_told(tmp_path), "--only", "41-7.3.7", "--json")
    assert not result.failed
    assert "41-7.3.7-valid" in result.with_verdict("PASS")
    reasons = {case["reason"] for case in result.json["cases"] if case["verdict"] == "NOT_TESTED"}
    assert {reason.partition(" for ")[0] for reason in reasons} == {"the display shows 'rEJEct' alike"}


def test_a_meter_that_tells_little_fails_when_it_credits_a_token_twice(stsbench: Stsbench, tmp_path: Path) -> None:
    meter = little_told(tmp_path)
    result = stsbench(
        "run", "--meter", meter, "--defect", "used-token-accepted", "--only", "41-7.3.7-used", "--json"
    )
    assert result.failed == {"41-7.3.7-used"}
    (case,) = result.json["cases"]
    assert "credit()" in case["reason"]


def test_a_dead_keypad_is_a_fault_of_the_bench_where_nothing_else_is_there(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    result = stsbench("run", "--meter", little_told(tmp_path), "--defect", "keypad-dead", "--only", "51", "--json")
    assert result.code == 4
    reasons = {case["reason"] for case in result.json["cases"] if case["verdict"] == "ERROR"}
    assert any("the keypad and the display could not be seen to work" in reason for reason in reasons)


def test_a_display_that_may_be_refusing_is_not_taken_for_acceptance(stsbench: Stsbench, tmp_path: Path) -> None:
    some = {**NO_PORT_ALONE, "display.texts": {"Accept": "good", "CRCError": "Err2"}}
    meter = write_declaration(tmp_path / "meter.toml", some)
    result = stsbench(
        "run", "--meter", meter, "--only", "41-8.5-unsupported", "--only", "41-7.3.7-valid", "--json"
    )
    assert result.with_verdict("PASS") == {"41-7.3.7-valid"}  # no test number is seen to be taken
    result = stsbench("run", "--meter", meter, "--only", "41-8.5-repeatable", "--json")
    (case,) = result.json["cases"]
    assert case["verdict"] == "NOT_TESTED"
    assert (
        "may be a refusal: display.texts does not hold MfrCodeError, FormatError, FunctionError" in case["reason"]
    )
