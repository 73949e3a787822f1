"""Settings of instruments as attributes, each declared once with command, type, unit and range."""

import math
import re
from collections.abc import Mapping
from typing import Generic, Protocol, Self, TypeVar, overload

from sts_rigs.errors import BenchFault
from sts_rigs.instruments.session import Session

__all__ = ["Choice", "Endpoint", "Flag", "Number", "Numbered", "Setting", "number_in", "text_of"]

T = TypeVar("T")

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([kKMGmun]?)([A-Za-z/]*)\s*")
_PREFIXES = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "m": 1e-3, "u": 1e-6, "n": 1e-9}


class Endpoint(Protocol):
    """Owner of settings: an instrument, or one channel of it."""

    @property
    def session(self) -> Session:
        """The connection."""

    @property
    def place(self) -> Mapping[str, object]:
        """Fields of the commands, such as {"n": 2} for the second channel."""


class Numbered:
    """One of several alike of an instrument, such as an input: `{n}` in its commands is its number."""

    def __init__(self, session: Session, number: int) -> None:
        self.session = session
        self.place: Mapping[str, object] = {"n": number}


def text_of(value: float) -> str:
    """Format a number for a command, with at most nine digits."""
    return f"{value:.9g}"


def number_in(name: str, query: str, answer: str) -> float:
    """Parse a number, which may have a prefix and a unit ("500MSa/s"); BenchFault if it is none."""
    match = _NUMBER.fullmatch(answer)
    if match is None:
        raise BenchFault(
            f"{name} answered {query!r} with {answer[:40]!r}, which is not a number",
            "check the driver in the rig file against the model",
        )
    return float(match[1]) * _PREFIXES[match[2]]


class Setting(Generic[T]):
    """One setting of an instrument, as an attribute of its driver.

    command: how it is set, with places in braces that the endpoint fills ("CHAN{n}:SCAL"); a query is the command
    with a question mark after the header. doc: what it is.
    """

    def __init__(self, command: str, doc: str, *, read_only: bool = False) -> None:
        self.__doc__ = doc
        self._command = command
        self._read_only = read_only
        self._label = command

    def __set_name__(self, owner: type, name: str) -> None:
        self._label = name.replace("_", " ")

    @overload
    def __get__(self, endpoint: None, owner: type) -> Self: ...

    @overload
    def __get__(self, endpoint: Endpoint, owner: type) -> T: ...

    def __get__(self, endpoint: Endpoint | None, owner: type) -> Self | T:
        if endpoint is None:
            return self
        query = self._command.format_map(endpoint.place) + "?"
        return self.decode(endpoint.session.name, query, endpoint.session.query(query))

    def __set__(self, endpoint: Endpoint, value: T) -> None:
        if self._read_only:
            raise AttributeError(f"{self._label} can only be read")
        text = self.encode(endpoint.session.name, value)
        endpoint.session.write(f"{self._command.format_map(endpoint.place)} {text}")

    def encode(self, name: str, value: T) -> str:
        """Encode a value for the instrument; BenchFault if it cannot be."""
        raise NotImplementedError

    def decode(self, name: str, query: str, answer: str) -> T:
        """Decode the instrument's answer; BenchFault if it is no value."""
        raise NotImplementedError


class Number(Setting[float]):
    """A number from `low` to `high`, both possible, in `unit`; `suffix` is sent after it."""

    def __init__(
        self,
        command: str,
        doc: str,
        *,
        unit: str = "",
        low: float = -math.inf,
        high: float = math.inf,
        suffix: str = "",
        read_only: bool = False,
    ) -> None:
        super().__init__(command, doc, read_only=read_only)
        self._unit = unit
        self._low = low
        self._high = high
        self._suffix = suffix

    def encode(self, name: str, value: float) -> str:
        """Return the number as text; BenchFault if it is out of range."""
        if not (math.isfinite(value) and self._low <= value <= self._high):
            raise BenchFault(
                f"the {self._label} of {name} cannot be {value:g} {self._unit}".rstrip(),
                f"choose {self._low:g} to {self._high:g} {self._unit}".rstrip(),
            )
        return text_of(value) + self._suffix

    def decode(self, name: str, query: str, answer: str) -> float:
        """Return the number in the answer."""
        return number_in(name, query, answer)


class Choice(Setting[T]):
    """One of a few values, each with the instrument's word for it.

    In the words' long form the small letters may be left out, as SCPI has it; an answer may be either form.
    """

    def __init__(self, command: str, doc: str, words: Mapping[T, str], *, read_only: bool = False) -> None:
        super().__init__(command, doc, read_only=read_only)
        self._words = dict(words)
        self._values = {form: value for value, word in words.items() for form in _forms(word)}

    def encode(self, name: str, value: T) -> str:
        """Return the word for the value; BenchFault if there is none."""
        if value not in self._words:
            known = ", ".join(map(str, self._words))
            raise BenchFault(f"the {self._label} of {name} cannot be {value}", f"choose one of {known}")
        return self._words[value]

    def decode(self, name: str, query: str, answer: str) -> T:
        """Return the value for the word."""
        try:
            return self._values[answer.strip().upper()]
        except KeyError:
            raise BenchFault(
                f"{name} answered {query!r} with {answer[:40]!r}, not one of {', '.join(self._words.values())}",
                "check the driver in the rig file against the model",
            ) from None


class Flag(Choice[bool]):
    """On or off; an answer may be a word or 0 and 1."""

    def __init__(self, command: str, doc: str, *, on: str = "ON", off: str = "OFF") -> None:
        super().__init__(command, doc, {True: on, False: off})
        self._values |= {"1": True, "0": False, "ON": True, "OFF": False}


def _forms(word: str) -> set[str]:
    return {word.upper(), "".join(letter for letter in word if not letter.islower())}
