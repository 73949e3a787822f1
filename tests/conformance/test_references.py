"""Every requirement that a reason, a table or a docstring names is one of the register."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sts_conformance import register
from sts_fixtures.register.selection import is_selected
from sts_rigs.simulator.defects import DEFECTS

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"(?<![\w.])(?:31|41|51|52)-[0-9A-Za-z]+(?:[.-][0-9A-Za-z]+)*-?")
PLACEHOLDER = "\0"


def texts(source: str) -> Iterator[str]:
    """Return the strings of a module, each f-string with a sign where a value comes in."""
    parts = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
            yield "".join(
                part.value if isinstance(part, ast.Constant) else PLACEHOLDER  # type: ignore[misc]
                for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value


def references(text: str) -> set[str]:
    """Return the ids and clauses that a text names; one that a value completes ends with a dash."""
    return {
        found.removesuffix("-") if not text[at:].startswith(PLACEHOLDER) else found
        for found, at in ((match.group(), match.end()) for match in NAME.finditer(text))
    }


def broken_by_preconditions(source: str) -> Iterator[str]:
    """Return the requirements that the preconditions of a module find broken, as far as they are written out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "breaks" and isinstance(node.value, ast.Constant):
            yield node.value.value


def is_known(reference: str) -> bool:
    ids = register.load()
    if reference.endswith("-"):
        return any(one.id.startswith(reference) for one in ids)
    return any(is_selected(one, [reference]) for one in ids)


@pytest.mark.parametrize("room", ["conformance", "fixtures", "rigs", "reports"])
def test_what_a_module_names_is_in_the_register(room: str) -> None:
    unknown = {
        (path.relative_to(ROOT).as_posix(), reference)
        for path in (ROOT / room).rglob("*.py")
        for text in texts(path.read_text("utf-8"))
        for reference in references(text)
        if not is_known(reference)
    }
    assert unknown == set()


def test_what_the_register_says_of_itself_is_in_it() -> None:
    said = {reference for one in register.load() for reference in references(one.because or "")}
    assert said
    assert [reference for reference in said if not is_known(reference)] == []


def test_reasons_are_looked_at() -> None:
    cases = (ROOT / "conformance" / "sts_conformance").rglob("test_*.py")
    broken = [name for path in cases for name in broken_by_preconditions(path.read_text("utf-8"))]
    assert len(broken) > 80
    assert {name for name in broken if name not in register.load()} == set()
    assert {name for one in DEFECTS.values() for name in one.violates} <= {one.id for one in register.load()}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("'no credit: see 41-8.4-adds'", {"41-8.4-adds"}),
        ("f'{x}: see 41-8.4-adds, 52-6.6'", {"41-8.4-adds", "52-6.6"}),
        ("f'none: see 41-6.2.2-{utility}.'", {"41-6.2.2-"}),
        ("'see 31-switch-opens.'", {"31-switch-opens"}),
    ],
)
def test_an_id_is_found_in_a_text(source: str, found: set[str]) -> None:
    assert set().union(*map(references, texts(source))) == found


@pytest.mark.parametrize("reference", ["41-8.4-added", "52-6.60", "41-6.2.2-steam-", "31-switch-opened"])
def test_one_that_is_not_there_is_told(reference: str) -> None:
    assert not is_known(reference)
