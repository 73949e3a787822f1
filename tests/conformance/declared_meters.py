"""Declarations of eight good meters, and of meters that are not what they declare, as changes of one."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from conftest import FIXTURES
from sts_fixtures.declaration.traits import as_declared
from sts_fixtures.declaration.writing import toml_text
from sts_rigs.simulator.meter.traits import Traits

Changes = Mapping[str, Any]
"""What differs from the simulated meter's declaration, by section.key."""

EA07: Changes = MappingProxyType(
    {
        "implements.encryption_algorithm": 7,
        "implements.key_generation": 2,
        "implements.key_change_tokens": 2,
        "decoder_key.vending_key": {"file": "vending-key.hex", "published": True},
    }
)
NO_PORT: Changes = MappingProxyType({"implements.carriers": ["keypad"], "display.tampered": "1"})
NO_KEYPAD: Changes = MappingProxyType(
    {
        "implements.carriers": ["port"],
        "implements.keypad_confirm": "",
        "implements.keypad_abort": "",
        "implements.keypad_timeout": 0,
        "implements.display": False,
        "display.entry_shown": False,
        "display.tests": {},
        "display.token_date_keys": "",
    }
)

TOLD: Changes = MappingProxyType(
    {f"traits.{name}": said for name, said in as_declared(Traits()).items() if name != "break_answer"}
)
"""All that the simulated meter does where no standard rules: nothing is open."""

GOOD_METERS: Mapping[str, Changes] = MappingProxyType(
    {
        "EA11": {},
        "EA07": EA07,
        "DRN of 13 digits": {"identity.drn": "0100000000008"},
        "currency": {"implements.currencies": ["electricity"]},
        "keypad only": NO_PORT,
        "port only": NO_KEYPAD,
        "no key expiry": {"implements.key_expiry": False},
        "sets of 3 tokens": {**EA07, "implements.key_change_tokens": 3},
    }
)


def answers_with(changes: Changes) -> dict[str, dict[str, Any]]:
    """Return what the simulated meter's declaration says, with changes."""
    answers: dict[str, dict[str, Any]] = {"display": {}}
    answers |= tomllib.loads((FIXTURES / "simulated_meter.toml").read_text("utf-8"))
    for name, value in changes.items():
        section, _, key = name.partition(".")
        answers[section][key] = value
    return answers


def write_declaration(path: Path, changes: Changes = GOOD_METERS["EA11"]) -> Path:
    """Write the simulated meter's declaration with changes, and the key files that it may name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(toml_text(answers_with(changes)), "utf-8")
    (path.parent / "vending-key.hex").write_text("AB" * 8, "ascii")
    key = FIXTURES / "published_test_key.hex"
    (path.parent / key.name).write_bytes(key.read_bytes())
    return path
