"""Conforming variants are not accused: a sample of the random ones, and each that once was, by what it was for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conftest import Stsbench
from declared_meters import Changes, answers_with
from sts62055.application.results import FormatError, RangeError
from sts_fixtures.declaration.variants import Variant, VariantFiles, variant
from sts_rigs.clock import MILLISECOND, SECOND
from sts_rigs.simulator.meter.traits import (
    Counted,
    DisplayTraits,
    KeyChangeTraits,
    LockoutTraits,
    PortTraits,
    Traits,
)

KEY = {"file": "vending-key.hex", "published": True}
SAMPLE = (3, 28, 61)
ACCUSED = {"FAIL", "ERROR", "INCONCLUSIVE"}
COUNTS_ALL = LockoutTraits(counts=tuple(Counted))
REFUSALS = {"implements.lockout_counts": "refusals"}
OPEN = {"traits.break_answer": "unknown", "traits.lockout_survives": "unknown"}
KEYPAD_ONLY = {"implements.carriers": ["keypad"], "implements.lockout_shared": False}
ALIKE = {"CRCError": "rEJECt", "MfrCodeError": "rEJECt", "FormatError": "rEJECt", "Accept": "Good"}
THREE_PHASES = {
    "implements.phases": 3,
    "implements.phase_unbalance_limit": True,
    "implements.unbalance_limit_range": [0, 20_000],
    "implements.tests": [7, 11],
}
SLOW = PortTraits(reaction=(1200 * MILLISECOND, 1400 * MILLISECOND), execution=(0, 50 * MILLISECOND))


@dataclass(frozen=True)
class Once:
    """A good meter that was accused once: what it is, where, and which of its requirements cannot be tested."""

    only: str
    changes: Changes = field(default_factory=dict)
    traits: Traits = field(default_factory=Traits)
    overlay: Mapping[str, Any] = field(default_factory=dict)
    not_tested: str = ""


ONCE: Mapping[str, Once] = {
    "its lockout ends with the power": Once("52-6.6.7", traits=Traits(lockout=LockoutTraits(survives=False))),
    "its lockout counts refusals": Once(
        "41-7.3.8 41-8.1 41-8.13 41-6.5.2 41-8.9-store 41-8.9-out-of-range",
        {
            **REFUSALS,
            "implements.maximum_power_limit": False,
            "implements.power_limit_range": [],
            "implements.tests": [],
        },
        Traits(lockout=COUNTS_ALL),
    ),
    "it refuses parts that it holds, and counts that": Once(
        "41-8.9-power-cut-completing 41-8.9-repeated",
        REFUSALS,
        Traits(lockout=COUNTS_ALL, key_change=KeyChangeTraits(repeated=RangeError, other=FormatError)),
    ),
    "its lockout is short, and it is slow": Once(
        "52-6.6.7 52-6.6.5-locked 52-6.6.2-locked",
        traits=Traits(port=SLOW, lockout=LockoutTraits(passes_not_ready=True)),
        overlay={"lockout_delay": 5_000},
    ),
    "no lockout of its is long": Once(
        "52-6.6.7-carriers 52-6.6.7-survives",
        {"traits.lockout_survives": "yes"},
        overlay={"lockout_delay": 10_000, "lockout_delay_maximum": 10_000},
        not_tested="52-6.6.7-carriers 52-6.6.7-survives",
    ),
    "it takes no limit of 9 kW": Once(
        "41-7.3.8-management 41-6.5.2.3.3 52-6.7.3 51-numeric-twenty",
        {
            "implements.power_limit_range": [100, 2500],
            "implements.tamper_detection": False,
            "implements.tamper_disconnects": False,
            "implements.tests": [],
        },
    ),
    "it has a DDTK and nothing but ClearCredit": Once(
        "41-7.3.7 41-6.5.2 31-switch 31-power-cut 52-6.7.3",
        {
            "decoder_key.key_type": "DDTK",
            "implements.maximum_power_limit": False,
            "implements.power_limit_range": [],
            "implements.tamper_detection": False,
            "implements.tamper_disconnects": False,
            "implements.tests": [],
        },
    ),
    "it bears less than the load of the bench": Once(
        "31-accounting-exact",
        {"implements.power_limit_range": [100, 2000]},
        not_tested="31-accounting-exact",
    ),
    "its load switch tries again": Once(
        "41-8.6-disconnects", traits=Traits(trips_after=15 * SECOND, recloses_after=45 * SECOND)
    ),
    "it holds little credit": Once(
        "41-6.3.6-exponent 41-6.3.21",
        {"implements.credit_limit": 20_000, "implements.currencies": ["electricity"]},
        Traits(takes_just_the_limit=False),
    ),
    "its result for a low power limit is another": Once("41-7.1.5", traits=Traits(below_range=FormatError)),
    "its tokenStatus tells of a token once": Once(
        "52-6.6.4 52-6.6.6 52-6.1.5", traits=Traits(port=PortTraits(status_is_read_once=True))
    ),
    "it refuses a break": Once("52-6.4 52-6.6.5 52-A.4", traits=Traits(port=PortTraits(break_answer="NAK"))),
    "it answers no break": Once(
        "52-6.4.6 52-6.4.7 52-6.6.1 52-6.6.5 52-6.6.7-survives 52-A.4 52-6.7.1-unfinished",
        traits=Traits(port=PortTraits(break_answer="silence")),
    ),
    "it shows the test number, too": Once("41-8.5", traits=Traits(display=DisplayTraits(label="{:02d}"))),
    "it shows tenths of a kilowatt": Once(
        "41-8.5-test-7 41-8.11-limit 41-6.3.10",
        {**THREE_PHASES, "display.power_unit": "kW"},
        Traits(display=DisplayTraits(power_decimals=1)),
    ),
    "it has no test number but 0": Once("41-7.3.6", {"implements.tests": []}),
    "some of its refusals look alike": Once(
        "51-numeric-twenty", {**KEYPAD_ONLY, "display.texts": ALIKE}, not_tested="51-numeric-twenty"
    ),
    "it shows no tamper condition, and takes no credit then": Once(
        "41-8.10 51-numeric",
        {**KEYPAD_ONLY, "implements.tests": []},
        Traits(refuses_credit_when_tampered=True),
        not_tested="41-8.10-clears 41-8.10-outlasts",
    ),
}


def judged(stsbench: Stsbench, files: VariantFiles, seed: int, *only: str) -> Any:
    result = stsbench(
        *files.command(seed).split()[1:],
        "--allow-commands",
        *(word for one in only for word in ("--only", one)),
        "--json",
    )
    assert result.out, result.err
    return result.json["cases"]


def accusations(cases: list[dict[str, Any]]) -> list[str]:
    return [f"{case['verdict']} {case['id']}: {case['reason']}" for case in cases if case["verdict"] in ACCUSED]


@pytest.mark.parametrize("seed", SAMPLE)
def test_a_random_variant_is_not_accused(stsbench: Stsbench, tmp_path: Path, seed: int) -> None:
    cases = judged(stsbench, variant(seed).write(tmp_path / "files"), seed)
    assert not accusations(cases)
    assert len(cases) > 400
    assert sum(case["verdict"] == "PASS" for case in cases) > 150


@pytest.mark.parametrize("name", ONCE)
def test_a_good_meter_that_was_accused_once_is_not_any_more(stsbench: Stsbench, tmp_path: Path, name: str) -> None:
    once = ONCE[name]
    changes = {"decoder_key.vending_key": KEY, **OPEN, **once.changes}
    files = Variant(1, answers_with(changes), once.overlay, once.traits).write(tmp_path / "files")
    cases = judged(stsbench, files, 1, *once.only.split())
    assert not accusations(cases)
    assert "PASS" in {case["verdict"] for case in cases} or once.not_tested
    untested = {one for case in cases if case["verdict"] == "NOT_TESTED" for one in case["requirements"]}
    assert untested == set(once.not_tested.split())
