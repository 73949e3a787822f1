"""Server of IEC 62055-52, 6.6 and 6.7, without input or output: a state table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

from sts62055.carrier.characters import ReceivedCharacter
from sts62055.carrier.codec import SILENCE, Codec, single_answer
from sts62055.carrier.framing import SERVER_OPENINGS, MessageReader, Part
from sts62055.carrier.layouts import BlockCheckError, LayoutError
from sts62055.carrier.messages import (
    Answer,
    BreakCommand,
    Command,
    Data,
    IDRequest,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts62055.carrier.misuse import ProtocolMisuse
from sts62055.carrier.profile import Profile
from sts62055.carrier.register_table import RegisterTable

__all__ = [
    "SERVER_TABLE",
    "DamagedMessage",
    "Request",
    "Server",
    "ServerEvent",
    "ServerState",
    "process",
]


class ServerState(Enum):
    """State of a server (Annex A)."""

    IDLE = "idle"
    RECEIVING = "receiving"
    DROPPING = "dropping"
    WAITING_FOR_QUIET = "waiting for quiet"
    PROCESSING = "processing"


class ServerEvent(Enum):
    """Event that moves a server from one state to the next."""

    OPENING = "first character of a message"
    CHARACTER = "another character"
    ID_REQUEST = "IDRequest complete"
    READ_COMMAND = "ReadCommand complete"
    WRITE_COMMAND = "WriteCommand complete"
    BREAK_COMMAND = "BreakCommand complete"
    UNDEFINED_COMMAND = "undefined command complete"
    TRANSMISSION_ERROR = "message with a wrong BCC or layout complete"
    CHARACTER_ERROR = "character with wrong parity or framing"
    TOO_LONG = "more characters than the longest message"
    PAUSE = "no character for the inter-character time"
    QUIET = "no character for the quiet time"
    ANSWERED = "answer sent"


_I, _R, _D, _W, _P = ServerState
_E = ServerEvent

SERVER_TABLE: Mapping[ServerState, Mapping[ServerEvent, ServerState]] = MappingProxyType(
    {
        _I: {_E.OPENING: _R, _E.CHARACTER: _I, _E.CHARACTER_ERROR: _W},
        _R: {
            _E.CHARACTER: _R,
            _E.ID_REQUEST: _P,
            _E.READ_COMMAND: _P,
            _E.WRITE_COMMAND: _P,
            _E.BREAK_COMMAND: _P,
            _E.UNDEFINED_COMMAND: _P,
            _E.TRANSMISSION_ERROR: _P,
            _E.CHARACTER_ERROR: _W,
            _E.TOO_LONG: _D,
            _E.PAUSE: _I,
        },
        _D: {_E.CHARACTER: _D, _E.CHARACTER_ERROR: _D, _E.PAUSE: _I},
        _W: {_E.CHARACTER: _W, _E.CHARACTER_ERROR: _W, _E.QUIET: _P},
        _P: {_E.CHARACTER: _P, _E.CHARACTER_ERROR: _P, _E.ANSWERED: _I},
    }
)
"""Events of each state and the state that follows (6.6.1, Annex A)."""

_EVENT_OF_COMMAND: Mapping[type[Command], ServerEvent] = MappingProxyType(
    {
        IDRequest: _E.ID_REQUEST,
        ReadCommand: _E.READ_COMMAND,
        WriteCommand: _E.WRITE_COMMAND,
        BreakCommand: _E.BREAK_COMMAND,
        UndefinedCommand: _E.UNDEFINED_COMMAND,
    }
)


@dataclass(frozen=True, slots=True)
class DamagedMessage:
    """A message that a server received damaged, to be answered as a transmission error (6.7.2).

    reason: what was wrong with it, in words.
    """

    reason: str


Request: TypeAlias = Command | DamagedMessage
"""Anything that a server has to answer."""


class Server:
    """State of a server: it takes characters and the time, and gives requests.

    The caller answers each request and reports it by `answered`; ProtocolMisuse if there was none.
    """

    def __init__(self, codec: Codec, profile: Profile) -> None:
        self._codec = codec
        self._reader = MessageReader(SERVER_OPENINGS, profile.number("longest_message"))
        self._longest_gap = profile.longest_time("inter_character_time")
        first_surely_late = self._longest_gap + profile.character_time + 1
        self._patience = {
            ServerState.RECEIVING: (ServerEvent.PAUSE, first_surely_late),
            ServerState.DROPPING: (ServerEvent.PAUSE, first_surely_late),
            ServerState.WAITING_FOR_QUIET: (ServerEvent.QUIET, profile.time("quiet_time")),
        }
        self._last_character = 0
        self.state = ServerState.IDLE

    @property
    def deadline(self) -> int | None:
        """The instant, in nanoseconds, at which to call `expire`; None while nothing is awaited.

        A pause runs to the start of the next character, which is known only when that has ended: hence the time of
        one character on top of the limit.
        """
        if self.state not in self._patience:
            return None
        return self._last_character + self._patience[self.state][1]

    def receive(self, character: ReceivedCharacter) -> Request | None:
        """Take a character; return the request that it completes."""
        if character.start - self._last_character > self._longest_gap and self._awaits(ServerEvent.PAUSE):
            self._move(ServerEvent.PAUSE)
        self._last_character = character.end
        if not character.intact:
            self._move(ServerEvent.CHARACTER_ERROR)
            return None
        if self.state not in (ServerState.IDLE, ServerState.RECEIVING):
            self._move(ServerEvent.CHARACTER)
            return None
        part = self._reader.feed(character.code)
        if part is Part.INSIDE and self.state is ServerState.IDLE:
            self._move(ServerEvent.OPENING)
        elif part is Part.LAST:
            return self._complete()
        elif part is Part.TOO_MANY:
            self._move(ServerEvent.TOO_LONG)
        else:
            self._move(ServerEvent.CHARACTER)
        return None

    def expire(self, now: int) -> Request | None:
        """Take the time in nanoseconds; return the request that silence completes."""
        if self.deadline is None or now < self.deadline:
            return None
        event = self._patience[self.state][0]
        self._move(event)
        return DamagedMessage("a character arrived damaged") if event is ServerEvent.QUIET else None

    def answered(self) -> None:
        """Note that the answer was sent: the next message may come."""
        if self.state is not ServerState.PROCESSING:
            raise ProtocolMisuse(
                f"nothing is to be answered while the server is {self.state.value}:"
                " call `answered` once for each request that `receive` or `expire` returned"
            )
        self._move(ServerEvent.ANSWERED)

    def reset(self) -> None:
        """Forget everything, as after a power cut."""
        self._reader.clear()
        self.state = ServerState.IDLE

    def read_frame(self, frame: bytes) -> Request:
        """Return what a complete frame asks for."""
        try:
            return self._codec.decode_command(frame)
        except BlockCheckError as error:
            return DamagedMessage(f"wrong BCC, {error}")
        except LayoutError as error:
            return DamagedMessage(str(error))

    def _awaits(self, event: ServerEvent) -> bool:
        return event in SERVER_TABLE[self.state]

    def _complete(self) -> Request:
        request = self.read_frame(self._reader.codes)
        if isinstance(request, DamagedMessage):
            self._move(ServerEvent.TRANSMISSION_ERROR)
        else:
            self._move(_EVENT_OF_COMMAND[type(request)])
        return request

    def _move(self, event: ServerEvent) -> None:
        self.state = SERVER_TABLE[self.state][event]
        if self.state is not ServerState.RECEIVING:
            self._reader.clear()


def process(request: Request, table: RegisterTable, profile: Profile) -> Answer | None:
    """Return the answer of a server to a request, having executed it (6.6.2-6.6.6, 6.7.2); None for silence."""
    match request:
        case IDRequest():
            return table.identification()
        case ReadCommand(first, count):
            values = table.read_range(first, count)
            return single_answer(profile, "unreadable_register_answer") if values is None else Data(first, values)
        case WriteCommand(register_id, data):
            written = table.write(register_id, data)
            return single_answer(profile, "write_answer" if written else "refused_write_answer")
        case BreakCommand():
            is_silent = profile.text("break_answer") == SILENCE
            return None if is_silent else single_answer(profile, "break_answer")
        case UndefinedCommand():
            return single_answer(profile, "undefined_command_answer")
        case DamagedMessage():
            return single_answer(profile, "transmission_error_answer")
