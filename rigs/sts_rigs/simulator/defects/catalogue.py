"""Catalogue of defects by name: those that ship with us, and those of a file of one's own.

A defect is one deliberate non-conformity of the simulated meter: one part of it, replaced. It shows that the suite
can fail a meter, and says which requirements it violates and what the suite must see.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from types import MappingProxyType, ModuleType
from typing import Any, Final, Self, TypeVar

from sts_rigs.errors import FileFault
from sts_rigs.files.toml import read_text
from sts_rigs.simulator.device import DeviceFactory
from sts_rigs.simulator.meter.meter import Parts, SimulatedMeter

__all__ = ["Catalogue", "Defect", "UnknownDefect", "brainless", "defect", "subtle", "wholesale"]

_MARK: Final = "_stsbench_defect"
_NOTHING_ELSE: Final[Mapping[str, Any]] = MappingProxyType({})

_P = TypeVar("_P", bound=type[Any])


@dataclass(frozen=True, slots=True)
class Defect:
    """One deliberate non-conformity: one thing that goes wrong somewhere, or wholesale, in every case of a kind.

    violates: the requirements that must fail, and no others; evidence: a piece of the reason that the suite gives;
    repeats: how often a rig file must have times measured for it to show; declares: what a declaration must say
    for it to show, by section.key, where that of the simulated meter says something else.
    A subtle defect says with breaks, by clauses such as 41-8.6, where a good suite should find it.
    A wholesale defect has these instead, clauses such as 52-6.5 with all that are within them: breaks, at one of
    which a requirement must fail at least, and spoils, whose requirements hang on what is broken: the verdicts at
    either need not be those of a good meter, and all others must; 31, 41, 51 and 52 are the whole of a standard.
    others: the parts that are replaced beside it, in a meter without a brain.
    """

    name: str
    violates: tuple[str, ...]
    evidence: str
    part: type[Any]
    repeats: int = 1
    declares: Mapping[str, Any] = field(default_factory=dict)
    breaks: tuple[str, ...] = ()
    spoils: tuple[str, ...] = ()
    others: tuple[type[Any], ...] = ()

    @property
    def summary(self) -> str:
        """What is wrong with the meter, in one sentence."""
        return (self.part.__doc__ or "").strip().partition("\n")[0]


class UnknownDefect(ValueError):
    """A name that is not in the catalogue; the message names the nearest ones."""


def defect(
    name: str,
    *,
    violates: str,
    evidence: str,
    repeats: int = 1,
    declares: Mapping[str, Any] = _NOTHING_ELSE,
) -> Callable[[_P], _P]:
    """Mark a class, derived from a part of the meter, as a defect; a catalogue of its module then holds it."""

    def mark(part: _P) -> _P:
        setattr(part, _MARK, Defect(name, tuple(violates.split()), evidence, part, repeats, declares))
        return part

    return mark


def wholesale(name: str, *, breaks: str, spoils: str) -> Callable[[_P], _P]:
    """Mark a class, derived from a part of the meter, as a wholesale defect."""

    def mark(part: _P) -> _P:
        spoilt = tuple(dict.fromkeys(spoils.split()))
        setattr(part, _MARK, Defect(name, (), "", part, breaks=tuple(breaks.split()), spoils=spoilt))
        return part

    return mark


def subtle(name: str, *, breaks: str, declares: Mapping[str, Any] = _NOTHING_ELSE) -> Callable[[_P], _P]:
    """Mark a class, derived from a part of the meter, as a defect that shows beside or between other things."""

    def mark(part: _P) -> _P:
        setattr(part, _MARK, Defect(name, (), "", part, declares=declares, breaks=tuple(breaks.split())))
        return part

    return mark


def brainless(name: str, *others: type[Any]) -> Callable[[_P], _P]:
    """Mark a class, derived from a part of the meter, as what answers in a meter without a brain.

    others: the parts that are replaced with it. What such a meter violates is all but what is right by chance.
    """

    def mark(part: _P) -> _P:
        setattr(part, _MARK, Defect(name, (), "", part, others=others))
        return part

    return mark


class Catalogue(Mapping[str, Defect]):
    """Defects by name, in the order in which they stand."""

    def __init__(self, defects: Iterable[Defect]) -> None:
        """Hold defects; ValueError for a name that stands twice, or a part that is none of the meter's."""
        self._defects: dict[str, Defect] = {}
        for one in defects:
            if one.name in self._defects:
                raise ValueError(f"there is a defect '{one.name}' already: give one of them another name")
            _with(one)
            self._defects[one.name] = one

    @classmethod
    def of(cls, *modules: ModuleType) -> Self:
        """Return the catalogue of the classes that modules define and mark."""
        return cls(found for module in modules for found in _marked_in(module))

    def with_file(self, path: Path) -> Self:
        """Return this catalogue with the defects of a Python file, which is run; FileFault tells what is wrong."""
        found = list(_marked_in(_run(path)))
        if not found:
            raise FileFault(path, ["it has no defect: mark a class that is derived from a part with @defect(...)"])
        try:
            return type(self)([*self.values(), *found])
        except ValueError as error:
            raise FileFault(path, [str(error)]) from None

    def parts_with(self, name: str | None) -> Parts:
        """Return the parts of a good meter, or with the defect of that name; UnknownDefect if there is none."""
        if name is None:
            return Parts()
        if name not in self:
            near = ", ".join(get_close_matches(name, self)) or "'stsbench defects' lists them"
            raise UnknownDefect(f"there is no defect '{name}': {near}")
        return _with(self[name])

    def meter_with(self, name: str | None) -> DeviceFactory:
        """Return what makes a good meter, or one with the defect of that name; UnknownDefect if there is none."""
        return partial(SimulatedMeter, parts=self.parts_with(name))

    def __getitem__(self, name: str) -> Defect:
        return self._defects[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._defects)

    def __len__(self) -> int:
        return len(self._defects)

    def __hash__(self) -> int:
        return hash(tuple(self._defects))


def _with(defect: Defect) -> Parts:
    parts = Parts()
    for part in (defect.part, *defect.others):
        parts = parts.replaced(part)
    return parts


def _marked_in(module: ModuleType) -> Iterator[Defect]:
    for value in vars(module).values():
        marked = vars(value).get(_MARK) if isinstance(value, type) else None
        if isinstance(marked, Defect) and value.__module__ == module.__name__:
            yield marked


def _run(path: Path) -> ModuleType:
    """Return the module that a file makes; FileFault where it cannot be read or run."""
    read_text(path)
    name = f"stsbench_defects_of:{path.resolve()}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileFault(path, ["it is no Python file: name one that ends in .py"])
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == spec.origin]
        line = error.lineno if isinstance(error, SyntaxError) else (lines or [None])[-1]
        where = f"line {line}: " if line else ""
        raise FileFault(path, [f"{where}it cannot be run ({type(error).__name__}: {error}): correct it"]) from None
    finally:
        del sys.modules[name]
    return module
