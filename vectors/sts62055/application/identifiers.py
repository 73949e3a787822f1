"""Identifiers of a meter: IIN, DRN and MeterPAN with their check digits (IEC 62055-41, 6.1.2)."""

from dataclasses import dataclass
from typing import Self

__all__ = ["DecoderReferenceNumber", "MeterPAN", "luhn_check_digit"]

_ISSUER_OF_DRN_LENGTH = {11: "600727", 13: "0000"}


def luhn_check_digit(payload: str) -> int:
    """Return the mod-10 check digit of a string of decimal digits, the rightmost digit weighing double."""
    doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(payload)))
    return -sum(value // 10 + value % 10 for value in doubled) % 10


@dataclass(frozen=True, slots=True)
class DecoderReferenceNumber:
    """The DRN of 11 or 13 digits: MfrCode (2 or 4), serial number (8), check digit (6.1.2.3).

    Raises ValueError for another length, for anything but digits, and for a wrong check digit.
    """

    digits: str

    def __post_init__(self) -> None:
        if len(self.digits) not in _ISSUER_OF_DRN_LENGTH or not _is_decimal(self.digits):
            raise ValueError(f"a DRN has 11 or 13 digits, and this is {self.digits!r}")
        expected = luhn_check_digit(self.digits[:-1])
        if int(self.digits[-1]) != expected:
            raise ValueError(f"DRN {self.digits}: the check digit must be {expected}, not {self.digits[-1]}")

    @classmethod
    def of(cls, manufacturer_code: str, serial_number: int) -> Self:
        """Return the DRN of a MfrCode (2 or 4 digits) and a serial number (0 to 99 999 999)."""
        payload = f"{manufacturer_code}{serial_number:08d}"
        return cls(f"{payload}{luhn_check_digit(payload)}")

    @property
    def manufacturer_code(self) -> str:
        """The MfrCode, 2 or 4 digits."""
        return self.digits[:-9]

    @property
    def serial_number(self) -> int:
        """The maker's serial number, 0 to 99 999 999."""
        return int(self.digits[-9:-1])


@dataclass(frozen=True, slots=True)
class MeterPAN:
    """The 18-digit MeterPAN: IIN, DRN, check digit; the IIN follows from the length of the DRN (6.1.2)."""

    drn: DecoderReferenceNumber

    @classmethod
    def parse(cls, digits: str) -> Self:
        """Parse an 18-digit MeterPAN; ValueError names the part that is wrong."""
        if len(digits) != 18 or not _is_decimal(digits):
            raise ValueError(f"a MeterPAN has 18 digits, and this is {digits!r}")
        for length, issuer in _ISSUER_OF_DRN_LENGTH.items():
            if digits.startswith(issuer) and len(issuer) + length == 17:
                pan = cls(DecoderReferenceNumber(digits[len(issuer) : -1]))
                if pan.digits != digits:
                    raise ValueError(f"MeterPAN {digits}: the check digit must be {pan.digits[-1]}")
                return pan
        raise ValueError(f"MeterPAN {digits}: it starts with neither IIN 600727 nor IIN 0000")

    @property
    def issuer_identification_number(self) -> str:
        """The IIN: 600727 with a DRN of 11 digits, 0000 with one of 13."""
        return _ISSUER_OF_DRN_LENGTH[len(self.drn.digits)]

    @property
    def digits(self) -> str:
        """All 18 digits."""
        payload = self.issuer_identification_number + self.drn.digits
        return f"{payload}{luhn_check_digit(payload)}"

    def __str__(self) -> str:
        return self.digits


def _is_decimal(text: str) -> bool:
    return text.isascii() and text.isdigit()
