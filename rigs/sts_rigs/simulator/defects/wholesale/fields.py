"""Wholesale defects of Data: its fields, and how values are written (IEC 62055-52, 6.3.4, 6.4.9 and 6.5)."""

from dataclasses import replace

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.framing import SOH
from sts62055.carrier.layouts import block_check
from sts62055.carrier.messages import Answer, Data, ReadCommand
from sts62055.carrier.server import DamagedMessage, Request, Server
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import PORT, READING, RESULTS
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.meter import CarrierServer

_EOT = 0x04
_NUMBERS = "52-6.3.4 52-6.4.9 52-6.8"
_AMOUNTS = (
    "31 41-6.1.2 41-6.1.6 41-6.3.6 41-6.3.9 41-6.3.13 41-6.4.2 41-7.3.8 41-8.4 41-8.6 41-8.7 41-8.9 41-8.10 51 "
    "52-6.3.4 52-6.8"
)


class RewrittenData(CarrierServer):
    """Changes Data on its way out."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        return (
            outgoing(self.rewritten(self.codec.encode(answer)))
            if isinstance(answer, Data)
            else (super().characters(answer))
        )

    def rewritten(self, codes: bytes) -> bytes:
        """Return what is sent for the characters of Data."""
        raise NotImplementedError


class ReframedData(RewrittenData):
    """Changes what stands in Data before its BCC, which is right for that."""

    def rewritten(self, codes: bytes) -> bytes:
        frame = self.reframed(codes[:-1])
        return frame + bytes([block_check(frame)])

    def reframed(self, frame: bytes) -> bytes:
        """Return what is sent for the characters from the opening to ETX."""
        raise NotImplementedError


# -- BCC -------------------------------------------------------------------------------------------------------


@wholesale("bcc-of-data-is-a-sum", breaks="52-6.5 52-6.4.9", spoils=f"{READING} 52-6.5")
class SummedBlockCheck(RewrittenData):
    """The BCC of Data is the sum of its characters."""

    def rewritten(self, codes: bytes) -> bytes:
        return codes[:-1] + bytes([sum(codes[1:-1]) & 0x7F])


@wholesale("bcc-of-data-never-set", breaks="52-6.5 52-6.4.9", spoils=f"{READING} 52-6.5")
class BlankBlockCheck(RewrittenData):
    """The BCC of Data is always NUL."""

    def rewritten(self, codes: bytes) -> bytes:
        return codes[:-1] + b"\0"


@wholesale("bcc-of-data-missing", breaks="52-6.5 52-6.4.9", spoils=f"{READING} 52-6.5")
class MissingBlockCheck(RewrittenData):
    """Data ends with its ETX."""

    def rewritten(self, codes: bytes) -> bytes:
        return codes[:-1]


class SummingServer(Server):
    """Takes the sum of a command's characters for its BCC."""

    def read_frame(self, frame: bytes) -> Request:
        if frame[0] != SOH:
            return super().read_frame(frame)
        if frame[-1] != sum(frame[1:-1]) & 0x7F:
            return DamagedMessage("wrong sum")
        return super().read_frame(frame[:-1] + bytes([block_check(frame[:-1])]))


@wholesale("bcc-of-commands-is-a-sum", breaks="52-6.5 52-6.6.3 52-6.6.4 52-6.6.5", spoils=PORT)
class SumExpected(CarrierServer):
    """The sum of its characters is expected as the BCC of every command."""

    def make_server(self) -> Server:
        return SummingServer(self.codec, self.profile)


# -- framing ---------------------------------------------------------------------------------------------------


@wholesale("data-opened-by-soh", breaks="52-6.4.9 52-6.6.3", spoils=READING)
class OpenedBySoh(ReframedData):
    """Data begins with SOH, as commands do."""

    def reframed(self, frame: bytes) -> bytes:
        return bytes([SOH]) + frame[1:]


@wholesale("data-ended-by-eot", breaks="52-6.4.9 52-6.6.3", spoils=READING)
class EndedByEot(ReframedData):
    """Data ends with EOT, as the parts of a long message do in IEC 62056-21."""

    def reframed(self, frame: bytes) -> bytes:
        return frame[:-1] + bytes([_EOT])


@wholesale("data-without-register", breaks="52-6.4.9 52-6.6.3", spoils=READING)
class UnnamedData(ReframedData):
    """Data does not name its register."""

    def reframed(self, frame: bytes) -> bytes:
        return frame[:1] + b"".join(frame.partition(b"(")[1:])


@wholesale("data-without-parentheses", breaks="52-6.4.9 52-6.6.3", spoils=READING)
class BareData(ReframedData):
    """The values in Data have no parentheses around them."""

    def reframed(self, frame: bytes) -> bytes:
        return frame.replace(b"(", b"").replace(b")", b"")


@wholesale("data-in-brackets", breaks="52-6.4.9 52-6.6.3", spoils=READING)
class BracketedData(ReframedData):
    """The values in Data stand in square brackets."""

    def reframed(self, frame: bytes) -> bytes:
        return frame.replace(b"(", b"[").replace(b")", b"]")


@wholesale("data-with-units", breaks="52-6.3.4 52-6.4.9 52-6.8.3", spoils=READING)
class DataWithUnits(ReframedData):
    """Every value in Data is followed by an asterisk and its unit, as in IEC 62056-21."""

    def reframed(self, frame: bytes) -> bytes:
        return frame.replace(b")", b"*kWh)")


@wholesale("data-without-values", breaks="52-6.4.9 52-6.6.3 52-6.8.3", spoils=READING)
class EmptyData(CarrierServer):
    """The parentheses in Data are empty."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        return replace(answer, values=("",) * len(answer.values)) if isinstance(answer, Data) else answer


@wholesale("data-names-next-register", breaks="52-6.4.9 52-6.6.3", spoils=READING)
class NamesNextRegister(CarrierServer):
    """Data names the register behind the one that was read."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        if not isinstance(answer, Data) or answer.register_id is None:
            return answer
        return replace(answer, register_id=answer.register_id + 1 & 0xFFFF)


# -- how many registers ----------------------------------------------------------------------------------------


@wholesale("count-of-registers-ignored", breaks="52-6.4.4 52-6.6.3 52-6.4.9", spoils="52-6.4.4 52-6.4.9 52-6.6.3")
class CountIgnored(CarrierServer):
    """A ReadCommand always brings one register, however many it asks for."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        if isinstance(request, ReadCommand):
            return super().answer(replace(request, count=1), registers)
        return super().answer(request, registers)


@wholesale("count-of-registers-from-zero", breaks="52-6.4.4 52-6.6.3 52-6.8.3", spoils=READING)
class CountFromZero(CarrierServer):
    """A ReadCommand brings one register more than it asks for."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        if isinstance(request, ReadCommand):
            return super().answer(replace(request, count=request.count + 1), registers)
        return super().answer(request, registers)


@wholesale("several-registers-reversed", breaks="52-6.4.4 52-6.4.9", spoils="52-6.4.4 52-6.4.9 52-6.6.3")
class ReversedValues(CarrierServer):
    """The values of several registers come in descending order."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        answer = super().answer(request, registers)
        return replace(answer, values=answer.values[::-1]) if isinstance(answer, Data) else answer


# -- how values are written ------------------------------------------------------------------------------------


class Rewritten(MeterRegisters):
    """Writes the value of every register its own way."""

    def show(self, name: str, value: int) -> str:
        return self.written(value, self.profile.registers[name].width)

    def written(self, value: int, width: int) -> str:
        """Return the text of a value in a register of so many digits."""
        raise NotImplementedError


@wholesale("values-in-decimal", breaks="52-6.3.4 52-6.8.3", spoils=f"{RESULTS} 52-6.3.4")
class Decimal(Rewritten):
    """The values of all registers are written in decimal."""

    def written(self, value: int, width: int) -> str:
        return f"{value:0{width}d}"[-width:]


@wholesale("values-without-zeros", breaks="52-6.3.4 52-6.8.3", spoils=_NUMBERS)
class Unpadded(Rewritten):
    """The values of all registers are written without leading zeros."""

    def written(self, value: int, width: int) -> str:  # noqa: ARG002
        return f"{value:X}"


@wholesale("values-left-aligned", breaks="52-6.3.4 52-6.8.3", spoils=f"{RESULTS} 52-6.3.4")
class LeftAligned(Rewritten):
    """The values of all registers are filled up with zeros behind them."""

    def written(self, value: int, width: int) -> str:
        return f"{value:X}".ljust(width, "0")


@wholesale("values-little-endian", breaks="52-6.3.4 52-6.8.3", spoils=_AMOUNTS)
class LittleEndian(Rewritten):
    """The octets of all registers are written lowest first."""

    def written(self, value: int, width: int) -> str:
        return value.to_bytes((width + 1) // 2, "little").hex().upper()


@wholesale("values-of-four-digits", breaks="52-6.3.4 52-6.8.3", spoils=_AMOUNTS)
class FourDigits(Rewritten):
    """The values of all registers are written with four digits, and what does not fit falls off."""

    def written(self, value: int, width: int) -> str:  # noqa: ARG002
        return f"{value & 0xFFFF:04X}"


@wholesale("values-one-digit-too-wide", breaks="52-6.3.4 52-6.8.3", spoils=_NUMBERS)
class OneDigitTooWide(Rewritten):
    """The values of all registers have one leading zero too many."""

    def written(self, value: int, width: int) -> str:
        return f"{value:0{width + 1}X}"
