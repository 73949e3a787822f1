"""Defects of the carrier: how a meter answers, when, and what its registers show (IEC 62055-52)."""

import re
from dataclasses import replace
from itertools import takewhile

from sts62055.application.results import REFUSALS, CarrierStatus, OldError, UsedError
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts62055.carrier.messages import (
    Ack,
    Answer,
    BreakCommand,
    Data,
    IDRequest,
    Nak,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts62055.carrier.profile import StatusBit
from sts62055.carrier.server import DamagedMessage, Request, Server, ServerState
from sts_rigs.clock import MILLISECOND, SECOND
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.listening import MeterServer
from sts_rigs.simulator.meter.meter import CarrierServer


@defect("wrong-bcc-sent", violates="52-6.5-sent", evidence="BCC")
class BlockCheckWithOpening(CarrierServer):
    """The BCC of the meter status covers the opening STX as well."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        meter_status = self.profile.registers["meter_status"].id
        if isinstance(answer, Data) and answer.register_id == meter_status:
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


def _is_break(character: ReceivedCharacter, usual: int) -> bool:
    """Whether a character is one of zeros that lasted for longer than any has."""
    return not character.intact and character.code == 0 and character.end - character.start > usual


class _DeafToBreaks(MeterServer):
    """A state table to which a break is nothing at all."""

    def receive(self, character: ReceivedCharacter) -> Request | None:
        return None if _is_break(character, self._profile.character_time) else super().receive(character)


@defect("break-overheard", violates="52-6.3.2-framing", evidence="although a break stood between")
class BreakOverheard(CarrierServer):
    """A break within a message is taken for nothing, and the command around it executed."""

    def make_server(self) -> Server:
        return _DeafToBreaks(self.codec, self.profile, self.traits)


class _DeafAfterBreaks(MeterServer):
    """A state table that reads nothing any more once there was a break."""

    _is_deaf = False

    def receive(self, character: ReceivedCharacter) -> Request | None:
        if self.state is ServerState.IDLE:
            self._is_deaf = self._is_deaf or _is_break(character, self._profile.character_time)
        return None if self._is_deaf else super().receive(character)

    def reset(self) -> None:
        self._is_deaf = False
        super().reset()


@defect("deaf-after-break", violates="52-6.3.2-break", evidence="an IDRequest after a break")
class DeafAfterBreak(CarrierServer):
    """After a break the port answers nothing until the meter's power was off."""

    def make_server(self) -> Server:
        return _DeafAfterBreaks(self.codec, self.profile, self.traits)


@defect("start-up-late", violates="52-6.6.1-start-up", evidence="implements.start_up is 2 s")
class LateStart(CarrierServer):
    """The meter starts for 20 seconds longer than it says."""

    def start_up(self) -> int:
        return super().start_up() + 20 * SECOND


@defect("slow-bits", violates="52-6.3.3-speed 52-6.3.3-reader-within", evidence="bit time")
class SlowBits(CarrierServer):
    """The meter's bit time is 3 % too long."""

    def character_time(self) -> int:
        return super().character_time() * 103 // 100


@defect("hears-its-own-speed-only", violates="52-6.3.3-reader-within", evidence="Bd was answered by")
class HearsItsOwnSpeed(CarrierServer):
    """A reader is not understood whose speed differs by more than one per cent."""

    def most_off(self) -> int:
        return 10_000


@defect("short-stop-bit", violates="52-6.3.2-stop", evidence="stop bit")
class ShortStopBit(CarrierServer):
    """The stop bit lasts 0,7 bits."""

    def stop_shortage(self) -> int:
        return super().character_time() * 3 // 100


@defect("slow-reaction", violates="52-6.7.1-reaction 52-6.7.2-time", evidence="reaction time")
class SlowReaction(CarrierServer):
    """Every answer begins 1,8 s after the command."""

    def reaction(self, request: Request) -> int:  # noqa: ARG002
        return 1800 * MILLISECOND


@defect("hasty-break", violates="52-6.7.1-reaction", evidence="reaction time")
class HastyReaction(CarrierServer):
    """A BreakCommand is acknowledged after 100 ms, before the client can listen."""

    def reaction(self, request: Request) -> int:
        return 100 * MILLISECOND if isinstance(request, BreakCommand) else super().reaction(request)


@defect("hasty-once-in-200", violates="52-6.7.1-reaction", evidence="reaction time", repeats=60)
class HastyOnce(CarrierServer):
    """One answer in 200 to an intact message begins after 190 ms."""

    answers = 0

    def reaction(self, request: Request) -> int:
        if isinstance(request, DamagedMessage):
            return super().reaction(request)
        self.answers += 1
        return 190 * MILLISECOND if self.answers % 200 == 0 else super().reaction(request)


@defect("gap-once-in-50", violates="52-6.7.1-gaps-sent", evidence="gap", repeats=60)
class GapOnce(CarrierServer):
    """One Data in 50 pauses for 1,6 s before its ETX."""

    answers = 0

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        if not isinstance(answer, Data):
            return characters
        self.answers += 1
        if self.answers % 50:
            return characters
        return (*characters[:-2], replace(characters[-2], gap=1600 * MILLISECOND), characters[-1])


@defect("gap-in-data", violates="52-6.7.1-gaps-sent", evidence="gap")
class GapInData(CarrierServer):
    """Data pauses for 1,8 s before its ETX."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        if isinstance(answer, Data):
            return (*characters[:-2], replace(characters[-2], gap=1800 * MILLISECOND), characters[-1])
        return characters


@defect("short-patience", violates="52-6.7.1-gaps-taken", evidence="silent")
class ShortPatience(CarrierServer):
    """A message with a gap of more than 500 ms is dropped."""

    def make_server(self) -> Server:
        return Server(self.codec, self.profile.with_value("inter_character_time", {"upper": 500}))


@defect("slow-execution", violates="52-6.7.3-execution 52-6.7.3-every-kind", evidence="execution time")
class SlowExecution(CarrierServer):
    """A token takes 3 s."""

    def execution(self) -> int:
        return 3 * SECOND


@defect(
    "nak-for-data",
    violates="52-6.4.4-one 52-6.4.9-layout 52-6.6.3-known 52-6.8.3-readable 52-A.2-path",
    evidence="Nak",
)
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
        token = self.profile.registers["token"]
        if isinstance(request, ReadCommand) and request.register_id == token.id and request.count < 2:
            return Data(token.id, (token.encode(0),))
        return super().answer(request, registers)


@defect("id-request-once", violates="52-6.6.2-repeated 52-A.1-path", evidence="Nak")
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
        token = self.profile.registers["token"]
        return super().write(register_id, data) or (register_id == token.id and len(data) == 19)


@defect("credit-writable", violates="52-6.6.4-read-only 52-6.6.1-harmless", evidence="Ack")
class WritableCredit(MeterRegisters):
    """The electricity credit can be written through the port."""

    def write(self, register_id: int, data: str) -> bool:
        credit = self.profile.registers["electricity_credit"]
        if register_id != credit.id or not re.fullmatch(f"[0-9A-F]{{{credit.width}}}", data):
            return super().write(register_id, data)
        self.memory.commit(credit=int(data, 16))
        return True


@defect("busy-token-dropped", violates="52-6.6.4-busy", evidence="Ack")
class BusyToken(MeterRegisters):
    """A token that comes while one is processed is acknowledged, and lost."""

    def write(self, register_id: int, data: str) -> bool:
        token = self.profile.registers["token"]
        return super().write(register_id, data) or (register_id == token.id and self.is_token(data))


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


@defect(
    "break-unanswered",
    violates="52-6.4.6-understood 52-6.6.5-acknowledged 52-6.6.5-locked 52-A.4-path 52-A.4-while-processing",
    evidence="silent",
)
class BreakUnanswered(CarrierServer):
    """A BreakCommand gets no answer."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return None if isinstance(request, BreakCommand) else super().answer(request, registers)


@defect("undefined-command-acknowledged", violates="52-6.6.6-refused 52-A.5-path", evidence="Ack")
class UndefinedAcknowledged(CarrierServer):
    """A command that no clause defines is acknowledged."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return Ack() if isinstance(request, UndefinedCommand) else super().answer(request, registers)


@defect("ack-with-line-end", violates="52-6.4.7-single 52-6.6.1-one-answer", evidence="character")
class AckWithLineEnd(CarrierServer):
    """ACK of a BreakCommand or a token is followed by CR."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        return (*characters, OutgoingCharacter(0x0D)) if isinstance(answer, Ack) else characters


@defect("slow-display", violates="52-6.7.3-every-kind", evidence="execution time")
class SlowDisplay(CarrierServer):
    """A token of class 1 takes 3 s."""

    is_display = False

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        data = request.data if isinstance(request, WriteCommand) else ""
        self.is_display = data.isdigit() and int(data) >> 27 & 3 == 1
        return super().answer(request, registers)

    def execution(self) -> int:
        return 3 * SECOND if self.is_display else super().execution()


@defect("leading-zeros-lost", violates="52-6.1.2-zeros 41-8.5-each 41-8.5-unsupported", evidence="expected Accept")
class LeadingZerosLost(MeterRegisters):
    """A token that begins with eight zeros or more is taken without them, and zeros are put behind it."""

    def take_token(self, data: str) -> bool:
        return super().take_token(data.lstrip("0").ljust(len(data), "0") if data.startswith("0" * 8) else data)


@defect("range-cut-short", violates="52-6.6.3-range-with-unknown", evidence="Data")
class RangeCutShort(MeterRegisters):
    """Of several registers the meter shows those before the first one that it does not have."""

    def read_range(self, first: int, count: int) -> tuple[str, ...] | None:
        texts = (self.read(number) for number in range(first, first + max(count, 1)))
        return tuple(takewhile(bool, texts)) or None  # type: ignore[arg-type]


@defect("unknown-register-written", violates="52-6.6.4-unknown", evidence="Ack")
class AnyRegisterWritten(MeterRegisters):
    """A WriteCommand to a register that does not exist is acknowledged."""

    def write(self, register_id: int, data: str) -> bool:
        known = {entry.id for entry in self.profile.registers.values()}
        return super().write(register_id, data) or register_id not in known


@defect("energy-counts-down", violates="52-6.8.3-energy 41-8.5-test-3-totals", evidence="fell from")
class EnergyCountsDown(MeterRegisters):
    """The register of cumulative energy shows how much less than 100 000 000 kWh the credit is."""

    def show(self, name: str, value: int) -> str:
        left = 1_000_000_000 - self.memory.state.credit
        return super().show(name, left if name == "cumulative_energy" else value)


@defect("status-of-switch-stuck", violates="52-6.8.3-meter-status-switch", evidence="the switch is open")
class StuckSwitchStatus(MeterRegisters):
    """The meter status says that the load switch is closed, also when it is open."""

    def show(self, name: str, value: int) -> str:
        return super().show(
            name, value | self.profile.status_mask("load_switch_closed") * (name == "meter_status")
        )


class Bitless(MeterRegisters):
    """Shows a meter status that lacks a bit."""

    bit: StatusBit

    def show(self, name: str, value: int) -> str:
        return super().show(name, value & ~self.profile.status_mask(self.bit) if name == "meter_status" else value)


@defect("status-without-tamper", violates="52-6.8.3-meter-status-tamper", evidence="the cover was opened")
class UntoldTampering(Bitless):
    """The meter status never tells of tampering."""

    bit = "tampered"


@defect("status-without-credit", violates="52-6.8.3-meter-status-credit", evidence="there is no credit")
class UntoldEndOfCredit(Bitless):
    """The meter status never tells that the credit is exhausted."""

    bit = "credit_exhausted"


@defect("status-without-lockout", violates="52-6.8.3-meter-status-lockout", evidence="tokens are locked out")
class UntoldLockout(Bitless):
    """The meter status never tells of a lockout."""

    bit = "locked_out"


@defect("tamper-register-written", violates="52-6.8.3-tamper", evidence="ended by a WriteCommand")
class WrittenTampering(CarrierServer):
    """A WriteCommand to the tamper status gets NAK, and ends the tamper condition all the same."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        if isinstance(request, WriteCommand) and request.register_id == self.profile.registers["tamper_status"].id:
            registers.memory.commit(is_tampered=False)
        return super().answer(request, registers)


@defect("tamper-register-empty", violates="52-6.8.3-tamper", evidence="the cover was opened")
class UntoldTamperStatus(MeterRegisters):
    """The tamper status register shows 0, tampered or not."""

    def show(self, name: str, value: int) -> str:
        return super().show(name, 0 if name == "tamper_status" else value)


@defect("token-status-outlasts-restart", violates="52-6.8.3-after-restart", evidence="expected 0")
class OldTokenStatus(MeterRegisters):
    """After a restart tokenStatus is that of the last token."""

    last = 0

    def show(self, name: str, value: int) -> str:
        if name == "token_status":
            value = self.last = value or self.last
        return super().show(name, value)


@defect(
    "refusal-shown-as-no-token-yet",
    violates="41-7.1.3-three-values",
    evidence="got no token yet",
)
class SilentRefusal(MeterRegisters):
    """After a refused token tokenStatus is as if none had come."""

    def show(self, name: str, value: int) -> str:
        is_refused = name == "token_status" and self.profile.token_status(value) in REFUSALS
        return super().show(name, self.profile.token_status_code(CarrierStatus.RESERVED) if is_refused else value)


@defect("old-token-is-used", violates="41-7.1.4-old-and-used 41-7.3.7-old", evidence="UsedError")
class OldIsUsed(MeterRegisters):
    """An old token shows in tokenStatus as UsedError."""

    def show(self, name: str, value: int) -> str:
        is_old = name == "token_status" and self.profile.token_status(value) is OldError
        return super().show(name, self.profile.token_status_code(UsedError) if is_old else value)


@defect("credit-register-reads-zero", violates="52-6.8.3-credit", evidence="holds 0 after an accepted credit")
class ZeroCredit(MeterRegisters):
    """The credit register reads 0, whatever the credit is."""

    def show(self, name: str, value: int) -> str:
        return super().show(name, 0 if name == "electricity_credit" else value)


@defect(
    "registers-frozen",
    violates="41-8.6-any-instant 41-8.6-limit 41-8.9-group 52-6.8.3-credit "
    "52-6.8.3-meter-status-lockout 52-6.8.3-meter-status-tamper 52-6.8.3-tamper",
    evidence="after an accepted credit",
)
class FrozenRegisters(MeterRegisters):
    """A register but tokenStatus shows for ever what it held when it was first read."""

    def show(self, name: str, value: int) -> str:
        if name == "token_status":
            return super().show(name, value)
        frozen: dict[str, int] = vars(self).setdefault("frozen", {})
        return super().show(name, frozen.setdefault(name, value))
