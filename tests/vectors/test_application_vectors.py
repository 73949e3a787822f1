"""Every value of the vector library is reproduced, both ways."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
from Crypto.Cipher import DES
from Crypto.Hash import HMAC, SHA256
from hypothesis import given
from hypothesis import strategies as st

from sts62055 import library
from sts62055.application.amounts import MAXIMUM_AMOUNT, decode_amount, encode_amount
from sts62055.application.ciphers import BlockCipher, EncryptionAlgorithm, make_cipher
from sts62055.application.crc import crc16
from sts62055.application.identifiers import MeterPAN, luhn_check_digit
from sts62055.application.key_generation import DecoderKeyGenerationAlgorithm, generate_decoder_key
from sts62055.application.keys import DecoderKey, KeyAttributes, KeyType, VendingKey
from sts62055.application.misty1 import Misty1
from sts62055.application.sta import SAMPLE_TABLES, StandardTransferAlgorithm
from sts62055.application.tcdu import insert_class_bits, remove_class_bits, to_digits
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import BaseDate, TokenIdentifier
from sts62055.application.tokens import (
    ClearCredit,
    ClearTamperCondition,
    InitiateMeterTestDisplay,
    OpaqueToken,
    SetMaximumPowerLimit,
    TransferCredit,
    decode_block,
    decode_token,
    encode_token,
    seal,
)

Row = dict[str, Any]
PRIMITIVES = library.primitives()
TOKENS = library.tokens()
KNOWN = {
    **{(0, subclass): TransferCredit for subclass in range(4)},
    (1, 0): InitiateMeterTestDisplay,
    (1, 1): InitiateMeterTestDisplay,
    (2, 0): SetMaximumPowerLimit,
    (2, 1): ClearCredit,
    (2, 5): ClearTamperCondition,
}


def each(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", PRIMITIVES[name], ids=range(len(PRIMITIVES[name])))


def attributes(row: Row) -> KeyAttributes:
    return KeyAttributes(
        pan=MeterPAN.parse(row["pan"]),
        key_type=KeyType(row["kt"]),
        supply_group_code=row["sgc"],
        tariff_index=row["ti"],
        key_revision_number=row["krn"],
        base_date=BaseDate(row.get("bdt", 1993)),
        encryption_algorithm=EncryptionAlgorithm(row.get("ea", 7)),
    )


def cipher_of(row: Row) -> BlockCipher:
    if "ea" not in row:
        return make_cipher(EncryptionAlgorithm.MISTY1, bytes(16))
    return make_cipher(EncryptionAlgorithm(row["ea"]), bytes.fromhex(row["decoder_key"]))


@each("misty1")
def test_misty1(row: Row) -> None:
    cipher = Misty1(bytes.fromhex(row["key"]))
    assert cipher.encrypt(int(row["plain"], 16)) == int(row["cipher"], 16)
    assert cipher.decrypt(int(row["cipher"], 16)) == int(row["plain"], 16)


@each("sta_sample_tables")
def test_sta_with_the_sample_tables(row: Row) -> None:
    cipher = StandardTransferAlgorithm(bytes.fromhex(row["key"]), SAMPLE_TABLES)
    word = cipher.encrypt(int(row["plain"], 16))
    assert to_digits(insert_class_bits(word, row["class"])) == row["token"]
    assert cipher.decrypt(word) == int(row["plain"], 16)


@each("des")
def test_des_of_the_library_that_dkga02_uses(row: Row) -> None:
    cipher = DES.new(bytes.fromhex(row["key"]), DES.MODE_ECB)  # noqa: S304 - under test
    assert cipher.encrypt(bytes.fromhex(row["plain"])).hex() == row["cipher"]


@each("hmac_sha256")
def test_hmac_of_the_library_that_dkga04_uses(row: Row) -> None:
    mac = hmac.new(bytes.fromhex(row["key"]), row["data_ascii"].encode(), hashlib.sha256)
    assert mac.hexdigest() == row["mac"]


@given(st.binary(max_size=80), st.binary(max_size=200))
def test_hmac_against_a_second_library(key: bytes, data: bytes) -> None:
    expected = HMAC.new(key, data, SHA256).digest()
    assert hmac.new(key, data, hashlib.sha256).digest() == expected


@each("crc16")
def test_crc(row: Row) -> None:
    assert f"{crc16(bytes.fromhex(row['bytes'])):04x}" == row["stored"]


@each("luhn")
def test_check_digit(row: Row) -> None:
    assert luhn_check_digit(row["payload"]) == row["check"]


@pytest.mark.parametrize("algorithm", [DecoderKeyGenerationAlgorithm.DKGA02, DecoderKeyGenerationAlgorithm.DKGA04])
def test_decoder_key_generation(algorithm: DecoderKeyGenerationAlgorithm) -> None:
    rows = PRIMITIVES[f"dkga{algorithm:02d}"]
    assert rows
    for row in rows:
        key = generate_decoder_key(algorithm, VendingKey(bytes.fromhex(row["vudk"])), attributes(row))
        assert key.reveal().hex() == row["decoder_key"]


@pytest.mark.parametrize("row", TOKENS, ids=lambda row: row["id"])
def test_block_and_digits_of_every_token(row: Row) -> None:
    cipher = cipher_of(row)
    block = TokenBlock.parse(row["class"], int(row["plain_block64"], 16))
    assert (block.subclass, block.content) == (row["subclass"], int(row["content44"], 16))
    assert encode_token(block, cipher) == row["token"]
    assert decode_token(row["token"], cipher) == block
    assert block.is_authentic


@pytest.mark.parametrize("row", [row for row in TOKENS if "vudk" in row], ids=lambda row: row["id"])
def test_decoder_key_of_every_token(row: Row) -> None:
    key = generate_decoder_key(
        DecoderKeyGenerationAlgorithm(row["dkga"]), VendingKey(bytes.fromhex(row["vudk"])), attributes(row)
    )
    assert key == DecoderKey(bytes.fromhex(row["decoder_key"]))


@pytest.mark.parametrize(
    "row", [row for row in TOKENS if (row["class"], row["subclass"]) in KNOWN], ids=lambda row: row["id"]
)
def test_fields_of_every_known_token(row: Row) -> None:
    cipher = cipher_of(row)
    kind = KNOWN[row["class"], row["subclass"]]
    token = decode_block(decode_token(row["token"], cipher))
    assert type(token) is kind
    if isinstance(token, InitiateMeterTestDisplay):
        control = row.get("control36") or row["control28"]
        code = row["mfr8"] if row["subclass"] == 0 else row["mfr16"]
        built = InitiateMeterTestDisplay(
            subclass=row["subclass"], control=int(control, 16), manufacturer_code=code
        )
    else:
        assert not isinstance(token, OpaqueToken)
        identifier = TokenIdentifier(row["tid"])
        value = row["value16"] if "value16" in row else row["amount16"]
        assert (token.random, token.token_identifier, token.value) == (row["rnd"], identifier, value)
        if "date" in row:
            base_date = BaseDate(row["bdt"])
            moment = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)
            assert TokenIdentifier.issued_at(moment, base_date) == identifier
            assert TokenIdentifier.at(identifier.moment(base_date), base_date) == identifier
        if "units" in row:
            assert encode_amount(row["units"]) == row["amount16"]
        subclass = {"subclass": row["subclass"]} if kind is TransferCredit else {}
        built = kind(random=row["rnd"], token_identifier=identifier, value=value, **subclass)
    assert built == token
    assert encode_token(seal(built), cipher) == row["token"]


@pytest.mark.parametrize(
    ("units", "field", "decoded"),
    [
        (0, 0x0000, 0),
        (16383, 0x3FFF, 16383),
        (16384, 0x4000, 16384),
        (16385, 0x4001, 16394),
        (180223, 0x8000, 180224),
        (180224, 0x8000, 180224),
        (180225, 0x8001, 180324),
        (1818623, 0xC000, 1818624),
        (MAXIMUM_AMOUNT, 0xFFFF, 18201624),
    ],
)
def test_amounts_at_the_exponent_boundaries(units: int, field: int, decoded: int) -> None:
    assert encode_amount(units) == field
    assert decode_amount(field) == decoded


def test_an_amount_is_the_smallest_that_is_not_below_what_was_asked() -> None:
    fields = [decode_amount(field) for field in range(0x10000)]
    assert fields == sorted(set(fields))
    assert all(encode_amount(amount) == field for field, amount in enumerate(fields))


def test_every_published_value_is_still_there() -> None:
    assert [row["id"] for row in TOKENS] == [f"V{number:03d}" for number in range(1, 262)]
    assert {name: len(rows) for name, rows in PRIMITIVES.items()} == {
        "misty1": 2,
        "sta_sample_tables": 1,
        "des": 2,
        "hmac_sha256": 1,
        "crc16": 4,
        "dkga02": 1,
        "dkga04": 2,
        "luhn": 7,
    }


def test_class_bits_go_in_and_out() -> None:
    word = 0x0123456789ABCDEF
    for token_class in range(4):
        assert remove_class_bits(insert_class_bits(word, token_class)) == (word, token_class)
