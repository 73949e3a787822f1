"""Block cipher MISTY1 of EncryptionAlgorithm11 (IEC 62055-41, 6.5.6; RFC 2994).

Most of the work is the function FI. Its subkey enters once, between two halves that depend on nothing else, so
each half is a table of 65 536 entries: FI(x, k) = second[first[x] ^ k].
"""

from array import array
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

__all__ = ["Misty1"]

_KEY_OCTETS = 16

LayerKeys: TypeAlias = tuple[int, int, int, int]
"""The 16-bit subkeys of two FL functions, KL1 and KL2 of the left half, then of the right half."""

RoundKeys: TypeAlias = tuple[int, int, int, int, int, int, int]
"""The 16-bit subkeys of one FO function as it uses them: KO1, KI1, KO2, KI2, KO3, KI3, KO4."""

_S7_TERMS = (
    "1 0 13 034 15 025 45 016 26 056 356",
    "1 02 04 34 15 245 6 06 36 236 146 056",
    "12 023 4 14 014 05 045 345 16 36 036 46 246",
    "1 0 1_ 012 03 24 145 26 136 046 56",
    "1 23 04 134 5 25 125 035 16 156 456",
    "0 1_ 2 012 03 123 14 024 05 015 35 06 256",
    "01 3 03 234 05 25 35 135 16 126 036 46 256",
)
_S9_TERMS = (
    "1 04 05 15 16 26 27 37 38 48",
    "1 02 3 13 23 34 45 06 26 7 08 38 58",
    "01 13 4 04 24 34 45 06 56 17 37 8",
    "0 12 24 5 15 35 45 56 17 67 28 48",
    "1_ 03 23 05 35 6 26 46 56 67 28 78",
    "2 03 14 34 16 46 7 37 57 67 08 78",
    "1 01 3 14 25 45 27 57 8 08 48 68 78",
    "1 1_ 01 12 23 04 5 16 36 07 47 67 18",
    "1 0 01 12 4 05 25 36 56 07 08 38 68",
)


@dataclass(frozen=True, slots=True, repr=False)
class KeySchedule:
    """All subkeys of a key: four times two FL and two FO functions, and the two FL functions at the end."""

    pairs: tuple[tuple[LayerKeys, RoundKeys, RoundKeys], ...]
    last: LayerKeys


def expand_key(key: bytes) -> KeySchedule:
    """Return the subkeys of a key of 16 octets; ValueError for another length."""
    if len(key) != _KEY_OCTETS:
        raise ValueError(f"MISTY1 takes a key of {_KEY_OCTETS} octets, not {len(key)}")
    first, second = fi_halves()
    plain = [int.from_bytes(key[at : at + 2]) for at in range(0, _KEY_OCTETS, 2)]
    turned = [second[first[word] ^ plain[(at + 1) % 8]] for at, word in enumerate(plain)]

    def layer(half: int) -> LayerKeys:
        return plain[half % 8], turned[(half + 6) % 8], turned[(half + 2) % 8], plain[(half + 4) % 8]

    def of_round(at: int) -> RoundKeys:
        return (
            *(plain[at], turned[(at + 5) % 8]),
            *(plain[(at + 2) % 8], turned[(at + 1) % 8]),
            *(plain[(at + 7) % 8], turned[(at + 3) % 8]),
            plain[(at + 4) % 8],
        )

    pairs = tuple((layer(pair), of_round(2 * pair), of_round(2 * pair + 1)) for pair in range(4))
    return KeySchedule(pairs, layer(4))


class Misty1:
    """MISTY1 with 8 rounds under one key of 16 octets; blocks are integers of 64 bits, 0 to 2^64 - 1.

    Raises ValueError for a key of another length.
    """

    # The block is kept in four words of 16 bits, a b c d from the most significant on. Both directions are
    # written out, since a call for each FL and FO would take longer than the work in it.

    __slots__ = ("_backward", "_first", "_forward", "_last", "_second")

    def __init__(self, key: bytes) -> None:
        schedule = expand_key(key)
        self._forward = schedule.pairs
        self._backward = schedule.pairs[::-1]
        self._last = schedule.last
        self._first, self._second = fi_halves()

    def encrypt(self, block: int) -> int:
        """Return the cipher text of a block."""
        first, second = self._first, self._second
        a, b, c, d = block >> 48, block >> 32 & 0xFFFF, block >> 16 & 0xFFFF, block & 0xFFFF
        for (kl1, kl2, kr1, kr2), left, right in self._forward:
            b ^= a & kl1
            a ^= b | kl2
            d ^= c & kr1
            c ^= d | kr2
            ko1, ki1, ko2, ki2, ko3, ki3, ko4 = left
            u = second[first[a ^ ko1] ^ ki1] ^ b
            v = second[first[b ^ ko2] ^ ki2] ^ u
            c ^= v ^ ko4
            d ^= second[first[u ^ ko3] ^ ki3] ^ v
            ko1, ki1, ko2, ki2, ko3, ki3, ko4 = right
            u = second[first[c ^ ko1] ^ ki1] ^ d
            v = second[first[d ^ ko2] ^ ki2] ^ u
            a ^= v ^ ko4
            b ^= second[first[u ^ ko3] ^ ki3] ^ v
        kl1, kl2, kr1, kr2 = self._last
        b ^= a & kl1
        a ^= b | kl2
        d ^= c & kr1
        c ^= d | kr2
        return c << 48 | d << 32 | a << 16 | b

    def decrypt(self, block: int) -> int:
        """Return the plain text of a block."""
        first, second = self._first, self._second
        c, d, a, b = block >> 48, block >> 32 & 0xFFFF, block >> 16 & 0xFFFF, block & 0xFFFF
        kl1, kl2, kr1, kr2 = self._last
        a ^= b | kl2
        b ^= a & kl1
        c ^= d | kr2
        d ^= c & kr1
        for (kl1, kl2, kr1, kr2), left, right in self._backward:
            ko1, ki1, ko2, ki2, ko3, ki3, ko4 = right
            u = second[first[c ^ ko1] ^ ki1] ^ d
            v = second[first[d ^ ko2] ^ ki2] ^ u
            a ^= v ^ ko4
            b ^= second[first[u ^ ko3] ^ ki3] ^ v
            ko1, ki1, ko2, ki2, ko3, ki3, ko4 = left
            u = second[first[a ^ ko1] ^ ki1] ^ b
            v = second[first[b ^ ko2] ^ ki2] ^ u
            c ^= v ^ ko4
            d ^= second[first[u ^ ko3] ^ ki3] ^ v
            a ^= b | kl2
            b ^= a & kl1
            c ^= d | kr2
            d ^= c & kr1
        return a << 48 | b << 32 | c << 16 | d


@cache
def fi_halves() -> tuple[memoryview, memoryview]:
    """Return the two halves of FI as tables of 65 536 words of 16 bits; they are made at the first call."""
    seven_bits, nine_bits = _box(_S7_TERMS), _box(_S9_TERMS)
    first = array("H")
    for left in range(1 << 9):
        for right in range(1 << 7):
            nine = nine_bits[left] ^ right
            first.append((seven_bits[right] ^ nine & 0x7F) << 9 | nine)
    second = array("H", (left << 9 | nine_bits[right] ^ left for left in range(1 << 7) for right in range(1 << 9)))
    # Arrays, since tuples of so many integers would not stay in the processor's cache: they take twice as long.
    return memoryview(first).toreadonly(), memoryview(second).toreadonly()


def _box(terms: tuple[str, ...]) -> tuple[int, ...]:
    """Tabulate a substitution from its algebraic form.

    Output bit n is the exclusive-or of the products in row n: "034" is x0 x3 x4, "1_" is x1 alone and "1"
    the constant.
    """
    rows = [[_mask(term) for term in row.split()] for row in terms]
    return tuple(
        sum((sum(value & mask == mask for mask in row) & 1) << bit for bit, row in enumerate(rows))
        for value in range(1 << len(terms))
    )


def _mask(term: str) -> int:
    return 0 if term == "1" else sum(1 << int(index) for index in term.rstrip("_"))
