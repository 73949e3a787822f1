"""Overlay of the profile: a lab's own values, each with who confirmed it and where."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from sts62055.carrier.profile.checks import checked
from sts62055.carrier.profile.model import Confirmation, Parameter, Profile, ProfileError, RegisterEntry
from sts62055.provenance import Grade

__all__ = ["Change", "Overlay", "overlay_schema"]

_KEYS: Mapping[str, tuple[str, ...]] = {
    "parameter": ("value", "note", "confirmed"),
    "register": ("id", "width", "unit", "access", "note", "confirmed"),
}
_CONFIRMATION = tuple(part.name for part in fields(Confirmation))
_FIXED = frozenset(
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
        same = {"provenance": self.old.provenance, "note": self.old.note, "confirmed": self.old.confirmed}
        return replace(self.new, **same) != self.old  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Overlay:
    """A lab's own values, and the profile that they make."""

    changes: tuple[Change, ...]
    profile: Profile

    @classmethod
    def parse(cls, text: str, base: Profile) -> "Overlay":
        """Parse an overlay of a profile; ProfileError tells everything that is wrong with it."""
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ProfileError(f"it is not valid TOML: {error}") from None
        return _Reader(content, base).overlay()

    @property
    def confirmations(self) -> tuple[Confirmation, ...]:
        """The confirmations in the overlay, each once."""
        return tuple(dict.fromkeys(change.new.confirmed for change in self.changes if change.new.confirmed))


class _Reader:
    """Reader of the tables of an overlay; it collects everything that is wrong with them."""

    def __init__(self, content: dict[str, Any], base: Profile) -> None:
        self._content = content
        self._base = base
        self._problems: list[str] = []

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
        if not old and not self._problems:
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
        return Overlay(tuple(map(Change, old, new)), checked(profile))

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
        own = {key: value for key, value in table.items() if key != "confirmed"}
        confirmed = usual
        if "confirmed" in table:
            confirmed = self._confirmation(f"{place}.confirmed", table["confirmed"])
        for key in ("unit", "note"):
            if not isinstance(own.get(key, ""), str):
                self._problems.append(f"{place}.{key} should be a text, and is {own[key]!r}")
        if isinstance(entry, Parameter) and entry.name in _FIXED and own.get("value", entry.value) != entry.value:
            self._problems.append(
                f"{place}.value cannot be another: the program knows only {entry.value!r}."
                f" Leave the value out to confirm it, or report that the standard differs"
            )
        laid = replace(entry, **own, provenance=Grade.CONFIRMED, confirmed=confirmed)
        is_about_another_value = Change(entry, laid).changes_value and "note" not in own
        return replace(laid, note="") if is_about_another_value else laid

    def _confirmation(self, place: str, table: object) -> Confirmation | None:
        if table is None:
            self._problems.append(
                f"{place} is missing: say who confirmed it, and where: [confirmed] with {_listed(_CONFIRMATION)}"
            )
            return None
        if not isinstance(table, dict):
            self._problems.append(f"{place} should be a table with {_listed(_CONFIRMATION)}")
            return None
        is_good = self._known(f"{place}.", table, _CONFIRMATION)
        for key in _CONFIRMATION:
            if key not in table:
                self._problems.append(f"{place}.{key} is not answered: add it")
                is_good = False
            elif not isinstance(table[key], str) or not table[key].strip():
                self._problems.append(f"{place}.{key} should be a text that is not empty, and is {table[key]!r}")
                is_good = False
        return Confirmation(**{key: table[key].strip() for key in _CONFIRMATION}) if is_good else None

    def _known(self, place: str, names: Iterable[str], known: tuple[str, ...], *, say_all: bool = True) -> bool:
        unknown = [name for name in names if name not in known]
        for name in unknown:
            close = get_close_matches(name, known, n=1)
            remedy = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
            if not close and not say_all:
                remedy = "`stsbench profile show` lists the names"
            self._problems.append(f"{place}{name} is not known: {remedy}")
        return not unknown


def overlay_schema(base: Profile) -> dict[str, Any]:
    """Return the JSON schema of overlays of a profile, for editors: names, keys and the kinds of values."""
    text = {"type": "string", "minLength": 1}
    confirmed = {
        "type": "object",
        "description": "who confirmed it, and in which document and edition",
        "properties": dict.fromkeys(_CONFIRMATION, text),
        "required": list(_CONFIRMATION),
        "additionalProperties": False,
    }
    common = {"note": {"type": "string"}, "confirmed": {"$ref": "#/$defs/confirmed"}}
    parameters = {
        name: _described(entry, {"value": _schema_of(entry.value, entry.unit, is_fixed=name in _FIXED), **common})
        for name, entry in base.parameters.items()
    }
    registers = {
        name: _described(
            entry,
            {
                "id": {"type": "integer", "minimum": 0, "maximum": 0xFFFF},
                "width": {"type": "integer", "minimum": 1},
                "unit": {"type": "string"},
                "access": {"enum": ["read", "write"]},
                **common,
            },
        )
        for name, entry in base.registers.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An overlay of the protocol profile of IEC 62055-52",
        "type": "object",
        "$defs": {"confirmed": confirmed},
        "properties": {
            "confirmed": {"$ref": "#/$defs/confirmed"},
            "parameter": {"type": "object", "properties": parameters, "additionalProperties": False},
            "register": {"type": "object", "properties": registers, "additionalProperties": False},
        },
        "required": ["confirmed"],
        "additionalProperties": False,
    }


def _described(entry: Parameter | RegisterEntry, properties: dict[str, Any]) -> dict[str, Any]:
    about = f"{entry.clause}, in {entry.unit}" if entry.unit else entry.clause
    return {
        "type": "object",
        "description": f"{about}. {entry.note}".rstrip(". "),
        "properties": properties,
        "additionalProperties": False,
    }


def _schema_of(value: object, unit: str, *, is_fixed: bool) -> dict[str, Any]:
    if is_fixed:
        return {"const": value}
    match value:
        case int():
            return {"type": "integer", "minimum": 0}
        case float():
            return {"type": "number"}
        case {"lower": _} | {"upper": _}:
            limit = {"type": "integer", "minimum": 0} if unit == "ms" else {"type": "number"}
            return {
                "type": "object",
                "properties": {"lower": limit, "upper": limit},
                "minProperties": 1,
                "additionalProperties": False,
            }
        case dict():
            return {"type": "object", "additionalProperties": {"type": "string"}}
        case _:
            return {"type": "string"}


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
