"""Every kind of token, both ways, and any digits at all: what goes in comes out, and nothing else happens."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from sts62055 import library
from sts62055.application.amounts import decode_amount
from sts62055.application.batch import BatchCipher, TokenNumbers
from sts62055.application.ciphers import EncryptionAlgorithm, make_cipher
from sts62055.application.currency import CurrencyAmount
from sts62055.application.tcdu import LIMIT
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import TokenIdentifier
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
    decode_block,
    decode_token,
    encode_token,
    is_encrypted,
    seal,
)

CIPHERS = [
    make_cipher(EncryptionAlgorithm.STA, bytes(range(8))),
    make_cipher(EncryptionAlgorithm.MISTY1, bytes(16)),
]
SIXTEEN_BITS = (
    ClearCredit,
    ClearTamperCondition,
    ExtendedSet,
    SetMaximumPhasePowerUnbalanceLimit,
    SetMaximumPowerLimit,
    SetTariffRate,
    SetWaterMeterFactor,
)
OPAQUE = [(0, subclass) for subclass in range(8, 16)] + [(1, subclass) for subclass in range(3, 16)]
OPAQUE += [(2, subclass) for subclass in range(11, 16)] + [(3, subclass) for subclass in range(16)]


def bits(width: int) -> SearchStrategy[int]:
    return st.integers(0, (1 << width) - 1)


IDENTIFIERS = st.builds(TokenIdentifier, bits(24))
TIMED = {"random": bits(4), "token_identifier": IDENTIFIERS, "value": bits(16)}
TOKENS: SearchStrategy[Token] = st.one_of(
    st.builds(TransferCredit, subclass=st.integers(0, 3), **TIMED),
    *(st.builds(kind, **TIMED) for kind in SIXTEEN_BITS),
    st.builds(
        CurrencyCredit,
        subclass=st.integers(4, 7),
        token_identifier=IDENTIFIERS,
        amount=st.builds(CurrencyAmount, bits(4), bits(16)),
    ),
    st.builds(InitiateMeterTestDisplay, subclass=st.just(0), control=bits(36), manufacturer_code=bits(8)),
    st.builds(InitiateMeterTestDisplay, subclass=st.just(1), control=bits(28), manufacturer_code=bits(16)),
    st.builds(
        Set1stSectionDecoderKey,
        key_expiry_high=bits(4),
        key_revision_number=bits(4),
        roll_over=bits(1),
        three_tokens=bits(1),
        key_type=bits(2),
        new_key_high=bits(32),
    ),
    st.builds(Set2ndSectionDecoderKey, key_expiry_low=bits(4), tariff_index=bits(8), new_key_low=bits(32)),
    st.builds(Set3rdSectionDecoderKey, group=bits(12), rest=bits(32)),
    st.builds(Set4thSectionDecoderKey, group=bits(12), rest=bits(32)),
    st.sampled_from(OPAQUE).flatmap(
        lambda kind: st.builds(
            OpaqueToken, token_class=st.just(kind[0]), subclass=st.just(kind[1]), content=bits(44)
        )
    ),
)


@given(TOKENS, st.sampled_from(CIPHERS))
@settings(max_examples=1000)
def test_what_is_encoded_is_decoded(token: Token, cipher: object) -> None:
    digits = encode_token(seal(token), cipher)  # type: ignore[arg-type]
    assert len(digits) == 20
    block = decode_token(digits, cipher)  # type: ignore[arg-type]
    assert block.is_authentic
    assert decode_block(block) == token


@given(TOKENS)
def test_the_fields_of_a_token_fill_its_content(token: Token) -> None:
    assert sum(field.bits for field in token.fields) == 44
    assert 0 <= token.content < 1 << 44


@given(st.integers(0, 10**20 - 1), st.sampled_from(CIPHERS))
@settings(max_examples=1000)
def test_any_twenty_digits_are_a_token_or_a_value_error(number: int, cipher: object) -> None:
    digits = f"{number:020d}"
    if number >= LIMIT:
        with pytest.raises(ValueError, match="more than 66 bits"):
            decode_token(digits, cipher)  # type: ignore[arg-type]
        return
    block = decode_token(digits, cipher)  # type: ignore[arg-type]
    token = decode_block(block)
    assert (token.token_class, token.subclass, token.content) == (block.token_class, block.subclass, block.content)
    if block.is_authentic:
        assert encode_token(block, cipher) == digits  # type: ignore[arg-type]


@pytest.mark.million
@pytest.mark.parametrize("algorithm", [EncryptionAlgorithm.STA, EncryptionAlgorithm.MISTY1])
def test_a_million_random_numbers_are_decoded_without_a_crash_and_as_the_batch_says(
    algorithm: EncryptionAlgorithm,
) -> None:
    random = Random(20261120)
    key = bytes(range(algorithm.key_octets))
    cipher, batch = make_cipher(algorithm, key), BatchCipher(algorithm, key)
    tokens, no_tokens = [], 0
    for _ in range(1_000_000):
        digits = f"{random.randrange(10**20):020d}"
        try:
            block = decode_token(digits, cipher)
        except ValueError:
            no_tokens += 1
            continue
        decode_block(block)
        tokens.append((digits, block))
    assert abs(no_tokens / 1_000_000 - (1 - LIMIT / 10**20)) < 0.01
    checked = batch.authenticate(TokenNumbers.parse([digits for digits, _ in tokens]))
    assert [block.word for _, block in tokens] == checked.words.tolist()
    assert [block.token_class for _, block in tokens] == checked.token_classes.tolist()
    assert [block.is_authentic for _, block in tokens] == checked.authentic.tolist()
    assert any(checked.authentic)


@pytest.mark.parametrize(
    "digits", ["", "1" * 19, "1" * 21, "1" * 19 + "x", "1" * 19 + "²", " " * 20, "-" + "1" * 19]
)
def test_other_text_is_no_token(digits: str) -> None:
    with pytest.raises(ValueError, match="20 decimal digits"):
        decode_token(digits, CIPHERS[0])


@pytest.mark.parametrize(
    ("kind", "values", "says"),
    [
        (ClearCredit, {"random": 16, "token_identifier": TokenIdentifier(0), "value": 0}, "RND has 4 bits"),
        (
            ClearCredit,
            {"random": 0, "token_identifier": TokenIdentifier(0), "value": 65536},
            "Register has 16 bits",
        ),
        (
            TransferCredit,
            {"subclass": 4, "random": 0, "token_identifier": TokenIdentifier(0), "value": 0},
            "subclass 0 to 3",
        ),
        (
            CurrencyCredit,
            {"subclass": 3, "token_identifier": TokenIdentifier(0), "amount": CurrencyAmount(0, 0)},
            "subclass 4 to 7",
        ),
        (InitiateMeterTestDisplay, {"subclass": 2, "control": 0, "manufacturer_code": 0}, "subclass 0 or 1"),
        (
            InitiateMeterTestDisplay,
            {"subclass": 1, "control": 1 << 28, "manufacturer_code": 0},
            "Control has 28 bits",
        ),
        (InitiateMeterTestDisplay, {"subclass": 0, "control": 0, "manufacturer_code": 256}, "MfrCode has 8 bits"),
        (Set2ndSectionDecoderKey, {"key_expiry_low": 16, "tariff_index": 0, "new_key_low": 0}, "KENLO has 4 bits"),
        (Set3rdSectionDecoderKey, {"group": 0, "rest": 1 << 32}, "NKMO2 has 32 bits"),
        (OpaqueToken, {"token_class": 4, "subclass": 0, "content": 0}, "Class has 2 bits"),
        (OpaqueToken, {"token_class": 0, "subclass": 0, "content": 1 << 44}, "content has 44 bits"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(kind: type, values: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        kind(**values)


@pytest.mark.parametrize("subclass", [0, 1])
def test_a_test_number_sets_its_bit_and_zero_sets_all(subclass: int) -> None:
    bits_of_control = 36 if subclass == 0 else 28
    for number in range(1, bits_of_control + 1):
        token = InitiateMeterTestDisplay.of_test(number, subclass=subclass)
        assert token.control == 1 << number - 1
        assert token.tests == (number,)
    assert InitiateMeterTestDisplay.of_test(0, subclass=subclass).tests == (0,)
    with pytest.raises(ValueError, match=f"0 to {bits_of_control}"):
        InitiateMeterTestDisplay.of_test(bits_of_control + 1, subclass=subclass)


def test_only_class_1_for_all_meters_is_plain() -> None:
    plain = {(token_class, subclass) for token_class in range(4) for subclass in range(16)}
    plain = {kind for kind in plain if not is_encrypted(*kind)}
    assert plain == {(1, subclass) for subclass in range(16)} - {(1, 2)}


def test_a_limit_and_an_index_are_read() -> None:
    timed = {"random": 5, "token_identifier": TokenIdentifier(1)}
    assert SetMaximumPowerLimit(value=0x4001, **timed).watts == decode_amount(0x4001)  # type: ignore[arg-type]
    assert SetMaximumPhasePowerUnbalanceLimit(value=0x8000, **timed).watts == 180_224  # type: ignore[arg-type]
    extended = ExtendedSet(value=63 << 10 | 0x155, **timed)  # type: ignore[arg-type]
    assert (extended.index, extended.item) == (63, 0x155)


def test_currency_is_sealed_with_its_own_crc() -> None:
    currency = [row for row in library.tokens() if row["crc"] == "CRC_C"]
    assert currency
    for row in currency:
        block = TokenBlock.parse(row["class"], int(row["plain_block64"], 16))
        assert block.is_authentic
        assert isinstance(decode_block(block), CurrencyCredit)
