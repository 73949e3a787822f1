"""Read and write messages by their layouts, which are data of the profile (IEC 62055-52, 6.4 and 6.5)."""

from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Protocol

from sts62055.carrier.characters import CONTROL_NAMES, describe

__all__ = ["BlockCheckError", "Fields", "Layout", "LayoutError", "block_check"]

Fields = dict[str, int | str | tuple[str, ...]]
"""What a message carries, by the names of its layout."""

_CONTROL_CODES = {name: code for code, name in CONTROL_NAMES.items()}
_HEXADECIMAL = frozenset(b"0123456789ABCDEF")


class LayoutError(ValueError):
    """The peer's message does not follow its layout: what was expected at which character, and what came."""

    def __init__(self, at: int, expected: str, found: bytes) -> None:
        self.at = at
        self.expected = expected
        self.found = found
        what = describe(found) if found else "the end"
        super().__init__(f"character {at + 1}: expected {expected}, found {what}")


class BlockCheckError(LayoutError):
    """The BCC is not the one of the characters before it (6.5)."""


def block_check(codes: bytes) -> int:
    """Return the BCC of a message's characters from its opening SOH or STX to its ETX (6.5)."""
    return reduce(xor, codes[1:], 0)


class _Element(Protocol):
    """One part of a layout."""

    def write(self, fields: Fields, before: bytes) -> bytes:
        """Return its characters, given those before it."""

    def read(self, frame: bytes, at: int, fields: Fields) -> int:
        """Put what it finds into the fields and return the place after it; LayoutError where it does not fit."""


@dataclass(frozen=True, slots=True)
class _Literal:
    code: int

    def write(self, fields: Fields, before: bytes) -> bytes:  # noqa: ARG002
        return bytes([self.code])

    def read(self, frame: bytes, at: int, fields: Fields) -> int:  # noqa: ARG002
        if frame[at : at + 1] != bytes([self.code]):
            raise LayoutError(at, describe(bytes([self.code])), frame[at : at + 1])
        return at + 1


@dataclass(frozen=True, slots=True)
class _Hexadecimal:
    name: str
    width: int

    def write(self, fields: Fields, before: bytes) -> bytes:  # noqa: ARG002
        value = fields[self.name]
        if not isinstance(value, int) or not 0 <= value < 16**self.width:
            raise ValueError(f"{self.name} is a number of {self.width} hexadecimal digits, and not {value!r}")
        return b"%0*X" % (self.width, value)

    def read(self, frame: bytes, at: int, fields: Fields) -> int:
        for place in range(at, at + self.width):
            found = frame[place : place + 1]
            if not found or found[0] not in _HEXADECIMAL:
                raise LayoutError(place, f"an upper-case hexadecimal digit of {self.name}", found)
        fields[self.name] = int(frame[at : at + self.width], 16)
        return at + self.width


@dataclass(frozen=True, slots=True)
class _Letters:
    name: str
    width: int

    def write(self, fields: Fields, before: bytes) -> bytes:  # noqa: ARG002
        value = str(fields[self.name])
        if len(value) != self.width or not (value.isascii() and value.isalpha()):
            raise ValueError(f"{self.name} is {self.width} letters, and not {value!r}")
        return value.encode("ascii")

    def read(self, frame: bytes, at: int, fields: Fields) -> int:
        for place in range(at, at + self.width):
            found = frame[place : place + 1]
            if not found.isalpha():
                raise LayoutError(place, f"a letter of {self.name}", found)
        fields[self.name] = frame[at : at + self.width].decode("ascii")
        return at + self.width


@dataclass(frozen=True, slots=True)
class _Until:
    name: str
    terminator: int

    def write(self, fields: Fields, before: bytes) -> bytes:  # noqa: ARG002
        return str(fields[self.name]).encode("ascii")

    def read(self, frame: bytes, at: int, fields: Fields) -> int:
        end = frame.find(self.terminator, at)
        if end < 0:
            raise LayoutError(len(frame), f"{describe(bytes([self.terminator]))} after {self.name}", b"")
        fields[self.name] = frame[at:end].decode("ascii")
        return end


@dataclass(frozen=True, slots=True)
class _Values:
    name: str

    def write(self, fields: Fields, before: bytes) -> bytes:  # noqa: ARG002
        values = fields[self.name]
        if not isinstance(values, tuple) or not values:
            raise ValueError(f"{self.name} is one value or more, and not {values!r}")
        return "".join(f"({value})" for value in values).encode("ascii")

    def read(self, frame: bytes, at: int, fields: Fields) -> int:
        values: list[str] = []
        while not values or frame[at : at + 1] == b"(":
            if frame[at : at + 1] != b"(":
                raise LayoutError(at, f"( before a value of {self.name}", frame[at : at + 1])
            end = frame.find(b")", at)
            if end < 0:
                raise LayoutError(len(frame), f") after a value of {self.name}", b"")
            values.append(frame[at + 1 : end].decode("ascii"))
            at = end + 1
        fields[self.name] = tuple(values)
        return at


@dataclass(frozen=True, slots=True)
class _BlockCheck:
    def write(self, fields: Fields, before: bytes) -> bytes:  # noqa: ARG002
        return bytes([block_check(before)])

    def read(self, frame: bytes, at: int, fields: Fields) -> int:  # noqa: ARG002
        expected = block_check(frame[:at])
        if frame[at : at + 1] != bytes([expected]):
            raise BlockCheckError(at, f"BCC {expected:02X}h", frame[at : at + 1])
        return at + 1


class Layout:
    """One message's layout; ValueError if its text cannot be read."""

    def __init__(self, text: str) -> None:
        words = text.split()
        if not words:
            raise ValueError("a layout has at least one character")
        followers = [*words[1:], ""]
        self._elements: list[_Element] = [
            _element(word, follower) for word, follower in zip(words, followers, strict=True)
        ]

    def write(self, fields: Fields) -> bytes:
        """Return the characters of a message; ValueError for a field that does not fit."""
        frame = b""
        for element in self._elements:
            frame += element.write(fields, frame)
        return frame

    def read(self, frame: bytes) -> Fields:
        """Return the fields of a message; LayoutError for the first character that does not fit."""
        fields: Fields = {}
        at = 0
        for element in self._elements:
            at = element.read(frame, at, fields)
        if at != len(frame):
            raise LayoutError(at, "the end", frame[at:])
        return fields


def _literal_code(word: str) -> int | None:
    if word in _CONTROL_CODES:
        return _CONTROL_CODES[word]
    return ord(word) if len(word) == 1 and word.isascii() else None


def _element(word: str, follower: str) -> _Element:
    if word == "BCC":
        return _BlockCheck()
    if (code := _literal_code(word)) is not None:
        return _Literal(code)
    name, _, kind = word.partition(":")
    if name.isidentifier() and kind[:1] in ("h", "a") and kind[1:].isdigit():
        return (_Hexadecimal if kind[0] == "h" else _Letters)(name, int(kind[1:]))
    if name.isidentifier() and kind == "*" and (terminator := _literal_code(follower)) is not None:
        return _Until(name, terminator)
    if name.isidentifier() and kind == "(*)+":
        return _Values(name)
    raise ValueError(f"a layout has no part {word!r}")
