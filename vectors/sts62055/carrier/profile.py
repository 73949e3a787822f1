"""Hold the protocol profile of IEC 62055-52: each layout, code and limit with its clause and provenance."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar, cast

from sts62055.application.results import (
    AuthenticationResult,
    CarrierStatus,
    TokenResult,
    TokenStatus,
    ValidationResult,
)

__all__ = ["Limits", "Parameter", "Profile", "ProfileError", "Provenance", "RegisterEntry", "default_profile"]

_T = TypeVar("_T")


class ProfileError(ValueError):
    """A profile that cannot be used, and where."""


class Provenance(StrEnum):
    """Where a value is known from, best first."""

    CONFIRMED = "confirmed"
    PUBLISHED = "published"
    OBSERVED = "observed"
    INFERRED = "inferred"
    ASSUMED = "assumed"

    @property
    def is_confirmed(self) -> bool:
        """Whether a verdict may rest on it without being provisional."""
        return self in (Provenance.CONFIRMED, Provenance.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of the profile with its unit, clause of IEC 62055-52 and provenance."""

    name: str
    clause: str
    value: object
    unit: str
    provenance: Provenance
    note: str = ""


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One predefined register (6.8.3): its width counts characters; access is `read` or `write`."""

    name: str
    id: int
    clause: str
    width: int
    unit: str
    access: str
    provenance: Provenance
    note: str = ""

    def encode(self, value: int) -> str:
        """Write a value as the register shows it (6.3.4)."""
        return f"{value:0{self.width}X}"


@dataclass(frozen=True, slots=True)
class Limits:
    """An interval of allowed values, both ends allowed, None for no end; in nanoseconds for times."""

    lower: int | None
    upper: int | None


@dataclass(frozen=True)
class Profile:
    """The parameters and registers by name."""

    edition: str
    parameters: Mapping[str, Parameter]
    registers: Mapping[str, RegisterEntry]

    @classmethod
    def parse(cls, text: str) -> "Profile":
        """Read a profile; ProfileError names the line, or the parameter and the key."""
        try:
            content = tomllib.loads(text)
            profile = cls(
                edition=content.pop("edition"),
                parameters=_entries(Parameter, "parameter", content.pop("parameter")),
                registers=_entries(RegisterEntry, "register", content.pop("register")),
            )
        except tomllib.TOMLDecodeError as error:
            raise ProfileError(f"the profile is not valid TOML: {error}") from None
        except KeyError as error:
            raise ProfileError(f"the profile has no {error.args[0]!r}") from None
        if content:
            raise ProfileError(f"the profile has unknown parts: {', '.join(map(repr, content))}")
        return profile

    def with_value(self, name: str, value: object) -> "Profile":
        """Return the profile with another value of one parameter."""
        changed = replace(self.parameters[name], value=value)
        return replace(self, parameters={**self.parameters, name: changed})

    def provenance(self, name: str) -> Provenance:
        """Return where a parameter or register is known from; KeyError if there is none of that name."""
        entry = self.parameters.get(name) or self.registers[name]
        return entry.provenance

    def __contains__(self, name: str) -> bool:
        return name in self.parameters or name in self.registers

    def __iter__(self) -> Iterator[Parameter | RegisterEntry]:
        yield from self.parameters.values()
        yield from self.registers.values()

    def text(self, name: str) -> str:
        """Return a parameter that is a text."""
        return self._value(name, str)

    def number(self, name: str) -> int:
        """Return a parameter that is a whole number, in its own unit."""
        return self._value(name, int)

    def ratio(self, name: str) -> float:
        """Return a parameter that is a ratio."""
        return self._value(name, float)

    def time(self, name: str) -> int:
        """Return a parameter in milliseconds as nanoseconds."""
        return self.number(name) * 1_000_000

    def time_limits(self, name: str) -> Limits:
        """Return a parameter with a lower or an upper limit in milliseconds, as nanoseconds."""
        value = cast("dict[str, int]", self._value(name, dict))
        lower, upper = value.get("lower"), value.get("upper")
        return Limits(
            lower=None if lower is None else lower * 1_000_000, upper=None if upper is None else upper * 1_000_000
        )

    def longest_time(self, name: str) -> int:
        """Return the upper limit of a parameter in milliseconds, as nanoseconds."""
        upper = self.time_limits(name).upper
        if upper is None:
            raise ProfileError(f"profile parameter '{name}' needs an upper limit")
        return upper

    @property
    def character_time(self) -> int:
        """The time of one character, start bit to stop bit, in nanoseconds (6.3.2, 6.3.3)."""
        bits = 1 + self.number("data_bits") + (self.text("parity") != "none") + self.number("stop_bits")
        return round(bits * 1_000_000_000 / self.number("bit_rate"))

    def token_status(self, code: int) -> TokenStatus | None:
        """Return what a tokenStatus code says, None for a reserved one (7.8)."""
        name = self._status_names().get(code)
        return None if name is None else _STATUS_OF_NAME[name]

    def token_status_code(self, status: TokenStatus) -> int:
        """Return the tokenStatus code of a result (7.8)."""
        return next(code for code, name in self._status_names().items() if name == status)

    def _status_names(self) -> dict[int, str]:
        tables = (self._value(name, dict) for name in ("token_status_codes", "later_key_change_codes"))
        return {int(code): name for table in tables for code, name in table.items()}

    def _value(self, name: str, kind: type[_T]) -> _T:
        value = self.parameters[name].value
        if not isinstance(value, kind):
            raise ProfileError(f"profile parameter '{name}' must be a {kind.__name__}, and is {value!r}")
        return value


_E = TypeVar("_E", Parameter, RegisterEntry)
_STATUS_OF_NAME: Mapping[str, TokenStatus] = {
    str(status): status
    for kind in (AuthenticationResult, ValidationResult, TokenResult, CarrierStatus)
    for status in kind
}


@cache
def default_profile() -> Profile:
    """Return the profile that ships with the project."""
    return Profile.parse(files(__package__).joinpath("profile.toml").read_text("utf-8"))


def _entries(kind: type[_E], section: str, tables: object) -> dict[str, _E]:
    return {name: _entry(kind, name, _table(name, fields)) for name, fields in _table(section, tables).items()}


def _table(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ProfileError(f"profile entry '{name}' is a table, and not {value!r}")
    return value


def _entry(kind: type[_E], name: str, fields: dict[str, Any]) -> _E:
    try:
        provenance = Provenance(fields.get("provenance", ""))
    except ValueError:
        raise ProfileError(f"profile entry '{name}' needs a provenance: {', '.join(Provenance)}") from None
    try:
        return kind(name=name, **{**fields, "provenance": provenance})
    except TypeError as error:
        raise ProfileError(f"profile entry '{name}': {error}") from None
