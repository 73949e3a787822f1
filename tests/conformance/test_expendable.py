"""Samples that may be spoiled: what is done to them, that it comes last, and that everybody is told."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Result, Stsbench
from declared_meters import Changes, answers_with, write_declaration
from sts_fixtures.declaration.variants import Variant
from sts_rigs.simulator.meter.traits import KeyChangeTraits, Traits

EXPENDABLE: Changes = {"meter.expendable": True}
CARD_ONLY, EXAMPLE = "41-6.5.2.3.5-card-only", "41-7.3.5.2-example"
TO_UTILITY, TO_DEFAULT = "41-6.5.2.4-from-first", "41-6.5.2.4-first-to-default"
ALL = {CARD_ONLY, EXAMPLE, TO_UTILITY, TO_DEFAULT}
PART = ("--only", "41-6.5.2", "--only", "41-7.3.5")


def with_ditk(becomes: str) -> Changes:
    return {**EXPENDABLE, "decoder_key.key_type": "DITK", "meter.ditk_becomes": becomes}


SAMPLES: dict[str, tuple[Changes, set[str]]] = {
    "DUTK": (EXPENDABLE, {EXAMPLE, CARD_ONLY}),
    "DDTK": ({**EXPENDABLE, "decoder_key.key_type": "DDTK"}, {EXAMPLE, CARD_ONLY}),
    "DITK to DUTK": (with_ditk("DUTK"), {TO_UTILITY}),
    "DITK to DDTK": (with_ditk("DDTK"), {TO_DEFAULT}),
    "DITK to DCTK": (with_ditk("DCTK"), {CARD_ONLY}),
    "keypad only": (
        {**with_ditk("DUTK"), "implements.carriers": ["keypad"], "display.tampered": "1"},
        {TO_UTILITY},
    ),
}


@pytest.fixture
def tested(stsbench: Stsbench, tmp_path: Path) -> Callable[..., Result]:
    def run(changes: Changes, *words: str) -> Result:
        return stsbench("run", "--meter", write_declaration(tmp_path / "meter.toml", changes), *words, "--json")

    return run


def verdicts(result: Result) -> dict[str, str]:
    return {
        one["id"]: one["verdict"]
        for clause in result.json["clauses"]
        for one in clause["requirements"]
        if one["id"] in ALL
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_a_good_meter_conforms_and_is_left_as_the_report_says(tested: Callable[..., Result], name: str) -> None:
    changes, judged = SAMPLES[name]
    result = tested(changes, *PART)
    assert result.code == 0, result.err
    assert verdicts(result) == {one: "PASS" if one in judged else "NOT_APPLICABLE" for one in ALL}
    remarks = [one for one in result.json["remarks"] if "expendable" in one]
    assert f"may spoil the sample for good, which is declared expendable: {', '.join(told(judged))}." in remarks[0]
    is_left = judged & {TO_UTILITY, TO_DEFAULT}
    assert len(remarks) == (2 if is_left else 1)
    for one in is_left:
        assert f"is left spoiled for good by the case of {one}" in remarks[1]


def told(judged: set[str]) -> list[str]:
    return [one for one in (EXAMPLE, CARD_ONLY, TO_UTILITY, TO_DEFAULT) if one in judged]


def test_a_whole_campaign_on_an_expendable_sample_conforms_and_spoils_it_last(
    tested: Callable[..., Result],
) -> None:
    result = tested(with_ditk("DUTK"))
    assert result.code == 0, result.err
    at_end = [bool(ALL.intersection(case["requirements"])) for case in result.json["cases"]]
    assert at_end == sorted(at_end)
    assert sum(at_end) == 4


@pytest.mark.parametrize("seed", [1, 2])
def test_what_spoils_comes_last_in_any_order(tested: Callable[..., Result], seed: int) -> None:
    result = tested(EXPENDABLE, *PART, "--shuffle", str(seed))
    order = [one for case in result.json["cases"] for one in case["requirements"]]
    assert order[-4] == EXAMPLE
    assert set(order[-3:]) == ALL - {EXAMPLE}
    assert result.code == 0


def test_a_sample_that_is_to_be_kept_is_not_touched(stsbench: Stsbench) -> None:
    result = stsbench("run", *PART, "--json")
    cases = [case for case in result.json["cases"] if ALL.intersection(case["requirements"])]
    assert {(case["verdict"], case["reason"]) for case in cases} == {
        ("NOT_APPLICABLE", "declared: meter.expendable = false")
    }
    assert not [one for one in result.json["remarks"] if "expendable" in one]


def test_a_meter_that_takes_a_common_key_and_serves_no_token_under_it_conforms(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    traits = Traits(key_change=KeyChangeTraits(becomes_common=True))
    files = Variant(1, answers_with(with_ditk("DCTK")), {}, traits).write(tmp_path)
    (tmp_path / "published_test_key.hex").write_text((tmp_path / "vending-key.hex").read_text("ascii"), "ascii")
    result = stsbench("run", "--rig", files.rig, "--meter", files.meter, *PART, "--allow-commands", "--json")
    assert verdicts(result)[CARD_ONLY] == "PASS"
    assert result.code == 0, result.err
    assert any(f"spoiled for good by the case of {CARD_ONLY}" in one for one in result.json["remarks"])


def test_what_comes_after_a_sample_was_spoiled_is_not_tested(stsbench: Stsbench, tmp_path: Path) -> None:
    meter = write_declaration(tmp_path / "meter.toml", EXPENDABLE)
    result = stsbench("run", "--defect", "misty1-wrong-for-one-key", "--meter", meter, *PART, "--json")
    assert result.failed == {EXAMPLE}
    assert result.with_verdict("NOT_TESTED") >= {CARD_ONLY}
    (case,) = (one for one in result.json["cases"] if CARD_ONLY in one["requirements"])
    assert case["reason"] == f"the case of {EXAMPLE} has spoiled the sample: test this with another one"


def test_doctor_plan_and_check_say_that_the_sample_will_be_spoiled(stsbench: Stsbench, tmp_path: Path) -> None:
    meter = write_declaration(tmp_path / "meter.toml", EXPENDABLE)
    doctor = stsbench("doctor", "--meter", meter, "--json")
    (sample,) = (one for one in doctor.json["checks"] if one["name"] == "sample")
    assert sample["health"] == "warning"
    assert f"a run may spoil it for good: {CARD_ONLY}, {EXAMPLE}" in sample["seen"]
    checked = stsbench("ics", "check", meter)
    assert checked.code == 0
    assert "doubt: meter.expendable = true" in checked.out
    assert "a run may spoil this sample for good" in checked.out
    planned = stsbench("plan", "--meter", meter, "--only", CARD_ONLY, "--json")
    assert planned.json["spoiling"] == [CARD_ONLY]
    assert planned.err == ""
    shown = stsbench("plan", "--meter", meter, "--only", CARD_ONLY).out
    assert re.search(rf"sample +expendable +the campaign may spoil it for good:\s+{CARD_ONLY}", shown)


def test_nothing_is_said_of_a_sample_that_is_kept(stsbench: Stsbench, tmp_path: Path) -> None:
    meter = write_declaration(tmp_path / "meter.toml")
    assert "sample" not in [one["name"] for one in stsbench("doctor", "--meter", meter, "--json").json["checks"]]
    assert stsbench("plan", "--only", CARD_ONLY, "--json").json["spoiling"] == []
