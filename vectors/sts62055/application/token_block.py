"""Lay out the 64-bit block that a token carries: subclass, content, CRC (IEC 62055-41, 6.2.1)."""

from dataclasses import dataclass
from typing import Self

from sts62055.application.crc import token_crc

__all__ = ["TokenBlock"]


@dataclass(frozen=True, slots=True)
class TokenBlock:
    """Class (2 bits), SubClass (4), content (44) and CRC (16) of a token, before any encryption."""

    token_class: int
    subclass: int
    content: int
    crc: int

    @classmethod
    def sealed(cls, token_class: int, subclass: int, content: int) -> Self:
        """Make the block with the CRC that belongs to it."""
        return cls(token_class, subclass, content, token_crc(token_class, subclass, content))

    @classmethod
    def parse(cls, token_class: int, word: int) -> Self:
        """Take a 64-bit word apart."""
        return cls(token_class, word >> 60, word >> 16 & (1 << 44) - 1, word & 0xFFFF)

    @property
    def word(self) -> int:
        """The 64-bit word; the class is not part of it."""
        return self.subclass << 60 | self.content << 16 | self.crc

    @property
    def is_authentic(self) -> bool:
        """Whether the CRC belongs to the rest (7.3.6)."""
        return self.crc == token_crc(self.token_class, self.subclass, self.content)
