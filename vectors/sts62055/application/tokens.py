"""Tokens of each class and subclass: their fields and the bits of these (IEC 62055-41, 6.2 and 6.3).

Every kind of token is a frozen dataclass. Its fields, in the order of the 44 content bits, are the table that both
directions work from and that explains a token to a reader.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeAlias

from sts62055.application.amounts import decode_amount
from sts62055.application.ciphers import BlockCipher
from sts62055.application.currency import CurrencyAmount
from sts62055.application.tcdu import from_digits, insert_class_bits, remove_class_bits, to_digits
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import TokenIdentifier

__all__ = [
    "ALL_REGISTERS",
    "SERVICES",
    "ClearCredit",
    "ClearTamperCondition",
    "CurrencyCredit",
    "ExtendedSet",
    "Field",
    "InitiateMeterTestDisplay",
    "KeySection",
    "MeterSpecificToken",
    "OpaqueToken",
    "Set1stSectionDecoderKey",
    "Set2ndSectionDecoderKey",
    "Set3rdSectionDecoderKey",
    "Set4thSectionDecoderKey",
    "SetMaximumPhasePowerUnbalanceLimit",
    "SetMaximumPowerLimit",
    "SetTariffRate",
    "SetWaterMeterFactor",
    "Token",
    "TransferCredit",
    "decode_block",
    "decode_token",
    "encode_token",
    "is_encrypted",
    "seal",
]

ALL_REGISTERS = 0xFFFF
"""The Register value of a ClearCredit token that clears every credit register (Table 28)."""

SERVICES = ("electricity", "water", "gas", "time")
"""The utilities of TransferCredit in the order of their subclasses (6.2.2)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a token's content: its name in the standard, its width in bits and its clause (edition 3)."""

    name: str
    bits: int
    clause: str


_RND = Field("RND", 4, "6.3.4")
_TID = Field("TID", 24, "6.3.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSpecificToken:
    """RND (4 bits), TID (24) and a field of 16 bits whose meaning the subclass gives.

    ValueError for a value that does not fit its bits.
    """

    token_class: ClassVar[int] = 2
    subclass: ClassVar[int]
    value_field: ClassVar[Field]

    random: int
    token_identifier: TokenIdentifier
    value: int

    def __post_init__(self) -> None:
        if not 0 <= self.random <= 0xF or not 0 <= self.value <= 0xFFFF:
            _refuse("RND", self.random, 4)
            _refuse(self.value_field.name, self.value, 16)

    @property
    def content(self) -> int:
        """The 44 content bits."""
        return self.random << 40 | self.token_identifier.minutes << 16 | self.value

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the content, most significant first."""
        return _RND, _TID, self.value_field

    @classmethod
    def from_content(cls, content: int, subclass: int) -> Self:  # noqa: ARG003 - those that have several need it
        """Parse the 44 content bits."""
        return cls(**cls._parts(content))

    @staticmethod
    def _parts(content: int) -> dict[str, Any]:
        return {
            "random": content >> 40,
            "token_identifier": TokenIdentifier(content >> 16 & TokenIdentifier.MAXIMUM),
            "value": content & 0xFFFF,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCredit(MeterSpecificToken):
    """Class 0, subclass 0 to 3: electricity, water, gas, time; value is the Amount field (6.2.2, 6.3.6)."""

    token_class: ClassVar[int] = 0
    value_field: ClassVar[Field] = Field("Amount", 16, "6.3.6")
    subclass: int = 0  # type: ignore[misc]

    def __post_init__(self) -> None:
        MeterSpecificToken.__post_init__(self)
        if not 0 <= self.subclass <= 3:
            raise ValueError(f"TransferCredit in units has subclass 0 to 3, not {self.subclass}")

    @classmethod
    def from_content(cls, content: int, subclass: int) -> Self:
        """Parse the 44 content bits."""
        return cls(subclass=subclass, **cls._parts(content))

    @property
    def units(self) -> int:
        """The amount in the units of the utility: 0,1 kWh, 0,1 m3, 0,1 min."""
        return decode_amount(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyCredit:
    """Class 0, subclass 4 to 7: credit in currency, with CRC_C in place of CRC (6.2.2, 6.3.6.3, 6.3.22)."""

    token_class: ClassVar[int] = 0
    fields: ClassVar[tuple[Field, ...]] = (Field("S&E", 4, "6.3.21"), _TID, Field("Amount", 16, "6.3.6.3"))

    subclass: int
    token_identifier: TokenIdentifier
    amount: CurrencyAmount

    def __post_init__(self) -> None:
        if not 4 <= self.subclass <= 7:
            raise ValueError(f"TransferCredit in currency has subclass 4 to 7, not {self.subclass}")

    @property
    def content(self) -> int:
        """The 44 content bits."""
        return self.amount.sign_and_exponent << 40 | self.token_identifier.minutes << 16 | self.amount.field

    @classmethod
    def from_content(cls, content: int, subclass: int) -> Self:
        """Parse the 44 content bits."""
        return cls(
            subclass=subclass,
            token_identifier=TokenIdentifier(content >> 16 & TokenIdentifier.MAXIMUM),
            amount=CurrencyAmount(content >> 40, content & 0xFFFF),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMaximumPowerLimit(MeterSpecificToken):
    """Class 2, subclass 0; value is the MPL field (6.2.4, 6.3.9)."""

    subclass: ClassVar[int] = 0
    value_field: ClassVar[Field] = Field("MPL", 16, "6.3.9")

    @property
    def watts(self) -> int:
        """The limit in watts."""
        return decode_amount(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCredit(MeterSpecificToken):
    """Class 2, subclass 1; value is the Register field of Table 28 (6.2.5, 6.3.13)."""

    subclass: ClassVar[int] = 1
    value_field: ClassVar[Field] = Field("Register", 16, "6.3.13")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTariffRate(MeterSpecificToken):
    """Class 2, subclass 2, reserved for the future; value is the Rate field (6.2.6, 6.3.11)."""

    subclass: ClassVar[int] = 2
    value_field: ClassVar[Field] = Field("Rate", 16, "6.3.11")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearTamperCondition(MeterSpecificToken):
    """Class 2, subclass 5; value is the Pad field, 0 (6.2.9)."""

    subclass: ClassVar[int] = 5
    value_field: ClassVar[Field] = Field("Pad", 16, "6.2.9")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMaximumPhasePowerUnbalanceLimit(MeterSpecificToken):
    """Class 2, subclass 6; value is the MPPUL field (6.2.10, 6.3.10)."""

    subclass: ClassVar[int] = 6
    value_field: ClassVar[Field] = Field("MPPUL", 16, "6.3.10")

    @property
    def watts(self) -> int:
        """The limit in watts."""
        return decode_amount(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetWaterMeterFactor(MeterSpecificToken):
    """Class 2, subclass 7, reserved for the future; value is the WMFactor field (6.2.11, 6.3.12)."""

    subclass: ClassVar[int] = 7
    value_field: ClassVar[Field] = Field("WMFactor", 16, "6.3.12")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedSet(MeterSpecificToken):
    """Class 2, subclass 10: value is an Index (6 bits) and a Value (10) of STS 202-5; only the layout is known."""

    subclass: ClassVar[int] = 10
    value_field: ClassVar[Field] = Field("Index and Value", 16, "STS 202-5")

    @property
    def index(self) -> int:
        """Which item is set, 0 to 63."""
        return self.value >> 10

    @property
    def item(self) -> int:
        """What it is set to, 0 to 1023."""
        return self.value & 0x3FF


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateMeterTestDisplay:
    """Class 1, subclass 0 (MfrCode of 8 bits, Control of 36) or 1 (16 and 28 bits) (6.2.3, 6.3.8).

    manufacturer_code holds the bits; which decimal digits they write is a matter of `Interpretation`.
    """

    token_class: ClassVar[int] = 1
    subclass: int
    control: int
    manufacturer_code: int

    def __post_init__(self) -> None:
        if self.subclass not in (0, 1):
            raise ValueError(f"InitiateMeterTest/Display has subclass 0 or 1, not {self.subclass}")
        control, code = self.fields
        _refuse(control.name, self.control, control.bits)
        _refuse(code.name, self.manufacturer_code, code.bits)

    @classmethod
    def of_test(cls, number: int, *, subclass: int = 0, manufacturer_code: int = 0) -> Self:
        """Return the token of a test number of Table 27; number 0 asks for all of them."""
        bits = _TEST_FIELDS[subclass][0].bits
        if not 0 <= number <= bits:
            raise ValueError(f"a test number is 0 to {bits}, not {number}")
        control = 1 << number - 1 if number else (1 << bits) - 1
        return cls(subclass=subclass, control=control, manufacturer_code=manufacturer_code)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the content, most significant first."""
        return _TEST_FIELDS[self.subclass]

    @property
    def content(self) -> int:
        """The 44 content bits."""
        return self.control << self.fields[1].bits | self.manufacturer_code

    @property
    def tests(self) -> tuple[int, ...]:
        """The test numbers that are asked for; 0 alone for all."""
        bits = self.fields[0].bits
        if self.control == (1 << bits) - 1:
            return (0,)
        return tuple(bit + 1 for bit in range(bits) if self.control >> bit & 1)

    @classmethod
    def from_content(cls, content: int, subclass: int) -> Self:
        """Parse the 44 content bits."""
        bits = _TEST_FIELDS[subclass][1].bits
        return cls(subclass=subclass, control=content >> bits, manufacturer_code=content & (1 << bits) - 1)


class KeySection:
    """What the four parts of a key change share: their fields in order are the 44 content bits.

    ValueError for a value that does not fit its bits.
    """

    __slots__: tuple[str, ...] = ()
    token_class: ClassVar[int] = 2
    subclass: ClassVar[int]
    fields: ClassVar[tuple[Field, ...]]

    def __post_init__(self) -> None:
        for field, name in zip(self.fields, self.__slots__, strict=True):
            _refuse(field.name, getattr(self, name), field.bits)

    @property
    def content(self) -> int:
        """The 44 content bits."""
        content = 0
        for field, name in zip(self.fields, self.__slots__, strict=True):
            content = content << field.bits | int(getattr(self, name))
        return content

    @classmethod
    def from_content(cls, content: int, subclass: int) -> Self:  # noqa: ARG003 - all tokens are read alike
        """Parse the 44 content bits."""
        values: dict[str, int] = {}
        for field, name in zip(reversed(cls.fields), reversed(cls.__slots__), strict=True):
            values[name] = content & (1 << field.bits) - 1
            content >>= field.bits
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Set1stSectionDecoderKey(KeySection):
    """Class 2, subclass 3: attributes of the new key and its upper 32 bits, NKHO (6.2.7, 6.2.8).

    key_expiry_high: the upper four bits of the KeyExpiryNumber; roll_over: RO; three_tokens: 3KCT.
    """

    subclass: ClassVar[int] = 3
    fields: ClassVar[tuple[Field, ...]] = (
        Field("KENHO", 4, "6.3.18"),
        Field("KRN", 4, "6.1.8"),
        Field("RO", 1, "6.3.20"),
        Field("3KCT", 1, "6.2.7"),
        Field("KT", 2, "6.1.9"),
        Field("NKHO", 32, "6.3.14"),
    )

    key_expiry_high: int
    key_revision_number: int
    roll_over: int
    three_tokens: int
    key_type: int
    new_key_high: int = dataclass_field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Set2ndSectionDecoderKey(KeySection):
    """Class 2, subclass 4: the lower KEN, the TI and the lowest 32 bits of the new key, NKLO (6.2.7, 6.2.8).

    tariff_index holds the bits; which decimal digits they write is a matter of `Interpretation`.
    """

    subclass: ClassVar[int] = 4
    fields: ClassVar[tuple[Field, ...]] = (
        Field("KENLO", 4, "6.3.19"),
        Field("TI", 8, "6.1.7"),
        Field("NKLO", 32, "6.3.15"),
    )

    key_expiry_low: int
    tariff_index: int
    new_key_low: int = dataclass_field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Set3rdSectionDecoderKey(KeySection):
    """Class 2, subclass 8: 12 bits of the SGC and 32 more (6.2.7.4, 6.2.8.4).

    In a set of four tokens the lower 12 bits of the SGC, then NKMO2. In a set of three tokens the SGC takes 24
    bits and 20 zero bits follow: its upper 12 bits stand in `group`, the rest in the upper bits of `rest`.
    """

    subclass: ClassVar[int] = 8
    fields: ClassVar[tuple[Field, ...]] = (Field("SGC (part)", 12, "6.1.6"), Field("NKMO2", 32, "6.3.17"))

    group: int
    rest: int = dataclass_field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Set4thSectionDecoderKey(KeySection):
    """Class 2, subclass 9: the upper 12 bits of the SGC and NKMO1 of a 128-bit key (6.2.8.5)."""

    subclass: ClassVar[int] = 9
    fields: ClassVar[tuple[Field, ...]] = (Field("SGCHO", 12, "6.1.6"), Field("NKMO1", 32, "6.3.16"))

    group: int
    rest: int = dataclass_field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueToken:
    """A reserved or proprietary token, whose 44 bits this library does not read."""

    fields: ClassVar[tuple[Field, ...]] = (Field("content", 44, "6.2.1"),)

    token_class: int
    subclass: int
    content: int = dataclass_field(repr=False)

    def __post_init__(self) -> None:
        for name, value, bits in (("Class", self.token_class, 2), ("SubClass", self.subclass, 4)):
            _refuse(name, value, bits)
        _refuse("content", self.content, 44)


Token: TypeAlias = (
    TransferCredit
    | CurrencyCredit
    | InitiateMeterTestDisplay
    | SetMaximumPowerLimit
    | ClearCredit
    | SetTariffRate
    | Set1stSectionDecoderKey
    | Set2ndSectionDecoderKey
    | ClearTamperCondition
    | SetMaximumPhasePowerUnbalanceLimit
    | SetWaterMeterFactor
    | Set3rdSectionDecoderKey
    | Set4thSectionDecoderKey
    | ExtendedSet
    | OpaqueToken
)
"""Any token (Table 15)."""


def seal(token: Token) -> TokenBlock:
    """Return the block of a token with its CRC or CRC_C (6.3.7, 6.3.22)."""
    return TokenBlock.sealed(token.token_class, token.subclass, token.content)


def is_encrypted(token_class: int, subclass: int) -> bool:
    """Return whether a token's block is encrypted: every one but the class 1 tokens for all meters (6.4.3).

    Subclass 2 of class 1, the extended set of STS 202-5, is encrypted: 1 published block.
    """
    return token_class != 1 or subclass == 2


def encode_token(block: TokenBlock, cipher: BlockCipher) -> str:
    """Return the 20 digits of a block (6.4.2, 6.4.3)."""
    word = block.word
    if is_encrypted(block.token_class, block.subclass):
        word = cipher.encrypt(word)
    return to_digits(insert_class_bits(word, block.token_class))


def decode_token(digits: str, cipher: BlockCipher) -> TokenBlock:
    """Return the block that 20 digits carry under a cipher; ValueError if they are no token (7.2).

    A class 1 token is read as it is; where its CRC is wrong so, it is read as an encrypted one of subclass 2.
    """
    word, token_class = remove_class_bits(from_digits(digits))
    if token_class != 1:
        return TokenBlock.parse(token_class, cipher.decrypt(word))
    plain = TokenBlock.parse(token_class, word)
    if plain.is_authentic:
        return plain
    extended = TokenBlock.parse(token_class, cipher.decrypt(word))
    return extended if extended.subclass == 2 and extended.is_authentic else plain


def decode_block(block: TokenBlock) -> Token:
    """Return the token that a block carries, an OpaqueToken where its layout is reserved or a maker's own."""
    read = _READERS.get((block.token_class, block.subclass))
    if read is None:
        return OpaqueToken(token_class=block.token_class, subclass=block.subclass, content=block.content)
    return read(block.content, block.subclass)


def _refuse(name: str, value: int, bits: int) -> None:
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{name} has {bits} bits, and {value} does not fit")


_TEST_FIELDS: Mapping[int, tuple[Field, Field]] = MappingProxyType(
    {
        0: (Field("Control", 36, "6.3.8"), Field("MfrCode", 8, "6.1.2.3")),
        1: (Field("Control", 28, "6.3.8"), Field("MfrCode", 16, "6.1.2.3")),
    }
)
_READERS: Mapping[tuple[int, int], Callable[[int, int], Token]] = MappingProxyType(
    {
        **{(0, subclass): TransferCredit.from_content for subclass in range(4)},
        **{(0, subclass): CurrencyCredit.from_content for subclass in range(4, 8)},
        **{(1, subclass): InitiateMeterTestDisplay.from_content for subclass in range(2)},
        **{
            (2, kind.subclass): kind.from_content
            for kind in (
                SetMaximumPowerLimit,
                ClearCredit,
                SetTariffRate,
                Set1stSectionDecoderKey,
                Set2ndSectionDecoderKey,
                ClearTamperCondition,
                SetMaximumPhasePowerUnbalanceLimit,
                SetWaterMeterFactor,
                Set3rdSectionDecoderKey,
                Set4thSectionDecoderKey,
                ExtendedSet,
            )
        },
    }
)
