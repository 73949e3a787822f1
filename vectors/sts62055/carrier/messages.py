"""The eight messages of IEC 62055-52, 6.4, and the undefined command of 6.6.6."""

from collections import Counter
from dataclasses import dataclass
from typing import Self, TypeAlias

from sts62055.carrier.characters import describe
from sts62055.carrier.layouts import Field

__all__ = [
    "Ack",
    "Answer",
    "BreakCommand",
    "Command",
    "Data",
    "IDRequest",
    "IDResponse",
    "Message",
    "Nak",
    "ReadCommand",
    "UndefinedCommand",
    "WriteCommand",
]


@dataclass(frozen=True, slots=True)
class IDRequest:
    """Request for a server's identification (6.4.2)."""


@dataclass(frozen=True, slots=True)
class IDResponse:
    """Identification of a server: the fields of the profile's layout, by name (6.4.3, 7.3-7.7).

    Raises ValueError for a name given twice, and for a value that no layout carries: a negative number, characters
    that are not printable ASCII.
    """

    fields: tuple[tuple[str, Field], ...]

    def __post_init__(self) -> None:
        for name, count in Counter(name for name, _ in self.fields).items():
            if count > 1:
                raise ValueError(f"an IDResponse has each field once, and {name} {count} times")
        for name, value in self.fields:
            if isinstance(value, str):
                _require_printable(name, value)
            else:
                _require_number(name, value)

    @classmethod
    def of(cls, **fields: Field) -> Self:
        """Return a response with these fields."""
        return cls(tuple(fields.items()))

    def get(self, name: str) -> Field | None:
        """Return a field, None if the layout has none of that name."""
        return dict(self.fields).get(name)


@dataclass(frozen=True, slots=True)
class ReadCommand:
    """Command to read `count` consecutive registers, 0 and 1 both meaning one (6.4.4).

    Raises ValueError for what no layout carries: a negative number. How large a number may be is the layout's.
    """

    register_id: int
    count: int = 1

    def __post_init__(self) -> None:
        _require_number("register_id", self.register_id)
        _require_number("count", self.count)


@dataclass(frozen=True, slots=True)
class WriteCommand:
    """Command to write text to a register (6.4.5).

    Raises ValueError for what no layout carries: a negative number, characters that are not printable ASCII.
    """

    register_id: int
    data: str

    def __post_init__(self) -> None:
        _require_number("register_id", self.register_id)
        _require_printable("data", self.data)


@dataclass(frozen=True, slots=True)
class BreakCommand:
    """Command to end what the server is doing (6.4.6)."""


@dataclass(frozen=True, slots=True)
class UndefinedCommand:
    """A well-formed frame with a command letter that no clause defines (6.6.6).

    Raises ValueError for a letter that is not one 7-bit character.
    """

    letter: str

    def __post_init__(self) -> None:
        if len(self.letter) != 1 or not self.letter.isascii():
            raise ValueError(f"the letter of a command is one 7-bit character, and not {self.letter!r}")


@dataclass(frozen=True, slots=True)
class Ack:
    """Positive answer of one character (6.4.7)."""


@dataclass(frozen=True, slots=True)
class Nak:
    """Negative answer of one character (6.4.8)."""


@dataclass(frozen=True, slots=True)
class Data:
    """The values of consecutive registers, from `register_id` on (6.4.9).

    register_id: None where the profile's layout does not name it.
    Raises ValueError for what no layout carries: a negative number, characters that are not printable ASCII.
    """

    register_id: int | None
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.register_id is not None:
            _require_number("register_id", self.register_id)
        for value in self.values:
            _require_printable("value", value)


Command: TypeAlias = IDRequest | ReadCommand | WriteCommand | BreakCommand | UndefinedCommand
Answer: TypeAlias = IDResponse | Ack | Nak | Data
Message: TypeAlias = Command | Answer


def _require_number(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} is a whole number from 0 on, and not {value!r}")


def _require_printable(name: str, text: str) -> None:
    if wrong := [character for character in text if not "\x20" <= character <= "\x7e"]:
        shown = describe(wrong[0].encode("ascii")) if wrong[0].isascii() else wrong[0]
        raise ValueError(f"{name} is printable ASCII, and {text!r} holds {shown}")
