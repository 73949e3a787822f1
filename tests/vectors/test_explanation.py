"""Each part of a token is explained, and nothing of a key is told."""

from typing import Any

import pytest

from sts62055.application.ciphers import EncryptionAlgorithm
from sts62055.application.currency import CurrencyAmount
from sts62055.application.explanation import ExplainedField, explain, summarize, token_name
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import BaseDate, TokenIdentifier
from sts62055.application.tokens import (
    ClearCredit,
    ClearTamperCondition,
    CurrencyCredit,
    ExtendedSet,
    InitiateMeterTestDisplay,
    OpaqueToken,
    Set1stSectionDecoderKey,
    Set2ndSectionDecoderKey,
    Set3rdSectionDecoderKey,
    Set4thSectionDecoderKey,
    SetMaximumPhasePowerUnbalanceLimit,
    SetMaximumPowerLimit,
    SetTariffRate,
    SetWaterMeterFactor,
    Token,
    TransferCredit,
    seal,
)

V044 = TokenBlock.parse(0, 0x486D6F9860A9C455)
V083 = TokenBlock.parse(2, 0x55522A38000004DC)
V098 = TokenBlock.parse(2, 0x903149DC515A3259)
"""Published blocks of base date 2014: credit of -1 in currency, ClearTamperCondition, the last token of a set."""
COMMON: dict[str, Any] = {"random": 5, "token_identifier": TokenIdentifier(6472025)}
SECRET = 0xDEADBEEF
KEY_CHANGE = (
    Set1stSectionDecoderKey(
        key_expiry_high=15, key_revision_number=2, roll_over=1, three_tokens=0, key_type=2, new_key_high=SECRET
    ),
    Set2ndSectionDecoderKey(key_expiry_low=15, tariff_index=99, new_key_low=SECRET),
    Set3rdSectionDecoderKey(group=1, rest=SECRET),
    Set4thSectionDecoderKey(group=1, rest=SECRET),
)
OTHERS = (
    *(TransferCredit(subclass=subclass, value=7, **COMMON) for subclass in range(4)),
    *(
        CurrencyCredit(subclass=subclass, token_identifier=TokenIdentifier(9), amount=CurrencyAmount(9, 99))
        for subclass in range(4, 8)
    ),
    InitiateMeterTestDisplay.of_test(3),
    InitiateMeterTestDisplay.of_test(3, subclass=1, manufacturer_code=34),
    OpaqueToken(token_class=1, subclass=2, content=77),
    *(
        kind(value=513, **COMMON)
        for kind in (
            SetMaximumPowerLimit,
            ClearCredit,
            SetTariffRate,
            ClearTamperCondition,
            SetMaximumPhasePowerUnbalanceLimit,
            SetWaterMeterFactor,
            ExtendedSet,
        )
    ),
    OpaqueToken(token_class=2, subclass=12, content=77),
)


def fields_of(block: TokenBlock) -> dict[str, ExplainedField]:
    return {field.name: field for field in explain(block, BaseDate.BDT14)}


def meanings(token: Token, **options: Any) -> dict[str, str]:
    return {field.name: field.meaning for field in explain(seal(token), BaseDate.BDT14, **options)}


def test_a_credit_in_currency() -> None:
    fields = fields_of(V044)
    assert [(field.name, field.bits, field.clause) for field in fields.values()] == [
        ("Class", "65..64", "6.3.2"),
        ("SubClass", "63..60", "6.3.3"),
        ("S&E", "59..56", "6.3.21"),
        ("TID", "55..32", "6.3.5"),
        ("Amount", "31..16", "6.3.6.3"),
        ("CRC_C", "15..0", "6.3.22"),
    ]
    assert fields["Amount"].meaning.startswith("-0.99994 of the base currency")
    assert fields["S&E"].meaning.startswith("negative")
    assert fields["TID"].meaning.startswith("2027-08-21 13:12 UTC")
    assert fields["TID"].value == 7171992
    assert fields["CRC_C"].meaning == "right"


def test_a_clear_tamper_condition() -> None:
    fields = fields_of(V083)
    assert fields["SubClass"].meaning == "ClearTamperCondition"
    assert fields["Pad"].meaning == "zero, as it should be"
    assert (fields["CRC"].value, fields["CRC"].meaning) == (0x04DC, "right")


def test_a_part_of_a_key_and_its_crc_are_not_shown() -> None:
    fields = fields_of(V098)
    assert fields["SGCHO"].value == 0x031
    assert fields["NKMO1"].value is None
    assert "not shown" in fields["NKMO1"].meaning
    assert fields["CRC"].value is None
    assert fields["CRC"].meaning.startswith("right")


@pytest.mark.parametrize("token", [*OTHERS, *KEY_CHANGE])
def test_the_parts_of_a_token_make_up_its_block_unless_they_are_secret(token: Token) -> None:
    block = seal(token)
    explained = explain(block, BaseDate.BDT14)
    assert sum(field.width for field in explained) == 66
    word = 0
    for field in explained[1:]:
        word = word << field.width | (field.value or 0)
    assert any(field.value is None for field in explained) == (token in KEY_CHANGE)
    assert (word == block.word) == (token not in KEY_CHANGE)
    assert "wrong" not in explained[-1].meaning
    assert token_name(block.token_class, block.subclass) != "reserved"
    assert summarize(block, BaseDate.BDT14).startswith(token_name(block.token_class, block.subclass))


@pytest.mark.parametrize("token", KEY_CHANGE)
@pytest.mark.parametrize("crc_mask", [0, 1])
@pytest.mark.parametrize("token_class", [0, 2, 3])
def test_no_part_of_a_key_is_told_however_the_block_was_spoiled(
    token: Token, crc_mask: int, token_class: int
) -> None:
    block = seal(token)
    spoiled = TokenBlock(token_class, block.subclass, block.content, block.crc ^ crc_mask)
    for algorithm in (None, *EncryptionAlgorithm):
        explained = explain(spoiled, BaseDate.BDT14, encryption_algorithm=algorithm)
        text = f"{explained} {summarize(spoiled, BaseDate.BDT14)}".lower()
        for secret in (SECRET, block.crc, block.crc ^ crc_mask, 0xDEAD, 0xBEEF, 0xADBE):
            assert f"{secret:x}" not in text
            assert str(secret) not in text


@pytest.mark.parametrize(
    ("token", "field", "says"),
    [
        (TransferCredit(subclass=0, value=0x4001, **COMMON), "Amount", "1639.4 kWh"),
        (TransferCredit(subclass=1, value=25, **COMMON), "Amount", "2.5 m3"),
        (TransferCredit(subclass=3, value=25, **COMMON), "Amount", "2.5 min"),
        (SetMaximumPowerLimit(value=1000, **COMMON), "MPL", "1000 W"),
        (SetMaximumPhasePowerUnbalanceLimit(value=0x4000, **COMMON), "MPPUL", "16384 W"),
        (ClearCredit(value=0, **COMMON), "Register", "electricity credit"),
        (ClearCredit(value=5, **COMMON), "Register", "water credit in currency"),
        (ClearCredit(value=0xFFFF, **COMMON), "Register", "all credit registers"),
        (ClearCredit(value=8, **COMMON), "Register", "reserved"),
        (SetTariffRate(value=8, **COMMON), "Rate", "reserved for the future: not read"),
        (SetWaterMeterFactor(value=8, **COMMON), "WMFactor", "reserved for the future: not read"),
        (ClearTamperCondition(value=8, **COMMON), "Pad", "not zero, as it should be"),
        (ExtendedSet(value=123, **COMMON), "Index and Value", "index 0, value 123"),
        (
            ExtendedSet(value=63 << 10 | 3 << 1 | 1, **COMMON),
            "Index and Value",
            "index 63: flag 3 (disconnect on tampering) becomes 1",
        ),
        (InitiateMeterTestDisplay.of_test(0), "Control", "0: all supported tests and displays"),
        (InitiateMeterTestDisplay.of_test(14), "Control", "14: display the EA"),
        (InitiateMeterTestDisplay.of_test(19), "Control", "19: reserved"),
        (InitiateMeterTestDisplay(subclass=0, control=0, manufacturer_code=0), "Control", "no test at all"),
        (InitiateMeterTestDisplay.of_test(1), "MfrCode", "any maker"),
        (InitiateMeterTestDisplay.of_test(1, subclass=1, manufacturer_code=12), "MfrCode", "MfrCode 0012"),
        (Set2ndSectionDecoderKey(key_expiry_low=1, tariff_index=7, new_key_low=0), "TI", "TariffIndex 07"),
        (
            Set2ndSectionDecoderKey(key_expiry_low=1, tariff_index=200, new_key_low=0),
            "TI",
            "200 is no TariffIndex: it is 00 to 99",
        ),
        (
            OpaqueToken(token_class=2, subclass=11, content=7),
            "content",
            "reserved or a maker's own: not read",
        ),
    ],
)
def test_what_a_field_means(token: Token, field: str, says: str) -> None:
    assert meanings(token)[field] == says


def test_the_reserved_token_identifier_is_named() -> None:
    token = TransferCredit(random=0, token_identifier=TokenIdentifier(1), value=1)
    assert "SpecialReserved" in meanings(token)["TID"]


def test_the_third_of_three_tokens_shows_the_whole_group_code() -> None:
    token = Set3rdSectionDecoderKey(group=0x031, rest=0x2F1 << 20)
    assert meanings(token, encryption_algorithm=EncryptionAlgorithm.STA)["SGC"] == "SupplyGroupCode 201457"
    assert "SGC" not in meanings(token, encryption_algorithm=EncryptionAlgorithm.MISTY1)


def test_a_wrong_crc_is_told_with_the_right_one() -> None:
    block = seal(SetMaximumPowerLimit(value=1000, **COMMON))
    spoiled = TokenBlock(2, block.subclass, block.content, block.crc ^ 1)
    assert explain(spoiled, BaseDate.BDT14)[-1].meaning == f"wrong: {block.crc:04X}h is expected"


def test_a_token_in_a_few_words() -> None:
    token = CurrencyCredit(
        subclass=5, token_identifier=TokenIdentifier(6472025), amount=CurrencyAmount.of(-100_000)
    )
    expected = (
        "TransferCredit, water in currency, TID 6472025 (2026-04-22 11:05 UTC), -0.99994 of the base currency"
    )
    assert summarize(seal(token), BaseDate.BDT14) == expected
