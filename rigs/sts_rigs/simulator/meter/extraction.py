"""Extraction of the APDU from the digits of a token (IEC 62055-41, 7.2)."""

from dataclasses import dataclass

from sts62055.application.ciphers import make_cipher
from sts62055.application.results import TokenStatus
from sts_rigs.simulator.meter.configuration import HeldKey
from sts_rigs.simulator.meter.part import Part

__all__ = ["Apdu", "ApduExtraction"]

_KEY_CHANGE_TOKENS = frozenset({(2, 3), (2, 4), (2, 8), (2, 9)})


@dataclass(frozen=True, slots=True)
class Apdu:
    """APDU of a token: its class and the plain 64-bit word."""

    token_class: int
    word: int

    @property
    def subclass(self) -> int:
        """Bits 63 to 60."""
        return self.word >> 60

    @property
    def token_identifier(self) -> int:
        """Bits 55 to 32."""
        return self.word >> 32 & 0xFFFFFF

    @property
    def content(self) -> int:
        """Bits 59 to 16."""
        return self.word >> 16 & 0xFFFFFFFFFFF

    @property
    def is_key_change(self) -> bool:
        """Whether it is part of a key change."""
        return (self.token_class, self.subclass) in _KEY_CHANGE_TOKENS

    @property
    def has_token_identifier(self) -> bool:
        """Whether it is neither of class 1 nor part of a key change."""
        return self.token_class != 1 and not self.is_key_change

    @property
    def value(self) -> int:
        """Bits 31 to 16."""
        return self.word >> 16 & 0xFFFF

    @property
    def crc(self) -> int:
        """Bits 15 to 0."""
        return self.word & 0xFFFF


class ApduExtraction(Part):
    """Extraction of class and plain word from the digits (7.2)."""

    @property
    def too_large(self) -> TokenStatus:
        """The result of a number that is no token."""
        return self.configuration.traits.too_large

    def number(self, digits: str) -> int | None:
        """Return the token as a number, None for more than 66 bits."""
        number = int(digits)
        return number if number >> 66 == 0 else None

    def token_class(self, number: int) -> int:
        """Return the two class bits."""
        return number >> 27 & 3

    def extract(self, number: int) -> Apdu:
        """Return the APDU: class bits moved out, word decrypted with the held key unless the class is 1."""
        return self.extract_with(number, self.held_key)

    def extract_with(self, number: int, held: HeldKey) -> Apdu:
        """Return the APDU with a given key."""
        low, high = number & 0x7FFFFFF, number >> 29 & 0x7FFFFFFFF
        word = high << 29 | (number >> 64) << 27 | low
        if self.token_class(number) != 1:
            key = held.decoder_key.reveal()
            word = make_cipher(self.configuration.encryption_algorithm, key, self.configuration.tables).decrypt(
                word
            )
        return Apdu(self.token_class(number), word)
