"""Hold the protocol profile of IEC 62055-52: each layout, code and limit with its clause and provenance."""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import StrEnum
from functools import cache, partial
from importlib.resources import files
from typing import Any, TypeVar, cast

from sts62055.application.results import (
    AuthenticationResult,
    CarrierStatus,
    TokenResult,
    TokenStatus,
    ValidationResult,
)
from sts62055.carrier.layouts import Layout

__all__ = [
    "Confirmation",
    "Limits",
    "Parameter",
    "Profile",
    "ProfileError",
    "Provenance",
    "RegisterEntry",
    "default_profile",
]

_T = TypeVar("_T")


class ProfileError(ValueError):
    """A profile that cannot be used: every reason names its place."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


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
    provenance: Provenance
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
    provenance: Provenance
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
        problems = [
            *(f"profile parameter '{name}': {what}" for name, what in _parameter_problems(self.parameters)),
            *(f"profile register '{name}': {what}" for name, what in _register_problems(self)),
        ]
        if problems:
            raise ProfileError(*problems)
        return self

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
_SUCCESSES = (AuthenticationResult.AUTHENTIC, ValidationResult.VALID)
_STATUS_OF_NAME: Mapping[str, TokenStatus] = {
    str(status): status
    for kind in (AuthenticationResult, ValidationResult, TokenResult, CarrierStatus)
    for status in kind
    if status not in _SUCCESSES
}


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
        provenance = Provenance(content.get("provenance", ""))
    except ValueError:
        raise ProfileError(f"{place}: it needs a provenance: {', '.join(Provenance)}") from None
    missing = [key for key, part in known.items() if key not in content and part.default is MISSING]
    if missing:
        raise ProfileError(f"{place}: it has no {', '.join(map(repr, missing))}")
    for key in ("clause", "unit", "note", "access"):
        if not isinstance(content.get(key, ""), str):
            raise ProfileError(f"{place}: {key} is a text, and not {content[key]!r}")
    return kind(name=name, **{**content, "provenance": provenance})


# -- checking values -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a layout needs, so that its message can be cut out of a stream (6.4.1) and carries its fields.

    fields: the kinds that each may have, by its name; optional: which of them may be left out; repeats: which may
    stand in a group, the last of them outside of it too; takes_others: whether it may have fields of its own.
    """

    opening: str = ""
    ending: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    repeats: tuple[str, ...] = ()
    takes_others: bool = False


_CHECKED_END = ("ETX", "BCC")
_IDENTIFICATION = {
    "manufacturer": "a",
    **dict.fromkeys(("table_id", "foin", "protocol_version", "server_status", "software_version"), "h"),
}
_SHAPES: Mapping[str, _Shape] = {
    "id_request": _Shape("/", ("LF",)),
    "id_response": _Shape("/", ("LF",), _IDENTIFICATION, tuple(_IDENTIFICATION), takes_others=True),
    "read_command": _Shape("SOH", _CHECKED_END, {"register_id": "h", "count": "h"}),
    "write_command": _Shape("SOH", _CHECKED_END, {"register_id": "h", "data": "*"}),
    "break_command": _Shape("SOH", _CHECKED_END),
    "ack": _Shape("ACK", ("ACK",)),
    "nak": _Shape("NAK", ("NAK",)),
    "data": _Shape(
        "STX", _CHECKED_END, {"register_id": "h", "value": "*"}, ("register_id",), ("register_id", "value")
    ),
}
_TOKEN_DIGITS = 20
_CODE_TABLES = ("token_status_codes", "later_key_change_codes")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: object) -> str:
    return "" if isinstance(value, str) and value.strip() else f"it is a text, and not {value!r}"


def _positive(value: object) -> str:
    if _is_whole(value) and cast("int", value) > 0:
        return ""
    return f"it is a whole number above 0, and not {value!r}"


def _stop_bits(value: object) -> str:
    return "" if _is_whole(value) and value in (1, 2) else f"it is 1 or 2, and not {value!r}"


def _ratio(value: object) -> str:
    if isinstance(value, float) and 0 < value < 1:
        return ""
    return f"it is a ratio between 0.0 and 1.0, written with a decimal point, and not {value!r}"


def _code(value: object) -> str:
    if _is_whole(value) and 0 <= cast("int", value) <= 0xFF:
        return ""
    return f"it is a code from 0 to 255, and not {value!r}"


def _answer(value: object) -> str:
    return "" if isinstance(value, str) and value in ("ACK", "NAK") else f"it is ACK or NAK, and not {value!r}"


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _limits(value: object, is_good: Callable[[object], bool] = _is_whole, kind: str = "a whole number") -> str:
    if not isinstance(value, dict) or not value or not value.keys() <= {"lower", "upper"}:
        return f"it is a table with lower, upper or both, and not {value!r}"
    for end, limit in value.items():
        if not is_good(limit) or limit < 0:
            return f"{end} is {kind} from 0 on, and not {limit!r}"
    if len(value) == 2 and value["lower"] > value["upper"]:
        return f"lower is {value['lower']}, which is above upper, {value['upper']}"
    return ""


def _upper_limit(value: object) -> str:
    if what := _limits(value):
        return what
    return "" if "upper" in cast("dict[str, int]", value) else "it needs an upper limit"


def _level_limits(value: object) -> str:
    return _limits(value, _is_number, "a number")


def _codes(value: object) -> str:
    if not isinstance(value, dict) or not value:
        return f"it is a table of codes and their names, and not {value!r}"
    for code, name in value.items():
        if not re.fullmatch(r"0|[1-9][0-9]{0,2}", code) or int(code) > 0xFF:
            return f"a code is a whole number from 0 to 255, and not {code!r}"
        if not isinstance(name, str) or name not in _STATUS_OF_NAME:
            return f"code {code} has the name {name!r}; known are {', '.join(_STATUS_OF_NAME)}"
    return ""


def _layout(shape: _Shape, value: object) -> str:
    if not isinstance(value, str):
        return f"it is a layout, which is a text, and not {value!r}"
    try:
        layout = Layout(value)
    except ValueError as error:
        return str(error)
    return _frame_problem(shape, value, layout) or _field_problem(shape, layout)


def _frame_problem(shape: _Shape, text: str, layout: Layout) -> str:
    words = text.split()
    end = len(shape.ending)
    if words[:1] != [shape.opening or words[0]] or tuple(words[len(words) - end :]) != shape.ending:
        return f"it begins with {shape.opening} and ends with {' '.join(shape.ending)}, and is not {text!r}"
    if shape.ending and shape.ending[0] in words[: len(words) - end]:
        return f"{shape.ending[0]} ends the message, and stands nowhere else in it: {text!r}"
    if shape.opening == "SOH" and layout.command_letter is None:
        return f"the letter of the command follows SOH, and not {words[1]}"
    return ""


def _field_problem(shape: _Shape, layout: Layout) -> str:
    if several := layout.repeated - set(shape.repeats) | layout.twice - set(shape.repeats[-1:]):
        return f"it has {min(several)} more than once"
    if missing := [name for name in shape.fields if name not in layout.kinds and name not in shape.optional]:
        return f"it lacks the fields {', '.join(missing)}, which the message carries"
    unknown = [name for name in layout.kinds if name not in shape.fields]
    if unknown and not shape.takes_others:
        return f"the message has no field {unknown[0]}: it carries {', '.join(shape.fields) or 'none'}"
    for name, kind in layout.kinds.items():
        kinds = shape.fields.get(name, kind[0])
        if kind[0] not in kinds:
            return f"{name} is of the kind {' or '.join(kinds)}, and not {kind}"
        if kind[1:].isdigit() and int(kind[1:]) == 0:
            return f"{name} has the width 0: give it at least 1"
    return ""


def _token_data(value: object) -> str:
    if what := _layout(_Shape(fields={"token": "dh"}), value):
        return what
    kind = Layout(cast("str", value)).kinds["token"]
    width = int(kind[1:])
    if width == _TOKEN_DIGITS if kind[0] == "d" else 16**width >= 10**_TOKEN_DIGITS:
        return ""
    return f"{kind} does not fit the {_TOKEN_DIGITS} decimal digits of a token"


_LEVELS = (
    *("wavelength", "irradiance_on", "irradiance_off", "irradiance_taken_as_on", "irradiance_taken_as_off"),
    *("mark_current", "space_current", "current_taken_as_mark", "current_taken_as_space"),
    *("transmitter_drop", "receiver_drop", "mark_voltage", "space_voltage"),
)


_CHECKS: Mapping[str, Callable[[object], str]] = {
    **dict.fromkeys(("transmission_type", "parity", "hexadecimal", "block_check", "id_request_processing"), _text),
    **dict.fromkeys(("data_bits", "bit_rate", "longest_message", "client_retries"), _positive),
    **dict.fromkeys(("lockout_threshold", "lockout_delay", "lockout_delay_maximum", "quiet_time"), _positive),
    "stop_bits": _stop_bits,
    **dict.fromkeys(("bit_time_tolerance", "shortest_stop_bit"), _ratio),
    "token_status_after_restart": _code,
    **dict.fromkeys(("reaction_time", "fast_reaction_time"), _limits),
    **dict.fromkeys(("inter_character_time", "execution_time"), _upper_limit),
    **dict.fromkeys(_LEVELS, _level_limits),
    **dict.fromkeys(("unreadable_register_answer", "write_answer", "refused_write_answer"), _answer),
    **dict.fromkeys(("break_answer", "undefined_command_answer", "transmission_error_answer"), _answer),
    **dict.fromkeys(_CODE_TABLES, _codes),
    **{name: partial(_layout, shape) for name, shape in _SHAPES.items()},
    "token_data": _token_data,
}
"""What is wrong with a value of each parameter; nothing if the text is empty."""


def _parameter_problems(parameters: Mapping[str, Parameter]) -> list[tuple[str, str]]:
    checked = ((name, _CHECKS[name](entry.value)) for name, entry in parameters.items() if name in _CHECKS)
    problems = [(name, what) for name, what in checked if what]
    return problems or list(_contradictions({name: entry.value for name, entry in parameters.items()}))


def _contradictions(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Tell which values, each good on its own, do not go together."""
    if {"lockout_delay", "lockout_delay_maximum"} <= values.keys():
        first, longest = values["lockout_delay"], values["lockout_delay_maximum"]
        if first > longest:
            yield "lockout_delay", f"it is {first}, which is above lockout_delay_maximum, {longest}"
    if not values.keys() >= set(_CODE_TABLES):
        return
    pairs = [(code, name) for table in _CODE_TABLES for code, name in values[table].items()]
    codes, names = Counter(code for code, _ in pairs), Counter(name for _, name in pairs)
    for name in _STATUS_OF_NAME:
        if names[name] != 1:
            yield (
                _CODE_TABLES[0],
                f"{name!r} has {names[name] or 'no'} codes; it needs one, here or in the other table",
            )
    for code, count in codes.items():
        if count > 1:
            yield _CODE_TABLES[1], f"code {code} is in {_CODE_TABLES[0]} too"
    restart = values.get("token_status_after_restart")
    if restart is not None and str(restart) not in codes:
        yield "token_status_after_restart", f"{restart} is none of the codes of {_CODE_TABLES[0]}"


def _register_problems(profile: Profile) -> Iterator[tuple[str, str]]:
    messages = ("data", "read_command", "write_command")
    widths = {message: _width(profile, message, "register_id") for message in messages}
    users: dict[int, str] = {}
    for name, entry in profile.registers.items():
        if not _is_whole(entry.id) or not 0 <= entry.id <= 0xFFFF:
            yield name, f"id is a whole number from 0 to 0xFFFF, and not {entry.id!r}"
            continue
        if not _is_whole(entry.width) or entry.width < 1:
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
    if token and carried and token.width != carried and _is_whole(token.width) and token.width > 0:
        yield token.name, f"width is {token.width}, and token_data has {carried} characters: change both"


def _width(profile: Profile, name: str, part: str) -> int:
    """Return the width of a field in a layout; 0 where there is none, or the layout cannot be read."""
    entry = profile.parameters.get(name)
    if entry is None or _CHECKS[name](entry.value):
        return 0
    return int(Layout(profile.text(name)).kinds.get(part, "h0")[1:])
