"""Subtle defects: bits that are too few, have a sign, or stand in another place (IEC 62055-41, 6.3 and 8)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sts62055.carrier.profile import StatusBit
from sts_rigs.clock import SECOND
from sts_rigs.simulator.defects.catalogue import subtle
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.configuration import HeldKey
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import AmountDecoder, Execution, Functions
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey
from sts_rigs.simulator.meter.lockout import MeterLockout
from sts_rigs.simulator.meter.memory import TENTH
from sts_rigs.simulator.meter.metering import Metering
from sts_rigs.simulator.meter.validation import TokenValidation

_LAST_EXPONENT = 3

# -- amounts and what they are kept in -------------------------------------------------------------------------


@subtle("credit-kept-in-sixteen-bits", breaks="41-6.3.6 41-8.4")
class CreditIn16Bits(Functions):
    """The credit is kept in 16 bits, and wraps round."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution = super().transfer_credit(apdu)
        return replace(execution, changes={name: value & 0xFFFF for name, value in execution.changes.items()})


@subtle("power-limit-kept-in-sixteen-bits", breaks="41-6.3.9 41-8.6")
class LimitIn16Bits(Functions):
    """The power limit is kept in 16 bits, and wraps round."""

    def set_maximum_power_limit(self, apdu: Apdu) -> Execution:
        execution = super().set_maximum_power_limit(apdu)
        return replace(execution, changes={name: value & 0xFFFF for name, value in execution.changes.items()})


@subtle("energy-kept-in-eight-bits", breaks="31 52-6.8.3")
class EnergyIn8Bits(Metering):
    """The cumulative energy wraps round after 25,6 kWh."""

    def after(self, energy: int) -> Mapping[str, Any]:
        changes = super().after(energy)
        return {**changes, "drawn": changes["drawn"] % (256 * TENTH)}


@subtle("greatest-exponent-too-small", breaks="41-6.3.6 41-8.4")
class GreatestExponentTooSmall(AmountDecoder):
    """With exponent 3 the mantissa of an Amount counts a hundredfold, not a thousandfold."""

    def amount(self, exponent: int, mantissa: int) -> int:
        excess = mantissa * 900 if exponent == _LAST_EXPONENT else 0
        return super().amount(exponent, mantissa) - excess


@subtle("top-of-mantissa-lost", breaks="41-6.3.6 41-8.4")
class TopOfMantissaLost(AmountDecoder):
    """With an exponent above 0 the highest bit of the mantissa of an Amount is lost."""

    def amount(self, exponent: int, mantissa: int) -> int:
        return super().amount(exponent, mantissa & 0x1FFF if exponent else mantissa)


@subtle("mantissa-with-sign", breaks="41-6.3.6 41-8.4")
class MantissaWithSign(Functions):
    """Credit whose Amount has the highest bit of its mantissa set is taken away, not added."""

    def transfer_credit(self, apdu: Apdu) -> Execution:
        execution = super().transfer_credit(apdu)
        if not execution.changes or not apdu.value >> 13 & 1:
            return execution
        left = self.memory.state.credit - self.amounts.decode(apdu.value)
        return replace(execution, changes={"credit": max(left, 0)})


@subtle(
    "currency-without-sign",
    breaks="41-6.3.21 41-8.4",
    declares={"implements.currencies": ["electricity"]},
)
class CurrencyWithoutSign(AmountDecoder):
    """The sign of an Amount in currency is not looked at."""

    def decode_currency(self, apdu: Apdu) -> int:
        return abs(super().decode_currency(apdu))


# -- key attributes --------------------------------------------------------------------------------------------


class OtherAttributes(KeyChangeProcess):
    """Takes what a set says of its key otherwise."""

    def key_of(self, new: NewKey) -> HeldKey:
        return replace(super().key_of(new), **self.other(new))

    def other(self, new: NewKey) -> Mapping[str, Any]:
        """Return the attributes that are taken otherwise."""
        raise NotImplementedError


@subtle("key-revision-from-expiry", breaks="41-6.1.8 41-8.9")
class RevisionFromExpiry(OtherAttributes):
    """A new KeyRevisionNumber is taken from the nibble where the upper half of the KeyExpiryNumber stands."""

    def other(self, new: NewKey) -> Mapping[str, Any]:
        return {"key_revision_number": new.key_expiry_number >> 4}


@subtle("key-revision-kept-in-three-bits", breaks="41-6.1.8 41-8.9")
class RevisionIn3Bits(OtherAttributes):
    """A new KeyRevisionNumber above 7 loses its highest bit."""

    def other(self, new: NewKey) -> Mapping[str, Any]:
        return {"key_revision_number": new.key_revision_number & 7}


@subtle("tariff-index-kept-in-four-bits", breaks="41-6.1.7 41-8.9")
class TariffIndexIn4Bits(OtherAttributes):
    """Of a new tariff index only the lower four bits are taken."""

    def other(self, new: NewKey) -> Mapping[str, Any]:
        return {"tariff_index": f"{new.tariff_index & 0xF:02d}"}


@subtle("key-expiry-halves-exchanged", breaks="41-6.1.10 41-6.3.18 41-6.3.19 41-8.9")
class ExpiryHalvesExchanged(OtherAttributes):
    """KENHO and KENLO are exchanged."""

    def other(self, new: NewKey) -> Mapping[str, Any]:
        number = new.key_expiry_number
        has_expiry = self.configuration.key_expiry_number is not None
        return {"key_expiry_number": (number & 0xF) << 4 | number >> 4} if has_expiry else {}


@subtle("key-expiry-with-sign", breaks="41-6.1.10 41-7.3.7")
class ExpiryWithSign(TokenValidation):
    """A KeyExpiryNumber from 128 to 254 is negative, and the key has expired with every token."""

    def is_expired(self, apdu: Apdu) -> bool:
        expiry = self.held_key.key_expiry_number
        return (expiry is not None and 128 <= expiry < 255) or super().is_expired(apdu)


# -- the port --------------------------------------------------------------------------------------------------


@subtle("lockout-delay-kept-in-eight-bits", breaks="52-6.6.7")
class DelayIn8Bits(MeterLockout):
    """The delay of a lockout is kept in 8 bits of seconds: what doubles to 320 s is 64 s."""

    def note_failure(self, now: int) -> None:
        super().note_failure(now)
        lockout = self.memory.state.lockout
        if lockout.until > now:
            delay = (lockout.until - now) // SECOND & 0xFF
            self.memory.commit(lockout=replace(lockout, until=now + delay * SECOND))


class OtherStatusBit(MeterRegisters):
    """Sets one bit of the meter status with another one's cause."""

    bit: StatusBit

    def show(self, name: str, value: int) -> str:
        is_set = name == "meter_status" and self.is_caused()
        return super().show(name, value | self.profile.status_mask(self.bit) if is_set else value)

    def is_caused(self) -> bool:
        """Whether the bit is set by what it is not about."""
        raise NotImplementedError


@subtle("status-locked-out-when-tampered", breaks="52-6.6.7 52-6.8.3")
class LockedOutWhenTampered(OtherStatusBit):
    """The meter status tells of a lockout while the meter is tampered."""

    bit = "locked_out"

    def is_caused(self) -> bool:
        return self.memory.state.is_tampered


@subtle("status-exhausted-when-open", breaks="31 52-6.8.3")
class ExhaustedWhenOpen(OtherStatusBit):
    """The meter status tells of exhausted credit whenever the load switch is open."""

    bit = "credit_exhausted"

    def is_caused(self) -> bool:
        return not self.memory.state.is_closed


@subtle("status-tampered-when-locked-out", breaks="41-8.10 52-6.8.3")
class TamperedWhenLockedOut(MeterRegisters):
    """The meter status tells of tampering during a lockout."""

    def show(self, name: str, value: int) -> str:
        is_locked_out = name == "meter_status" and value & self.profile.status_mask("locked_out")
        return super().show(name, value | self.profile.status_mask("tampered") if is_locked_out else value)
