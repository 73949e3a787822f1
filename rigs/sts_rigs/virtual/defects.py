"""The catalogue of defects: deliberate non-conformities of the virtual meter, each one replaced part.

A defect shows that the suite can fail a meter. It says which requirements it violates and what the suite must see.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar

from sts62055.application.results import Accept, CRCError, TokenStatus
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts62055.carrier.layouts import block_check
from sts62055.carrier.messages import (
    Ack,
    Answer,
    BreakCommand,
    Data,
    IDRequest,
    Nak,
    ReadCommand,
    UndefinedCommand,
)
from sts62055.carrier.server import Request, Server, TransmissionError
from sts_rigs.virtual.application_process import (
    AmountDecoder,
    Apdu,
    ApduExtraction,
    Execution,
    Functions,
    TokenAuthentication,
    TokenIdentifierStore,
    TokenLockout,
)
from sts_rigs.virtual.meter import CarrierServer, Parts
from sts_rigs.virtual.registers import MeterRegisters

__all__ = ["DEFECTS", "Defect", "UnknownDefect", "parts_with"]


@dataclass(frozen=True, slots=True)
class Defect:
    """One deliberate non-conformity.

    violates: the requirements that must fail, and no others; evidence: a piece of the reason that the suite gives.
    """

    name: str
    violates: tuple[str, ...]
    evidence: str
    part: type[Any]

    @property
    def summary(self) -> str:
        """What is wrong with the meter, in one sentence."""
        return (self.part.__doc__ or "").strip().splitlines()[0]


class UnknownDefect(ValueError):
    """A name that is not in the catalogue; the message names the nearest ones."""


_P = TypeVar("_P", bound=type[Any])
_CATALOGUE: dict[str, Defect] = {}

DEFECTS: Mapping[str, Defect] = MappingProxyType(_CATALOGUE)
"""All defects by name."""


def defect(name: str, *, violates: str, evidence: str) -> Callable[[_P], _P]:
    """Enter a class, derived from a part of the meter, into the catalogue."""

    def enter(part: _P) -> _P:
        _CATALOGUE[name] = Defect(name, tuple(violates.split()), evidence, part)
        return part

    return enter


def parts_with(name: str | None) -> Parts:
    """Return the parts of a good meter, or with the defect of that name; UnknownDefect if there is none."""
    if name is None:
        return Parts()
    if name not in DEFECTS:
        near = ", ".join(get_close_matches(name, DEFECTS)) or "'stsbench defects' lists them"
        raise UnknownDefect(f"there is no defect '{name}': {near}")
    return Parts().replaced(DEFECTS[name].part)


# -- application process (IEC 62055-41) ------------------------------------------------------------------------


@defect("used-token-accepted", violates="41-7.3.7-used 41-7.3.8-fifty 41-7.3.8-nonvolatile", evidence="Accept")
class ForgetfulValidation(TokenIdentifierStore):
    """A used token is accepted again."""

    def is_used(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return False


@defect("used-after-power-cut", violates="41-7.3.8-nonvolatile", evidence="Accept")
class VolatileStore(TokenIdentifierStore):
    """The TokenIdentifiers are kept in memory that forgets when the power goes."""

    def after_power_up(self) -> None:
        self.memory.commit(token_identifiers=(self.configuration.oldest_token,))


@defect("store-of-twenty", violates="41-7.3.8-fifty", evidence="OldError")
class ShortStore(TokenIdentifierStore):
    """The TokenIdentifier store was sized for an older rule, and forgets too early."""

    size = 20


@defect("identifier-of-sixteen-bits", violates="41-6.3.5-24-bits", evidence="Accept")
class NarrowStore(TokenIdentifierStore):
    """Only the lower 16 bits of a TokenIdentifier are compared with those held."""

    def is_old(self, apdu: Apdu) -> bool:
        held = {other & 0xFFFF for other in self.memory.state.token_identifiers}
        return super().is_old(apdu) and self.key(apdu) & 0xFFFF < min(held)


@defect("old-token-accepted", violates="41-7.3.7-old", evidence="Accept")
class AgelessStore(TokenIdentifierStore):
    """A token older than all that are held is accepted."""

    def is_old(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return False


@defect("newest-only", violates="41-7.3.8-between", evidence="OldError")
class MonotonicStore(TokenIdentifierStore):
    """Only a token newer than the newest is accepted, so that tokens must come in the order of their sale."""

    def is_old(self, apdu: Apdu) -> bool:
        return not self.is_used(apdu) and self.key(apdu) < max(self.memory.state.token_identifiers)


@defect("overflow-uses-up-token", violates="41-7.3.8-not-consumed", evidence="UsedError")
class HastyStore(TokenIdentifierStore):
    """A token that ended in an error is used up all the same."""

    def is_cancelled_by(self, result: TokenStatus) -> bool:  # noqa: ARG002
        return True


@defect(
    "crc-not-checked",
    violates="41-6.3.7-order 41-7.3.6-crc 41-7.3.6-other-key 41-7.3.6-class-1-crc",
    evidence="CRCError",
)
class NoCrcCheck(TokenAuthentication):
    """The CRC is not checked."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:  # noqa: ARG002
        return None


@defect("crc-of-eight-bits", violates="41-7.3.6-crc", evidence="CRCError")
class HalfCrcCheck(TokenAuthentication):
    """Only the upper octet of the CRC is compared."""

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        good = super().check_crc(apdu) is None or any(
            super(HalfCrcCheck, self).check_crc(replace(apdu, word=apdu.word & ~0xFF | low)) is None
            for low in range(256)
        )
        return None if good else CRCError


@defect("foreign-mfrcode-accepted", violates="41-7.3.6-mfrcode", evidence="Accept")
class AnyManufacturer(TokenAuthentication):
    """Class 1 tokens of every maker are accepted."""

    def check_manufacturer(self, apdu: Apdu) -> TokenStatus | None:  # noqa: ARG002
        return None


@defect("generic-mfrcode-refused", violates="41-7.3.6-generic-mfrcode", evidence="MfrCodeError")
class OwnManufacturerOnly(TokenAuthentication):
    """MfrCode 0 is taken for another maker's on test number 2."""

    def check_manufacturer(self, apdu: Apdu) -> TokenStatus | None:
        if apdu.token_class == 1 and apdu.word >> 16 == 0b10 << 8:
            return super().check_manufacturer(replace(apdu, word=apdu.word | 0xFF << 16))
        return super().check_manufacturer(apdu)


@defect("number-wraps", violates="41-6.4.2-66-bits", evidence="Accept")
class WrappingExtraction(ApduExtraction):
    """Twenty digits are read into 66 bits without a look at what falls off the top."""

    def number(self, digits: str) -> int | None:
        return int(digits) & (1 << 66) - 1


@defect("amount-without-offset", violates="41-6.3.6-exponent 41-6.3.9-exponent", evidence="credit()")
class NoOffset(AmountDecoder):
    """An Amount is decoded as mantissa times power of ten, without the offset of its exponent."""

    def decode(self, value: int) -> int:
        return (value & 0x3FFF) * (1, 10, 100, 1000)[value >> 14]


@defect("credit-overflows", violates="41-8.4-overflow", evidence="got Accept, expected OverflowError")
class Saturating(Functions):
    """Credit beyond the limit is accepted, and lost."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        credit = self.memory.state.credit + self.amounts.decode(apdu.value)
        return Execution(Accept, {"credit": min(credit, self.configuration.credit_limit)})


@defect("credit-in-kilowatt-hours", violates="41-8.4-adds", evidence="credit()")
class RoundedCredit(Functions):
    """Tenths of a kilowatt-hour are dropped from each token."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        amount = self.amounts.decode(apdu.value)
        credit = self.memory.state.credit + (amount - amount % 10 if amount < 1000 else amount)
        if credit > self.configuration.credit_limit:
            return super().transfer_credit(apdu)
        return Execution(Accept, {"credit": credit})


@defect("water-as-electricity", violates="41-8.4-utility", evidence="Accept")
class AnyUtility(Functions):
    """A token for water is credited as electricity."""

    def execute(self, apdu: Apdu) -> Execution:
        return super().transfer_credit(apdu) if apdu.token_class == 0 else super().execute(apdu)


@defect("test-zero-refused", violates="41-8.5-all", evidence="FunctionError")
class NoTestZero(Functions):
    """Test number 0 is not known."""

    def test_display(self, apdu: Apdu) -> Execution:
        execution = super().test_display(apdu)
        return super().execute(Apdu(1, 15 << 60)) if execution.display == "all" else execution


@defect("unknown-test-accepted", violates="41-8.5-unsupported", evidence="Accept")
class AnyTest(Functions):
    """Test numbers that the meter does not have are accepted."""

    def test_display(self, apdu: Apdu) -> Execution:
        return replace(super().test_display(apdu), result=Accept)


@defect("wrong-group-shown", violates="41-8.5-shown", evidence="got '000000'")
class StaleDisplay(Functions):
    """The display shows the supply group code of the factory."""

    def shown_by_test(self, number: int) -> str:
        return "000000" if number == 16 else super().shown_by_test(number)


@defect("power-limit-ignored", violates="41-8.6-limit 41-6.3.9-exponent", evidence="power_limit()")
class NoPowerLimit(Functions):
    """SetMaximumPowerLimit is accepted, and sets nothing."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(Accept)


@defect("clear-credit-clears-nothing", violates="41-8.7-clears", evidence="expected 0")
class NoClearCredit(Functions):
    """ClearCredit is accepted, and clears nothing."""

    def clear_credit(self, apdu: Apdu) -> Execution:
        return replace(super().clear_credit(apdu), changes={})


@defect("clear-credit-of-water-clears-all", violates="41-8.7-other-register", evidence="Accept")
class CarelessClearCredit(Functions):
    """ClearCredit clears the electricity credit whatever register it names."""

    def clear_credit(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(Accept, {"credit": 0})


@defect("tamper-stays", violates="41-8.10-clears", evidence="still")
class NoClearTamper(Functions):
    """ClearTamperCondition is accepted, and the meter stays tampered."""

    def clear_tamper_condition(self, apdu: Apdu) -> Execution:  # noqa: ARG002
        return Execution(Accept)


# -- carrier (IEC 62055-52) ------------------------------------------------------------------------------------


@defect("lockout-never", violates="52-6.6.7-begins", evidence="TokenLockout")
class NoLockout(TokenLockout):
    """Tokens are never locked out."""

    def is_active(self, now: int) -> bool:  # noqa: ARG002
        return False


@defect("lockout-for-ever", violates="52-6.6.7-ends", evidence="Accept")
class EndlessLockout(TokenLockout):
    """The lockout lasts a day, not ten seconds."""

    def note_failure(self, now: int) -> None:
        super().note_failure(now)
        if self.memory.state.locked_until > now:
            self.memory.commit(locked_until=now + 86_400_000_000_000)


@defect("lockout-counts-for-ever", violates="52-6.6.7-reset", evidence="TokenLockout")
class UnforgivingLockout(TokenLockout):
    """An accepted token does not begin the count of failures anew."""

    def note_acceptance(self) -> None:
        pass


class UncheckedServer(Server):
    """Reads commands whatever their BCC is."""

    def read_frame(self, frame: bytes) -> Request:
        return super().read_frame(frame[:-1] + bytes([block_check(frame[:-1])]) if frame[0] == 1 else frame)


@defect("bcc-not-checked", violates="52-6.5-checked 52-6.7.2-bcc", evidence="was executed")
class NoBlockCheck(CarrierServer):
    """The BCC of a command is not checked."""

    def make_server(self) -> Server:
        return UncheckedServer(self.codec, self.profile)


class DeafToParityServer(Server):
    """Takes characters whatever their parity is."""

    def receive(self, character: ReceivedCharacter) -> Request | None:
        return super().receive(replace(character, intact=True))


@defect("parity-not-checked", violates="52-6.3.2-damaged", evidence="was executed")
class NoParityCheck(CarrierServer):
    """The parity of received characters is not checked."""

    def make_server(self) -> Server:
        return DeafToParityServer(self.codec, self.profile)


@defect("bcc-error-ignored", violates="52-6.7.2-bcc", evidence="Nak")
class SilentOnBlockCheck(CarrierServer):
    """A command with a wrong BCC gets no answer."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return None if isinstance(request, TransmissionError) else super().answer(request, registers)


@defect("wrong-bcc-sent", violates="52-6.5-sent", evidence="BCC")
class BlockCheckWithOpening(CarrierServer):
    """The BCC of the meter status covers the opening STX as well."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        if isinstance(answer, Data) and answer.register_id == 0x2002:
            return (*characters[:-1], OutgoingCharacter(characters[-1].code ^ 0x02))
        return characters


@defect("odd-parity-of-data", violates="52-6.3.2-parity", evidence="parity")
class OddParity(CarrierServer):
    """The BCC of Data is sent with odd parity."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        if isinstance(answer, Data):
            return (*characters[:-1], replace(characters[-1], wrong_parity=True))
        return characters


@defect("slow-bits", violates="52-6.3.3-speed", evidence="bit time")
class SlowBits(CarrierServer):
    """The meter's bit time is 3 % too long."""

    def character_time(self) -> int:
        return super().character_time() * 103 // 100


@defect("slow-reaction", violates="52-6.7.1-reaction", evidence="reaction time")
class SlowReaction(CarrierServer):
    """Every answer begins 1,8 s after the command."""

    def reaction(self, request: Request) -> int:  # noqa: ARG002
        return 1_800_000_000


@defect("hasty-break", violates="52-6.7.1-reaction", evidence="reaction time")
class HastyReaction(CarrierServer):
    """A BreakCommand is acknowledged after 100 ms, before the client can listen."""

    def reaction(self, request: Request) -> int:
        return 100_000_000 if isinstance(request, BreakCommand) else super().reaction(request)


@defect("gap-in-data", violates="52-6.7.1-gaps-sent", evidence="gap")
class GapInData(CarrierServer):
    """Data pauses for 1,8 s before its ETX."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        if isinstance(answer, Data):
            return (*characters[:-2], replace(characters[-2], gap=1_800_000_000), characters[-1])
        return characters


@defect("short-patience", violates="52-6.7.1-gaps-taken", evidence="silent")
class ShortPatience(CarrierServer):
    """A message with a gap of more than 500 ms is dropped."""

    def make_server(self) -> Server:
        return Server(self.codec, self.profile.with_value("inter_character_time", {"upper": 500}))


@defect("unfinished-message-kept", violates="52-6.7.1-unfinished", evidence="silent")
class EndlessPatience(CarrierServer):
    """An unfinished message is never dropped, and swallows the next one."""

    def make_server(self) -> Server:
        return Server(self.codec, self.profile.with_value("inter_character_time", {"upper": 86_400_000}))


@defect("slow-execution", violates="52-6.7.3-execution", evidence="execution time")
class SlowExecution(CarrierServer):
    """A token takes 3 s."""

    def execution(self) -> int:
        return 3_000_000_000


@defect("nak-for-data", violates="52-6.4.4-one 52-6.4.9-layout 52-6.6.3-known 52-6.8.3-readable", evidence="Nak")
class NakForData(CarrierServer):
    """Every ReadCommand is refused."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return Nak() if isinstance(request, ReadCommand) else super().answer(request, registers)


@defect("several-registers-refused", violates="52-6.4.4-several", evidence="Nak")
class OneRegisterOnly(CarrierServer):
    """A ReadCommand for more than one register is refused."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        is_long = isinstance(request, ReadCommand) and request.count > 1
        return Nak() if is_long else super().answer(request, registers)


@defect("unknown-register-is-zero", violates="52-6.6.3-unknown", evidence="Data")
class AnyRegister(CarrierServer):
    """A register that does not exist is read as zero."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        if isinstance(request, ReadCommand) and isinstance(answer, Nak) and request.register_id < 0xFF00:
            return Data(request.register_id, ("00",))
        return answer


@defect("token-readable", violates="52-6.6.3-write-only", evidence="Data")
class ReadableToken(CarrierServer):
    """The last token can be read back."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        if isinstance(request, ReadCommand) and request.register_id == 0xFFFF:
            return Data(0xFFFF, ("0" * 20,))
        return super().answer(request, registers)


@defect("id-request-once", violates="52-6.6.2-repeated", evidence="Nak")
class IdentifiesOnce(CarrierServer):
    """An IDRequest right after another one is refused."""

    just_identified = False

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        again, self.just_identified = self.just_identified, isinstance(request, IDRequest)
        if isinstance(request, IDRequest) and again:
            self.just_identified = False
            return Nak()
        return super().answer(request, registers)


@defect("id-response-without-status", violates="52-6.4.3-layout", evidence="expected")
class ShortIdentification(CarrierServer):
    """The IDResponse lacks its last two characters before CR LF."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        return (*characters[:-4], *characters[-2:]) if characters[0].code == 0x2F else characters


@defect("malformed-token-acknowledged", violates="52-6.6.4-malformed", evidence="Ack")
class AnyToken(MeterRegisters):
    """A token of 19 digits is acknowledged as if it were one."""

    def write(self, register_id: int, data: str) -> bool:
        return super().write(register_id, data) or (register_id == 0xFFFF and len(data) == 19)


@defect("credit-writable", violates="52-6.6.4-read-only", evidence="Ack")
class WritableCredit(MeterRegisters):
    """The electricity credit can be written through the port."""

    def write(self, register_id: int, data: str) -> bool:
        if register_id != 0x2010 or not re.fullmatch("[0-9A-F]{8}", data):
            return super().write(register_id, data)
        self.memory.commit(credit=int(data, 16))
        return True


@defect("busy-token-dropped", violates="52-6.6.4-busy", evidence="Ack")
class BusyToken(MeterRegisters):
    """A token that comes while one is processed is acknowledged, and lost."""

    def write(self, register_id: int, data: str) -> bool:
        return super().write(register_id, data) or (register_id == 0xFFFF and self.is_token(data))


@defect("lower-case-hexadecimal", violates="52-6.3.4-hexadecimal", evidence="upper-case")
class LowerCase(MeterRegisters):
    """Registers are shown in lower-case hexadecimal."""

    def show(self, name: str, value: int) -> str:
        return super().show(name, value).lower()


@defect("wrong-serial-number", violates="41-6.1.2-drn", evidence="expected '12345678903'")
class WrongSerialNumber(MeterRegisters):
    """The serial number register holds the DRN without its check digit."""

    def show(self, name: str, value: int) -> str:
        return super().show(name, value // 10 if name == "serial_number" else value)


@defect("wrong-supply-group", violates="52-6.8.3-group", evidence="supply_group_code()")
class GroupInDecimal(MeterRegisters):
    """The supply group code register holds the digits, not the number."""

    def show(self, name: str, value: int) -> str:
        return f"{value:06d}" if name == "supply_group_code" else super().show(name, value)


@defect("break-unanswered", violates="52-6.4.6-understood 52-6.6.5-acknowledged", evidence="silent")
class BreakUnanswered(CarrierServer):
    """A BreakCommand gets no answer."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return None if isinstance(request, BreakCommand) else super().answer(request, registers)


@defect("undefined-command-acknowledged", violates="52-6.6.6-refused", evidence="Ack")
class UndefinedAcknowledged(CarrierServer):
    """A command that no clause defines is acknowledged."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return Ack() if isinstance(request, UndefinedCommand) else super().answer(request, registers)


@defect("ack-with-line-end", violates="52-6.4.7-single", evidence="character")
class AckWithLineEnd(CarrierServer):
    """ACK of a BreakCommand or a token is followed by CR."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        return (*characters, OutgoingCharacter(0x0D)) if isinstance(answer, Ack) else characters
