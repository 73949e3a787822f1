"""Choose the cipher of an EncryptionAlgorithm (IEC 62055-41, 6.1.5, 6.5.4 and 6.5.6)."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Protocol

from sts62055.application.misty1 import Misty1
from sts62055.application.sta import SAMPLE_TABLES, StandardTransferAlgorithm, StaTables

__all__ = ["BlockCipher", "EncryptionAlgorithm", "make_cipher"]


class EncryptionAlgorithm(IntEnum):
    """EA (6.1.5)."""

    STA = 7
    MISTY1 = 11

    @property
    def key_octets(self) -> int:
        """The length of its DecoderKey in octets."""
        return _KEY_OCTETS[self]


class BlockCipher(Protocol):
    """A cipher of 64-bit blocks, given as integers."""

    def encrypt(self, block: int) -> int:
        """Return the cipher text."""

    def decrypt(self, block: int) -> int:
        """Return the plain text."""


def make_cipher(
    algorithm: EncryptionAlgorithm, decoder_key: bytes, tables: StaTables = SAMPLE_TABLES
) -> BlockCipher:
    """Return the cipher under a DecoderKey; ValueError if the key's length is not the algorithm's."""
    if len(decoder_key) != algorithm.key_octets:
        raise ValueError(
            f"EA{algorithm:02d} takes a DecoderKey of {algorithm.key_octets} octets, not {len(decoder_key)}"
        )
    return _MAKERS[algorithm](decoder_key, tables)


_KEY_OCTETS: Mapping[EncryptionAlgorithm, int] = MappingProxyType(
    {EncryptionAlgorithm.STA: 8, EncryptionAlgorithm.MISTY1: 16}
)
_MAKERS: Mapping[EncryptionAlgorithm, Callable[[bytes, StaTables], BlockCipher]] = MappingProxyType(
    {
        EncryptionAlgorithm.STA: StandardTransferAlgorithm,
        EncryptionAlgorithm.MISTY1: lambda key, _: Misty1(key),
    }
)
