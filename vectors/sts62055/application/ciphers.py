"""Ciphers of the EncryptionAlgorithms (IEC 62055-41, 6.1.5 and 6.5.4-6.5.6)."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Protocol

from Crypto.Cipher import DES

from sts62055.application.misty1 import Misty1
from sts62055.application.sta import SAMPLE_TABLES, StandardTransferAlgorithm, StaTables

__all__ = ["BlockCipher", "DataEncryptionAlgorithm", "EncryptionAlgorithm", "make_cipher"]


class EncryptionAlgorithm(IntEnum):
    """EA (6.1.5). Provenance: 07 and 11 verified by vectors; 09, not for new products, 2 sources and no vector."""

    STA = 7
    DEA = 9
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


class DataEncryptionAlgorithm:
    """DEA, EncryptionAlgorithm09: DES of the one block under a key of 8 octets, parity bits of any value (6.5.5).

    Raises ValueError for a key of another length. Provenance: 2 sources, no vector.
    """

    def __init__(self, key: bytes) -> None:
        self._des = DES.new(key, DES.MODE_ECB)  # noqa: S304 - the standard's cipher

    def encrypt(self, block: int) -> int:
        """Return the cipher text of a block, an integer of 64 bits."""
        return int.from_bytes(self._des.encrypt(block.to_bytes(8)))

    def decrypt(self, block: int) -> int:
        """Return the plain text of a block, an integer of 64 bits."""
        return int.from_bytes(self._des.decrypt(block.to_bytes(8)))


def make_cipher(
    algorithm: EncryptionAlgorithm, decoder_key: bytes, tables: StaTables = SAMPLE_TABLES
) -> BlockCipher:
    """Return the cipher under a DecoderKey; only EA07 uses the tables.

    Raises ValueError if the key's length is not the algorithm's.
    """
    require_key(algorithm, decoder_key)
    return _MAKERS[algorithm](decoder_key, tables)


def require_key(algorithm: EncryptionAlgorithm, decoder_key: bytes) -> None:
    """Raise ValueError if a DecoderKey has not the algorithm's length."""
    if len(decoder_key) != algorithm.key_octets:
        raise ValueError(
            f"EA{algorithm:02d} takes a DecoderKey of {algorithm.key_octets} octets, not {len(decoder_key)}"
        )


_KEY_OCTETS: Mapping[EncryptionAlgorithm, int] = MappingProxyType(
    {EncryptionAlgorithm.STA: 8, EncryptionAlgorithm.DEA: 8, EncryptionAlgorithm.MISTY1: 16}
)
_MAKERS: Mapping[EncryptionAlgorithm, Callable[[bytes, StaTables], BlockCipher]] = MappingProxyType(
    {
        EncryptionAlgorithm.STA: StandardTransferAlgorithm,
        EncryptionAlgorithm.DEA: lambda key, _: DataEncryptionAlgorithm(key),
        EncryptionAlgorithm.MISTY1: lambda key, _: Misty1(key),
    }
)
