"""Rules of this package: the clause of each in each edition, its grade, and the code that holds it.

The rules are data (rules.toml), so that a lab that owns IEC 62055-41 can confirm or correct them in one file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from sts62055.provenance import Grade

__all__ = ["Rule", "rules"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its clauses by edition (ed2, ed3; empty where that edition has none), grade, words and code."""

    id: str
    clause: Mapping[str, str]
    grade: Grade
    text: str
    code: tuple[str, ...]


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule of the application layer, in the order of the clauses of edition 3."""
    content = tomllib.loads(files(__package__).joinpath("rules.toml").read_text("utf-8"))
    return tuple(map(_rule, content["rule"]))


def _rule(entry: dict[str, Any]) -> Rule:
    return Rule(
        id=entry["id"],
        clause=MappingProxyType(entry["clause"]),
        grade=Grade(entry["grade"]),
        text=entry["text"],
        code=tuple(entry["code"]),
    )
