"""Overlay of the profile: what a lab says of values and of requirements, each with who says it and where."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Final, Protocol

from sts62055.carrier.profile.checks import checked
from sts62055.carrier.profile.model import Confirmation, Parameter, Profile, ProfileError, RegisterEntry
from sts62055.provenance import Grade
from sts62055.untrusted.errors import Refused
from sts62055.untrusted.texts import parse_toml

__all__ = ["CONFIRMATION", "FIXED", "Change", "Overlay", "Ruling", "Sentence"]

_SAID = ("note", "clause", "confirmed", "freed")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "parameter": ("value", *_SAID),
    "register": ("id", "width", "unit", "access", *_SAID),
    "requirement": _SAID,
}
CONFIRMATION = tuple(part.name for part in fields(Confirmation) if part.name != "clause")
"""What an overlay has to say of who confirmed something."""
_BOTH = "is both confirmed and freed: take one of them out"
FIXED = frozenset(
    {
        "transmission_type",
        "data_bits",
        "parity",
        "stop_bits",
        "hexadecimal",
        "block_check",
        "id_request_processing",
    }
)
"""Parameters whose value the program does not read, or can follow as it is only."""

_MOST_PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that an overlay lays over the profile: as it was, and as it is now."""

    old: Parameter | RegisterEntry
    new: Parameter | RegisterEntry

    @property
    def name(self) -> str:
        """The name of the parameter or register."""
        return self.new.name

    @property
    def changes_value(self) -> bool:
        """Whether more than its provenance and note is another."""
        names = ("provenance", "note", "confirmed", "freed")
        same = {name: getattr(self.old, name) for name in names}
        return replace(self.new, **same) != self.old


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a lab says of a requirement: its sentence is confirmed as it stands, or the standard leaves it free.

    freed: why it is free, "" for one that is confirmed.
    """

    requirement: str
    confirmed: Confirmation
    freed: str = ""
    note: str = ""


class Sentence(Protocol):
    """A requirement that an overlay may rule on: the standard that it is of, and the values that it rests on."""

    @property
    def standard(self) -> str:
        """The name of the standard."""

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The names of parameters and registers."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A lab's own values and the profile that they make, and what it says of requirements."""

    changes: tuple[Change, ...]
    profile: Profile
    rulings: tuple[Ruling, ...] = ()

    @classmethod
    def parse(cls, text: str, base: Profile, sentences: Mapping[str, Sentence] | None = None) -> "Overlay":
        """Parse an overlay of a profile; ProfileError tells everything that is wrong with it.

        sentences: the requirements that it may rule on, by their ids; None where nobody asks whether they exist.
        """
        try:
            content = parse_toml(text)
        except Refused as error:
            raise ProfileError(str(error)) from None
        return _Reader(content, base, sentences).overlay()

    @property
    def confirmations(self) -> tuple[Confirmation, ...]:
        """Who says it and where, without clauses, each once."""
        said = [*(change.new.confirmed for change in self.changes), *(one.confirmed for one in self.rulings)]
        return tuple(dict.fromkeys(replace(one, clause="") for one in said if one))


class _Problems(list[str]):
    """What is wrong with an overlay; ProfileError once it is more than anybody reads."""

    def append(self, problem: str) -> None:
        super().append(problem)
        if len(self) == _MOST_PROBLEMS:
            raise ProfileError(*self)


class _Reader:
    """Reader of the tables of an overlay; it collects everything that is wrong with them."""

    def __init__(
        self, content: dict[str, Any], base: Profile, sentences: Mapping[str, Sentence] | None = None
    ) -> None:
        self._content = content
        self._base = base
        self._sentences = sentences
        self._problems = _Problems()

    def overlay(self) -> Overlay:
        """Return the overlay; ProfileError if anything is wrong."""
        self._known("", self._content, ("confirmed", *_KEYS))
        usual = self._confirmation("confirmed", self._content.get("confirmed"))
        old: list[Parameter | RegisterEntry] = []
        new: list[Parameter | RegisterEntry] = []
        for section, name, table in self._tables():
            entries = self._base.parameters if section == "parameter" else self._base.registers
            old.append(entries[name])
            new.append(self._entry(section, entries[name], table, usual))
        rulings = tuple(self._rulings(usual))
        self._require_agreement(new, rulings)
        if not old and not rulings and not self._problems:
            self._problems.append("it confirms nothing: add a table such as [parameter.reaction_time]")
        if self._problems:
            raise ProfileError(*self._problems)
        parameters = {entry.name: entry for entry in new if isinstance(entry, Parameter)}
        registers = {entry.name: entry for entry in new if isinstance(entry, RegisterEntry)}
        profile = replace(
            self._base,
            parameters={**self._base.parameters, **parameters},
            registers={**self._base.registers, **registers},
        )
        return Overlay(tuple(map(Change, old, new)), checked(profile), rulings)

    def _tables(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        names = {"parameter": self._base.parameters, "register": self._base.registers}
        for section, known in names.items():
            tables = self._content.get(section, {})
            if not isinstance(tables, dict):
                self._problems.append(f"{section} should be tables such as [{section}.{next(iter(known))}]")
                continue
            for name, table in tables.items():
                other = next(kind for kind in names if kind != section)
                if name not in known and name in names[other]:
                    self._problems.append(f"{section}.{name} is a {other}: write [{other}.{name}]")
                elif not self._known(f"{section}.", [name], tuple(known), say_all=False):
                    continue
                elif not isinstance(table, dict):
                    self._problems.append(f"{section}.{name} should be a table: write [{section}.{name}]")
                elif self._known(f"{section}.{name}.", table, _KEYS[section]):
                    yield section, name, table

    def _entry(
        self,
        section: str,
        entry: Parameter | RegisterEntry,
        table: dict[str, Any],
        usual: Confirmation | None,
    ) -> Parameter | RegisterEntry:
        place = f"{section}.{entry.name}"
        confirmed, freed = self._said(place, table, usual)
        own = {key: value for key, value in table.items() if key not in ("clause", "confirmed", "freed")}
        if not isinstance(own.get("unit", ""), str):
            self._problems.append(f"{place}.unit should be a text, and is {own['unit']!r}")
        if isinstance(entry, Parameter) and entry.name in FIXED and own.get("value", entry.value) != entry.value:
            self._problems.append(
                f"{place}.value cannot be another: the program knows only {entry.value!r}."
                f" Leave the value out to confirm it, or report that the standard differs"
            )
        laid = replace(entry, **own, provenance=Grade.CONFIRMED, confirmed=confirmed, freed=freed)
        is_about_another_value = Change(entry, laid).changes_value and "note" not in own
        return replace(laid, note="") if is_about_another_value else laid

    def _rulings(self, usual: Confirmation | None) -> Iterator[Ruling]:
        tables = self._content.get("requirement", {})
        if not isinstance(tables, dict):
            self._problems.append('requirement should be tables such as [requirement."52-6.7.1-reaction"]')
            return
        for name, table in _whole_names(tables):
            place = f'requirement."{name}"'
            if name not in tables:
                self._problems.append(f"requirement.{name} has dots in its name: write [{place}]")
            elif not self._is_requirement(name):
                continue
            elif not isinstance(table, dict):
                self._problems.append(f"{place} should be a table: write [{place}]")
            elif self._known(f"{place}.", table, _KEYS["requirement"]):
                is_own = "confirmed" in table or isinstance(table.get("freed"), dict)
                confirmed, freed = self._said(place, table, usual)
                if confirmed and not is_own:
                    self._require_document(name, confirmed)
                if confirmed:
                    yield Ruling(name, confirmed, freed, str(table.get("note", "")))

    def _is_requirement(self, name: str) -> bool:
        if self._sentences is None or name in self._sentences:
            return True
        close = get_close_matches(name, self._sentences, n=1)
        remedy = f"did you mean {close[0]!r}?" if close else "`stsbench clauses` lists the ids"
        self._problems.append(f'requirement."{name}" is not known: {remedy}')
        return False

    def _require_document(self, name: str, confirmed: Confirmation) -> None:
        """Refuse the document of the whole file for a requirement of another standard."""
        if self._sentences is None or confirmed.document == self._sentences[name].standard:
            return
        if confirmed.document in {sentence.standard for sentence in self._sentences.values()}:
            self._problems.append(
                f'requirement."{name}" is of {self._sentences[name].standard}, and confirmed.document is '
                f"{confirmed.document}: say with a `confirmed` of its own where it stands"
            )

    def _require_agreement(self, laid: Iterable[Parameter | RegisterEntry], rulings: Iterable[Ruling]) -> None:
        """Refuse a confirmed requirement that rests on what is free."""
        freed = {
            entry.name: "parameter" if isinstance(entry, Parameter) else "register"
            for entry in laid
            if entry.freed
        }
        for ruling in rulings:
            if ruling.freed or self._sentences is None:
                continue
            for name in self._sentences[ruling.requirement].rests_on:
                if name in freed:
                    self._problems.append(
                        f'requirement."{ruling.requirement}" is confirmed, and {freed[name]}.{name}, on which it '
                        "rests, is freed: take one of them out"
                    )

    def _said(
        self, place: str, table: Mapping[str, Any], usual: Confirmation | None
    ) -> tuple[Confirmation | None, str]:
        """Return who says it of an entry and where, and why it is free, "" if it is confirmed."""
        for key in ("note", "clause"):
            if not isinstance(table.get(key, ""), str):
                self._problems.append(f"{place}.{key} should be a text, and is {table[key]!r}")
                return None, ""
        clause, confirmed, freed = table.get("clause", "").strip(), usual, table.get("freed", "")
        if "confirmed" in table and "freed" in table:
            self._problems.append(f"{place} {_BOTH}")
            return None, ""
        if "confirmed" in table:
            confirmed = self._confirmation(f"{place}.confirmed", table["confirmed"])
        if isinstance(freed, dict):
            who = {key: value for key, value in freed.items() if key != "why"}
            confirmed = self._confirmation(f"{place}.freed", who)
            freed = freed.get("why")
        if "freed" in table and (not isinstance(freed, str) or not freed.strip()):
            self._problems.append(f"{place}.freed should be a text that says why, and is {table['freed']!r}")
            return None, ""
        return (replace(confirmed, clause=clause) if confirmed else None), freed.strip()

    def _confirmation(self, place: str, table: object) -> Confirmation | None:
        if table is None:
            self._problems.append(
                f"{place} is missing: say who confirmed it, and where: [confirmed] with {_listed(CONFIRMATION)}"
            )
            return None
        if not isinstance(table, dict):
            self._problems.append(f"{place} should be a table with {_listed(CONFIRMATION)}")
            return None
        is_good = self._known(f"{place}.", table, CONFIRMATION)
        for key in CONFIRMATION:
            if key not in table:
                self._problems.append(f"{place}.{key} is not answered: add it")
                is_good = False
            elif not isinstance(table[key], str) or not table[key].strip():
                self._problems.append(f"{place}.{key} should be a text that is not empty, and is {table[key]!r}")
                is_good = False
        return Confirmation(**{key: table[key].strip() for key in CONFIRMATION}) if is_good else None

    def _known(self, place: str, names: Iterable[str], known: tuple[str, ...], *, say_all: bool = True) -> bool:
        unknown = [name for name in names if name not in known]
        for name in unknown:
            close = get_close_matches(name, known, n=1)
            remedy = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
            if not close and not say_all:
                remedy = "`stsbench profile show` lists the names"
            self._problems.append(f"{place}{name} is not known: {remedy}")
        return not unknown


def _whole_names(tables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return each table with its name, also where dots without quotes have made tables in tables of it."""
    for name, table in tables.items():
        is_nested = isinstance(table, dict) and table and not table.keys() & set(_SAID)
        if is_nested and all(isinstance(part, dict) for part in table.values()):
            yield from ((f"{name}.{rest}", part) for rest, part in _whole_names(table))
        else:
            yield name, table


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
