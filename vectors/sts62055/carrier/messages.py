"""The eight messages of IEC 62055-52, 6.4, and their characters under a profile."""

from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from sts62055.carrier.layouts import BlockCheckError, Layout, LayoutError, block_check
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
    """Say who the server is: three letters of the maker, then numbers (6.4.3, 7.3-7.7)."""

    manufacturer: str
    table_id: int
    foin: int
    protocol_version: int
    server_status: int
    software_version: int


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
    """The values of consecutive registers, from `register_id` on (6.4.9)."""

    register_id: int
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

    def encode(self, message: Message) -> bytes:
        """Return the characters of a message, without parity."""
        if isinstance(message, UndefinedCommand):
            return framed(message.letter.encode("ascii"))
        return self._layouts[type(message)].write(asdict(message))

    def decode_command(self, frame: bytes) -> Command:
        """Return the command that a server reads in a frame; LayoutError if it is none."""
        command: Command = self._decode(frame, _COMMANDS)
        return command

    def decode_answer(self, frame: bytes) -> Answer:
        """Return the answer that a client reads in a frame; LayoutError if it is none."""
        answer: Answer = self._decode(frame, _ANSWERS)
        return answer

    def _decode(self, frame: bytes, kinds: dict[str, type[Any]]) -> Any:
        errors: list[LayoutError] = []
        for kind in kinds.values():
            try:
                return kind(**self._layouts[kind].read(frame))
            except LayoutError as error:
                errors.append(error)
        if kinds is _COMMANDS and (undefined := _undefined_command(frame)):
            return undefined
        raise max(errors, key=lambda error: error.at)


def _undefined_command(frame: bytes) -> UndefinedCommand | None:
    if len(frame) < 4 or frame[0] != _SOH or frame[-2] != _ETX or chr(frame[1]) in "RWB":
        return None
    expected = block_check(frame[:-1])
    if frame[-1] != expected:
        raise BlockCheckError(len(frame) - 1, f"BCC {expected:02X}h", frame[-1:])
    return UndefinedCommand(chr(frame[1]))
