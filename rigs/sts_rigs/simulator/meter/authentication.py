"""Authentication of a token (IEC 62055-41, 7.3.6)."""

from sts62055.application.crc import crc16
from sts62055.application.results import CRCError, MfrCodeError, TokenStatus
from sts_rigs.simulator.meter.credit_registers import CURRENCY
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.part import Part

__all__ = ["TokenAuthentication"]

_CURRENCY_MARK = b"\x01"
_RESERVED_CLASS = 3


class TokenAuthentication(Part):
    """Check of whether a token is authentic (7.3.6)."""

    def check(self, apdu: Apdu) -> TokenStatus | None:
        """Return the failure, None for an authentic token."""
        traits = self.configuration.traits
        if apdu.token_class == _RESERVED_CLASS and traits.class_3 is not None:
            return traits.class_3
        if traits.strange_currency is not None and self.is_strange_currency(apdu):
            return traits.strange_currency
        if traits.maker_first:
            return self.check_manufacturer(apdu) or self.check_crc(apdu)
        return self.check_crc(apdu) or self.check_manufacturer(apdu)

    def check_crc(self, apdu: Apdu) -> TokenStatus | None:
        """Check the CRC over the 50 bits before it, and over a mark where it is CRC_C (6.3.22)."""
        covered = (apdu.token_class << 48 | apdu.word >> 16).to_bytes(7)
        mark = _CURRENCY_MARK if self.has_currency_crc(apdu) else b""
        return None if crc16(covered + mark) == apdu.crc else CRCError

    def has_currency_crc(self, apdu: Apdu) -> bool:
        """Return whether this is credit in currency, on a meter that knows currency."""
        return bool(self.configuration.currencies) and apdu.token_class == 0 and apdu.subclass in CURRENCY

    def is_strange_currency(self, apdu: Apdu) -> bool:
        """Return whether this is whole credit in currency, on a meter that has none."""
        if self.configuration.currencies or apdu.token_class != 0 or apdu.subclass not in CURRENCY:
            return False
        return crc16((apdu.word >> 16).to_bytes(7) + _CURRENCY_MARK) == apdu.crc

    def check_manufacturer(self, apdu: Apdu) -> TokenStatus | None:
        """Check the MfrCode of a class 1 token against the meter's own; 0 is for all makers."""
        if apdu.token_class != 1 or apdu.subclass > 1:
            return None
        traits, written = self.configuration.traits, self.configuration.pan.drn.manufacturer_code
        code = apdu.value if apdu.subclass == 1 else apdu.value & 0xFF
        own = int(written, 16 if traits.code_in_bcd else 10)
        is_other_form = len(written) != (4 if apdu.subclass == 1 else 2)
        is_own = code == own and (traits.takes_own_code_in_other_form or not is_other_form)
        return None if code == 0 or is_own else MfrCodeError
