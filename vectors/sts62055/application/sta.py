"""Encrypt one block with the STA, the cipher of EncryptionAlgorithm07 (IEC 62055-41, 6.5.4 and 7.3.3).

The tables built in are the sample values; those of production meters are given out by the STS Association
to its licensees, and a user loads them from a file.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = ["SAMPLE_TABLES", "StaTables", "StandardTransferAlgorithm", "parse_tables"]

_ROUNDS = 16
_WORD = (1 << 64) - 1


@dataclass(frozen=True)
class StaTables:
    """Two substitutions of nibbles and a permutation of 64 bits; ValueError unless each is a permutation."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    permutation: tuple[int, ...]

    def __post_init__(self) -> None:
        for name, size in (("first", 16), ("second", 16), ("permutation", 64)):
            if sorted(getattr(self, name)) != list(range(size)):
                raise ValueError(f"EA07 table '{name}' must hold each number from 0 to {size - 1} once")

    @cached_property
    def spread(self) -> tuple[tuple[int, ...], ...]:
        """For each nibble's place and value, the bits of the word after the permutation."""
        return _spread(self.permutation)

    @cached_property
    def gather(self) -> tuple[tuple[int, ...], ...]:
        """The same for the inverse permutation."""
        return _spread(_inverse(self.permutation))

    @cached_property
    def inverses(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The two substitutions of the decryption (Table 52): the inverses, in the other order."""
        return _inverse(self.second), _inverse(self.first)


def parse_tables(text: str) -> StaTables:
    """Read tables from TOML with the arrays `first`, `second` and `permutation`.

    Raises ValueError, which names the array but never repeats its numbers.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        content = {}
    names = ("first", "second", "permutation")
    if set(content) != set(names) or not all(
        isinstance(content[name], list) and all(type(item) is int for item in content[name]) for name in names
    ):
        raise ValueError(f"EA07 tables are TOML with three arrays of whole numbers: {', '.join(names)}")
    return StaTables(*(tuple(content[name]) for name in names))


class StandardTransferAlgorithm:
    """The STA under one key of 8 octets; blocks are 64-bit integers, nibble and bit 0 the least significant."""

    def __init__(self, key: bytes, tables: StaTables) -> None:
        self._key = int.from_bytes(key)
        self._tables = tables

    def encrypt(self, block: int) -> int:
        """Return the cipher text: substitution chosen by each key nibble's top bit, permutation, key left by 1."""
        tables = self._tables
        key = _rotate_right(self._key ^ _WORD, 12)
        for _ in range(_ROUNDS):
            mixed = 0
            for place in range(16):
                substitution = tables.second if key >> (4 * place + 3) & 1 else tables.first
                mixed |= tables.spread[place][substitution[block >> 4 * place & 0xF]]
            block = mixed
            key = _rotate_right(key, 63)
        return block

    def decrypt(self, block: int) -> int:
        """Return the plain text, in the form of the meter: permutation, substitution by the low bit, key right."""
        tables = self._tables
        first, second = tables.inverses
        key = self._key
        for _ in range(_ROUNDS):
            gathered = 0
            for place in range(16):
                gathered |= tables.gather[place][block >> 4 * place & 0xF]
            block = 0
            for place in range(16):
                substitution = second if key >> 4 * place & 1 else first
                block |= substitution[gathered >> 4 * place & 0xF] << 4 * place
            key = _rotate_right(key, 1)
        return block


def _rotate_right(word: int, count: int) -> int:
    return (word >> count | word << (64 - count)) & _WORD


def _inverse(table: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(range(len(table)), key=table.__getitem__))


def _spread(permutation: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(
            sum(1 << permutation[4 * place + bit] for bit in range(4) if value >> bit & 1) for value in range(16)
        )
        for place in range(16)
    )


SAMPLE_TABLES = StaTables(
    first=(12, 10, 8, 4, 3, 15, 0, 2, 14, 1, 5, 13, 6, 9, 7, 11),
    second=(6, 9, 7, 4, 3, 10, 12, 14, 2, 13, 1, 15, 0, 11, 8, 5),
    permutation=(
        *(29, 27, 34, 9, 16, 62, 55, 2, 40, 49, 38, 25, 33, 61, 30, 23),
        *(1, 41, 21, 57, 42, 15, 5, 58, 19, 53, 22, 17, 48, 28, 24, 39),
        *(3, 60, 36, 14, 11, 52, 54, 12, 31, 51, 10, 26, 0, 45, 37, 43),
        *(44, 6, 59, 4, 7, 35, 56, 50, 13, 18, 32, 47, 46, 63, 20, 8),
    ),
)
"""The sample tables that the standard prints for its own worked example; no production meter uses them."""
