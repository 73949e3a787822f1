"""Wholesale defects of the IDResponse, field by field (IEC 62055-52, 6.4.3 and 7.4 to 7.9)."""

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.layouts import Field
from sts62055.carrier.messages import Answer, IDResponse
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import IDENTIFICATION
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.meter import CarrierServer

_CR, _LF = b"\r", b"\n"


class RewrittenIdentification(CarrierServer):
    """Changes the IDResponse on its way out."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        if not isinstance(answer, IDResponse):
            return super().characters(answer)
        return outgoing(self.rewritten(self.codec.encode(answer)))

    def rewritten(self, codes: bytes) -> bytes:
        """Return what is sent for the characters of the IDResponse."""
        raise NotImplementedError


@wholesale("id-response-without-end", breaks="52-6.4.3 52-6.6.2", spoils=IDENTIFICATION)
class EndlessIdentification(RewrittenIdentification):
    """The IDResponse has no CR LF at its end."""

    def rewritten(self, codes: bytes) -> bytes:
        return codes.rstrip(_CR + _LF)


@wholesale("id-response-with-line-feed-only", breaks="52-6.4.3 52-6.6.2", spoils=IDENTIFICATION)
class LineFeedOnly(RewrittenIdentification):
    """The IDResponse ends with LF alone."""

    def rewritten(self, codes: bytes) -> bytes:
        return codes.replace(_CR, b"")


@wholesale("id-response-with-request-opening", breaks="52-6.4.3 52-6.6.2", spoils=IDENTIFICATION)
class RequestOpening(RewrittenIdentification):
    """The IDResponse begins as the IDRequest does, with a question mark behind the slash."""

    def rewritten(self, codes: bytes) -> bytes:
        return codes[:1] + b"?" + codes[1:]


@wholesale("id-response-of-300-baud", breaks="52-6.4.3 52-6.6.2", spoils=IDENTIFICATION)
class SpeedDigitZero(RewrittenIdentification):
    """The IDResponse announces 300 Bd."""

    def rewritten(self, codes: bytes) -> bytes:
        return codes[:4] + b"0" + codes[5:]


@wholesale("id-response-in-plain-text", breaks="52-6.4.3 52-6.6.2", spoils=IDENTIFICATION)
class PlainText(RewrittenIdentification):
    """Behind maker and speed the IDResponse has the name of the meter's type, as in IEC 62056-21."""

    def rewritten(self, codes: bytes) -> bytes:
        return codes[:5] + b"STS-METER V1" + codes[-2:]


@wholesale("id-response-in-lower-case", breaks="52-6.3.4 52-6.4.3", spoils=f"{IDENTIFICATION} 52-6.3.4")
class LowerCaseIdentification(RewrittenIdentification):
    """The IDResponse is written in lower case."""

    def rewritten(self, codes: bytes) -> bytes:
        return codes.lower()


class OtherFields(MeterRegisters):
    """Identifies itself by other values."""

    def identification(self) -> IDResponse:
        return IDResponse(tuple((name, self.changed(value)) for name, value in super().identification().fields))

    def changed(self, value: Field) -> Field:
        """Return what is sent for a value."""
        raise NotImplementedError


@wholesale("id-response-all-ones", breaks="52-6.4.3 52-7", spoils=IDENTIFICATION)
class ErasedIdentification(OtherFields):
    """Every number in the IDResponse has all bits set to 1 in its lower octet, as erased memory has."""

    def changed(self, value: Field) -> Field:
        return value | 0xFF if isinstance(value, int) else value


@wholesale("id-response-without-maker", breaks="52-6.4.3 52-6.6.2", spoils=IDENTIFICATION)
class NamelessMaker(OtherFields):
    """The IDResponse has three letters X for its maker."""

    def changed(self, value: Field) -> Field:
        return "X" * len(value) if isinstance(value, str) else value
