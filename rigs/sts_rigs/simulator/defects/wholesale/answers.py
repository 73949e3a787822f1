"""Wholesale defects of the dialogue: which requests are answered, how often, and by what (IEC 62055-52, 6.6)."""

from collections.abc import Callable

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts62055.carrier.codec import Codec
from sts62055.carrier.framing import ETX, STX
from sts62055.carrier.layouts import block_check
from sts62055.carrier.messages import (
    Ack,
    Answer,
    BreakCommand,
    Data,
    IDRequest,
    IDResponse,
    Nak,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts62055.carrier.profile import Profile
from sts62055.carrier.server import DamagedMessage, Request, Server
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import (
    ACKNOWLEDGEMENTS,
    IDENTIFICATION,
    MESSAGES,
    PORT,
    READING,
    REFUSALS,
    RESULTS,
    SINGLE_CHARACTERS,
)
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.meter import CarrierServer

# -- no answer -------------------------------------------------------------------------------------------------


class DeafServer(Server):
    """Hears nothing."""

    def receive(self, character: ReceivedCharacter) -> Request | None:  # noqa: ARG002
        return None


@wholesale("port-dead", breaks="52-6.6.1 52-6.6.2 52-6.6.3 52-6.4.2", spoils=PORT)
class DeadPort(CarrierServer):
    """The port never says anything."""

    def make_server(self) -> Server:
        return DeafServer(self.codec, self.profile)


class RestartedServer(Server):
    """Tells when the power goes."""

    def __init__(self, codec: Codec, profile: Profile, restarted: Callable[[], None]) -> None:
        super().__init__(codec, profile)
        self._restarted = restarted

    def reset(self) -> None:
        super().reset()
        self._restarted()


class Hanging(CarrierServer):
    """Answers nothing any more after some request, until the power is cut."""

    hangs = False

    def make_server(self) -> Server:
        return RestartedServer(self.codec, self.profile, self.recover)

    def recover(self) -> None:
        """Answer again."""
        self.hangs = False

    def hangs_after(self, request: Request) -> bool:
        """Return whether a request is the last one that is answered."""
        raise NotImplementedError

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        if self.hangs:
            return None
        self.hangs = self.hangs_after(request)
        return super().answer(request, registers)


@wholesale("first-request-only", breaks="52-6.6.1 52-6.6.2 52-6.6.3 52-A.1 52-A.2", spoils=PORT)
class AnswersOnce(Hanging):
    """Only the first request after each power-up is answered."""

    def hangs_after(self, request: Request) -> bool:  # noqa: ARG002
        return True


@wholesale("break-hangs-port", breaks="52-6.6.5 52-A.4", spoils="52-6.4.6 52-6.6.5 52-A.4")
class BreakHangsPort(Hanging):
    """After a BreakCommand nothing is answered until the power is cut."""

    def hangs_after(self, request: Request) -> bool:
        return isinstance(request, BreakCommand)


@wholesale("undefined-command-hangs-port", breaks="52-6.6.6 52-A.5", spoils="52-6.6.6 52-A.5")
class UndefinedCommandHangsPort(Hanging):
    """After a command that no clause defines nothing is answered until the power is cut."""

    def hangs_after(self, request: Request) -> bool:
        return isinstance(request, UndefinedCommand)


@wholesale("damage-hangs-port", breaks="52-6.7.2 52-A", spoils="52-6.3.2 52-6.5 52-6.7.2 52-A")
class DamageHangsPort(Hanging):
    """After a transmission error nothing is answered until the power is cut."""

    def hangs_after(self, request: Request) -> bool:
        return isinstance(request, DamagedMessage)


@wholesale("reads-unanswered", breaks="52-6.4.4 52-6.6.3 52-A.2", spoils=READING)
class ReadsUnanswered(CarrierServer):
    """A ReadCommand gets no answer."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return None if isinstance(request, ReadCommand) else super().answer(request, registers)


@wholesale("writes-unanswered", breaks="52-6.4.5 52-6.6.4 52-A.3", spoils=f"{RESULTS} 52-6.4.5 52-6.4.7")
class WritesUnanswered(CarrierServer):
    """A WriteCommand is executed and gets no answer."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        return None if isinstance(request, WriteCommand) else answer


@wholesale("id-requests-unanswered", breaks="52-6.4.2 52-6.6.2 52-A.1", spoils=f"52-6.4.2 {IDENTIFICATION}")
class IDRequestsUnanswered(CarrierServer):
    """An IDRequest gets no answer."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return None if isinstance(request, IDRequest) else super().answer(request, registers)


@wholesale("nak-never-sent", breaks="52-6.4.8 52-6.6.4 52-6.6.6 52-6.7.2", spoils=REFUSALS)
class SilentRefusal(CarrierServer):
    """What a NAK is due to gets no answer."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        return None if isinstance(answer, Nak) else answer


@wholesale(
    "ack-never-sent",
    breaks="52-6.4.7 52-6.6.4 52-6.6.5 52-A.3",
    spoils=ACKNOWLEDGEMENTS,
)
class SilentConsent(CarrierServer):
    """What an ACK is due to is done without an answer."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        return None if isinstance(answer, Ack) else answer


# -- another answer --------------------------------------------------------------------------------------------


@wholesale(
    "ack-and-nak-exchanged",
    breaks="52-6.4.7 52-6.4.8 52-6.6.4 52-6.6.5 52-6.6.6",
    spoils=SINGLE_CHARACTERS,
)
class ExchangedAnswers(CarrierServer):
    """NAK is sent for ACK, and ACK for NAK."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        match super().answer(request, registers):
            case Ack():
                return Nak()
            case Nak():
                return Ack()
            case other:
                return other


@wholesale("everything-refused", breaks="52-6.6.2 52-6.6.3 52-6.6.4 52-6.6.5", spoils=PORT)
class RefusesEverything(CarrierServer):
    """Every request is answered by NAK, whatever it is."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:  # noqa: ARG002
        return Nak()


@wholesale("nak-becomes-ack", breaks="52-6.4.8 52-6.6.3 52-6.6.4 52-6.6.6 52-6.7.2", spoils=REFUSALS)
class NeverRefuses(CarrierServer):
    """What a NAK is due to gets an ACK, and nothing is done."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        return Ack() if isinstance(answer, Nak) else answer


@wholesale("answers-one-request-late", breaks="52-6.6.1 52-6.6.2 52-6.6.3 52-6.6.5", spoils=PORT)
class OneAnswerBehind(CarrierServer):
    """Every answer is the one that was due to the request before."""

    due: Answer | None = None

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        sent, self.due = self.due, super().answer(request, registers)
        return sent or Nak()


@wholesale("sign-on-needed", breaks="52-6.6.3 52-6.6.4 52-6.6.5 52-A.2 52-A.3", spoils=PORT)
class SignOnNeeded(CarrierServer):
    """A command is refused unless an IDRequest came just before it."""

    is_signed_on = False

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        was_signed_on, self.is_signed_on = self.is_signed_on, isinstance(request, IDRequest)
        return super().answer(request, registers) if was_signed_on or self.is_signed_on else Nak()


# -- more than the answer --------------------------------------------------------------------------------------


@wholesale("answers-sent-twice", breaks="52-6.6.1 52-6.4.7 52-6.4.8 52-6.4.9", spoils=MESSAGES)
class SentTwice(CarrierServer):
    """Every answer is sent twice in a row."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        return super().characters(answer) * 2


@wholesale("commands-echoed", breaks="52-6.6.1 52-6.4.7 52-6.4.9 52-6.6.3", spoils=PORT)
class Echo(CarrierServer):
    """Every command is echoed before it is answered."""

    heard = b""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        self.heard = b"" if isinstance(request, DamagedMessage) else self.codec.encode(request)
        return super().answer(request, registers)

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        return (*map(OutgoingCharacter, self.heard), *super().characters(answer))


@wholesale("ack-before-every-answer", breaks="52-6.4.3 52-6.4.9 52-6.6.1 52-6.6.3", spoils=PORT)
class AcknowledgesFirst(CarrierServer):
    """Data, IDResponse and NAK come behind an ACK, which says that the command was understood."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        codes = super().characters(answer)
        return codes if isinstance(answer, Ack) else (*super().characters(Ack()), *codes)


@wholesale("nul-behind-every-answer", breaks="52-6.4.7 52-6.4.8 52-6.4.9 52-6.6.1", spoils=MESSAGES)
class TrailingNul(CarrierServer):
    """Every answer is sent with the NUL that ends its text in memory."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        return (*super().characters(answer), OutgoingCharacter(0))


@wholesale("line-feed-before-every-answer", breaks="52-6.4.7 52-6.4.8 52-6.4.9 52-6.6.1", spoils=MESSAGES)
class LeadingLineFeed(CarrierServer):
    """Every answer begins on a new line, behind CR LF."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        return (*map(OutgoingCharacter, b"\r\n"), *super().characters(answer))


@wholesale("error-text-for-nak", breaks="52-6.4.8 52-6.6.3 52-6.6.4 52-6.6.6 52-6.7.2", spoils=REFUSALS)
class ErrorText(CarrierServer):
    """For a NAK the error message of IEC 62056-21 is sent."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        if not isinstance(answer, Nak):
            return super().characters(answer)
        frame = bytes([STX]) + b"(ER01)" + bytes([ETX])
        return tuple(map(OutgoingCharacter, frame + bytes([block_check(frame)])))


@wholesale(
    "ok-for-ack",
    breaks="52-6.4.7 52-6.6.4 52-6.6.5",
    spoils=ACKNOWLEDGEMENTS,
)
class OkForAck(CarrierServer):
    """For an ACK the text OK is sent, as a modem does."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        return tuple(map(OutgoingCharacter, b"OK\r\n")) if isinstance(answer, Ack) else super().characters(answer)


@wholesale("data-cut-short", breaks="52-6.4.9 52-6.6.3", spoils=READING)
class DataCutShort(CarrierServer):
    """Data stops in front of its ETX."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        return characters[:-2] if isinstance(answer, Data) else characters


@wholesale("id-response-for-everything", breaks="52-6.6.3 52-6.6.4 52-6.6.5 52-6.6.6 52-A.2", spoils=PORT)
class OnlyIdentifies(CarrierServer):
    """Every request is answered by the IDResponse."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        return answer if isinstance(answer, IDResponse) else registers.identification()
