"""Client of IEC 62055-52, 6.6, without input or output: one exchange as a state table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType

from sts62055.carrier.characters import ReceivedCharacter
from sts62055.carrier.codec import Codec
from sts62055.carrier.framing import CLIENT_OPENINGS, STX, MessageReader, Part
from sts62055.carrier.layouts import BlockCheckError, LayoutError, block_check
from sts62055.carrier.messages import Answer, Command, Nak, ReadCommand
from sts62055.carrier.misuse import ProtocolMisuse

__all__ = ["CLIENT_TABLE", "Client", "ClientEvent", "ClientState", "Reply", "ReplyFault", "Tolerance"]


class ClientState(Enum):
    """State of a client in an exchange."""

    IDLE = "idle"
    WAITING = "waiting"
    RECEIVING = "receiving"


class ClientEvent(Enum):
    """Event that moves a client from one state to the next."""

    SENT = "last character of the command sent"
    ABANDONED = "exchange given up"
    OUTSIDE = "character that begins no message"
    CHARACTER = "character of a message"
    COMPLETE = "last character of a message"
    TOO_LONG = "more characters than the longest message"
    SILENCE = "no character for as long as the client listens"


_I, _W, _R = ClientState
_E = ClientEvent

CLIENT_TABLE: Mapping[ClientState, Mapping[ClientEvent, ClientState]] = MappingProxyType(
    {
        _I: {_E.SENT: _W},
        _W: {
            _E.OUTSIDE: _W,
            _E.CHARACTER: _R,
            _E.COMPLETE: _I,
            _E.TOO_LONG: _I,
            _E.SILENCE: _I,
            _E.ABANDONED: _I,
        },
        _R: {_E.CHARACTER: _R, _E.COMPLETE: _I, _E.TOO_LONG: _I, _E.SILENCE: _I, _E.ABANDONED: _I},
    }
)
"""Events of each state and the state that follows; an idle client listens to nothing."""

_NOISE = "only characters that begin no message came"


class ReplyFault(StrEnum):
    """Reason why a reply is no answer."""

    SILENT = "nothing came"
    UNFINISHED = "the message stopped before its end"
    TOO_LONG = "the message is longer than the longest allowed"
    BLOCK_CHECK = "the BCC is wrong"
    LAYOUT = "the message does not follow its layout"


class Tolerance(Enum):
    """Fault of an answer that a client puts up with once it is known, so that the rest can be judged."""

    WRONG_BLOCK_CHECK = "the BCC of Data is wrong"
    LOWER_CASE = "Data has lower-case letters"
    OTHER_REGISTER = "Data names another register than was asked for"
    OTHER_LAYOUT = "Data has another layout"
    MORE_THAN_ANSWER = "something comes behind an answer"


@dataclass(frozen=True, slots=True)
class Reply:
    """Everything that came back in one exchange.

    asked: the end of the command's last character in nanoseconds; characters: all that came, also those outside
    a message; answer or fault, one of them, or both where the client puts up with the fault; detail: what exactly
    the fault is; withheld: the places of characters that nobody may know, and that stand as zeros.
    """

    asked: int
    characters: tuple[ReceivedCharacter, ...]
    answer: Answer | None
    fault: ReplyFault | None
    detail: str = ""
    withheld: frozenset[int] = frozenset()

    @property
    def is_silent(self) -> bool:
        """Whether no character came at all."""
        return not self.characters

    @property
    def is_worth_another_attempt(self) -> bool:
        """Whether the client may repeat its command: after NAK, silence or a damaged answer (6.6)."""
        return self.answer is None or isinstance(self.answer, Nak)

    @property
    def codes(self) -> bytes:
        """The 7-bit codes of all that came."""
        return bytes(character.code for character in self.characters)

    @property
    def reaction(self) -> int | None:
        """Nanoseconds from the end of the command to the start of the first character; None in silence (6.7.1)."""
        return self.characters[0].start - self.asked if self.characters else None

    @property
    def longest_gap(self) -> int:
        """The longest silence between two characters, end to start, in nanoseconds (6.7.1)."""
        pairs = zip(self.characters, self.characters[1:], strict=False)
        return max((later.start - earlier.end for earlier, later in pairs), default=0)

    @property
    def damaged(self) -> tuple[ReceivedCharacter, ...]:
        """The characters with wrong parity or framing."""
        return tuple(character for character in self.characters if not character.intact)


class Client:
    """State of one exchange after the other: it takes characters and the time, and gives each reply.

    patience: nanoseconds without a character after which the client stops listening; longer than the limits of
    6.7.1, so that a late answer is seen as late and not as none.
    A character with wrong parity is kept and noted: the reply's message is judged apart from its characters. What
    else a client puts up with stands in `tolerances`; the reply then has the fault beside its answer.
    ProtocolMisuse for calls out of order: `sent` opens an exchange, its reply or `abandon` ends it.
    """

    def __init__(self, codec: Codec, longest: int, patience: int) -> None:
        self._codec = codec
        self._reader = MessageReader(CLIENT_OPENINGS, longest)
        self._longest = longest
        self._patience = patience
        self._asked: int | None = None
        self._command: Command | None = None
        self._characters: list[ReceivedCharacter] = []
        self.tolerances: set[Tolerance] = set()
        self.state = ClientState.IDLE

    def sent(self, at: int, command: Command | None = None) -> None:
        """Open an exchange: the command's last character ended at `at`, in nanoseconds.

        command: what was sent; without it no answer of another layout can be read.
        """
        if self.state is not ClientState.IDLE:
            raise ProtocolMisuse(
                f"a command was sent while the client is {self.state.value}:"
                " wait for the reply to the one before, or call `abandon` first"
            )
        self._reader.clear()
        self._characters = []
        self._asked = at
        self._command = command
        self._move(ClientEvent.SENT)

    def abandon(self) -> None:
        """End the exchange that is open, if any, without a reply, as when the port was lost."""
        if self.state is not ClientState.IDLE:
            self._move(ClientEvent.ABANDONED)

    @property
    def deadline(self) -> int:
        """The instant, in nanoseconds, at which to call `expire`."""
        asked = self._require_asked()
        last = self._characters[-1].end if self._characters else asked
        return max(last, asked) + self._patience

    def receive(self, character: ReceivedCharacter) -> Reply | None:
        """Take a character; return the reply that it completes. What follows a reply is ignored."""
        self._require_asked()
        if self.state is ClientState.IDLE:
            return None
        self._characters.append(character)
        match self._reader.feed(character.code):
            case Part.OUTSIDE if len(self._characters) > self._longest:
                self._move(ClientEvent.TOO_LONG)
                return self._reply(self._read_malformed(), ReplyFault.LAYOUT, _NOISE)
            case Part.OUTSIDE:
                self._move(ClientEvent.OUTSIDE)
            case Part.INSIDE:
                self._move(ClientEvent.CHARACTER)
            case Part.LAST:
                self._move(ClientEvent.COMPLETE)
                return self._read(self._reader.codes)
            case Part.TOO_MANY:
                self._move(ClientEvent.TOO_LONG)
                return self._reply(fault=ReplyFault.TOO_LONG)
        return None

    def expire(self, now: int) -> Reply | None:
        """Take the time in nanoseconds; return the reply that silence completes."""
        if now < self.deadline or self.state is ClientState.IDLE:
            return None
        fault = ReplyFault.UNFINISHED if self.state is ClientState.RECEIVING else ReplyFault.SILENT
        self._move(ClientEvent.SILENCE)
        if fault is ReplyFault.SILENT and self._characters:
            return self._reply(self._read_malformed(), ReplyFault.LAYOUT, _NOISE)
        return self._reply(self._read_malformed(), fault)

    def _read(self, frame: bytes) -> Reply:
        try:
            return self._reply(answer=self._codec.decode_answer(frame))
        except BlockCheckError as error:
            tolerated = self._read_tolerantly(frame) if Tolerance.WRONG_BLOCK_CHECK in self.tolerances else None
            return self._reply(tolerated, ReplyFault.BLOCK_CHECK, str(error))
        except LayoutError as error:
            tolerated = self._read_tolerantly(frame.upper()) if self._is_lower_case(frame) else None
            return self._reply(tolerated or self._read_malformed(), ReplyFault.LAYOUT, str(error))

    def _read_malformed(self) -> Answer | None:
        """Return the Data in characters of another layout; None if they are damaged, or it is not put up with."""
        if Tolerance.OTHER_LAYOUT not in self.tolerances or not isinstance(self._command, ReadCommand):
            return None
        if not all(character.intact for character in self._characters):
            return None
        return self._codec.read_malformed(bytes(one.code for one in self._characters), self._command)

    def _is_lower_case(self, frame: bytes) -> bool:
        """Whether a frame may be read as if its letters were upper-case ones: its BCC, if it has one, is right."""
        if Tolerance.LOWER_CASE not in self.tolerances or frame[0] != STX:
            return False
        return Tolerance.WRONG_BLOCK_CHECK in self.tolerances or frame[-1] == block_check(frame[:-1])

    def _read_tolerantly(self, frame: bytes) -> Answer | None:
        """Return the answer in a frame whatever its BCC is, None if its layout is wrong."""
        try:
            return self._codec.decode_answer(frame[:-1] + bytes([block_check(frame[:-1])]))
        except LayoutError:
            return None

    def _reply(self, answer: Answer | None = None, fault: ReplyFault | None = None, detail: str = "") -> Reply:
        return Reply(self._require_asked(), tuple(self._characters), answer, fault, detail)

    def _require_asked(self) -> int:
        if self._asked is None:
            raise ProtocolMisuse("no command was sent: call `sent` with the end of its last character first")
        return self._asked

    def _move(self, event: ClientEvent) -> None:
        self.state = CLIENT_TABLE[self.state][event]
