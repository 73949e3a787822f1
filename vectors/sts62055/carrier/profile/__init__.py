"""Hold the protocol profile of IEC 62055-52: each layout, code and limit with its clause and provenance."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import TypeVar, cast

from sts62055.application.results import TokenStatus
from sts62055.carrier.profile.checks import STATUS_OF_NAME, field_width, is_whole, value_problems
from sts62055.provenance import Grade

__all__ = [
    "Confirmation",
    "Limits",
    "Parameter",
    "Profile",
    "ProfileError",
    "RegisterEntry",
    "default_profile",
]

_T = TypeVar("_T")


class ProfileError(ValueError):
    """A profile that cannot be used: every reason names its place."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who confirmed a value, and in which document and edition."""

    by: str
    document: str
    edition: str

    def __str__(self) -> str:
        return f"{self.by} in {self.document}, edition {self.edition}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of the profile with its unit, clause of IEC 62055-52 and provenance."""

    name: str
    clause: str
    value: object
    unit: str
    provenance: Grade
    note: str = ""
    confirmed: Confirmation | None = None


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One predefined register (6.8.3): its width counts characters; access is `read` or `write`."""

    name: str
    id: int
    clause: str
    width: int
    unit: str
    access: str
    provenance: Grade
    note: str = ""
    confirmed: Confirmation | None = None

    def encode(self, value: int) -> str:
        """Write a value as the register shows it (6.3.4)."""
        return f"{value:0{self.width}X}"


@dataclass(frozen=True, slots=True)
class Limits:
    """An interval of allowed values, both ends allowed, None for no end; in nanoseconds for times."""

    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Profile:
    """The parameters and registers by name."""

    edition: str
    parameters: Mapping[str, Parameter]
    registers: Mapping[str, RegisterEntry]

    @classmethod
    def parse(cls, text: str) -> "Profile":
        """Read a profile and check it; ProfileError names the line, or each parameter that is wrong."""
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
        if not isinstance(profile.edition, str):
            raise ProfileError(f"profile: 'edition' is a text, and not {profile.edition!r}")
        if content:
            raise ProfileError(f"the profile has unknown parts: {', '.join(map(repr, content))}")
        return profile.checked()

    def checked(self) -> "Profile":
        """Return this profile if all its values can be used; ProfileError names each that cannot."""
        values = {name: entry.value for name, entry in self.parameters.items()}
        problems = [
            *(f"profile parameter '{name}': {what}" for name, what in value_problems(values)),
            *(f"profile register '{name}': {what}" for name, what in _register_problems(self)),
        ]
        if problems:
            raise ProfileError(*problems)
        return self

    def with_value(self, name: str, value: object) -> "Profile":
        """Return the profile with another value of one parameter."""
        changed = replace(self.parameters[name], value=value)
        return replace(self, parameters={**self.parameters, name: changed})

    def provenance(self, name: str) -> Grade:
        """Return how well a parameter or register is known; KeyError if there is none of that name."""
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

    def level_limits(self, name: str) -> Limits:
        """Return a parameter with a lower or an upper limit of a level, in its own unit (6.2)."""
        value = cast("dict[str, float]", self._value(name, dict))
        return Limits(lower=value.get("lower"), upper=value.get("upper"))

    def longest_time(self, name: str) -> int:
        """Return the upper limit of a parameter in milliseconds, as nanoseconds."""
        upper = self.time_limits(name).upper
        if upper is None:
            raise ProfileError(f"profile parameter '{name}' needs an upper limit")
        return int(upper)

    @property
    def character_bits(self) -> int:
        """The bits of one character, start bit to stop bit (6.3.2)."""
        return 1 + self.number("data_bits") + (self.text("parity") != "none") + self.number("stop_bits")

    @property
    def character_time(self) -> int:
        """The time of one character, start bit to stop bit, in nanoseconds (6.3.2, 6.3.3)."""
        return round(self.character_bits * 1_000_000_000 / self.number("bit_rate"))

    def token_status(self, code: int) -> TokenStatus | None:
        """Return what a tokenStatus code says, None for a reserved one (7.8)."""
        name = self._status_names().get(code)
        return None if name is None else STATUS_OF_NAME[name]

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


@cache
def default_profile() -> Profile:
    """Return the profile that ships with the project."""
    return Profile.parse(files(__package__).joinpath("profile.toml").read_text("utf-8"))


# -- reading entries -------------------------------------------------------------------------------------------


def _entries(kind: type[_E], section: str, tables: object) -> dict[str, _E]:
    if not isinstance(tables, dict):
        raise ProfileError(f"profile: {section!r} is a table, and not {tables!r}")
    return {name: _entry(kind, section, name, content) for name, content in tables.items()}


def _entry(kind: type[_E], section: str, name: str, content: object) -> _E:
    place = f"profile {section} '{name}'"
    if not isinstance(content, dict):
        raise ProfileError(f"{place}: it is a table, and not {content!r}")
    known = {part.name: part for part in fields(kind) if part.name not in ("name", "confirmed")}
    if unknown := [key for key in content if key not in known]:
        raise ProfileError(f"{place}: it has no key {', '.join(map(repr, unknown))}: known are {', '.join(known)}")
    try:
        provenance = Grade(content.get("provenance", ""))
    except ValueError:
        raise ProfileError(f"{place}: it needs a provenance: {', '.join(Grade)}") from None
    missing = [key for key, part in known.items() if key not in content and part.default is MISSING]
    if missing:
        raise ProfileError(f"{place}: it has no {', '.join(map(repr, missing))}")
    for key in ("clause", "unit", "note", "access"):
        if not isinstance(content.get(key, ""), str):
            raise ProfileError(f"{place}: {key} is a text, and not {content[key]!r}")
    return kind(name=name, **{**content, "provenance": provenance})


# -- checking registers -----------------------------------------------------------------------------------------


def _register_problems(profile: Profile) -> Iterator[tuple[str, str]]:
    messages = ("data", "read_command", "write_command")
    widths = {message: _width(profile, message, "register_id") for message in messages}
    users: dict[int, str] = {}
    for name, entry in profile.registers.items():
        if not is_whole(entry.id) or not 0 <= entry.id <= 0xFFFF:
            yield name, f"id is a whole number from 0 to 0xFFFF, and not {entry.id!r}"
            continue
        if not is_whole(entry.width) or entry.width < 1:
            yield name, f"width is a whole number above 0, and not {entry.width!r}"
        if entry.access not in ("read", "write"):
            yield name, f"access is read or write, and not {entry.access!r}"
        if entry.id in users:
            yield name, f"id 0x{entry.id:04X} is that of '{users[entry.id]}' too"
        users.setdefault(entry.id, name)
        for message, width in widths.items():
            if width and len(f"{entry.id:X}") > width:
                yield name, f"id 0x{entry.id:04X} has more digits than register_id of {message}"
    token, carried = profile.registers.get("token"), _width(profile, "token_data", "token")
    if token and carried and token.width != carried and is_whole(token.width) and token.width > 0:
        yield token.name, f"width is {token.width}, and token_data has {carried} characters: change both"


def _width(profile: Profile, name: str, part: str) -> int:
    entry = profile.parameters.get(name)
    return field_width(name, entry.value, part) if entry else 0
