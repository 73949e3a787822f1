"""Codec of the messages: to 7-bit characters and back, by the layouts of a profile (IEC 62055-52, 6.4 and 6.5)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields as dataclass_fields
from typing import Any, Final, TypeAlias

from sts62055.carrier.characters import describe
from sts62055.carrier.framing import ETX, SOH, STX, framed
from sts62055.carrier.layouts import BlockCheckError, Field, Fields, Layout, LayoutError, block_check
from sts62055.carrier.messages import (
    Ack,
    Answer,
    BreakCommand,
    Command,
    Data,
    IDRequest,
    IDResponse,
    Message,
    Nak,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts62055.carrier.profile import Profile

__all__ = ["ANY", "SILENCE", "Codec", "single_answer"]

SILENCE: Final = "silence"
"""What a parameter of the profile says of a command that gets no answer."""

ANY: Final = "any"
"""What it says of a command that a maker may have answered by ACK, by NAK or not at all."""

_Kind: TypeAlias = type[Any]
"""The class of a message."""

_FRAMED_COMMANDS: Mapping[str, _Kind] = {
    "read_command": ReadCommand,
    "write_command": WriteCommand,
    "break_command": BreakCommand,
}
_ANSWERS: Mapping[str, _Kind] = {"id_response": IDResponse, "ack": Ack, "nak": Nak, "data": Data}
_LAYOUTS: Mapping[str, _Kind] = {"id_request": IDRequest, **_FRAMED_COMMANDS, **_ANSWERS}
"""The message of each parameter of the profile that is a layout."""

_SHORTEST_FRAME = 4
"""SOH, letter, ETX and BCC."""


def single_answer(profile: Profile, parameter: str) -> Ack | Nak:
    """Return the answer of one character that a profile's parameter names: ACK or NAK; ACK where it is open."""
    kinds: dict[str, type[Ack] | type[Nak]] = {"ACK": Ack, "NAK": Nak, ANY: Ack}
    return kinds[profile.text(parameter)]()


class Codec:
    """Encoder and decoder of messages under one profile.

    What a message is follows from its first character; among the commands that begin with SOH, from their letter.
    """

    def __init__(self, profile: Profile) -> None:
        self._registers = profile.registers
        layouts = {name: Layout(profile.text(name)) for name in _LAYOUTS}
        self._layouts = {kind: layouts[name] for name, kind in _LAYOUTS.items()}
        self._by_letter = {layouts[name].command_letter: kind for name, kind in _FRAMED_COMMANDS.items()}
        self._command_openings = (layouts["id_request"].opening, SOH)
        self._answers = {layouts[name].opening: kind for name, kind in _ANSWERS.items()}

    def encode(self, message: Message) -> bytes:
        """Return the characters of a message, without parity; ValueError for a field that does not fit."""
        match message:
            case UndefinedCommand(letter):
                return framed(letter.encode("ascii"))
            case IDResponse(fields):
                content: Fields = dict(fields)
            case Data(first, values):
                content = {"register_id": self._named(first, len(values)), "value": values}
            case _:
                content = {part.name: getattr(message, part.name) for part in dataclass_fields(message)}
        return self._layouts[type(message)].write(content)

    def decode_command(self, frame: bytes) -> Command:
        """Return the command in a frame to a server; LayoutError for the first character that does not fit."""
        kind: _Kind = IDRequest
        if _choose(self._command_openings, frame, 0) == SOH:
            if self._is_undefined(frame):
                return _undefined(frame)
            kind = self._by_letter[_choose(self._by_letter, frame, 1)]
        command: Command = self._read(kind, frame)
        return command

    def decode_answer(self, frame: bytes) -> Answer:
        """Return the answer in a frame to a client; LayoutError for the first character that does not fit."""
        answer: Answer = self._read(self._answers[_choose(self._answers, frame, 0)], frame)
        return answer

    def read_malformed(self, codes: bytes, asked: ReadCommand) -> Data | None:
        """Return the Data in characters of another layout, None unless a value is plain in them.

        That is so where nothing else in them is hexadecimal but the registerID, if that is there, and the value
        has the width of its register; what ends it may be another character, or missing.
        """
        entry = next((one for one in self._registers.values() if one.id == asked.register_id), None)
        if entry is None or asked.count > 1 or codes[:1] not in (bytes([SOH]), bytes([STX])):
            return None
        text = re.split(r"[\x00-\x1f]", codes[1:].decode("ascii"), maxsplit=1)[0]
        width = int(self._layouts[Data].kinds.get("register_id", "h0")[1:])
        name = f"{asked.register_id:0{width}X}" if width else ""
        match re.findall(r"[0-9A-F]+", text):
            case [first, value] if first == name and len(value) == entry.width:
                return Data(asked.register_id, (value,))
            case [both] if len(both) == width + entry.width and both.startswith(name):
                return Data(asked.register_id, (both[width:],))
            case [value] if len(value) == entry.width:
                return Data(None, (value,))
        return None

    def fill(self, known: Mapping[str, Field]) -> IDResponse:
        """Return an IDResponse with the fields of the layout, those that are not known as zeros or letters X."""
        kinds = self._layouts[IDResponse].kinds
        return IDResponse(tuple((name, known.get(name, _blank(kind))) for name, kind in kinds.items()))

    def _read(self, kind: _Kind, frame: bytes) -> Any:
        fields = self._layouts[kind].read(frame)
        if kind is IDResponse:
            return IDResponse(tuple(fields.items()))  # type: ignore[arg-type]
        if kind is Data:
            return Data(_first(fields.get("register_id"), frame), fields["value"])  # type: ignore[arg-type]
        return kind(**fields)

    def _named(self, first: int | None, count: int) -> Field | tuple[Field, ...]:
        """Return what Data names: its first register, or each."""
        if first is None:
            raise ValueError("Data has no register_id")
        return tuple(range(first, first + count)) if "register_id" in self._layouts[Data].repeated else first

    def _is_undefined(self, frame: bytes) -> bool:
        """Whether a frame is whole, its BCC aside, and its letter that of no command (6.6.6)."""
        return len(frame) >= _SHORTEST_FRAME and frame[-2] == ETX and frame[1] not in self._by_letter


def _choose(expected: Iterable[int | None], frame: bytes, at: int) -> int:
    """Return the character at a place; LayoutError if it is none of those expected there."""
    code = frame[at : at + 1]
    if not code or code[0] not in expected:
        *others, last = (describe(bytes([one])) for one in expected if one is not None)
        raise LayoutError(at, " or ".join(filter(None, [", ".join(others), last])), code)
    return code[0]


def _undefined(frame: bytes) -> UndefinedCommand:
    expected = block_check(frame[:-1])
    if frame[-1] != expected:
        raise BlockCheckError(len(frame) - 1, f"BCC {expected:02X}h", frame[-1:])
    return UndefinedCommand(chr(frame[1]))


def _first(named: Field | tuple[Field, ...] | None, frame: bytes) -> Field | None:
    """Return the register that Data begins with; LayoutError if those that it names do not follow each other."""
    if not isinstance(named, tuple):
        return named
    begins = int(named[0])
    if list(named) != list(range(begins, begins + len(named))):
        raise LayoutError(len(frame), f"registers from {begins:04X} on, each the next", frame)
    return begins


def _blank(kind: str) -> Field:
    return {"a": "X", "d": "0"}[kind[0]] * int(kind[1:]) if kind[0] in "ad" else 0
