"""The STA, MISTY1, the CRC and whole tokens once more, as plainly as their descriptions, bit by bit.

This shares no code with `sts62055.application`, so that what both say is not the mistake of one. The benchmarks
measure against it as well.
"""

from collections.abc import Callable, Sequence

WORD = (1 << 64) - 1

S7 = (
    "1 0 13 034 15 025 45 016 26 056 356",
    "1 02 04 34 15 245 6 06 36 236 146 056",
    "12 023 4 14 014 05 045 345 16 36 036 46 246",
    "1 0 1_ 012 03 24 145 26 136 046 56",
    "1 23 04 134 5 25 125 035 16 156 456",
    "0 1_ 2 012 03 123 14 024 05 015 35 06 256",
    "01 3 03 234 05 25 35 135 16 126 036 46 256",
)
S9 = (
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
"""Output bit n is the exclusive-or of the products in row n (RFC 2994): "034" is x0 x3 x4, "1_" is x1, "1" one."""


def evaluated(rows: Sequence[str], value: int) -> int:
    result = 0
    for bit, row in enumerate(rows):
        for term in row.split():
            factors = "" if term == "1" else term.rstrip("_")
            result ^= int(all(value >> int(index) & 1 for index in factors)) << bit
    return result


S7_TABLE = [evaluated(S7, value) for value in range(1 << 7)]
S9_TABLE = [evaluated(S9, value) for value in range(1 << 9)]


class PlainMisty1:
    """MISTY1, function by function and with the names of RFC 2994."""

    def __init__(self, key: bytes) -> None:
        self.ek = [key[2 * i] << 8 | key[2 * i + 1] for i in range(8)]
        for i in range(8):
            self.ek.append(self.fi(self.ek[i], self.ek[(i + 1) % 8]))

    def fi(self, fi_in: int, fi_key: int) -> int:
        d9 = fi_in >> 7
        d7 = fi_in & 0x7F
        d9 = S9_TABLE[d9] ^ d7
        d7 = S7_TABLE[d7] ^ d9 & 0x7F
        d7 = d7 ^ fi_key >> 9
        d9 = d9 ^ fi_key & 0x1FF
        d9 = S9_TABLE[d9] ^ d7
        return d7 << 9 | d9

    def fo(self, fo_in: int, k: int) -> int:
        ek = self.ek
        t0 = fo_in >> 16
        t1 = fo_in & 0xFFFF
        t0 = self.fi(t0 ^ ek[k], ek[(k + 5) % 8 + 8]) ^ t1
        t1 = self.fi(t1 ^ ek[(k + 2) % 8], ek[(k + 1) % 8 + 8]) ^ t0
        t0 = self.fi(t0 ^ ek[(k + 7) % 8], ek[(k + 3) % 8 + 8]) ^ t1
        t1 = t1 ^ ek[(k + 4) % 8]
        return t1 << 16 | t0

    def fl_keys(self, k: int) -> tuple[int, int]:
        if k % 2 == 0:
            return self.ek[k // 2], self.ek[(k // 2 + 6) % 8 + 8]
        return self.ek[((k - 1) // 2 + 2) % 8 + 8], self.ek[((k - 1) // 2 + 4) % 8]

    def fl(self, fl_in: int, k: int) -> int:
        both, either = self.fl_keys(k)
        d0 = fl_in >> 16
        d1 = fl_in & 0xFFFF
        d1 = d1 ^ d0 & both
        d0 = d0 ^ (d1 | either)
        return d0 << 16 | d1

    def flinv(self, fl_in: int, k: int) -> int:
        both, either = self.fl_keys(k)
        d0 = fl_in >> 16
        d1 = fl_in & 0xFFFF
        d0 = d0 ^ (d1 | either)
        d1 = d1 ^ d0 & both
        return d0 << 16 | d1

    def encrypt(self, block: int) -> int:
        d0 = block >> 32
        d1 = block & 0xFFFFFFFF
        for n in range(8):
            if n % 2 == 0:
                d0 = self.fl(d0, n)
                d1 = self.fl(d1, n + 1)
                d1 = d1 ^ self.fo(d0, n)
            else:
                d0 = d0 ^ self.fo(d1, n)
        d0 = self.fl(d0, 8)
        d1 = self.fl(d1, 9)
        return d1 << 32 | d0

    def decrypt(self, block: int) -> int:
        d1 = block >> 32
        d0 = block & 0xFFFFFFFF
        d0 = self.flinv(d0, 8)
        d1 = self.flinv(d1, 9)
        for n in reversed(range(8)):
            if n % 2 == 0:
                d1 = d1 ^ self.fo(d0, n)
                d0 = self.flinv(d0, n)
                d1 = self.flinv(d1, n + 1)
            else:
                d0 = d0 ^ self.fo(d1, n)
        return d0 << 32 | d1


class PlainSta:
    """The STA (6.5.4, Table 52): sixteen nibbles, then 64 bits, one after the other, sixteen times."""

    def __init__(
        self, key: bytes, first: Sequence[int], second: Sequence[int], permutation: Sequence[int]
    ) -> None:
        self.key = int.from_bytes(key, "big")
        self.tables = (first, second)
        self.inverse_tables = (inverted(second), inverted(first))
        self.permutation = permutation

    def encrypt(self, block: int) -> int:
        key = self.key ^ WORD
        key = key >> 12 | key << 52 & WORD
        for _ in range(16):
            substituted = 0
            for nibble in range(16):
                chosen = self.tables[key >> 4 * nibble + 3 & 1]
                substituted |= chosen[block >> 4 * nibble & 0xF] << 4 * nibble
            block = 0
            for bit in range(64):
                block |= (substituted >> bit & 1) << self.permutation[bit]
            key = key << 1 & WORD | key >> 63
        return block

    def decrypt(self, block: int) -> int:
        key = self.key
        for _ in range(16):
            permuted = 0
            for bit in range(64):
                permuted |= (block >> self.permutation[bit] & 1) << bit
            block = 0
            for nibble in range(16):
                chosen = self.inverse_tables[key >> 4 * nibble & 1]
                block |= chosen[permuted >> 4 * nibble & 0xF] << 4 * nibble
            key = key >> 1 | (key & 1) << 63
        return block


def inverted(table: Sequence[int]) -> list[int]:
    result = [0] * len(table)
    for index, value in enumerate(table):
        result[value] = index
    return result


def plain_crc(data: bytes) -> int:
    """Return the CRC as it is stored, the register's low octet first (6.3.7)."""
    register = 0xFFFF
    for octet in data:
        for bit in range(8):
            feedback = register & 1 ^ octet >> bit & 1
            register >>= 1
            if feedback:
                register ^= 0xA001
    return (register & 0xFF) << 8 | register >> 8


def plain_block(token_class: int, subclass: int, content: int) -> int:
    """Return the 64 bits with CRC or CRC_C (6.2.1, 6.3.22)."""
    covered = (token_class << 48 | subclass << 44 | content).to_bytes(7, "big")
    if token_class == 0 and subclass in (4, 5, 6, 7):
        covered += b"\x01"
    return subclass << 60 | content << 16 | plain_crc(covered)


def plain_token(token_class: int, subclass: int, content: int, encrypt: Callable[[int], int]) -> str:
    """Return the 20 digits (6.4.2, 6.4.3); of class 1 only subclass 2 is encrypted."""
    word = plain_block(token_class, subclass, content)
    if token_class != 1 or subclass == 2:
        word = encrypt(word)
    number = word
    for bit in (28, 27):
        number = number & ~(1 << bit) | (word >> bit & 1) << bit + 37
        number |= (token_class >> bit - 27 & 1) << bit
    return str(number).zfill(20)
