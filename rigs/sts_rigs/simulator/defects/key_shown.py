"""Defects of what a meter shows: its key, and registers that nobody documented (41-7.3.1; 52-6.8.1)."""

from types import MappingProxyType
from typing import Final

from sts62055.carrier.messages import IDResponse
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.functions import Functions

_SHOWN: Final = "41-7.3.1-no-key-shown"
_OWN: Final = 0x3000
_DECLARED: Final = MappingProxyType({"traits.own_registers": [f"{_OWN:04X}"]})
_ROW: Final = MappingProxyType({"traits.own_registers": [f"{_OWN:04X}-{_OWN + 7:04X}"]})
_KEY_EXPIRY: Final = 17


class TellingRegisters(MeterRegisters):
    """Registers of the maker that tell of the key."""

    @property
    def octets(self) -> bytes:
        """The key that the meter holds."""
        return self.held_key().decoder_key.reveal()


# -- the key in messages ---------------------------------------------------------------------------------------


@defect("key-in-register", violates=_SHOWN, evidence="register 3000", declares=_DECLARED)
class KeyInRegister(TellingRegisters):
    """A register of the maker, which is documented, holds the key."""

    def show_own(self, number: int) -> str:  # noqa: ARG002 - it has one
        return self.octets.hex().upper()


@defect("key-in-strange-register", violates=f"{_SHOWN} 52-6.8.1-documented", evidence="shows 128 bits of the key")
class KeyInStrangeRegister(TellingRegisters):
    """A register that nobody documented holds the key."""

    def read(self, register_id: int) -> str | None:
        return self.octets.hex().upper() if register_id == _OWN else super().read(register_id)


@defect("key-half-backwards", violates=_SHOWN, evidence="the last octet first", declares=_DECLARED)
class HalfKeyBackwards(TellingRegisters):
    """A register of the maker holds half of the key, its last octet first."""

    def show_own(self, number: int) -> str:  # noqa: ARG002 - it has one
        return self.octets[:8][::-1].hex().upper()


@defect("key-part-in-decimal", violates=_SHOWN, evidence="as a decimal number", declares=_DECLARED)
class KeyPartInDecimal(TellingRegisters):
    """A register of the maker holds 32 bits of the key as a decimal number."""

    def show_own(self, number: int) -> str:  # noqa: ARG002 - it has one
        return f"{int.from_bytes(self.octets[4:8]):010d}"


@defect("key-in-row-of-registers", violates=_SHOWN, evidence="the row of registers 3000 to 3007", declares=_ROW)
class KeyInRow(TellingRegisters):
    """Registers of the maker that follow one another hold 16 bits of the key each."""

    def show_own(self, number: int) -> str:
        return self._word(number)

    def read(self, register_id: int) -> str | None:
        return self._word(register_id) if _OWN <= register_id < _OWN + 8 else super().read(register_id)

    def _word(self, number: int) -> str:
        place = 2 * (number - _OWN)
        return self.octets[place : place + 2].hex().upper()


@defect("new-key-in-register", violates=_SHOWN, evidence="register 3000", declares=_DECLARED)
class NewKeyInRegister(TellingRegisters):
    """A register of the maker holds half of a key that a key change brought, and nothing before the first."""

    def show_own(self, number: int) -> str:
        is_new = self.memory.state.key is not None
        return self.octets[8:].hex().upper() if is_new else super().show_own(number)


@defect(
    "key-half-in-identification", violates=f"{_SHOWN} 52-6.4.3-declared", evidence="the answer to IDRequest shows"
)
class HalfKeyInIdentification(TellingRegisters):
    """The fields of the IDResponse hold the first half of the key."""

    def identification(self) -> IDResponse:
        octets, fields = self.octets, dict(super().identification().fields)
        numbers = {
            "table_id": octets[:2],
            "foin": octets[2:4],
            "protocol_version": octets[4:5],
            "server_status": octets[5:6],
            "software_version": octets[6:8],
        }
        return IDResponse.of(**{**fields, **{name: int.from_bytes(some) for name, some in numbers.items()}})


# -- the key on the display ------------------------------------------------------------------------------------


@defect("key-on-display", violates="41-7.3.1-no-key-displayed", evidence="the display after")
class KeyOnDisplay(Functions):
    """The display shows 64 bits of the key behind its KeyExpiryNumber."""

    def shown_by_test(self, number: int) -> str:
        text = super().shown_by_test(number)
        octets = self.held_key.decoder_key.reveal()[:8]
        return f"{text} {octets.hex(' ')}" if number == _KEY_EXPIRY else text


# -- registers that are not documented -------------------------------------------------------------------------


@defect("undocumented-register", violates="52-6.8.1-documented", evidence="registers 5000 can be read")
class UndocumentedRegister(MeterRegisters):
    """A register can be read that nobody documented."""

    def read(self, register_id: int) -> str | None:
        return "0000" if register_id == 0x5000 else super().read(register_id)


@defect(
    "documented-register-missing",
    violates="52-6.8.1-documented",
    evidence="registers 3000 cannot be read",
    declares=_DECLARED,
)
class MissingRegister(MeterRegisters):
    """A register of the maker that is documented cannot be read."""

    def read(self, register_id: int) -> str | None:
        return None if register_id == _OWN else super().read(register_id)
