"""Encrypt one block with MISTY1, the cipher of EncryptionAlgorithm11 (IEC 62055-41, 6.5.6; RFC 2994)."""

__all__ = ["Misty1"]

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


_S7 = _box(_S7_TERMS)
_S9 = _box(_S9_TERMS)


def _fi(value: int, key: int) -> int:
    nine, seven = value >> 7, value & 0x7F
    nine = _S9[nine] ^ seven
    seven = _S7[seven] ^ nine & 0x7F
    seven ^= key >> 9
    nine ^= key & 0x1FF
    return seven << 9 | _S9[nine] ^ seven


class Misty1:
    """MISTY1 with 8 rounds under one key of 16 octets; blocks are 64-bit integers."""

    def __init__(self, key: bytes) -> None:
        words = [int.from_bytes(key[at : at + 2]) for at in range(0, 16, 2)]
        self._key = words
        self._turned = [_fi(word, words[(at + 1) % 8]) for at, word in enumerate(words)]

    def encrypt(self, block: int) -> int:
        """Return the cipher text of a block."""
        left, right = block >> 32, block & 0xFFFFFFFF
        for layer in range(0, 8, 2):
            left, right = self._fl(left, layer), self._fl(right, layer + 1)
            right ^= self._fo(left, layer)
            left ^= self._fo(right, layer + 1)
        return self._fl(right, 9) << 32 | self._fl(left, 8)

    def decrypt(self, block: int) -> int:
        """Return the plain text of a block."""
        right, left = self._fl_inverse(block >> 32, 9), self._fl_inverse(block & 0xFFFFFFFF, 8)
        for layer in range(6, -1, -2):
            left ^= self._fo(right, layer + 1)
            right ^= self._fo(left, layer)
            left, right = self._fl_inverse(left, layer), self._fl_inverse(right, layer + 1)
        return left << 32 | right

    def _fo(self, value: int, layer: int) -> int:
        key, turned = self._key, self._turned
        left, right = value >> 16, value & 0xFFFF
        left = _fi(left ^ key[layer], turned[(layer + 5) % 8]) ^ right
        right = _fi(right ^ key[(layer + 2) % 8], turned[(layer + 1) % 8]) ^ left
        left = _fi(left ^ key[(layer + 7) % 8], turned[(layer + 3) % 8]) ^ right
        return (right ^ key[(layer + 4) % 8]) << 16 | left

    def _fl_keys(self, layer: int) -> tuple[int, int]:
        half = layer // 2
        if layer % 2 == 0:
            return self._key[half % 8], self._turned[(half + 6) % 8]
        return self._turned[(half + 2) % 8], self._key[(half + 4) % 8]

    def _fl(self, value: int, layer: int) -> int:
        conjunction, disjunction = self._fl_keys(layer)
        left, right = value >> 16, value & 0xFFFF
        right ^= left & conjunction
        left ^= right | disjunction
        return left << 16 | right

    def _fl_inverse(self, value: int, layer: int) -> int:
        conjunction, disjunction = self._fl_keys(layer)
        left, right = value >> 16, value & 0xFFFF
        left ^= right | disjunction
        right ^= left & conjunction
        return left << 16 | right
