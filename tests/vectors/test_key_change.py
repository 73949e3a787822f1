"""Key-change sets of 2, 3 and 4 tokens: made, taken apart, and refused where they do not fit."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sts62055 import library
from sts62055.application.ciphers import EncryptionAlgorithm, make_cipher
from sts62055.application.interpretation import Coding, Interpretation
from sts62055.application.key_change import KeyChange, KeyChangeToken
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.tokens import (
    Set1stSectionDecoderKey,
    Set2ndSectionDecoderKey,
    Set3rdSectionDecoderKey,
    Set4thSectionDecoderKey,
    decode_block,
    decode_token,
    seal,
)

SHORT, LONG = bytes.fromhex("7f78cdd220be39b8"), bytes.fromhex("39fa45a353cb729549dc515a68a25c98")
ROWS = {row["id"]: row for row in library.tokens()}
KEY_CHANGE_ROWS = [row for row in ROWS.values() if row["class"] == 2 and row["subclass"] in (3, 4, 8, 9)]


def change(key: bytes, group: str | None, **more: object) -> KeyChange:
    values = {
        "new_key": DecoderKey(key),
        "key_type": KeyType.DUTK,
        "key_revision_number": 1,
        "tariff_index": "01",
        "key_expiry_number": 255,
        "supply_group_code": group,
    }
    return KeyChange(**{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("row", KEY_CHANGE_ROWS, ids=lambda row: row["id"])
def test_every_published_part_is_decoded_and_sealed_again(row: dict) -> None:  # type: ignore[type-arg]
    cipher = make_cipher(EncryptionAlgorithm(row["ea"]), bytes.fromhex(row["decoder_key"]))
    block = decode_token(row["token"], cipher)
    token = decode_block(block)
    assert isinstance(
        token,
        Set1stSectionDecoderKey | Set2ndSectionDecoderKey | Set3rdSectionDecoderKey | Set4thSectionDecoderKey,
    )
    assert seal(token) == block
    if "new_key" in row:
        key = row["new_key"]
        words = {3: key[:8], 4: key[-8:], 9: key[16:24], 8: key[8:16]}
        if row["ea"] == 11 or row["subclass"] in (3, 4):
            assert row["content44"].endswith(words[row["subclass"]])


def test_the_published_parts_of_a_four_token_set_are_made() -> None:
    made = change(LONG, "201457", key_revision_number=6, tariff_index="02", roll_over=True).tokens()
    assert f"{made[0].content:011x}" == ROWS["V077"]["content44"]
    assert f"{made[1].content:011x}" == ROWS["V079"]["content44"]
    assert f"{made[3].content:011x}" == ROWS["V098"]["content44"]


def test_the_published_parts_of_two_and_three_token_sets_are_made() -> None:
    two, three = change(SHORT, None).tokens(), change(SHORT, "201457", tariff_index="02").tokens()
    assert f"{two[0].content:011x}" == ROWS["V222"]["content44"]
    assert f"{three[0].content:011x}" == ROWS["V225"]["content44"]
    assert f"{three[1].content:011x}" == ROWS["V231"]["content44"]
    assert f"{three[2].content:011x}" == ROWS["V243"]["content44"]


@given(
    key=st.one_of(st.binary(min_size=8, max_size=8), st.binary(min_size=16, max_size=16)),
    key_type=st.sampled_from(KeyType),
    revision=st.integers(1, 9),
    index=st.integers(0, 99),
    expiry=st.integers(0, 255),
    group=st.one_of(st.none(), st.integers(0, 999_999)),
    roll_over=st.booleans(),
    coding=st.sampled_from(Coding),
)
def test_a_set_is_assembled_in_any_order(
    key: bytes,
    key_type: KeyType,
    revision: int,
    index: int,
    expiry: int,
    group: int | None,
    roll_over: bool,
    coding: Coding,
) -> None:
    interpretation = Interpretation(tariff_index=coding)
    made = change(
        key,
        f"{group or 0:06d}" if len(key) == 16 or group is not None else None,
        key_type=key_type,
        key_revision_number=revision,
        tariff_index=f"{index:02d}",
        key_expiry_number=expiry,
        roll_over=roll_over,
    )
    tokens = made.tokens(interpretation)
    assert len(tokens) == (4 if len(key) == 16 else 2 if group is None else 3)
    for order in permutations(tokens):
        assert KeyChange.assembled(order, interpretation) == made


def test_the_coding_of_the_tariff_index_is_a_reading_and_not_a_constant() -> None:
    binary, bcd = (
        change(SHORT, None, tariff_index="16").tokens(Interpretation(tariff_index=coding))[1] for coding in Coding
    )
    assert isinstance(binary, Set2ndSectionDecoderKey)
    assert isinstance(bcd, Set2ndSectionDecoderKey)
    assert (binary.tariff_index, bcd.tariff_index) == (0x10, 0x16)
    with pytest.raises(ValueError, match="BCD"):
        Coding.BCD.decode(0x1F, 2)


def spoiled(tokens: tuple[KeyChangeToken, ...], kind: type, **values: int) -> list[KeyChangeToken]:
    return [replace(token, **values) if isinstance(token, kind) else token for token in tokens]


TWO, THREE, FOUR = (
    change(key, group).tokens() for key, group in ((SHORT, None), (SHORT, "123456"), (LONG, "123456"))
)


@pytest.mark.parametrize(
    ("tokens", "says"),
    [
        ([], "missing"),
        (TWO[:1], "missing"),
        (THREE[1:], "missing"),
        (FOUR[:2] + FOUR[3:], "missing"),
        ([*TWO, TWO[0]], "twice"),
        (spoiled(TWO, Set1stSectionDecoderKey, three_tokens=1), "3KCT is 1 in a set of 2"),
        (spoiled(THREE, Set1stSectionDecoderKey, three_tokens=0), "3KCT is 0 in a set of 3"),
        (spoiled(FOUR, Set1stSectionDecoderKey, three_tokens=1), "3KCT is 1 in a set of 4"),
        (spoiled(THREE, Set3rdSectionDecoderKey, rest=1), "not zero"),
        (spoiled(TWO, Set1stSectionDecoderKey, key_revision_number=0), "KeyRevisionNumber"),
        (spoiled(TWO, Set1stSectionDecoderKey, key_revision_number=10), "KeyRevisionNumber"),
        (spoiled(TWO, Set2ndSectionDecoderKey, tariff_index=100), "TariffIndex"),
        (spoiled(FOUR, Set4thSectionDecoderKey, group=0xFFF), "SupplyGroupCode"),
    ],
)
def test_a_set_that_does_not_fit_is_refused(tokens: list[KeyChangeToken], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        KeyChange.assembled(tokens)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"key_revision_number": 0}, "KeyRevisionNumber"),
        ({"key_expiry_number": 256}, "KeyExpiryNumber"),
        ({"tariff_index": "1"}, "TariffIndex"),
        ({"supply_group_code": "12345"}, "SupplyGroupCode"),
        ({"new_key": DecoderKey(LONG), "supply_group_code": None}, "name it"),
    ],
)
def test_a_change_out_of_range_is_refused_by_name(values: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        change(SHORT, "123456", **values)
