"""Readings of what no published rule decides, to be set by a lab that owns the standard (IEC 62055-41).

Nothing of this is a constant elsewhere in the code: whoever encodes or judges takes an `Interpretation`.
"""

from dataclasses import dataclass
from enum import Enum

__all__ = ["DEFAULT", "Coding", "Interpretation"]


class Coding(Enum):
    """How decimal digits stand in bits."""

    BINARY = "binary"
    BCD = "BCD"

    def encode(self, digits: str) -> int:
        """Return the bits of decimal digits."""
        return int(digits, 16 if self is Coding.BCD else 10)

    def decode(self, value: int, width: int) -> str:
        """Return `width` decimal digits; ValueError where the bits are no BCD digits."""
        if self is Coding.BINARY:
            return f"{value:0{width}d}"
        digits = f"{value:0{width}x}"
        if not digits.isdigit():
            raise ValueError(f"{value:#x} is not written in BCD")
        return digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """The readings that this project assumes; each field says what is known.

    tariff_index: the 8 bits in Set2ndSectionDecoderKey; binary, verified for 01 and 02 only (6.3.x, no vector
    above 09). manufacturer_code: MfrCode in class 1 tokens; binary assumed, every published vector has 0.
    stored_token_identifiers: how many TIDs a meter holds (7.3.8); 1 source. key_change_minutes: how long a meter
    keeps an incomplete key-change set (8.9); 10 assumed, makers say 10 or 2.
    """

    tariff_index: Coding = Coding.BINARY
    manufacturer_code: Coding = Coding.BINARY
    stored_token_identifiers: int = 50
    key_change_minutes: int = 10


DEFAULT = Interpretation()
"""What is assumed where nobody says otherwise."""
