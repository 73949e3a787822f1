"""Layouts of messages, which are data of the profile (IEC 62055-52, 6.4 and 6.5)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Protocol, TypeAlias

from sts62055.carrier.characters import CONTROL_NAMES, describe

__all__ = ["BlockCheckError", "Field", "Fields", "Layout", "LayoutError", "block_check"]

Field: TypeAlias = int | str
"""What one field carries: the number of a hexadecimal one, the text of any other."""

Fields: TypeAlias = Mapping[str, Field | tuple[Field, ...]]
"""What a message carries, by the names of its layout; a tuple for a field that its layout repeats."""

_CONTROL_CODES = {name: code for code, name in CONTROL_NAMES.items()}
_HEXADECIMAL = frozenset(b"0123456789ABCDEF")
_DECIMAL = frozenset(b"0123456789")
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_PRINTABLE = frozenset(range(0x20, 0x7F))


class LayoutError(ValueError):
    """The peer's message does not follow its layout: what was expected at which character, and what came."""

    def __init__(self, at: int, expected: str, found: bytes) -> None:
        self.at = at
        self.expected = expected
        self.found = found
        what = describe(found) if found else "the end"
        super().__init__(f"character {at + 1}: expected {expected}, found {what}")


class BlockCheckError(LayoutError):
    """The BCC does not match the characters before it (6.5)."""


def block_check(codes: bytes) -> int:
    """Return the BCC of a message's characters from its opening SOH or STX to its ETX (6.5)."""
    return reduce(xor, codes[1:], 0)


class Layout:
    """One message's layout; ValueError if its text cannot be read.

    Its words are control characters by name, other characters as they are, BCC, fields `name:kind`, and groups
    `[ ... ]+` (once or more) or `[ ... ]*` (any number of times), whose fields are repeated.
    kinds: the kind of each field by its name, such as `h4`; repeated: the names of those that carry a tuple;
    twice: the names of those that stand in more than one place.
    """

    def __init__(self, text: str) -> None:
        words = text.split()
        if not words:
            raise ValueError("a layout has at least one character")
        parts = list(_parse(iter(words)))
        self._elements = _build(parts, _NOTHING)
        self.kinds: Mapping[str, str] = dict(_named(parts))
        counts = Counter(name for name, _ in _named(parts))
        self.twice = frozenset(name for name, count in counts.items() if count > 1)
        grouped = {name for part in parts if isinstance(part, _Repeat) for name, _ in _named(part.parts)}
        self.repeated = self.twice | grouped

    @property
    def opening(self) -> int | None:
        """The first character, None if that is a field."""
        return self._literal(0)

    @property
    def command_letter(self) -> int | None:
        """The character after the opening one, None if that is a field."""
        return self._literal(1)

    def write(self, fields: Fields) -> bytes:
        """Return the characters of a message; ValueError for a field that does not fit."""
        values = _Values({name: fields[name] for name in self.kinds if name in fields}, self.repeated)
        frame = bytearray()
        for element in self._elements:
            element.write(values, frame)
        values.finish()
        return bytes(frame)

    def read(self, frame: bytes) -> Fields:
        """Return the fields of a message; LayoutError for the first character that does not fit."""
        found: dict[str, list[Field]] = {name: [] for name in self.kinds}
        at = 0
        for element in self._elements:
            at = element.read(frame, at, found)
        if at != len(frame):
            raise LayoutError(at, "the end", frame[at:])
        return {name: tuple(some) if name in self.repeated else some[0] for name, some in found.items()}

    def _literal(self, place: int) -> int | None:
        element = self._elements[place] if place < len(self._elements) else None
        return element.code if isinstance(element, _Literal) else None


# -- the parts of a layout -------------------------------------------------------------------------------------


class _Values:
    """The values of a message that is written, each given once."""

    def __init__(self, fields: Fields, repeated: frozenset[str]) -> None:
        self._left: dict[str, list[Field]] = {}
        for name, value in fields.items():
            if (name in repeated) is not isinstance(value, tuple):
                raise ValueError(f"{name} is {'several values' if name in repeated else 'one value'}: {value!r}")
            self._left[name] = list(value) if isinstance(value, tuple) else [value]

    def left(self, names: frozenset[str]) -> int:
        """Return how often a group of these names is still to be written."""
        return max((len(self._left.get(name, ())) for name in names), default=0)

    def next(self, name: str) -> Field:
        """Return the next value of a name; ValueError if there is none."""
        if not self._left.get(name):
            raise ValueError(f"the message lacks {name}")
        return self._left[name].pop(0)

    def finish(self) -> None:
        """Raise ValueError if a value was not written."""
        if extra := [name for name, values in self._left.items() if values]:
            raise ValueError(f"the message has too many values of {extra[0]}")


class _Element(Protocol):
    """One part of a layout."""

    @property
    def firsts(self) -> frozenset[int]:
        """The characters that it can begin with."""

    def write(self, values: _Values, frame: bytearray) -> None:
        """Append its characters to those before it."""

    def read(self, frame: bytes, at: int, found: dict[str, list[Field]]) -> int:
        """Append its values to the fields and return the place after it; LayoutError where it does not fit."""


@dataclass(frozen=True, slots=True)
class _Literal:
    code: int

    @property
    def firsts(self) -> frozenset[int]:
        return frozenset({self.code})

    def write(self, values: _Values, frame: bytearray) -> None:  # noqa: ARG002
        frame.append(self.code)

    def read(self, frame: bytes, at: int, found: dict[str, list[Field]]) -> int:  # noqa: ARG002
        if frame[at : at + 1] != bytes([self.code]):
            raise LayoutError(at, describe(bytes([self.code])), frame[at : at + 1])
        return at + 1


@dataclass(frozen=True, slots=True)
class _Alphabet:
    """What characters a field of fixed width is made of, in words."""

    codes: frozenset[int]
    one: str
    several: str
    is_number: bool = False


_ALPHABETS = {
    "h": _Alphabet(_HEXADECIMAL, "an upper-case hexadecimal digit", "hexadecimal digits", is_number=True),
    "d": _Alphabet(_DECIMAL, "a decimal digit", "decimal digits"),
    "a": _Alphabet(_LETTERS, "a letter", "letters"),
}


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A field of so many characters of one alphabet."""

    name: str
    alphabet: _Alphabet
    width: int

    @property
    def firsts(self) -> frozenset[int]:
        return self.alphabet.codes

    def write(self, values: _Values, frame: bytearray) -> None:
        value = values.next(self.name)
        if (codes := self._codes(value)) is None:
            kind = "a number of " if self.alphabet.is_number else ""
            raise ValueError(f"{self.name} is {kind}{self.width} {self.alphabet.several}, and not {value!r}")
        frame += codes

    def read(self, frame: bytes, at: int, found: dict[str, list[Field]]) -> int:
        for place in range(at, at + self.width):
            code = frame[place : place + 1]
            if not code or code[0] not in self.alphabet.codes:
                raise LayoutError(place, f"{self.alphabet.one} of {self.name}", code)
        text = frame[at : at + self.width].decode("ascii")
        found[self.name].append(int(text, 16) if self.alphabet.is_number else text)
        return at + self.width

    @property
    def _bound(self) -> int:
        return 1 << 4 * self.width

    def _codes(self, value: Field) -> bytes | None:
        if self.alphabet.is_number:
            return b"%0*X" % (self.width, value) if isinstance(value, int) and 0 <= value < self._bound else None
        codes = str(value).encode("ascii", "replace")
        return codes if len(codes) == self.width and set(codes) <= self.alphabet.codes else None


@dataclass(frozen=True, slots=True)
class _Until:
    """A field of any printable characters up to one that can follow it."""

    name: str
    terminators: frozenset[int]

    @property
    def firsts(self) -> frozenset[int]:
        return _PRINTABLE - self.terminators

    def write(self, values: _Values, frame: bytearray) -> None:
        codes = str(values.next(self.name)).encode("ascii")
        if wrong := [code for code in codes if code not in self.firsts]:
            raise ValueError(f"{self.name} cannot hold {describe(bytes(wrong[:1]))}")
        frame += codes

    def read(self, frame: bytes, at: int, found: dict[str, list[Field]]) -> int:
        end = at
        while frame[end : end + 1] and frame[end] in self.firsts:
            end += 1
        if not frame[end : end + 1] or frame[end] not in self.terminators:
            names = " or ".join(describe(bytes([code])) for code in sorted(self.terminators))
            raise LayoutError(end, f"{names} after {self.name}", frame[end : end + 1])
        found[self.name].append(frame[at:end].decode("ascii"))
        return end


@dataclass(frozen=True, slots=True)
class _Group:
    """Elements that come several times."""

    elements: tuple[_Element, ...]
    names: frozenset[str]
    at_least: int

    @property
    def firsts(self) -> frozenset[int]:
        return self.elements[0].firsts

    def write(self, values: _Values, frame: bytearray) -> None:
        for _ in range(max(values.left(self.names), self.at_least)):
            for element in self.elements:
                element.write(values, frame)

    def read(self, frame: bytes, at: int, found: dict[str, list[Field]]) -> int:
        times = 0
        while times < self.at_least or (frame[at : at + 1] and frame[at] in self.firsts):
            for element in self.elements:
                at = element.read(frame, at, found)
            times += 1
        return at


@dataclass(frozen=True, slots=True)
class _BlockCheck:
    @property
    def firsts(self) -> frozenset[int]:
        return _NOTHING

    def write(self, values: _Values, frame: bytearray) -> None:  # noqa: ARG002
        frame.append(block_check(bytes(frame)))

    def read(self, frame: bytes, at: int, found: dict[str, list[Field]]) -> int:  # noqa: ARG002
        expected = block_check(frame[:at])
        if frame[at : at + 1] != bytes([expected]):
            raise BlockCheckError(at, f"BCC {expected:02X}h", frame[at : at + 1])
        return at + 1


# -- reading the text of a layout ------------------------------------------------------------------------------

_NOTHING: frozenset[int] = frozenset()
_REPEATS = {"]+": 1, "]*": 0}


@dataclass(frozen=True, slots=True)
class _Repeat:
    parts: tuple["_Part", ...]
    at_least: int


_Part: TypeAlias = str | _Repeat


def _parse(words: Iterator[str], opened: str = "") -> Iterator[_Part]:
    """Yield the words up to the end of the layout or of the open group, groups as one part."""
    for word in words:
        if word == "[" and opened:
            raise ValueError("a group has no group within it")
        if word == "[":
            parts = list(_parse(words, word))
            if not parts or parts[-1] not in _REPEATS:
                raise ValueError("a group ends with ]+ or ]*")
            yield _Repeat(tuple(parts[:-1]), _REPEATS[str(parts[-1])])
        elif word in _REPEATS:
            if not opened:
                raise ValueError(f"there is no [ before {word}")
            yield word
            return
        else:
            yield word


def _named(parts: tuple[_Part, ...] | list[_Part]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if isinstance(part, _Repeat):
            yield from _named(part.parts)
        elif len(part) > 1 and ":" in part:
            name, _, kind = part.partition(":")
            yield name, kind


def _build(parts: list[_Part], follow: frozenset[int]) -> tuple[_Element, ...]:
    """Return the elements; each is told what can follow it."""
    elements: list[_Element] = []
    for part in reversed(parts):
        element = _group(part, follow) if isinstance(part, _Repeat) else _element(part, follow)
        can_be_left_out = isinstance(element, _Group) and not element.at_least
        follow = element.firsts | follow if can_be_left_out else element.firsts
        elements.insert(0, element)
    return tuple(elements)


def _group(part: _Repeat, follow: frozenset[int]) -> _Group:
    names = frozenset(name for name, _ in _named(part.parts))
    if not names:
        raise ValueError("a group has a field")
    first = _element(str(part.parts[0]), follow)
    if isinstance(first, _Until):
        raise ValueError(f"a group begins with a character or a field of fixed width, and not {part.parts[0]!r}")
    return _Group(_build(list(part.parts), first.firsts | follow), names, part.at_least)


def _literal_code(word: str) -> int | None:
    if word in _CONTROL_CODES:
        return _CONTROL_CODES[word]
    return ord(word) if len(word) == 1 and word.isascii() else None


def _element(word: str, follow: frozenset[int]) -> _Element:
    if word == "BCC":
        return _BlockCheck()
    if (code := _literal_code(word)) is not None:
        return _Literal(code)
    name, _, kind = word.partition(":")
    if name.isidentifier() and kind[:1] in _ALPHABETS and kind[1:].isdigit():
        return _Fixed(name, _ALPHABETS[kind[0]], int(kind[1:]))
    if name.isidentifier() and kind == "*" and follow and not follow & _HEXADECIMAL:
        return _Until(name, follow)
    raise ValueError(f"a layout has no part {word!r}")
