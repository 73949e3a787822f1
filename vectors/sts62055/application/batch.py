"""Minting, printing and checking of many tokens at once in numpy arrays (IEC 62055-41, 6.4, 7.2 and 7.3).

What comes out is what the modules for single tokens give, but a million tokens take a second or two. Every array
has one dimension, (n,), and n may be 0. This is the only module here that needs numpy.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from types import MappingProxyType
from typing import Protocol, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from sts62055.application.ciphers import DataEncryptionAlgorithm, EncryptionAlgorithm, require_key
from sts62055.application.misty1 import expand_key, fi_halves
from sts62055.application.sta import SAMPLE_TABLES, StandardTransferAlgorithm, StaTables, Step
from sts62055.application.tcdu import DIGITS
from sts62055.application.token_block import block_crc
from sts62055.application.tokens import is_encrypted

__all__ = ["BatchCipher", "CheckedTokens", "Digits", "Flags", "Octets", "TokenNumbers", "Words"]

Words: TypeAlias = npt.NDArray[np.uint64]
"""Integers of 64 bits."""

Octets: TypeAlias = npt.NDArray[np.uint8]
"""Small integers: classes, subclasses, the top of a number."""

Flags: TypeAlias = npt.NDArray[np.bool_]
"""Truth values."""

Digits: TypeAlias = npt.NDArray[np.str_]
"""Strings of 20 characters (dtype U20)."""

_Quarters: TypeAlias = npt.NDArray[np.uint16]
_Subkeys: TypeAlias = tuple[np.uint16, ...]

_CHUNK = 1 << 13
"""How many blocks go through a cipher together: with more, the arrays in between leave the processor's cache."""

_PLACE_VALUES = np.uint64(10) ** np.arange(15, -1, -1, dtype=np.uint64)
"""What each of 16 decimal digits stands for."""

_CLASS_PLACE = np.uint64(27)
_CLASS_FIELD = np.uint64(0b11 << 27)
_SUBCLASS_PLACE = np.uint64(60)
_CONTENT_PLACE = np.uint64(16)
_CONTENT_LIMIT = 1 << 44


@dataclass(frozen=True, slots=True, eq=False)
class TokenNumbers:
    """The 66-bit numbers of n tokens: the lower 64 bits in `low` (uint64), the upper 2 in `top` (uint8, 0 to 3).

    Raises ValueError for another type, shape or range.
    """

    low: Words
    top: Octets

    def __post_init__(self) -> None:
        _require("low", self.low, np.uint64)
        _require("top", self.top, np.uint8)
        if self.low.shape != self.top.shape:
            raise ValueError(f"low has {len(self.low)} numbers and top {len(self.top)}")
        _require_below("top", self.top, 4)

    def __len__(self) -> int:
        return len(self.low)

    @classmethod
    def join(cls, words: Words, token_classes: Octets) -> Self:
        """Insert classes (uint8, 0 to 3) into 64-bit words, in the place of bits 28 and 27 (6.4.2)."""
        _require("words", words, np.uint64)
        classes = _small("token_classes", token_classes, len(words), 4)
        moved = (words & _CLASS_FIELD) >> _CLASS_PLACE
        low = words & ~_CLASS_FIELD | classes.astype(np.uint64) << _CLASS_PLACE
        return cls(low, moved.astype(np.uint8))

    def split(self) -> tuple[Words, Octets]:
        """Return the 64-bit words and the classes (7.2.2)."""
        classes = (self.low & _CLASS_FIELD) >> _CLASS_PLACE
        words = self.low & ~_CLASS_FIELD | self.top.astype(np.uint64) << _CLASS_PLACE
        return words, classes.astype(np.uint8)

    @classmethod
    def parse(cls, digits: Digits | Sequence[str]) -> Self:
        """Parse strings of 20 decimal digits; ValueError if one is anything else or needs more than 66 bits."""
        if len(digits) == 0:
            return cls(np.empty(0, np.uint64), np.empty(0, np.uint8))
        text = np.asarray(digits)
        if text.dtype != np.dtype(f"U{DIGITS}") or text.ndim != 1:
            raise ValueError(f"tokens are strings of {DIGITS} decimal digits, in one dimension")
        figures = np.ascontiguousarray(text).view(np.uint32).reshape(-1, DIGITS) - ord("0")
        if (figures > 9).any():
            raise ValueError(f"a token has {DIGITS} decimal digits, and one of these has something else")
        upper = figures[:, :4].astype(np.uint64) @ _PLACE_VALUES[-4:]
        lower = figures[:, 4:].astype(np.uint64) @ _PLACE_VALUES
        # 10^16 is 5^16 * 2^16, so the number without its lowest 16 bits fits into a word.
        without_lowest = upper * np.uint64(5**16) + (lower >> 16)
        top = without_lowest >> 48
        if (top > 3).any():
            raise ValueError("one of these numbers is no token: it needs more than 66 bits")
        return cls(without_lowest << np.uint64(16) | lower & np.uint64(0xFFFF), top.astype(np.uint8))

    def to_digits(self) -> Digits:
        """Return each number as 20 decimal digits."""
        # 2^64 is 1844 6744 0737 0955 1616: groups of four digits come out of a table.
        upper, lower = _divide(self.low, 10**16)
        top = self.top.astype(np.uint64)
        carry, lower = _divide(lower + top * 6744_0737_0955_1616, 10**16)
        groups = np.empty((len(self), DIGITS // 4), np.intp)
        groups[:, 0] = upper + top * 1844 + carry
        for at, eight in ((1, lower // 10**8), (3, lower % 10**8)):
            groups[:, at], groups[:, at + 1] = _divide(eight, 10**4)
        return _four_digits().take(groups).view(f"U{DIGITS}").reshape(-1)


@dataclass(frozen=True, slots=True, eq=False)
class CheckedTokens:
    """What n numbers carry under a key: classes (uint8), 64-bit words (uint64), whether the CRC is right (bool).

    A word is a block's SubClass, content and CRC, as in `TokenBlock.word`.
    """

    token_classes: Octets
    words: Words
    authentic: Flags

    def __len__(self) -> int:
        return len(self.words)


class BatchCipher:
    """A cipher under one DecoderKey for arrays of blocks and tokens; only EA07 uses the tables.

    Raises ValueError if the key's length is not the algorithm's.
    """

    def __init__(
        self, algorithm: EncryptionAlgorithm, decoder_key: bytes, tables: StaTables = SAMPLE_TABLES
    ) -> None:
        require_key(algorithm, decoder_key)
        self._cipher = _MAKERS[algorithm](decoder_key, tables)

    def encrypt_blocks(self, blocks: Words) -> Words:
        """Return the cipher texts of blocks (uint64); ValueError for another type or shape."""
        return _by_chunks(self._cipher.encrypt, blocks)

    def decrypt_blocks(self, blocks: Words) -> Words:
        """Return the plain texts of blocks (uint64); ValueError for another type or shape."""
        return _by_chunks(self._cipher.decrypt, blocks)

    def mint_numbers(
        self, token_class: int | npt.NDArray[np.integer], subclass: int | npt.NDArray[np.integer], content: Words
    ) -> TokenNumbers:
        """Return the numbers of tokens, with CRC or CRC_C, encrypted where their kind is (6.3.7, 6.3.22, 6.4).

        token_class: 0 to 3, subclass: 0 to 15, each one integer for all or an array of n; content: n integers of
        44 bits (uint64). Raises ValueError for another type, shape or range.
        """
        _require("content", content, np.uint64)
        _require_below("content", content, _CONTENT_LIMIT)
        classes = _small("token_class", token_class, len(content), 4)
        subclasses = _small("subclass", subclass, len(content), 16)
        words = subclasses.astype(np.uint64) << _SUBCLASS_PLACE | content << _CONTENT_PLACE
        words |= _crcs(classes, subclasses, content)
        encrypted = _encrypted_kinds()[classes << 4 | subclasses]
        if encrypted.all():
            words = self.encrypt_blocks(words)
        else:
            words[encrypted] = self.encrypt_blocks(words[encrypted])
        return TokenNumbers.join(words, classes)

    def authenticate(self, numbers: TokenNumbers) -> CheckedTokens:
        """Return what numbers carry and whether it is authentic (7.2, 7.3.3-7.3.6); MfrCode is not looked at.

        A class 1 token is read as it is; where its CRC is wrong so, it is read as an encrypted one of subclass 2.
        """
        words, classes = numbers.split()
        plain = classes == 1
        if plain.any():
            words[~plain] = self.decrypt_blocks(words[~plain])
        else:
            words = self.decrypt_blocks(words)
        authentic = _are_authentic(classes, words)
        doubtful = np.flatnonzero(plain & ~authentic)
        if len(doubtful):
            extended = self.decrypt_blocks(words[doubtful])
            right = _encrypted_kinds()[1 << 4 | extended >> _SUBCLASS_PLACE]
            right &= _are_authentic(classes[doubtful], extended)
            words[doubtful[right]] = extended[right]
            authentic[doubtful[right]] = True
        return CheckedTokens(classes, words, authentic)


class _Cipher(Protocol):
    def encrypt(self, blocks: Words) -> Words: ...

    def decrypt(self, blocks: Words) -> Words: ...


class _Sta:
    def __init__(self, key: bytes, tables: StaTables) -> None:
        self._single = StandardTransferAlgorithm(key, tables)

    def encrypt(self, blocks: Words) -> Words:
        return _pass(blocks, self._encryption_steps)

    def decrypt(self, blocks: Words) -> Words:
        return _pass(blocks, self._decryption_steps)

    @cached_property
    def _encryption_steps(self) -> Words:
        return _in_memory_order(self._single.encryption_steps)

    @cached_property
    def _decryption_steps(self) -> Words:
        return _in_memory_order(self._single.decryption_steps)


def _in_memory_order(steps: tuple[Step, ...]) -> Words:
    """Return steps as an array (step, octet, value), the octets in the order of the processor's memory."""
    return np.array(steps, np.uint64)[:, :: 1 if sys.byteorder == "little" else -1]


def _pass(blocks: Words, steps: Words) -> Words:
    for step in steps:
        octets = blocks.view(np.uint8).reshape(-1, 8).T
        blocks = reduce(np.bitwise_or, (table[column] for table, column in zip(step, octets, strict=True)))
    return blocks


class _Misty1:
    # Each block is four words of 16 bits, a b c d from the most significant on, as in `misty1.Misty1`.

    def __init__(self, key: bytes, _: StaTables) -> None:
        schedule = expand_key(key)
        self._pairs = [tuple(map(_subkeys, keys)) for keys in schedule.pairs]
        self._last = _subkeys(schedule.last)

    def encrypt(self, blocks: Words) -> Words:
        a, b, c, d = _quarters(blocks)
        for layer, left, right in self._pairs:
            a, b, c, d = _fl(a, b, c, d, layer)
            c, d = _fo(a, b, c, d, left)
            a, b = _fo(c, d, a, b, right)
        a, b, c, d = _fl(a, b, c, d, self._last)
        return _joined(c, d, a, b)

    def decrypt(self, blocks: Words) -> Words:
        c, d, a, b = _quarters(blocks)
        a, b, c, d = _fl_inverse(a, b, c, d, self._last)
        for layer, left, right in reversed(self._pairs):
            a, b = _fo(c, d, a, b, right)
            c, d = _fo(a, b, c, d, left)
            a, b, c, d = _fl_inverse(a, b, c, d, layer)
        return _joined(a, b, c, d)


def _subkeys(keys: Iterable[int]) -> _Subkeys:
    return tuple(map(np.uint16, keys))


def _quarters(blocks: Words) -> tuple[_Quarters, _Quarters, _Quarters, _Quarters]:
    a, b, c, d = ((blocks >> shift).astype(np.uint16) for shift in (48, 32, 16, 0))
    return a, b, c, d


def _joined(a: _Quarters, b: _Quarters, c: _Quarters, d: _Quarters) -> Words:
    word = a.astype(np.uint64)
    for quarter in (b, c, d):
        word = word << np.uint64(16) | quarter
    return word


def _fo(a: _Quarters, b: _Quarters, c: _Quarters, d: _Quarters, keys: _Subkeys) -> tuple[_Quarters, _Quarters]:
    """Return c and d, exclusive-or FO of a and b."""
    first, second = _fi_halves()
    ko1, ki1, ko2, ki2, ko3, ki3, ko4 = keys
    u = second[first[a ^ ko1] ^ ki1] ^ b
    v = second[first[b ^ ko2] ^ ki2] ^ u
    return c ^ v ^ ko4, d ^ second[first[u ^ ko3] ^ ki3] ^ v


def _fl(
    a: _Quarters, b: _Quarters, c: _Quarters, d: _Quarters, keys: _Subkeys
) -> tuple[_Quarters, _Quarters, _Quarters, _Quarters]:
    kl1, kl2, kr1, kr2 = keys
    b = b ^ (a & kl1)
    d = d ^ (c & kr1)
    return a ^ (b | kl2), b, c ^ (d | kr2), d


def _fl_inverse(
    a: _Quarters, b: _Quarters, c: _Quarters, d: _Quarters, keys: _Subkeys
) -> tuple[_Quarters, _Quarters, _Quarters, _Quarters]:
    kl1, kl2, kr1, kr2 = keys
    a = a ^ (b | kl2)
    c = c ^ (d | kr2)
    return a, b ^ (a & kl1), c, d ^ (c & kr1)


@cache
def _fi_halves() -> tuple[_Quarters, _Quarters]:
    first, second = (np.frombuffer(half, np.uint16) for half in fi_halves())
    return first, second


class _Dea:
    def __init__(self, key: bytes, _: StaTables) -> None:
        self._single = DataEncryptionAlgorithm(key)

    def encrypt(self, blocks: Words) -> Words:
        return self._run(self._single.encrypt, blocks)

    def decrypt(self, blocks: Words) -> Words:
        return self._run(self._single.decrypt, blocks)

    @staticmethod
    def _run(one: Callable[[int], int], blocks: Words) -> Words:
        return np.fromiter(map(one, blocks.tolist()), np.uint64, len(blocks))


_MAKERS: Mapping[EncryptionAlgorithm, Callable[[bytes, StaTables], _Cipher]] = MappingProxyType(
    {EncryptionAlgorithm.STA: _Sta, EncryptionAlgorithm.DEA: _Dea, EncryptionAlgorithm.MISTY1: _Misty1}
)


def _by_chunks(work: Callable[[Words], Words], blocks: Words) -> Words:
    _require("blocks", blocks, np.uint64)
    result = np.empty(len(blocks), np.uint64)
    for start in range(0, len(blocks), _CHUNK):
        part = slice(start, start + _CHUNK)
        result[part] = work(np.ascontiguousarray(blocks[part]))
    return result


def _crcs(classes: Octets, subclasses: Octets, content: Words) -> _Quarters:
    """Return the CRC, or CRC_C for credit in currency, of each token.

    A CRC is linear: that of a content is that of content 0, exclusive-or a part for each octet of the content.
    """
    octets = [(content >> 8 * place).astype(np.uint8) for place in range(6)]
    kinds = classes << 4 | subclasses
    result: _Quarters = _crcs_of_nothing()[kinds]
    for table, column in zip(_crc_parts(0), octets, strict=True):
        result ^= table[column]
    currency = _currency_kinds()[kinds]
    if currency.any():
        marked = _crcs_of_nothing()[kinds[currency]]
        for table, column in zip(_crc_parts(4), octets, strict=True):
            marked ^= table[column[currency]]
        result[currency] = marked
    return result


def _are_authentic(classes: Octets, words: Words) -> Flags:
    subclasses = (words >> _SUBCLASS_PLACE).astype(np.uint8)
    content = words >> _CONTENT_PLACE & np.uint64(_CONTENT_LIMIT - 1)
    authentic: Flags = _crcs(classes, subclasses, content) == words.astype(np.uint16)
    return authentic


@cache
def _crcs_of_nothing() -> _Quarters:
    """Return, for each kind (class, then subclass), the CRC over a content of 0."""
    return np.array([block_crc(kind >> 4, kind & 0xF, 0) for kind in range(64)], np.uint16)


@cache
def _crc_parts(subclass: int) -> _Quarters:
    """Return what each octet of a content changes in the CRC of class 0 and a subclass: (6 places, 256 values)."""
    nothing = block_crc(0, subclass, 0)
    limit = _CONTENT_LIMIT - 1
    return np.array(
        [
            [block_crc(0, subclass, value << 8 * place & limit) ^ nothing for value in range(256)]
            for place in range(6)
        ],
        np.uint16,
    )


@cache
def _currency_kinds() -> Flags:
    """Return, for each kind, whether it has CRC_C (6.3.22)."""
    return np.array([kind >> 4 == 0 and 4 <= kind & 0xF <= 7 for kind in range(64)])


@cache
def _encrypted_kinds() -> Flags:
    """Return, for each kind, whether its block is encrypted (6.4.3)."""
    return np.array([is_encrypted(kind >> 4, kind & 0xF) for kind in range(64)])


@cache
def _four_digits() -> Digits:
    return np.array([f"{number:04d}" for number in range(10**4)])


def _divide(numbers: Words, divisor: int) -> tuple[Words, Words]:
    # numpy divides once more for a remainder.
    quotients = numbers // divisor
    return quotients, numbers - quotients * divisor


def _small(name: str, value: int | npt.NDArray[np.integer], count: int, limit: int) -> Octets:
    """Return an integer for all, or an array of integers, as octets; ValueError where one is not below a limit."""
    array = np.asarray(value)
    if array.dtype.kind not in "iu" or array.shape not in ((), (count,)):
        raise ValueError(
            f"{name} is an integer or an array of {count} integers, not {array.dtype} of shape {array.shape}"
        )
    _require_below(name, array, limit)
    return np.broadcast_to(array.astype(np.uint8), (count,))


def _require(name: str, array: object, dtype: type[np.generic]) -> None:
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != 1:
        kind = f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
        raise ValueError(f"{name} is an array of {dtype.__name__} in one dimension, not {kind}")


def _require_below(name: str, array: npt.NDArray[np.integer], limit: int) -> None:
    if array.size and not 0 <= array.min() <= array.max() < limit:
        raise ValueError(f"{name} is 0 to {limit - 1}, and one of these is not")
