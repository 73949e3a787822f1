"""Messages and characters of IEC 62055-52 as the journal keeps them."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from sts62055.carrier import messages
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter

__all__ = [
    "Ack",
    "Answer",
    "BreakCommand",
    "Command",
    "Data",
    "IDRequest",
    "IDResponse",
    "Instant",
    "Interval",
    "Nak",
    "ReadCommand",
    "ReceivedCharacters",
    "SentCharacters",
    "UndefinedCommand",
    "WriteCommand",
    "answer_of",
    "command_of",
]

_MOST = 2**63 - 1
Instant = Annotated[int, Field(ge=0, le=_MOST)]
"""An instant on the clock in use, in nanoseconds."""

Interval = Annotated[int, Field(ge=-_MOST, le=_MOST)]
"""The time between two instants, in nanoseconds."""

Octets = Annotated[bytes, Field(max_length=1 << 20)]


@dataclass(frozen=True, slots=True)
class IDRequest:
    """Who the server is was asked for (6.4.2)."""

    kind: Literal["IDRequest"] = "IDRequest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCommand:
    """Consecutive registers were asked for (6.4.4)."""

    kind: Literal["ReadCommand"] = "ReadCommand"
    register_id: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCommand:
    """Text was to be written to a register (6.4.5)."""

    kind: Literal["WriteCommand"] = "WriteCommand"
    register_id: int
    data: str


@dataclass(frozen=True, slots=True)
class BreakCommand:
    """What the server was doing was to end (6.4.6)."""

    kind: Literal["BreakCommand"] = "BreakCommand"


@dataclass(frozen=True, slots=True, kw_only=True)
class UndefinedCommand:
    """A frame had a command letter that no clause defines (6.6.6)."""

    kind: Literal["UndefinedCommand"] = "UndefinedCommand"
    letter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IDResponse:
    """The server said who it is: the fields of the profile's layout in their order (6.4.3)."""

    kind: Literal["IDResponse"] = "IDResponse"
    fields: tuple[tuple[str, int | str], ...]


@dataclass(frozen=True, slots=True)
class Ack:
    """The server said yes (6.4.7)."""

    kind: Literal["Ack"] = "Ack"


@dataclass(frozen=True, slots=True)
class Nak:
    """The server said no (6.4.8)."""

    kind: Literal["Nak"] = "Nak"


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The server gave the values of consecutive registers, from `register_id` on (6.4.9).

    register_id: None where the profile's layout does not name it.
    """

    kind: Literal["Data"] = "Data"
    register_id: int | str | None
    values: tuple[str, ...]


Command: TypeAlias = Annotated[
    IDRequest | ReadCommand | WriteCommand | BreakCommand | UndefinedCommand, Field(discriminator="kind")
]
Answer: TypeAlias = Annotated[IDResponse | Ack | Nak | Data, Field(discriminator="kind")]


def command_of(message: messages.Command) -> Command:
    """Return a command as the journal keeps it."""
    match message:
        case messages.ReadCommand(register_id, count):
            return ReadCommand(register_id=register_id, count=count)
        case messages.WriteCommand(register_id, data):
            return WriteCommand(register_id=register_id, data=data)
        case messages.UndefinedCommand(letter):
            return UndefinedCommand(letter=letter)
        case messages.IDRequest():
            return IDRequest()
        case messages.BreakCommand():
            return BreakCommand()


def answer_of(message: messages.Answer) -> Answer:
    """Return an answer as the journal keeps it."""
    match message:
        case messages.Data(register_id, values):
            return Data(register_id=register_id, values=values)
        case messages.IDResponse(fields):
            return IDResponse(fields=fields)
        case messages.Ack():
            return Ack()
        case messages.Nak():
            return Nak()


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCharacters:
    """Characters that were sent: their 7-bit codes, and what was done to some of them, by place from 0 on.

    gaps: the silence before a character, in nanoseconds; wrong_parity: the places where parity was spoiled;
    breaks: for how many nanoseconds the line was held at space in place of a character.
    """

    codes: Octets
    gaps: tuple[tuple[int, Interval], ...]
    wrong_parity: tuple[int, ...]
    breaks: tuple[tuple[int, Interval], ...] = ()

    @property
    def is_damaged(self) -> bool:
        """Whether any of them was damaged on purpose."""
        return bool(self.wrong_parity or self.breaks)

    @classmethod
    def of(cls, characters: tuple[OutgoingCharacter, ...]) -> "SentCharacters":
        """Return characters as the journal keeps them."""
        return cls(
            codes=bytes([character.code for character in characters]),
            gaps=tuple((place, one.gap) for place, one in enumerate(characters) if one.gap),
            wrong_parity=tuple(place for place, one in enumerate(characters) if one.wrong_parity),
            breaks=tuple((place, one.held) for place, one in enumerate(characters) if one.held),
        )

    def characters(self) -> tuple[OutgoingCharacter, ...]:
        """Return them one by one."""
        gaps, wrong, breaks = dict(self.gaps), frozenset(self.wrong_parity), dict(self.breaks)
        return tuple(
            OutgoingCharacter(code, gaps.get(place, 0), place in wrong, breaks.get(place, 0))
            for place, code in enumerate(self.codes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedCharacters:
    """Characters that came: their 7-bit codes, and in nanoseconds when each ended and how long it lasted.

    durations: one for all where they are alike; damaged: the places of those with wrong parity or framing.
    ValueError if there is not an end and a duration for each character.
    """

    codes: Octets
    ends: tuple[Instant, ...]
    durations: tuple[Interval, ...]
    damaged: tuple[int, ...]

    def __post_init__(self) -> None:
        count = len(self.codes)
        if len(self.ends) != count or len(self.durations) not in {count, min(count, 1)}:
            raise ValueError(f"there is not an end and a duration for each of {count} characters")

    @classmethod
    def of(cls, characters: tuple[ReceivedCharacter, ...]) -> "ReceivedCharacters":
        """Return characters as the journal keeps them."""
        durations = tuple([one.end - one.start for one in characters])
        return cls(
            codes=bytes([one.code for one in characters]),
            ends=tuple([one.end for one in characters]),
            durations=durations[:1] if len(set(durations)) == 1 else durations,
            damaged=tuple([place for place, one in enumerate(characters) if not one.intact]),
        )

    def characters(self) -> tuple[ReceivedCharacter, ...]:
        """Return them one by one."""
        count, damaged = len(self.codes), frozenset(self.damaged)
        durations = self.durations * count if len(self.durations) == 1 else self.durations
        return tuple(
            ReceivedCharacter(code, place not in damaged, end - lasted, end)
            for place, (code, end, lasted) in enumerate(zip(self.codes, self.ends, durations, strict=True))
        )
