"""The eight messages of IEC 62055-52, 6.4, and their characters under a profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from typing import Any, Self, TypeAlias

from sts62055.carrier.layouts import BlockCheckError, Field, Fields, Layout, LayoutError, block_check
from sts62055.carrier.profile import Profile

__all__ = [
    "Ack",
    "Answer",
    "BreakCommand",
    "Codec",
    "Command",
    "Data",
    "IDRequest",
    "IDResponse",
    "Message",
    "Nak",
    "ReadCommand",
    "UndefinedCommand",
    "WriteCommand",
    "framed",
    "single_answer",
]

_SOH, _ETX = 0x01, 0x03


@dataclass(frozen=True, slots=True)
class IDRequest:
    """Ask a server who it is (6.4.2)."""


@dataclass(frozen=True, slots=True)
class IDResponse:
    """Say who the server is: the fields of the profile's layout, by name (6.4.3, 7.3-7.7)."""

    fields: tuple[tuple[str, Field], ...]

    @classmethod
    def of(cls, **fields: Field) -> Self:
        """Return a response with these fields."""
        return cls(tuple(fields.items()))

    def get(self, name: str) -> Field | None:
        """Return a field, None if the layout has none of that name."""
        return dict(self.fields).get(name)


@dataclass(frozen=True, slots=True)
class ReadCommand:
    """Ask for `count` consecutive registers, 0 and 1 both meaning one (6.4.4)."""

    register_id: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class WriteCommand:
    """Write text to a register (6.4.5)."""

    register_id: int
    data: str


@dataclass(frozen=True, slots=True)
class BreakCommand:
    """End what the server is doing (6.4.6)."""


@dataclass(frozen=True, slots=True)
class UndefinedCommand:
    """A well-formed frame with a command letter that no clause defines (6.6.6)."""

    letter: str


@dataclass(frozen=True, slots=True)
class Ack:
    """Say yes (6.4.7)."""


@dataclass(frozen=True, slots=True)
class Nak:
    """Say no (6.4.8)."""


@dataclass(frozen=True, slots=True)
class Data:
    """The values of consecutive registers, from `register_id` on (6.4.9).

    register_id: None where the profile's layout does not name it.
    """

    register_id: int | None
    values: tuple[str, ...]


Command: TypeAlias = IDRequest | ReadCommand | WriteCommand | BreakCommand | UndefinedCommand
Answer: TypeAlias = IDResponse | Ack | Nak | Data
Message: TypeAlias = Command | Answer

_COMMANDS: dict[str, type[Any]] = {
    "id_request": IDRequest,
    "read_command": ReadCommand,
    "write_command": WriteCommand,
    "break_command": BreakCommand,
}
_FRAMED_COMMANDS = ("read_command", "write_command", "break_command")
_ANSWERS: dict[str, type[Any]] = {"id_response": IDResponse, "ack": Ack, "nak": Nak, "data": Data}


def framed(body: bytes) -> bytes:
    """Return a command frame around any body: SOH, body, ETX, BCC."""
    frame = bytes([_SOH]) + body + bytes([_ETX])
    return frame + bytes([block_check(frame)])


def single_answer(profile: Profile, parameter: str) -> Ack | Nak:
    """Return the answer of one character that a profile's parameter names: ACK or NAK."""
    kinds: dict[str, type[Ack] | type[Nak]] = {"ACK": Ack, "NAK": Nak}
    return kinds[profile.text(parameter)]()


class Codec:
    """Messages to 7-bit characters and back, by the layouts of a profile."""

    def __init__(self, profile: Profile) -> None:
        layouts = {name: Layout(profile.text(name)) for name in (*_COMMANDS, *_ANSWERS)}
        self._layouts = {kind: layouts[name] for name, kind in (_COMMANDS | _ANSWERS).items()}
        self._letters = {layouts[name].command_letter for name in _FRAMED_COMMANDS}

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
        """Return the command that a server reads in a frame; LayoutError if it is none."""
        command: Command = self._decode(frame, _COMMANDS)
        return command

    def decode_answer(self, frame: bytes) -> Answer:
        """Return the answer that a client reads in a frame; LayoutError if it is none."""
        answer: Answer = self._decode(frame, _ANSWERS)
        return answer

    def fill(self, known: Mapping[str, Field]) -> IDResponse:
        """Return an IDResponse with the fields of the layout, those that are not known as zeros or letters X."""
        kinds = self._layouts[IDResponse].kinds
        return IDResponse(tuple((name, known.get(name, _blank(kind))) for name, kind in kinds.items()))

    def _decode(self, frame: bytes, kinds: Mapping[str, type[Any]]) -> Any:
        errors: list[LayoutError] = []
        for kind in kinds.values():
            try:
                return self._made(kind, self._layouts[kind].read(frame), frame)
            except LayoutError as error:
                errors.append(error)
        if kinds is _COMMANDS and (undefined := self._undefined_command(frame)):
            return undefined
        raise max(errors, key=lambda error: error.at)

    def _made(self, kind: type[Any], fields: Fields, frame: bytes) -> Any:
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

    def _undefined_command(self, frame: bytes) -> UndefinedCommand | None:
        if len(frame) < 4 or frame[0] != _SOH or frame[-2] != _ETX or frame[1] in self._letters:
            return None
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
