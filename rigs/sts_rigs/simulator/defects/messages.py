"""Defects of the server's states: messages that are damaged, cut off, too long or stray (IEC 62055-52, 6.6, A)."""

from dataclasses import dataclass, replace
from string import ascii_uppercase

from sts62055.application.results import NotReady
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts62055.carrier.codec import Codec
from sts62055.carrier.framing import SERVER_OPENINGS, MessageReader
from sts62055.carrier.layouts import block_check
from sts62055.carrier.messages import (
    Ack,
    Answer,
    BreakCommand,
    Command,
    Data,
    IDRequest,
    IDResponse,
    Nak,
    ReadCommand,
    WriteCommand,
)
from sts62055.carrier.profile import Profile
from sts62055.carrier.server import DamagedMessage, Request, Server, ServerState
from sts_rigs.clock import MILLISECOND
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.meter import CarrierServer

_SOH = 0x01
_NO_END = 1_000_000
_HASTE = 2_500 * MILLISECOND


# -- BCC and parity --------------------------------------------------------------------------------------------


class UncheckedServer(Server):
    """Reads commands whatever their BCC is."""

    def read_frame(self, frame: bytes) -> Request:
        return super().read_frame(frame[:-1] + bytes([block_check(frame[:-1])]) if frame[0] == _SOH else frame)


@defect(
    "bcc-not-checked",
    violates="52-6.5-checked 52-6.7.2-bcc 52-A.3-wrong-bcc 52-A.4-wrong-bcc",
    evidence="was executed",
)
class NoBlockCheck(CarrierServer):
    """The BCC of a command is not checked."""

    def make_server(self) -> Server:
        return UncheckedServer(self.codec, self.profile)


class DeafToParityServer(Server):
    """Takes characters whatever their parity is."""

    def receive(self, character: ReceivedCharacter) -> Request | None:
        return super().receive(replace(character, intact=True))


@defect(
    "parity-not-checked",
    violates="52-6.3.2-damaged 52-6.6.1-one-answer 52-6.7.2-until-quiet 52-A.1-damaged 52-A.2-damaged "
    "52-A.3-damaged 52-A.4-damaged",
    evidence="was executed",
)
class NoParityCheck(CarrierServer):
    """The parity of received characters is not checked."""

    def make_server(self) -> Server:
        return DeafToParityServer(self.codec, self.profile)


@dataclass(frozen=True, slots=True)
class WrongBlockCheck(DamagedMessage):
    """A frame with a wrong BCC."""


@dataclass(frozen=True, slots=True)
class WrongLayout(DamagedMessage):
    """A frame with a right BCC that does not follow its layout, and its command letter."""

    letter: str


class DiscerningServer(Server):
    """Tells a wrong BCC, a wrong layout and a damaged character apart."""

    def read_frame(self, frame: bytes) -> Request:
        request = super().read_frame(frame)
        if not isinstance(request, DamagedMessage) or frame[0] != _SOH:
            return request
        if frame[-1] != block_check(frame[:-1]):
            return WrongBlockCheck(request.reason)
        return WrongLayout(request.reason, chr(frame[1]))


class DiscerningCarrier(CarrierServer):
    """Answers as usual, and can tell what was wrong with a message."""

    def make_server(self) -> Server:
        return DiscerningServer(self.codec, self.profile)


@defect(
    "bcc-error-ignored",
    violates="52-6.6.6-wrong-bcc 52-6.7.2-bcc 52-A.3-wrong-bcc 52-A.4-wrong-bcc",
    evidence="Nak",
)
class SilentOnBlockCheck(DiscerningCarrier):
    """A command with a wrong BCC gets no answer."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return None if isinstance(request, WrongBlockCheck) else super().answer(request, registers)


@defect(
    "damaged-message-ignored",
    violates="52-6.7.2-until-quiet 52-A.1-damaged 52-A.2-damaged 52-A.3-damaged 52-A.4-damaged 52-A.5-damaged",
    evidence="nothing came",
)
class SilentOnDamage(DiscerningCarrier):
    """A message with a damaged character gets no answer."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return None if type(request) is DamagedMessage else super().answer(request, registers)


@defect(
    "quiet-not-awaited",
    violates="52-6.6.1-one-answer 52-6.7.2-time 52-6.7.2-until-quiet",
    evidence="behind the answer came",
)
class Impatient(CarrierServer):
    """After a damaged character the meter waits for 100 ms of quiet only."""

    def make_server(self) -> Server:
        return Server(self.codec, self.profile.with_value("quiet_time", 100))


@defect("same-bcc-same-answer", violates="52-6.5-blind-spot", evidence="8208")
class RepeatsByBlockCheck(CarrierServer):
    """A ReadCommand with the BCC of the one before and another count gets the Data of that one again."""

    last: tuple[int, ReadCommand, Data] | None = None

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        if not isinstance(request, ReadCommand):
            self.last = None
            return super().answer(request, registers)
        bcc = self.codec.encode(request)[-1]
        if self.last is not None and self.last[0] == bcc and self.last[1].count != request.count:
            return self.last[2]
        answer = super().answer(request, registers)
        self.last = (bcc, request, answer) if isinstance(answer, Data) else None
        return answer


# -- layouts ---------------------------------------------------------------------------------------------------


@defect("malformed-write-acknowledged", violates="52-6.6.4-fields", evidence="Ack")
class AnyWrite(DiscerningCarrier):
    """A WriteCommand that does not follow its layout is acknowledged."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        is_write = isinstance(request, WrongLayout) and request.letter == "W"
        return Ack() if is_write else super().answer(request, registers)


@defect("deaf-after-malformed-command", violates="52-6.5-harmless", evidence="nothing came")
class DeafAfterMalformed(DiscerningCarrier):
    """After a command that does not follow its layout the next message gets no answer."""

    is_deaf = False

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        was_deaf, self.is_deaf = self.is_deaf, isinstance(request, WrongLayout)
        return None if was_deaf else super().answer(request, registers)


# -- the end of a message --------------------------------------------------------------------------------------


class EndlessServer(Server):
    """Waits for the end of a message as long as it takes."""

    @property
    def deadline(self) -> int | None:
        return None if self.state is ServerState.RECEIVING else super().deadline

    def receive(self, character: ReceivedCharacter) -> Request | None:
        if self.state is ServerState.RECEIVING:
            self._last_character = character.start
        return super().receive(character)


@defect(
    "unfinished-message-kept",
    violates="52-6.7.1-unfinished 52-A.1-cut-off 52-A.2-cut-off 52-A.3-cut-off 52-A.4-cut-off 52-A.5-cut-off",
    evidence="silent",
)
class EndlessPatience(CarrierServer):
    """An unfinished message is never dropped, and swallows the next one."""

    def make_server(self) -> Server:
        return EndlessServer(self.codec, self.profile)


class GuessingServer(Server):
    """Takes a WriteCommand that stops before its BCC as if that had come."""

    def expire(self, now: int) -> Request | None:
        unfinished = self._reader.codes if self.state is ServerState.RECEIVING else b""
        request = super().expire(now)
        if self.state is not ServerState.IDLE or unfinished[1:2] != b"W":
            return request
        guessed = self.read_frame(unfinished + bytes([block_check(unfinished)]))
        if not isinstance(guessed, WriteCommand):
            return None
        self.state = ServerState.PROCESSING
        return guessed


@defect("unfinished-write-executed", violates="52-A.3-cut-off", evidence="unfinished message was answered")
class TakesUnfinishedWrite(CarrierServer):
    """A WriteCommand that stops before its BCC is executed."""

    def make_server(self) -> Server:
        return GuessingServer(self.codec, self.profile)


@defect("overlong-message-answered", violates="52-6.4.1-longest", evidence="unfinished message was answered")
class AnyLength(CarrierServer):
    """A message may be as long as it likes."""

    def make_server(self) -> Server:
        return Server(self.codec, self.profile.with_value("longest_message", _NO_END))


# -- the beginning of a message --------------------------------------------------------------------------------


class OpenServer(Server):
    """Takes a letter as the beginning of a message, too."""

    def __init__(self, codec: Codec, profile: Profile) -> None:
        super().__init__(codec, profile)
        openings = SERVER_OPENINGS | set(ascii_uppercase.encode())
        self._reader = MessageReader(openings, profile.number("longest_message"))


@defect("stray-opens-message", violates="52-A.1-stray", evidence="behind a stray character")
class OpenedByAnything(CarrierServer):
    """A stray letter opens a message, and what follows is lost in it."""

    def make_server(self) -> Server:
        return OpenServer(self.codec, self.profile)


# -- after and during other things -----------------------------------------------------------------------------


@defect("write-lost-after-error", violates="52-A.3-path", evidence="WriteCommand after a wrong BCC")
class WriteLostAfterError(DiscerningCarrier):
    """A WriteCommand right after a message with a wrong BCC gets no answer."""

    had_error = False

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        had_error, self.had_error = self.had_error, isinstance(request, WrongBlockCheck)
        return None if had_error and isinstance(request, WriteCommand) else super().answer(request, registers)


def is_busy(profile: Profile, registers: MeterRegisters) -> bool:
    """Whether tokenStatus tells that a token is processed."""
    status = profile.registers["token_status"]
    return registers.read(status.id) == status.encode(profile.token_status_code(NotReady))


class RefusedWhileBusy(CarrierServer):
    """Refuses one command while a token is processed."""

    command: type[Command]

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        is_refused = isinstance(request, self.command) and is_busy(self.profile, registers)
        return Nak() if is_refused else super().answer(request, registers)


@defect("id-request-refused-while-busy", violates="52-6.6.2-busy", evidence="Nak")
class AnonymousWhileBusy(RefusedWhileBusy):
    """An IDRequest is refused while a token is processed."""

    command = IDRequest


@defect("break-refused-while-busy", violates="52-A.4-while-processing", evidence="Nak")
class UnbreakableWhileBusy(RefusedWhileBusy):
    """A BreakCommand is refused while a token is processed."""

    command = BreakCommand


@defect("read-ends-token", violates="52-6.6.3-busy", evidence="no token yet of a good token")
class ForgetfulOnRead(CarrierServer):
    """A refused read of the token register makes tokenStatus forget the token that is processed."""

    _is_forgotten = False

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        match request:
            case WriteCommand() if isinstance(answer, Ack):
                self._is_forgotten = False
            case ReadCommand() if request.register_id == self.profile.registers["token"].id:
                self._is_forgotten = is_busy(self.profile, registers)
            case ReadCommand() if request.register_id == self.profile.registers["token_status"].id:
                return Data(request.register_id, ("00",)) if self._is_forgotten else answer
        return answer


@defect("refused-token-holds-up", violates="52-6.7.3-every-kind", evidence="stayed 'not ready'")
class HeldUpByToken(CarrierServer):
    """A token that is refused while another is processed holds up what tokenStatus tells, for twenty reads."""

    _reads = 0

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        if isinstance(request, WriteCommand) and isinstance(answer, Nak) and registers.is_token(request.data):
            self._reads = 20
        is_look = isinstance(answer, Data) and answer.register_id == self.profile.registers["token_status"].id
        if not is_look or not self._reads:
            return answer
        self._reads -= 1
        return Data(
            self.profile.registers["token_status"].id, (f"{self.profile.token_status_code(NotReady):02X}",)
        )


class HastyServer(Server):
    """Drops a message that has not come within 2,5 s, however small its gaps."""

    _began = 0

    def receive(self, character: ReceivedCharacter) -> Request | None:
        if self.state is ServerState.IDLE:
            self._began = character.end
        if character.end - self._began > _HASTE:
            self.reset()
        return super().receive(character)


@defect("slow-message-dropped", violates="52-6.7.1-gaps-taken", evidence="stayed silent on a command with")
class HastyCarrier(CarrierServer):
    """A message that takes more than 2,5 s is dropped."""

    def make_server(self) -> Server:
        return HastyServer(self.codec, self.profile)


class CarelessServer(Server):
    """Takes the letters of commands in either case."""

    def read_frame(self, frame: bytes) -> Request:
        letter = frame[1:2].upper()
        check = frame[-1] ^ (letter[0] ^ frame[1])
        return super().read_frame(frame[:1] + letter + frame[2:-1] + bytes([check]))


@defect("letters-of-either-case", violates="52-6.6.6-refused", evidence="expected Nak()")
class CarelessCarrier(CarrierServer):
    """The letters of commands are taken in lower case, too."""

    def make_server(self) -> Server:
        return CarelessServer(self.codec, self.profile)


@defect("id-response-with-more", violates="52-6.6.1-one-answer", evidence="behind the answer came")
class IdentifiesAtLength(CarrierServer):
    """An IDResponse is followed by LF, CR and NUL."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        return (*characters, *map(OutgoingCharacter, b"\n\r\0")) if isinstance(answer, IDResponse) else characters
