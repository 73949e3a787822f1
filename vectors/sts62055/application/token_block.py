"""The 64-bit block that a token carries: subclass, content, CRC (IEC 62055-41, 6.2.1)."""

from dataclasses import dataclass, field
from typing import Self

from sts62055.application.crc import crc16

__all__ = ["TokenBlock", "block_crc"]

_CURRENCY_MARK = b"\x01"


def block_crc(token_class: int, subclass: int, content: int) -> int:
    """Return the CRC over class (2 bits), subclass (4 bits) and content (44 bits), right-aligned in 7 octets.

    For credit in currency (class 0, subclass 4 to 7) it is CRC_C, which covers one octet more: a meter that does
    not know currency sees a wrong CRC (6.3.7, 6.3.22).
    """
    covered = _covered(token_class, subclass, content)
    if token_class == 0 and 4 <= subclass <= 7:
        covered += _CURRENCY_MARK
    return crc16(covered)


def _covered(token_class: int, subclass: int, content: int) -> bytes:
    return (token_class << 48 | subclass << 44 | content).to_bytes(7)


@dataclass(frozen=True, slots=True)
class TokenBlock:
    """Class (2 bits), SubClass (4), content (44) and CRC (16) of a token, before any encryption.

    Its text has neither content nor CRC: that of a key change is a part of the new key.
    """

    token_class: int
    subclass: int
    content: int = field(repr=False)
    crc: int = field(repr=False)

    @classmethod
    def sealed(cls, token_class: int, subclass: int, content: int) -> Self:
        """Return the block with its CRC."""
        return cls(token_class, subclass, content, block_crc(token_class, subclass, content))

    @classmethod
    def parse(cls, token_class: int, word: int) -> Self:
        """Parse a 64-bit word."""
        return cls(token_class, word >> 60, word >> 16 & (1 << 44) - 1, word & 0xFFFF)

    @property
    def word(self) -> int:
        """The 64-bit word; the class is not part of it."""
        return self.subclass << 60 | self.content << 16 | self.crc

    @property
    def is_authentic(self) -> bool:
        """Whether the CRC belongs to the rest (7.3.6)."""
        return self.crc == block_crc(self.token_class, self.subclass, self.content)

    @property
    def is_authentic_somewhere(self) -> bool:
        """Whether it is authentic for a meter with currency, or for one without, which knows no CRC_C (6.3.22)."""
        return self.is_authentic or self.crc == crc16(_covered(self.token_class, self.subclass, self.content))
