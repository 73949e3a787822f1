"""Decoder of the traffic on a line, whoever sent it: messages, garbage and faults (IEC 62055-52, 6.4)."""

from dataclasses import dataclass
from enum import StrEnum

from sts62055.carrier.characters import describe
from sts62055.carrier.codec import Codec
from sts62055.carrier.framing import (
    ACK,
    CLIENT_OPENINGS,
    ETX,
    NAK,
    SERVER_OPENINGS,
    SOH,
    STX,
    MessageReader,
    Part,
)
from sts62055.carrier.layouts import Field, Layout, LayoutError, block_check
from sts62055.carrier.messages import (
    Ack,
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
from sts62055.carrier.profile import Profile, RegisterEntry

__all__ = ["Decoded", "Direction", "Finding", "MessageWords", "StreamDecoder"]


class Direction(StrEnum):
    """Sender of a stream; UNKNOWN for a tap that hears both."""

    TO_METER = "to the meter"
    FROM_METER = "from the meter"
    UNKNOWN = "unknown"


class Finding(StrEnum):
    """Kind of a piece of a stream."""

    MESSAGE = "message"
    MALFORMED = "malformed message"
    UNFINISHED = "unfinished message"
    TOO_LONG = "more characters than the longest message"
    GARBAGE = "characters that begin no message"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A piece of a stream; the pieces in their order are the whole stream.

    place: how many characters came before it; message: also that of a wrong BCC, None where nothing can be read;
    name and clause: of the message, or of what is wrong; fields: names and values in words; is_bcc_right: None
    for what has no BCC; problem: why it is malformed; damaged: places in it with wrong parity or framing;
    began and ended: nanoseconds, of its first character's start and its last one's end, None where not known.
    """

    place: int
    codes: bytes
    direction: Direction
    finding: Finding
    name: str
    clause: str
    message: Message | None = None
    fields: tuple[tuple[str, str], ...] = ()
    is_bcc_right: bool | None = None
    problem: str = ""
    damaged: tuple[int, ...] = ()
    began: int | None = None
    ended: int | None = None


class MessageWords:
    """Description of messages in words, with the clauses and register names of a profile."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._registers = {entry.id: entry for entry in profile.registers.values()}
        self._identification = Layout(profile.text("id_response")).kinds

    def name(self, message: Message) -> str:
        """Return the standard's name of a message."""
        return _NAMES[type(message)][0]

    def clause(self, message: Message) -> str:
        """Return the clause that defines a message."""
        return self._profile.parameters[_NAMES[type(message)][1]].clause

    def fields(self, message: Message) -> tuple[tuple[str, str], ...]:
        """Return the fields of a message by name, their values in words."""
        match message:
            case ReadCommand(register_id, count):
                return ("register", self._register(register_id)), ("count", str(count))
            case WriteCommand(register_id, data):
                entry = self._registers.get(register_id)
                is_token = entry is not None and entry.name == "token"
                return ("register", self._register(register_id)), ("token" if is_token else "data", _visible(data))
            case Data(first, values):
                if first is None:
                    return tuple((f"value {place}", _visible(text)) for place, text in enumerate(values, start=1))
                return tuple(
                    (self._register(register_id), self._value(self._registers.get(register_id), text))
                    for register_id, text in enumerate(values, start=first)
                )
            case IDResponse(fields):
                return tuple((_FIELD_NAMES.get(name, name), self._field(name, value)) for name, value in fields)
            case UndefinedCommand(letter):
                return (("letter", describe(letter.encode("ascii"))),)
            case IDRequest() | BreakCommand() | Ack() | Nak():
                return ()

    def _register(self, register_id: int) -> str:
        entry = self._registers.get(register_id)
        return f"{register_id:04X} {entry.name if entry else '(not predefined)'}"

    def _field(self, name: str, value: Field) -> str:
        width = self._identification.get(name, "")[1:]
        return f"{value:0{width}X}" if isinstance(value, int) else _visible(value)

    def _value(self, entry: RegisterEntry | None, text: str) -> str:
        if entry is None or not text or not set(text) <= set("0123456789ABCDEF"):
            return _visible(text)
        if entry.name == "token_status":
            return f"{text} = {int(text, 16)} {self._profile.token_status(int(text, 16)) or 'reserved'}"
        if entry.unit == "bits":
            return f"{text} = {int(text, 16):0{4 * len(text)}b} (bits)"
        return f"{text} = {int(text, 16)} ({entry.unit})"


class StreamDecoder:
    """Decoder of the characters of one direction, or of a tap on both.

    It judges nothing that needs the other side, raises on no input and never holds more than the longest
    message. Unlike a server it begins anew with a SOH (from the meter: STX, ACK, NAK) where none can be in a
    message, so that one cut-off message does not hide the next.
    """

    def __init__(self, profile: Profile, direction: Direction = Direction.UNKNOWN) -> None:
        self._codec = Codec(profile)
        self._words = MessageWords(profile)
        self._profile = profile
        self.direction = direction
        self._openings = _OPENINGS[direction]
        self._longest = profile.number("longest_message")
        self._longest_gap = profile.longest_time("inter_character_time")
        self._character_time = profile.character_time
        self._reader = MessageReader(self._openings, self._longest)
        self._held = bytearray()
        self._damaged: list[int] = []
        self._began: int | None = None
        self._ended: int | None = None
        self._place = 0
        self._holds_garbage = False

    @property
    def deadline(self) -> int | None:
        """The instant, in nanoseconds, at which to call `expire`; None while nothing is held."""
        if not self._held or self._ended is None:
            return None
        return self._ended + self._longest_gap + self._character_time + 1

    def take(self, code: int, *, intact: bool = True, end: int | None = None) -> list[Decoded]:
        """Take a character that ended at an instant, in nanoseconds; return what it completes.

        A code of more than 7 bits counts as damaged.
        """
        intact = intact and 0 <= code <= 0x7F
        code &= 0x7F
        found: list[Decoded] = []
        if self._is_late(end) or (self._is_in_message and self._interrupts(code)):
            found += self.finish()
        part = self._reader.feed(code)
        if part is Part.TOO_MANY:
            found += self._give(Finding.TOO_LONG)
            part = self._reader.feed(code)
        if self._held and (part is Part.OUTSIDE) is not self._holds_garbage:
            found += self._give(Finding.GARBAGE, keep_reader=True)
        self._hold(code, intact, end, is_garbage=part is Part.OUTSIDE)
        if part is Part.LAST:
            found += self._complete()
        elif self._holds_garbage and len(self._held) >= self._longest:
            found += self._give(Finding.GARBAGE)
        return found

    def expire(self, now: int) -> list[Decoded]:
        """Take the time in nanoseconds; return what silence ends."""
        deadline = self.deadline
        return [] if deadline is None or now < deadline else self.finish()

    def finish(self) -> list[Decoded]:
        """Return what is left, as nothing more belongs to it."""
        if not self._held:
            return []
        return self._give(Finding.GARBAGE if self._holds_garbage else Finding.UNFINISHED)

    @property
    def held(self) -> int:
        """Number of characters held."""
        return len(self._held)

    @property
    def _is_in_message(self) -> bool:
        return bool(self._held) and not self._holds_garbage

    def _is_late(self, end: int | None) -> bool:
        if end is None or self._ended is None or not self._held:
            return False
        return end - self._character_time - self._ended > self._longest_gap

    def _interrupts(self, code: int) -> bool:
        opening, last = self._held[0], self._held[-1]
        if code not in (SOH, STX, ACK, NAK) or code not in self._openings:
            return False
        if opening in (SOH, STX) and last == ETX and len(self._held) > 1:
            return False
        return code != STX or opening != SOH or STX in self._held

    def _hold(self, code: int, intact: bool, end: int | None, *, is_garbage: bool) -> None:
        if not self._held:
            self._began = None if end is None else end - self._character_time
        if not intact:
            self._damaged.append(len(self._held))
        self._held.append(code)
        self._ended = end
        self._holds_garbage = is_garbage

    def _complete(self) -> list[Decoded]:
        codes = bytes(self._held)
        has_bcc = codes[0] in (SOH, STX)
        is_right = codes[-1] == block_check(codes[:-1]) if has_bcc else None
        message, problem = self._read(codes)
        if problem and has_bcc and not is_right:
            message, _ = self._read(codes[:-1] + bytes([block_check(codes[:-1])]))
        return self._give(Finding.MALFORMED if problem else Finding.MESSAGE, message, problem, is_right)

    def _read(self, codes: bytes) -> tuple[Message | None, str]:
        errors: list[LayoutError] = []
        if codes[0] in SERVER_OPENINGS & self._openings and self.direction is not Direction.FROM_METER:
            try:
                return self._codec.decode_command(codes), ""
            except LayoutError as error:
                errors.append(error)
        if codes[0] in CLIENT_OPENINGS & self._openings and self.direction is not Direction.TO_METER:
            try:
                return self._codec.decode_answer(codes), ""
            except LayoutError as error:
                errors.append(error)
        return None, str(max(errors, key=lambda error: error.at))

    def _give(
        self,
        finding: Finding,
        message: Message | None = None,
        problem: str = "",
        is_bcc_right: bool | None = None,
        *,
        keep_reader: bool = False,
    ) -> list[Decoded]:
        codes = bytes(self._held)
        piece = Decoded(
            place=self._place,
            codes=codes,
            direction=self._speaker(codes[0], message, finding),
            finding=finding,
            name=self._words.name(message) if message else finding.value,
            clause=self._words.clause(message)
            if message
            else self._profile.parameters[_CLAUSE_OF[finding]].clause,
            message=message,
            fields=self._words.fields(message) if message else (),
            is_bcc_right=is_bcc_right,
            problem=problem,
            damaged=tuple(self._damaged),
            began=self._began,
            ended=self._ended,
        )
        self._place += len(codes)
        self._held.clear()
        self._damaged = []
        self._holds_garbage = False
        if not keep_reader:
            self._reader.clear()
        return [piece]

    def _speaker(self, opening: int, message: Message | None, finding: Finding) -> Direction:
        if self.direction is not Direction.UNKNOWN or finding is Finding.GARBAGE:
            return self.direction
        if message is not None:
            return Direction.TO_METER if isinstance(message, Command) else Direction.FROM_METER
        return {SOH: Direction.TO_METER, STX: Direction.FROM_METER}.get(opening, Direction.UNKNOWN)


def _visible(text: str) -> str:
    """Return text without control characters that could steer a terminal."""
    return describe(text.encode("ascii"))


_NAMES: dict[type[Message], tuple[str, str]] = {
    IDRequest: ("IDRequest", "id_request"),
    IDResponse: ("IDResponse", "id_response"),
    ReadCommand: ("ReadCommand", "read_command"),
    WriteCommand: ("WriteCommand", "write_command"),
    BreakCommand: ("BreakCommand", "break_command"),
    UndefinedCommand: ("undefined command", "undefined_command_answer"),
    Ack: ("ACK", "ack"),
    Nak: ("NAK", "nak"),
    Data: ("Data", "data"),
}
"""Each message's name, and the parameter of the profile that knows its clause."""

_FIELD_NAMES = {
    "table_id": "tableID",
    "foin": "FOIN",
    "protocol_version": "protocolVersion",
    "server_status": "serverStatus",
    "software_version": "softwareVersion",
}

_CLAUSE_OF = {
    Finding.MALFORMED: "longest_message",
    Finding.UNFINISHED: "inter_character_time",
    Finding.TOO_LONG: "longest_message",
    Finding.GARBAGE: "longest_message",
}

_OPENINGS = {
    Direction.TO_METER: SERVER_OPENINGS,
    Direction.FROM_METER: CLIENT_OPENINGS,
    Direction.UNKNOWN: SERVER_OPENINGS | CLIENT_OPENINGS,
}
