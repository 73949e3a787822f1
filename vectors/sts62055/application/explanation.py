"""Explanation of each part of a token: its bits, its clause and what it means (IEC 62055-41, 6.2 and 6.3).

The parts of a new key in a key-change token are secret. So is the CRC of such a token, for each of its bits tells
one more about the key: neither is ever in an explanation.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from sts62055.application.amounts import decode_amount
from sts62055.application.ciphers import EncryptionAlgorithm
from sts62055.application.currency import CurrencyAmount
from sts62055.application.interpretation import DEFAULT, Interpretation
from sts62055.application.keys import KeyType
from sts62055.application.token_block import TokenBlock, block_crc
from sts62055.application.token_identifier import BaseDate, TokenIdentifier
from sts62055.application.tokens import (
    ALL_REGISTERS,
    SERVICES,
    Field,
    InitiateMeterTestDisplay,
    Set3rdSectionDecoderKey,
    decode_block,
)

__all__ = ["REGISTERS", "TESTS", "ExplainedField", "explain", "summarize", "token_name"]

REGISTERS: Mapping[int, str] = MappingProxyType(
    {
        **{number: f"{service} credit" for number, service in enumerate(SERVICES)},
        **{number: f"{service} credit in currency" for number, service in enumerate(SERVICES, 4)},
        ALL_REGISTERS: "all credit registers",
    }
)
"""The registers that ClearCredit names (Table 28)."""

TESTS: Mapping[int, str] = MappingProxyType(
    dict(
        enumerate(
            (
                "all supported tests and displays",
                "test the load switch",
                "test the information display",
                "display the cumulative energy",
                "display the KRN and the KT",
                "display the TI",
                "test the token reader",
                "display the maximum power limit",
                "display the tamper status",
                "display the power consumption",
                "display the software version",
                "display the phase power unbalance limit",
                "display the water meter factor",
                "display the tariff rate",
                "display the EA",
                "display the number of key-change tokens",
                "display the SGC",
                "display the KEN",
                "display the DRN",
            )
        )
    )
)
"""The test and display numbers (Table 27)."""

_UNITS = ("kWh", "m3", "m3", "min")
_CLASSES = ("credit", "test and display", "management of one meter", "reserved")
_NAMES: Mapping[tuple[int, int], str] = MappingProxyType(
    {
        **{(0, number): f"TransferCredit, {service}" for number, service in enumerate(SERVICES)},
        **{(0, number): f"TransferCredit, {service} in currency" for number, service in enumerate(SERVICES, 4)},
        (1, 0): "InitiateMeterTest/Display, MfrCode of 2 digits",
        (1, 1): "InitiateMeterTest/Display, MfrCode of 4 digits",
        (1, 2): "extended set of STS 202-5, reading",
        **{(1, number): "proprietary, MfrCode of 4 digits" for number in range(6, 11)},
        **{(1, number): "proprietary, MfrCode of 2 digits" for number in range(11, 16)},
        (2, 0): "SetMaximumPowerLimit",
        (2, 1): "ClearCredit",
        (2, 2): "SetTariffRate",
        (2, 3): "Set1stSectionDecoderKey",
        (2, 4): "Set2ndSectionDecoderKey",
        (2, 5): "ClearTamperCondition",
        (2, 6): "SetMaximumPhasePowerUnbalanceLimit",
        (2, 7): "SetWaterMeterFactor",
        (2, 8): "Set3rdSectionDecoderKey",
        (2, 9): "Set4thSectionDecoderKey",
        (2, 10): "extended set of STS 202-5",
        **{(2, number): "proprietary" for number in range(11, 16)},
    }
)
_PARTS_OF_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "NKHO": "the highest 32 bits of the new key, not shown",
        "NKLO": "the lowest 32 bits of the new key, not shown",
        "NKMO1": "32 bits of the new key, next to the lowest, not shown",
        "NKMO2": "32 bits of the new key, next to the highest, not shown",
    }
)
_KEY_CHANGE_SUBCLASSES = (3, 4, 8, 9)
_FLAGS = (
    *("compliance test", "detect tampering", "disconnect the service", "disconnect on tampering"),
    *("disconnect on the power limit", "disconnect on low frequency"),
    *(f"payment mode of {service}" for service in SERVICES),
    *("commissioning mode", "TI fallback power limit"),
)
_FLAG_INDEX = 63
_OPAQUE = Field("content", 44, "6.2.1")
_GROUP_OF_THREE_TOKENS = (Field("SGC", 24, "6.1.6"), Field("padding", 20, "6.2.7.4"))


@dataclass(frozen=True, slots=True)
class ExplainedField:
    """One part of a token.

    bits: the highest and the lowest place in the 64-bit block, bit 0 the least significant; the class, which is
    not in the block, has 65..64. value: None where it is secret. clause: of edition 3.
    """

    name: str
    bits: str
    value: int | None
    clause: str
    meaning: str

    @property
    def width(self) -> int:
        """How many bits it has."""
        high, _, low = self.bits.partition("..")
        return int(high) - int(low or high) + 1


@dataclass(frozen=True, slots=True)
class _Context:
    block: TokenBlock
    base_date: BaseDate
    interpretation: Interpretation


def token_name(token_class: int, subclass: int) -> str:
    """Return the name of a class and subclass (Tables 14 and 15)."""
    return _NAMES.get((token_class, subclass), "reserved")


def explain(
    block: TokenBlock,
    base_date: BaseDate,
    *,
    encryption_algorithm: EncryptionAlgorithm | None = None,
    interpretation: Interpretation = DEFAULT,
) -> tuple[ExplainedField, ...]:
    """Return every part of a token, most significant first.

    encryption_algorithm: with EA07 the third token of a key-change set is read as one of a set of three tokens, if
    its padding is zero; otherwise as one of four. A block with a wrong CRC is explained as well: what it says is
    noise unless only the CRC was spoiled.
    """
    context = _Context(block, base_date, interpretation)
    name = token_name(block.token_class, block.subclass)
    of_class = f"{_CLASSES[block.token_class]}; in the number of 66 bits at 28..27 (6.4.2)"
    return (
        ExplainedField("Class", "65..64", block.token_class, "6.3.2", of_class),
        ExplainedField("SubClass", "63..60", block.subclass, "6.3.3", name),
        *_content(context, _layout(block, encryption_algorithm)),
        _crc(block),
    )


def summarize(block: TokenBlock, base_date: BaseDate) -> str:
    """Return in a few words what a token does and its TokenIdentifier; never a part of a key."""
    telling = (field for field in explain(block, base_date) if field.name in _TELLING)
    parts = [token_name(block.token_class, block.subclass), *(_TELLING[field.name](field) for field in telling)]
    return ", ".join(parts)


def _layout(block: TokenBlock, algorithm: EncryptionAlgorithm | None) -> tuple[Field, ...]:
    if _may_hold_a_key(block) and not block.is_authentic:
        return (_OPAQUE,)
    token = decode_block(block)
    is_of_three = isinstance(token, Set3rdSectionDecoderKey) and not token.rest & 0xFFFFF
    if is_of_three and algorithm is EncryptionAlgorithm.STA:
        return _GROUP_OF_THREE_TOKENS
    return token.fields


def _may_hold_a_key(block: TokenBlock) -> bool:
    """Return whether a block may hold a part of a key, also one whose class was spoiled.

    What stands in class 1 is not encrypted, and so no secret.
    """
    is_of_key_change = block.token_class == 2 or (block.token_class != 1 and not block.is_authentic)
    return block.subclass in _KEY_CHANGE_SUBCLASSES and is_of_key_change


def _content(context: _Context, fields: tuple[Field, ...]) -> Iterator[ExplainedField]:
    is_hidden = _may_hold_a_key(context.block) and not context.block.is_authentic
    high = 59
    for field in fields:
        low = high - field.bits + 1
        value = context.block.word >> low & (1 << field.bits) - 1
        bits = f"{high}..{low}" if high > low else f"{high}"
        if is_hidden:
            noise = "not shown: the CRC is wrong, and it may be a part of a key"
            yield ExplainedField(field.name, bits, None, field.clause, noise)
        elif field.name in _PARTS_OF_KEYS:
            yield ExplainedField(field.name, bits, None, field.clause, _PARTS_OF_KEYS[field.name])
        else:
            meaning = _MEANINGS.get(field.name, _not_read)
            yield ExplainedField(field.name, bits, value, field.clause, meaning(context, value))
        high = low - 1


def _crc(block: TokenBlock) -> ExplainedField:
    is_currency = block.token_class == 0 and 4 <= block.subclass <= 7
    name, clause = ("CRC_C", "6.3.22") if is_currency else ("CRC", "6.3.7")
    verdict = "right" if block.is_authentic else "wrong"
    if _may_hold_a_key(block):
        return ExplainedField(name, "15..0", None, clause, f"{verdict}; not shown, for it may tell of a new key")
    if not block.is_authentic:
        expected = block_crc(block.token_class, block.subclass, block.content)
        verdict = f"wrong: {expected:04X}h is expected"
    return ExplainedField(name, "15..0", block.crc, clause, verdict)


def _token_identifier(context: _Context, value: int) -> str:
    identifier = TokenIdentifier(value)
    reserved = ", the SpecialReservedTokenIdentifier" if identifier.is_reserved(context.base_date) else ""
    moment = f"{identifier.moment(context.base_date):%Y-%m-%d %H:%M} UTC{reserved}"
    return f"{moment}; minute {value} since {context.base_date.value}"


def _amount(context: _Context, value: int) -> str:
    if context.block.subclass >= 4:
        units = CurrencyAmount(context.block.content >> 40, value).units
        return f"{_decimal(units, 5)} of the base currency, with S&E"
    return f"{_decimal(decode_amount(value), 1)} {_UNITS[context.block.subclass]}"


def _sign_and_exponent(_: _Context, value: int) -> str:
    return f"{'negative' if value >> 3 else 'positive'}, upper bits of the exponent {value & 0b111:03b}"


def _watts(_: _Context, value: int) -> str:
    return f"{decode_amount(value)} W"


def _control(context: _Context, _: int) -> str:
    token = decode_block(context.block)
    numbers = token.tests if isinstance(token, InitiateMeterTestDisplay) else ()
    return "; ".join(f"{number}: {TESTS.get(number, 'reserved')}" for number in numbers) or "no test at all"


def _manufacturer(context: _Context, value: int) -> str:
    if not value:
        return "any maker"
    try:
        width = 2 if context.block.subclass == 0 else 4
        return f"MfrCode {context.interpretation.manufacturer_code.decode(value, width)}"
    except ValueError as error:
        return str(error)


def _tariff_index(context: _Context, value: int) -> str:
    try:
        digits = context.interpretation.tariff_index.decode(value, 2)
    except ValueError as error:
        return str(error)
    return f"TariffIndex {digits}" if len(digits) == 2 else f"{digits} is no TariffIndex: it is 00 to 99"


def _item(_: _Context, value: int) -> str:
    index, item = divmod(value, 1 << 10)
    if index != _FLAG_INDEX:
        return f"index {index}, value {item}"
    flag, state = divmod(item, 2)
    name = _FLAGS[flag] if flag < len(_FLAGS) else "not known"
    return f"index {index}: flag {flag} ({name}) becomes {state}"


def _register(_: _Context, value: int) -> str:
    return REGISTERS.get(value, "reserved")


def _pad(_: _Context, value: int) -> str:
    return "not zero, as it should be" if value else "zero, as it should be"


def _key_revision(_: _Context, value: int) -> str:
    return f"KeyRevisionNumber {value}" if 1 <= value <= 9 else f"{value} is no KeyRevisionNumber: it is 1 to 9"


def _roll_over(_: _Context, value: int) -> str:
    return "the meter empties its TokenIdentifier store" if value else "the TokenIdentifier store stays"


def _group(_: _Context, value: int) -> str:
    return (
        f"SupplyGroupCode {value:06d}" if value <= 999_999 else f"{value} is no SupplyGroupCode: it has 6 digits"
    )


def _not_read(_: _Context, __: int) -> str:
    return "reserved or a maker's own: not read"


def _always(meaning: str) -> Callable[[_Context, int], str]:
    return lambda _, __: meaning


def _decimal(value: int, places: int) -> str:
    return f"{Decimal(value).scaleb(-places):f}"


_MEANINGS: Mapping[str, Callable[[_Context, int], str]] = MappingProxyType(
    {
        "RND": _always("random"),
        "TID": _token_identifier,
        "Amount": _amount,
        "S&E": _sign_and_exponent,
        "MPL": _watts,
        "MPPUL": _watts,
        "Register": _register,
        "Rate": _always("reserved for the future: not read"),
        "WMFactor": _always("reserved for the future: not read"),
        "Pad": _pad,
        "Index and Value": _item,
        "Control": _control,
        "MfrCode": _manufacturer,
        "KENHO": lambda _, value: f"upper half of the KeyExpiryNumber: {value << 4} to {value << 4 | 0xF}",
        "KENLO": lambda _, value: f"lower half of the KeyExpiryNumber: {value} above a multiple of 16",
        "KRN": _key_revision,
        "RO": _roll_over,
        "3KCT": lambda _, value: "a set of three tokens" if value else "a set of two or four tokens",
        "KT": lambda _, value: KeyType(value).name,
        "TI": _tariff_index,
        "SGC": _group,
        "SGC (part)": _always("lower 12 bits of the SupplyGroupCode, in a set of four tokens"),
        "SGCHO": _always("upper 12 bits of the SupplyGroupCode"),
        "padding": _always("zero, as it should be"),
    }
)

_TELLING: Mapping[str, Callable[[ExplainedField], str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("Amount", "MPL", "MPPUL", "Index and Value", "Control"),
            lambda field: field.meaning.removesuffix(", with S&E"),
        ),
        "Register": lambda field: f"register {field.value:X}h ({field.meaning})",
        "Rate": lambda field: f"rate {field.value}",
        "WMFactor": lambda field: f"factor {field.value}",
        "TID": lambda field: f"TID {field.value} ({field.meaning.partition(';')[0]})",
        "KRN": lambda field: field.meaning,
        "KT": lambda field: field.meaning,
        "TI": lambda field: field.meaning,
    }
)
"""The fields that say what a token does, and in which words."""
