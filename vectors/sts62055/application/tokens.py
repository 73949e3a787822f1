"""Say what each token carries and in which bits (IEC 62055-41, 6.2 and 6.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Self, TypeAlias

from sts62055.application.amounts import decode_amount
from sts62055.application.ciphers import BlockCipher
from sts62055.application.tcdu import from_digits, insert_class_bits, remove_class_bits, to_digits
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import TokenIdentifier

__all__ = [
    "ALL_REGISTERS",
    "ClearCredit",
    "ClearTamperCondition",
    "InitiateMeterTestDisplay",
    "OpaqueToken",
    "SetMaximumPowerLimit",
    "Token",
    "TransferCredit",
    "decode_block",
    "decode_token",
    "encode_token",
    "seal",
]

ALL_REGISTERS = 0xFFFF
"""The Register value of a ClearCredit token that clears every credit register (Table 28)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _MeterSpecificToken:
    """RND (4 bits), TID (24) and a field of 16 bits whose meaning the subclass gives.

    ValueError for a value that does not fit its bits.
    """

    random: int
    token_identifier: TokenIdentifier
    value: int

    def __post_init__(self) -> None:
        _require_width("RND", self.random, 4)
        _require_width(type(self).__name__ + " value", self.value, 16)

    @property
    def content(self) -> int:
        """The 44 content bits."""
        return self.random << 40 | self.token_identifier.minutes << 16 | self.value

    @classmethod
    def from_content(cls, content: int, **more: int) -> Self:
        """Take the 44 content bits apart."""
        return cls(
            random=content >> 40,
            token_identifier=TokenIdentifier(content >> 16 & TokenIdentifier.MAXIMUM),
            value=content & 0xFFFF,
            **more,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCredit(_MeterSpecificToken):
    """Class 0, subclass 0 to 3: electricity, water, gas, time; value is the Amount field (6.2.2, 6.3.6)."""

    token_class: ClassVar[int] = 0
    subclass: int = 0

    @property
    def units(self) -> int:
        """The amount in the units of the utility: 0,1 kWh, 0,1 m3, 0,1 min."""
        return decode_amount(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMaximumPowerLimit(_MeterSpecificToken):
    """Class 2, subclass 0; value is the MPL field (6.2.4, 6.3.9)."""

    token_class: ClassVar[int] = 2
    subclass: ClassVar[int] = 0

    @property
    def watts(self) -> int:
        """The limit in watts."""
        return decode_amount(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCredit(_MeterSpecificToken):
    """Class 2, subclass 1; value is the Register field of Table 28 (6.2.5, 6.3.13)."""

    token_class: ClassVar[int] = 2
    subclass: ClassVar[int] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearTamperCondition(_MeterSpecificToken):
    """Class 2, subclass 5; value is the Pad field, 0 (6.2.9)."""

    token_class: ClassVar[int] = 2
    subclass: ClassVar[int] = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateMeterTestDisplay:
    """Class 1, subclass 0 (MfrCode of 8 bits, Control of 36) or 1 (16 and 28 bits) (6.2.3, 6.3.8)."""

    token_class: ClassVar[int] = 1
    subclass: int
    control: int
    manufacturer_code: int

    def __post_init__(self) -> None:
        if self.subclass not in (0, 1):
            raise ValueError(f"InitiateMeterTest/Display has subclass 0 or 1, not {self.subclass}")
        _require_width("Control", self.control, 44 - self._code_bits)
        _require_width("MfrCode", self.manufacturer_code, self._code_bits)

    @classmethod
    def of_test(cls, number: int, *, subclass: int = 0, manufacturer_code: int = 0) -> Self:
        """Make the token of a test number of Table 27; number 0 asks for all of them."""
        bits = 44 - _CODE_BITS[subclass]
        if not 0 <= number <= bits:
            raise ValueError(f"a test number is 0 to {bits}, not {number}")
        control = 1 << number - 1 if number else (1 << bits) - 1
        return cls(subclass=subclass, control=control, manufacturer_code=manufacturer_code)

    @property
    def _code_bits(self) -> int:
        return _CODE_BITS[self.subclass]

    @property
    def content(self) -> int:
        """The 44 content bits."""
        return self.control << self._code_bits | self.manufacturer_code

    @classmethod
    def from_content(cls, content: int, *, subclass: int) -> Self:
        """Take the 44 content bits apart."""
        bits = _CODE_BITS[subclass]
        return cls(subclass=subclass, control=content >> bits, manufacturer_code=content & (1 << bits) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueToken:
    """A token whose content this library does not read: 44 bits under a class and subclass."""

    token_class: int
    subclass: int
    content: int


Token: TypeAlias = (
    TransferCredit
    | InitiateMeterTestDisplay
    | SetMaximumPowerLimit
    | ClearCredit
    | ClearTamperCondition
    | OpaqueToken
)


def seal(token: Token) -> TokenBlock:
    """Return the block of a token with its CRC (6.3.7)."""
    return TokenBlock.sealed(token.token_class, token.subclass, token.content)


def encode_token(block: TokenBlock, cipher: BlockCipher) -> str:
    """Return the 20 digits of a block; class 1 is not encrypted (6.4.2, 6.4.3)."""
    word = block.word if block.token_class == 1 else cipher.encrypt(block.word)
    return to_digits(insert_class_bits(word, block.token_class))


def decode_token(digits: str, cipher: BlockCipher) -> TokenBlock:
    """Return the block that 20 digits carry under a cipher; ValueError if they are no token (7.2)."""
    word, token_class = remove_class_bits(from_digits(digits))
    return TokenBlock.parse(token_class, word if token_class == 1 else cipher.decrypt(word))


def decode_block(block: TokenBlock) -> Token:
    """Return the token that a block carries, an OpaqueToken where its layout is not known here."""
    key = (block.token_class, block.subclass)
    if block.token_class == 0 and block.subclass <= 3:
        return TransferCredit.from_content(block.content, subclass=block.subclass)
    if block.token_class == 1 and block.subclass in _CODE_BITS:
        return InitiateMeterTestDisplay.from_content(block.content, subclass=block.subclass)
    if key in _MANAGEMENT:
        return _MANAGEMENT[key].from_content(block.content)
    return OpaqueToken(token_class=block.token_class, subclass=block.subclass, content=block.content)


def _require_width(name: str, value: int, bits: int) -> None:
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{name} has {bits} bits, and {value} does not fit")


_CODE_BITS: Mapping[int, int] = MappingProxyType({0: 8, 1: 16})
_MANAGEMENT: Mapping[
    tuple[int, int], type[SetMaximumPowerLimit] | type[ClearCredit] | type[ClearTamperCondition]
] = MappingProxyType(
    {(kind.token_class, kind.subclass): kind for kind in (SetMaximumPowerLimit, ClearCredit, ClearTamperCondition)}
)
