"""Protocol profile of IEC 62055-52: each layout, code and limit with its clause and provenance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal, TypeVar, cast, get_args

from sts62055.application.results import (
    AuthenticationResult,
    CarrierStatus,
    TokenResult,
    TokenStatus,
    ValidationResult,
)
from sts62055.provenance import Grade

__all__ = [
    "STATUS_BITS",
    "STATUS_OF_NAME",
    "Confirmation",
    "Limits",
    "Parameter",
    "Profile",
    "ProfileError",
    "RegisterEntry",
    "StatusBit",
]

_T = TypeVar("_T")

_SUCCESSES = (AuthenticationResult.AUTHENTIC, ValidationResult.VALID)
STATUS_OF_NAME: Mapping[str, TokenStatus] = {
    str(status): status
    for kind in (AuthenticationResult, ValidationResult, TokenResult, CarrierStatus)
    for status in kind
    if status not in _SUCCESSES
}
"""What a tokenStatus can say, by its name (7.8)."""


StatusBit = Literal["load_switch_closed", "tampered", "credit_exhausted", "locked_out"]
"""What a bit of the meter status tells (6.8.3)."""

STATUS_BITS: Final[tuple[StatusBit, ...]] = get_args(StatusBit)


class ProfileError(ValueError):
    """A profile that cannot be used: every reason names its place."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Confirmation of a value or sentence: by whom, in which document and edition, and in which clause of that.

    clause: "" where it is not told.
    """

    by: str
    document: str
    edition: str
    clause: str = ""

    def __str__(self) -> str:
        where = f"{self.document}, edition {self.edition}"
        return f"{self.by} in {where}, {self.clause}" if self.clause else f"{self.by} in {where}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of the profile with its unit, clause of IEC 62055-52 and provenance.

    confirmed: who confirmed it, or that the standard leaves it free; freed: why that is so, "" if it is not free.
    """

    name: str
    clause: str
    value: object
    unit: str
    provenance: Grade
    note: str = ""
    confirmed: Confirmation | None = None
    freed: str = ""


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One predefined register (6.8.3): its width counts characters; access is `read` or `write`.

    confirmed, freed: as for a parameter.
    """

    name: str
    id: int
    clause: str
    width: int
    unit: str
    access: str
    provenance: Grade
    note: str = ""
    confirmed: Confirmation | None = None
    freed: str = ""

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
    """Parameters and registers by name."""

    edition: str
    parameters: Mapping[str, Parameter]
    registers: Mapping[str, RegisterEntry]

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

    @cached_property
    def character_bits(self) -> int:
        """The bits of one character, start bit to stop bit (6.3.2)."""
        return 1 + self.number("data_bits") + (self.text("parity") != "none") + self.number("stop_bits")

    @cached_property
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

    def status_mask(self, bit: StatusBit) -> int:
        """Return the number that the meter status holds where that bit alone is set (6.8.3)."""
        return 1 << int(self._value("meter_status_bits", dict)[bit])

    def _status_names(self) -> dict[int, str]:
        tables = (self._value(name, dict) for name in ("token_status_codes", "later_key_change_codes"))
        return {int(code): name for table in tables for code, name in table.items()}

    def _value(self, name: str, kind: type[_T]) -> _T:
        value = self.parameters[name].value
        if not isinstance(value, kind):
            raise ProfileError(f"profile parameter '{name}' must be a {kind.__name__}, and is {value!r}")
        return value
