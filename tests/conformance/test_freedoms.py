"""Where the standards leave a meter free: two that differ conform, and one that belies its declaration FAILs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pytest

from conftest import Stsbench
from declared_meters import EA07, NO_KEYPAD, TOLD, Changes, write_declaration
from sts_conformance import register
from sts_fixtures.declaration.model import FREE_RESULTS, Declaration, TraitsSection
from sts_rigs.files.toml import load_toml
from sts_rigs.simulator.meter.traits import KeyChangeTraits, LockoutTraits, PortTraits, Traits

ROOT = Path(__file__).parents[2]

OPEN: Changes = {f"traits.{name}": "unknown" for name in ("break_answer", "lockout_survives", "own_registers")}
"""Nothing is declared of what is free."""

REFUSALS: Changes = {"implements.lockout_counts": "refusals"}
ACCUSED = {"FAIL", "ERROR", "INCONCLUSIVE"}


@dataclass(frozen=True)
class Freedom:
    """Two things that a meter may do, the requirement that judges what is declared, and what else is declared."""

    one: Any
    other: Any
    judged_by: str
    besides: Changes = field(default_factory=dict)


LOCKOUT = "52-6.6.7"
SET = "41-8.9"
SURVIVES = {"traits.lockout_survives": "yes"}
SETS_OF_3 = {**EA07, "implements.key_change_tokens": 3}
FREEDOMS: Mapping[str, Freedom] = {
    "break_answer ACK": Freedom("ACK", "NAK", "52-6.6.5-acknowledged"),
    "break_answer silence": Freedom("silence", "ACK", "52-6.6.5-acknowledged"),
    "token_status": Freedom("for good", "until read", "52-6.8.3-status-lasts"),
    "token_status for a time": Freedom("for a time", "for good", "52-6.8.3-status-lasts"),
    "lockout_survives": Freedom("yes", "no", f"{LOCKOUT}-survives"),
    "lockout_counts_validation": Freedom("yes", "no", f"{LOCKOUT}-counts-validation", REFUSALS),
    "lockout_counts_content": Freedom("yes", "no", f"{LOCKOUT}-counts-content", REFUSALS),
    "lockout_counts_display": Freedom("yes", "no", f"{LOCKOUT}-counts-display", REFUSALS),
    "lockout_counts_oversized": Freedom("yes", "no", f"{LOCKOUT}-counts-oversized", REFUSALS),
    "lockout_counts_currency": Freedom("yes", "no", f"{LOCKOUT}-counts-currency"),
    "lockout_reset_by_display": Freedom("yes", "no", f"{LOCKOUT}-reset-by-display"),
    "lockout_reset_by_key_part": Freedom("yes", "no", f"{LOCKOUT}-reset-by-key-part"),
    "lockout_time_stands_still": Freedom("yes", "no", f"{LOCKOUT}-time-stands-still", SURVIVES),
    "key_parts_survive": Freedom("yes", "no", f"{SET}-parts-survive"),
    "key_parts_dropped": Freedom("yes", "no", f"{SET}-parts-dropped"),
    "key_timeout_from": Freedom("first", "last", f"{SET}-timeout-from"),
    "key_part_again": Freedom("taken", "refused", f"{SET}-part-again"),
    "key_part_replaced": Freedom("replaces", "begins anew", f"{SET}-part-replaced"),
    "key_part_replaced refused": Freedom("refused", "replaces", f"{SET}-part-replaced"),
    "key_type_judged": Freedom("at once", "at the end", "41-6.5.2.4-judged"),
    "key_pad": Freedom("taken", "refused", "41-6.2.7.4-pad", SETS_OF_3),
    "key_three_in_four": Freedom("taken", "refused", f"{SET}-three-in-four"),
    "key_short_sets": Freedom("taken", "refused", f"{SET}-short-sets", SETS_OF_3),
    "key_third_without_flag": Freedom("taken", "refused", f"{SET}-third-without-flag", SETS_OF_3),
    "key_held_with_roll_over": Freedom("taken", "refused", f"{SET}-held-with-roll-over"),
    "display_other_form": Freedom("taken", "refused", "41-6.2.3-other-form"),
    "credit_when_tampered": Freedom("taken", "refused", "41-8.10-credit"),
    "id_request_with_address": Freedom("yes", "no", "52-6.4.2-address"),
    "malformed_read": Freedom("answered", "silence", "52-6.4.4-malformed"),
    "soh_begins_anew": Freedom("yes", "no", "52-6.4.1-begins-anew"),
    "keypad_in_token_status": Freedom("yes", "no", "52-6.8.3-status-of-keypad"),
    "own_registers": Freedom(["3000"], [], "52-6.8.1-documented"),
    "own_registers in a range": Freedom(["3000-3010", "4000"], ["3000"], "52-6.8.1-documented"),
    **{
        f"results {name}": Freedom({name: "FormatError"}, {name: "FunctionError"}, "41-7.1.5-declared")
        for name in FREE_RESULTS
    },
}


def run(
    stsbench: Stsbench, folder: Path, freedom: Freedom, declared: Changes, built: Changes
) -> dict[str, tuple[str, str]]:
    """Return the verdict and the reason of each requirement of the freedom's clause."""
    meter = write_declaration(folder / "declared" / "meter.toml", {**OPEN, **freedom.besides, **declared})
    other = write_declaration(folder / "built" / "meter.toml", {**OPEN, **freedom.besides, **built})
    result = stsbench("run", "--meter", meter, "--built-as", other, "--only", freedom.judged_by, "--json")
    assert result.out, result.err
    return {
        one["id"]: (one["verdict"], one["reason"])
        for clause in result.json["clauses"]
        for one in clause["requirements"]
        if not one["left_out"]
    }


@pytest.mark.parametrize("name", FREEDOMS)
def test_each_of_two_meters_conforms_undeclared_and_declared_and_fails_for_a_lie(
    stsbench: Stsbench, tmp_path: Path, name: str
) -> None:
    freedom, item = FREEDOMS[name], f"traits.{name.split()[0]}"
    ways = (freedom.one, freedom.other)
    for number, (is_so, is_not) in enumerate((ways, ways[::-1])):
        for declared, expected in (({}, None), ({item: is_so}, "PASS"), ({item: is_not}, "FAIL")):
            folder = tmp_path / f"{number} {expected}"
            found = run(stsbench, folder, freedom, declared, {item: is_so})
            verdict, reason = found[freedom.judged_by]
            if expected is None:
                assert verdict in ("PASS", "NOT_APPLICABLE"), reason
            else:
                assert verdict == expected, (is_so, reason)


def test_a_meter_of_which_everything_is_declared_conforms(stsbench: Stsbench, tmp_path: Path) -> None:
    result = stsbench("run", "--meter", write_declaration(tmp_path / "meter.toml", TOLD), "--json")
    assert result.code == 0, result.err
    assert not {case["id"]: case["reason"] for case in result.json["cases"] if case["verdict"] in ACCUSED}


def test_every_trait_of_a_declaration_is_a_freedom() -> None:
    named = {name.split()[0] for name in FREEDOMS}
    assert named == set(TraitsSection.model_fields)


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({"traits.key_part_again": "unknown"}, "traits.key_part_again"),
        ({"traits.break_answer": "unknown", "traits.results": {}}, "traits.break_answer, traits.results"),
        ({"traits.lockout_survives": "unknown"}, "traits.lockout_survives"),
    ],
)
def test_certification_refuses_what_is_open(
    stsbench: Stsbench, tmp_path: Path, changes: Changes, is_open: str
) -> None:
    meter = write_declaration(tmp_path / "meter.toml", {**TOLD, **changes})
    refused = stsbench("run", "--certification", "--meter", meter)
    assert (refused.code, refused.out) == (2, "")
    assert f"{meter} says nothing of {is_open}: write what the meter does there" in refused.err
    assert not (tmp_path / "runs").exists()
    doctor = stsbench("doctor", "--certification", "--meter", meter, "--json")
    (check,) = (one for one in doctor.json["checks"] if one["name"] == "traits")
    assert (check["health"], check["seen"]) == ("red", f"open: {is_open}")


def test_what_does_not_apply_need_not_be_told_for_certification(stsbench: Stsbench, tmp_path: Path) -> None:
    """A meter without lockout and keypad, whose sets have four tokens, is asked nothing of these."""
    lacking = {name: "unknown" for name in TOLD if "lockout" in name or "keypad" in name}
    changes = {
        **TOLD,
        **lacking,
        **NO_KEYPAD,
        "implements.lockout": False,
        "implements.lockout_shared": False,
        "traits.lockout_survives": "unknown",
        "traits.key_pad": "unknown",
        "traits.key_short_sets": "unknown",
        "traits.key_third_without_flag": "unknown",
    }
    meter = write_declaration(tmp_path / "meter.toml", changes)
    doctor = stsbench("doctor", "--certification", "--meter", meter, "--json")
    (check,) = (one for one in doctor.json["checks"] if one["name"] == "traits")
    assert (check["health"], check["seen"]) == ("ok", "none is open on which a verdict rests")


def rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "freedoms.md").read_text("utf-8").splitlines()
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [cells for cells in found if cells[0] != "Freedom"]


def test_the_page_names_each_trait_with_the_requirement_that_judges_it() -> None:
    told = {cells[1].split("`")[1]: cells[2] for cells in rows() if cells[1]}
    names = {
        name: f"results.{name.split()[1]}" if " " in name and "results" in name else name.split()[0]
        for name in FREEDOMS
    }
    assert told == {names[name]: freedom.judged_by for name, freedom in FREEDOMS.items()}
    assert all(not cells[2] for cells in rows() if not cells[1])
    assert all(register.load()[judge].status == "tested" for judge in told.values())


def test_the_page_names_each_trait_of_the_simulated_meter_once() -> None:
    """Times, levels and the writing of the display are within limits, and no freedoms of their own."""
    named = [name for cells in rows() for name in re.findall("`([a-z_0-9]+)`", cells[4])]
    within = {"reaction", "execution", "longest_gap", "slowness", "stop_shortage", "levels", "start_up"}
    kinds = (Traits, LockoutTraits, KeyChangeTraits, PortTraits)
    known = (
        {one.name for kind in kinds for one in fields(kind)}
        - within
        - {"lockout", "key_change", "port", "display"}
    )
    assert {*named} == known | {"shows_port"}
    assert len(named) - named.count("counts") == len({*named} - {"counts"})


@pytest.mark.parametrize("answer", ["NAK", "silence"])
def test_a_meter_that_answers_no_break_by_ack_is_not_accused(
    stsbench: Stsbench, tmp_path: Path, answer: str
) -> None:
    meter = write_declaration(tmp_path / "declared" / "meter.toml", OPEN)
    built = write_declaration(tmp_path / "built" / "meter.toml", {**OPEN, "traits.break_answer": answer})
    only = [word for one in ("52-6.4", "52-6.6.5", "52-6.6.1-one", "52-A.4") for word in ("--only", one)]
    result = stsbench("run", "--meter", meter, "--built-as", built, *only, "--json")
    accused = {one["id"]: one["reason"] for one in result.json["cases"] if one["verdict"] in ACCUSED}
    assert accused == {}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"too_big": "FormatError"}, "'too_big' has no result of its own"),
        ({"too_large": "Accept"}, "'Accept' is no result of a refused token"),
    ],
)
def test_a_result_that_cannot_be_is_refused(stsbench: Stsbench, tmp_path: Path, answer: Any, said: str) -> None:
    meter = write_declaration(tmp_path / "meter.toml", {"traits.results": answer})
    refused = stsbench("run", "--meter", meter)
    assert refused.code == 2
    assert said in refused.err


@pytest.mark.parametrize(
    ("item", "option", "shown_by"),
    [
        ("key_parts_dropped", "no", "41-8.9-timeout"),
        ("key_parts_dropped", "yes", "41-8.9-timeout"),
        ("key_type_judged", "at once", "41-6.5.2.4"),
        ("key_type_judged", "at the end", "41-6.5.2.4"),
        ("credit_when_tampered", "taken", "41-8.10"),
        ("credit_when_tampered", "refused", "41-8.10"),
    ],
)
def test_what_is_open_is_found_and_goes_into_a_declaration(
    stsbench: Stsbench, tmp_path: Path, item: str, option: str, shown_by: str
) -> None:
    meter = write_declaration(tmp_path / "declared" / "meter.toml", OPEN)
    built = write_declaration(tmp_path / "built" / "meter.toml", {**OPEN, f"traits.{item}": option})
    result = stsbench("run", "--meter", meter, "--built-as", built, "--only", shown_by, "--json")
    found = {one["item"]: one["option"] for one in result.json["traits"]}
    assert found.get(item) == option, result.err
    run_folder = next((tmp_path / "runs").iterdir())
    written = stsbench("init", tmp_path / "new.toml", "--from", run_folder)
    assert f'traits.{item} = "{option}": the meter showed it' in written.out
    text = (tmp_path / "new.toml").read_text("utf-8")
    assert f'\n{item} = "{option}"\n' in text
    assert load_toml(tmp_path / "new.toml", Declaration).traits.model_dump()[item] == option
