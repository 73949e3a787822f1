"""A wrong declaration is found: a meter that is not what it is declared to be fails where that shows."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import Stsbench
from declared_meters import EA07, Changes, write_declaration


@dataclass(frozen=True)
class Lie:
    """What a declaration says, what the meter is, and the requirement that the meter fails."""

    declared: Changes
    built: Changes
    found_by: str


SETS_OF_2 = {**EA07, "implements.key_change_tokens": 2}
SETS_OF_3 = {**EA07, "implements.key_change_tokens": 3}
TESTS = [1, 2, 3, 4, 5, 7, 8, 9, 10, 14, 15, 16, 17, 18]

LIES = {
    "has currency": Lie({"implements.currencies": ["electricity"]}, {}, "41-7.3.6-currency"),
    "has no currency": Lie({}, {"implements.currencies": ["electricity"]}, "41-6.3.22-stranger"),
    "remembers 50 tokens": Lie({}, {"implements.token_identifiers": 20}, "41-7.3.8-fifty"),
    "has no lockout": Lie({"implements.lockout": False}, {}, "52-6.6.7-none"),
    "has a lockout": Lie({}, {"implements.lockout": False}, "52-6.6.7-begins"),
    "has test number 6": Lie({"implements.tests": sorted([*TESTS, 6])}, {}, "41-8.5-each"),
    "lacks test number 16": Lie(
        {"implements.tests": [number for number in TESTS if number != 16]}, {}, "41-8.5-unsupported"
    ),
    "holds less credit": Lie({"implements.credit_limit": 5_000_000}, {}, "41-8.4-limit"),
    "holds more credit": Lie({}, {"implements.credit_limit": 5_000_000}, "41-8.4-limit"),
    "has no power limit": Lie(
        {"implements.maximum_power_limit": False, "implements.power_limit_range": []}, {}, "41-8.1-absent"
    ),
    "takes a lower power limit": Lie({}, {"implements.power_limit_range": [100, 15_000]}, "41-8.6-limit"),
    "clears its credit": Lie({}, {"implements.clear_credit": False}, "41-8.7-clears"),
    "detects no tampering": Lie({"implements.tamper_detection": False}, {}, "41-8.1-absent"),
    "has water": Lie({"implements.utilities": ["electricity", "water"]}, {}, "41-6.2.2-water"),
    "has other software": Lie({"identification.software_version": 0x0101}, {}, "52-6.4.3-declared"),
    "looks at key expiry": Lie({}, {"implements.key_expiry": False}, "41-8.9-expiry"),
    "does not look at key expiry": Lie({"implements.key_expiry": False}, {}, "41-7.3.7-no-expiry"),
    "takes sets of 3 tokens": Lie(SETS_OF_3, SETS_OF_2, "41-8.9-completing"),
    "rolls over": Lie({}, {"implements.base_date_change": False}, "41-8.9-roll-over"),
    "keeps parts for long": Lie(
        {"implements.key_change_timeout": 300}, {"implements.key_change_timeout": 100}, "41-8.9-kept-until-timeout"
    ),
    "closes its switch by itself": Lie({}, {"implements.reconnection": "manual"}, "31-switch-closes"),
    "waits longer for a key": Lie({"implements.keypad_timeout": 60}, {}, "51-keypad-time-left"),
    "answers fast": Lie({}, {"implements.fast_reaction": True}, "52-6.7.1-reaction"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_found(stsbench: Stsbench, tmp_path: Path, name: str) -> None:
    lie = LIES[name]
    meter = write_declaration(tmp_path / "declared" / "meter.toml", lie.declared)
    built = write_declaration(tmp_path / "built" / "meter.toml", lie.built)
    clause = "-".join(lie.found_by.split("-")[:2])
    result = stsbench("run", "--meter", meter, "--built-as", built, "--only", clause, "--json")
    assert result.code == 1, result.err
    assert lie.found_by in result.failed, result.with_verdict("NOT_APPLICABLE")


def test_only_a_simulated_meter_can_be_built(stsbench: Stsbench, tmp_path: Path) -> None:
    built = write_declaration(tmp_path / "meter.toml")
    rig = tmp_path / "rig.toml"
    rig.write_text('[rig]\nname = "x"\n[port]\nurl = "socket://127.0.0.1:9"\n', "utf-8")
    result = stsbench("run", "--rig", rig, "--meter", built, "--built-as", built)
    assert (result.code, "--built-as" in result.err) == (2, True)
