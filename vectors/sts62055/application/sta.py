"""Block cipher STA of EncryptionAlgorithm07 (IEC 62055-41, 6.5.4 and 7.3.3).

The tables built in are the sample values; those of production meters are given out by the STS Association
to its licensees, and a user loads them from a file.

A round substitutes 16 nibbles and permutes 64 bits. Both work here on whole octets: a table gives, for an octet's
place and value and for the two key bits that choose its substitutions, the bits of the word after the round.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from sts62055.untrusted.errors import Refused
from sts62055.untrusted.texts import parse_toml

__all__ = ["SAMPLE_TABLES", "StaTables", "StandardTransferAlgorithm", "parse_tables"]

_ROUNDS = 16
_KEY_OCTETS = 8
_OCTETS = range(8)
_WORD = (1 << 64) - 1

OctetTable: TypeAlias = tuple[int, ...]
"""For each of the 256 values of one octet of a block, its part of the next 64-bit word."""

Choices: TypeAlias = tuple[OctetTable, ...]
"""An OctetTable for each value of two key bits: bit 0 belongs to the lower nibble, bit 1 to the upper."""

Step: TypeAlias = tuple[OctetTable, ...]
"""One pass over a block: an OctetTable for each of the 8 octets, the least significant first."""


@dataclass(frozen=True)
class StaTables:
    """Two substitutions of nibbles and a permutation of 64 bits; ValueError unless each is a permutation.

    The numbers are licence material, so they do not print.
    """

    first: tuple[int, ...] = field(repr=False)
    second: tuple[int, ...] = field(repr=False)
    permutation: tuple[int, ...] = field(repr=False)

    def __post_init__(self) -> None:
        for name, size in (("first", 16), ("second", 16), ("permutation", 64)):
            if sorted(getattr(self, name)) != list(range(size)):
                raise ValueError(f"EA07 table '{name}' must hold each number from 0 to {size - 1} once")

    @cached_property
    def encryption(self) -> tuple[Choices, ...]:
        """For each octet's place: substitution, then permutation (Table 44)."""
        return _choices((self.first, self.second), self.permutation)

    @cached_property
    def decryption(self) -> tuple[Choices, ...]:
        """For each octet's place: substitution of the decryption, then the inverse permutation (Table 52)."""
        return _choices(self._inverses, _inverse(self.permutation))

    @cached_property
    def decryption_start(self) -> Step:
        """The inverse permutation alone, with which the decryption starts."""
        return tuple(table[0] for table in _choices((_UNCHANGED, _UNCHANGED), _inverse(self.permutation)))

    @cached_property
    def decryption_end(self) -> tuple[Choices, ...]:
        """For each octet's place: the substitution alone, with which the decryption ends."""
        return _choices(self._inverses, range(64))

    @property
    def _inverses(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The two substitutions of the decryption: the inverses, in the other order."""
        return _inverse(self.second), _inverse(self.first)


def parse_tables(text: str) -> StaTables:
    """Parse tables from TOML with the arrays `first`, `second` and `permutation`.

    Raises ValueError, which names the array but never repeats its numbers.
    """
    try:
        content = parse_toml(text)
    except Refused:
        content = {}
    names = ("first", "second", "permutation")
    if set(content) != set(names) or not all(
        isinstance(content[name], list) and all(type(item) is int for item in content[name]) for name in names
    ):
        raise ValueError(f"EA07 tables are TOML with three arrays of whole numbers: {', '.join(names)}")
    return StaTables(*(tuple(content[name]) for name in names))


class StandardTransferAlgorithm:
    """The STA under one key of 8 octets; blocks are integers of 64 bits, nibble and bit 0 the least significant.

    Raises ValueError for a key of another length.
    """

    def __init__(self, key: bytes, tables: StaTables) -> None:
        if len(key) != _KEY_OCTETS:
            raise ValueError(f"the STA takes a key of {_KEY_OCTETS} octets, not {len(key)}")
        self._key = int.from_bytes(key)
        self._tables = tables

    def encrypt(self, block: int) -> int:
        """Return the cipher text of a block."""
        return _pass(block, self.encryption_steps)

    def decrypt(self, block: int) -> int:
        """Return the plain text of a block, in the form of the meter."""
        return _pass(block, self.decryption_steps)

    @cached_property
    def encryption_steps(self) -> tuple[Step, ...]:
        """The 16 rounds: substitution chosen by each key nibble's top bit, permutation, key left by 1."""
        tables = self._tables.encryption
        key = _rotate_right(self._key ^ _WORD, 12)
        top_bit_down = 3
        return tuple(_chosen(tables, _rotate_right(key, top_bit_down - round_)) for round_ in range(_ROUNDS))

    @cached_property
    def decryption_steps(self) -> tuple[Step, ...]:
        """The 16 rounds: inverse permutation, substitution chosen by each key nibble's low bit, key right by 1.

        A substitution shares its step with the permutation of the round after it, which makes 17 steps.
        """
        tables = self._tables
        last = _ROUNDS - 1
        return (
            tables.decryption_start,
            *(_chosen(tables.decryption, _rotate_right(self._key, round_)) for round_ in range(last)),
            _chosen(tables.decryption_end, _rotate_right(self._key, last)),
        )


def _pass(block: int, steps: tuple[Step, ...]) -> int:
    for t0, t1, t2, t3, t4, t5, t6, t7 in steps:
        o0, o1, o2, o3, o4, o5, o6, o7 = block.to_bytes(8, "little")
        block = t0[o0] | t1[o1] | t2[o2] | t3[o3] | t4[o4] | t5[o5] | t6[o6] | t7[o7]
    return block


def _chosen(tables: tuple[Choices, ...], key: int) -> Step:
    """Return the step in which the lowest bit of each nibble of a key word chooses the nibble's substitution."""
    return tuple(tables[place][key >> 8 * place & 1 | key >> 8 * place + 3 & 2] for place in _OCTETS)


def _choices(
    substitutions: tuple[Sequence[int], Sequence[int]], permutation: Sequence[int]
) -> tuple[Choices, ...]:
    """Tabulate a substitution followed by a permutation."""
    spread = [[_spread(permutation, place, value) for value in range(16)] for place in range(16)]

    def table(place: int, lower: Sequence[int], upper: Sequence[int]) -> OctetTable:
        low, high = spread[2 * place], spread[2 * place + 1]
        return tuple(low[lower[octet & 0xF]] | high[upper[octet >> 4]] for octet in range(256))

    zero, one = substitutions
    return tuple(
        (table(place, zero, zero), table(place, one, zero), table(place, zero, one), table(place, one, one))
        for place in _OCTETS
    )


def _spread(permutation: Sequence[int], place: int, value: int) -> int:
    """Return the word to which a permutation takes the bits of one nibble."""
    return sum(1 << permutation[4 * place + bit] for bit in range(4) if value >> bit & 1)


def _rotate_right(word: int, count: int) -> int:
    return (word >> count % 64 | word << -count % 64) & _WORD


def _inverse(table: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(range(len(table)), key=table.__getitem__))


_UNCHANGED = range(16)

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
