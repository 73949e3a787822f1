"""Catalogue of defects by name.

A defect is one deliberate non-conformity of the simulated meter: one part of it, replaced. It shows that the suite
can fail a meter, and says which requirements it violates and what the suite must see.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar

from sts_rigs.simulator.meter.meter import Parts

__all__ = ["DEFECTS", "Defect", "UnknownDefect", "defect", "parts_with"]


@dataclass(frozen=True, slots=True)
class Defect:
    """One deliberate non-conformity.

    violates: the requirements that must fail, and no others; evidence: a piece of the reason that the suite gives;
    repeats: how often a rig file must have times measured for it to show; declares: what a declaration must say
    for it to show, by section.key, where that of the simulated meter says something else.
    """

    name: str
    violates: tuple[str, ...]
    evidence: str
    part: type[Any]
    repeats: int = 1
    declares: Mapping[str, Any] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """What is wrong with the meter, in one sentence."""
        return (self.part.__doc__ or "").strip().splitlines()[0]


class UnknownDefect(ValueError):
    """A name that is not in the catalogue; the message names the nearest ones."""


_P = TypeVar("_P", bound=type[Any])
_CATALOGUE: dict[str, Defect] = {}
_NOTHING_ELSE: Mapping[str, Any] = MappingProxyType({})

DEFECTS: Mapping[str, Defect] = MappingProxyType(_CATALOGUE)
"""All defects by name."""


def defect(
    name: str,
    *,
    violates: str,
    evidence: str,
    repeats: int = 1,
    declares: Mapping[str, Any] = _NOTHING_ELSE,
) -> Callable[[_P], _P]:
    """Register a class, derived from a part of the meter, as a defect."""

    def enter(part: _P) -> _P:
        if name in _CATALOGUE:
            raise ValueError(f"there is a defect '{name}' already")
        _CATALOGUE[name] = Defect(name, tuple(violates.split()), evidence, part, repeats, declares)
        return part

    return enter


def parts_with(name: str | None) -> Parts:
    """Return the parts of a good meter, or with the defect of that name; UnknownDefect if there is none."""
    if name is None:
        return Parts()
    if name not in DEFECTS:
        near = ", ".join(get_close_matches(name, DEFECTS)) or "'stsbench defects' lists them"
        raise UnknownDefect(f"there is no defect '{name}': {near}")
    return Parts().replaced(DEFECTS[name].part)
