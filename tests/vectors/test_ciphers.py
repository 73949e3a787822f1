"""The ciphers, the CRC and the old ways to make keys, against published values and a plain second formulation."""

from typing import Any

import pytest
from Crypto.Cipher import DES, DES3
from hypothesis import given, settings
from hypothesis import strategies as st

from plain_ciphers import PlainMisty1, PlainSta, plain_crc, plain_token
from sts62055 import library
from sts62055.application.ciphers import DataEncryptionAlgorithm, EncryptionAlgorithm, make_cipher
from sts62055.application.crc import crc16
from sts62055.application.identifiers import DecoderReferenceNumber, MeterPAN
from sts62055.application.key_generation import (
    LEGACY_DRN_RANGES,
    LEGACY_SUPPLY_GROUP_CODES,
    DecoderKeyGenerationAlgorithm,
    generate_decoder_key,
)
from sts62055.application.keys import KeyAttributes, KeyType, VendingKey
from sts62055.application.misty1 import Misty1, expand_key, fi_halves
from sts62055.application.sta import SAMPLE_TABLES, StandardTransferAlgorithm, StaTables
from sts62055.application.token_block import block_crc
from sts62055.application.token_identifier import BaseDate

Row = dict[str, Any]
PRIMITIVES = library.primitives()
TOKENS = library.tokens()
DKGA01, DKGA02, DKGA03, DKGA04 = DecoderKeyGenerationAlgorithm

BLOCKS = st.integers(0, (1 << 64) - 1)
KEYS_64 = st.binary(min_size=8, max_size=8)
KEYS_128 = st.binary(min_size=16, max_size=16)
TABLES = st.builds(
    StaTables,
    first=st.permutations(range(16)).map(tuple),
    second=st.permutations(range(16)).map(tuple),
    permutation=st.permutations(range(64)).map(tuple),
)
unhurried = settings(deadline=None)
"""The first example of a run may make tables."""


def plain_sta(key: bytes, tables: StaTables = SAMPLE_TABLES) -> PlainSta:
    return PlainSta(key, tables.first, tables.second, tables.permutation)


def legacy(**changes: Any) -> KeyAttributes:
    """Attributes for which DKGA01 is kept, with some of them changed."""
    attributes: dict[str, Any] = {
        "pan": MeterPAN(DecoderReferenceNumber.of("40", 12345678)),
        "key_type": KeyType.DUTK,
        "supply_group_code": "123456",
        "tariff_index": "01",
        "key_revision_number": 1,
        "base_date": BaseDate.BDT93,
        "encryption_algorithm": EncryptionAlgorithm.STA,
    }
    return KeyAttributes(**attributes | changes)


def of_drn(payload: int) -> MeterPAN:
    return MeterPAN(DecoderReferenceNumber.of(f"{payload // 10**8:02d}", payload % 10**8))


class TestMisty1:
    @pytest.mark.parametrize("row", PRIMITIVES["misty1"], ids=lambda row: row["plain"])
    @pytest.mark.parametrize("kind", [Misty1, PlainMisty1])
    def test_published_values(self, kind: type[Misty1] | type[PlainMisty1], row: Row) -> None:
        cipher = kind(bytes.fromhex(row["key"]))
        assert cipher.encrypt(int(row["plain"], 16)) == int(row["cipher"], 16)
        assert cipher.decrypt(int(row["cipher"], 16)) == int(row["plain"], 16)

    @unhurried
    @given(KEYS_128, BLOCKS)
    def test_the_plain_formulation_says_the_same(self, key: bytes, block: int) -> None:
        assert Misty1(key).encrypt(block) == PlainMisty1(key).encrypt(block)
        assert Misty1(key).decrypt(block) == PlainMisty1(key).decrypt(block)

    @unhurried
    @given(KEYS_128, BLOCKS)
    def test_decryption_takes_encryption_back(self, key: bytes, block: int) -> None:
        cipher = Misty1(key)
        assert cipher.decrypt(cipher.encrypt(block)) == block
        assert cipher.encrypt(cipher.decrypt(block)) == block

    @pytest.mark.parametrize("key", [0, 0xFFFF, 0x5A69])
    def test_the_two_tables_are_fi(self, key: int) -> None:
        first, second = fi_halves()
        plain = PlainMisty1(bytes(16))
        assert [second[first[value] ^ key] for value in range(1 << 16)] == [
            plain.fi(value, key) for value in range(1 << 16)
        ]

    @pytest.mark.parametrize("length", [0, 8, 15, 17, 20])
    def test_another_length_of_key_is_refused(self, length: int) -> None:
        with pytest.raises(ValueError, match=f"16 octets, not {length}"):
            Misty1(bytes(length))

    def test_subkeys_do_not_print(self) -> None:
        key = bytes.fromhex("00112233445566778899aabbccddeeff")
        assert str(0x8899) not in repr(expand_key(key))


class TestSta:
    @pytest.mark.parametrize("row", PRIMITIVES["sta_sample_tables"], ids=lambda row: row["token"])
    def test_published_value(self, row: Row) -> None:
        key, block = bytes.fromhex(row["key"]), int(row["plain"], 16)
        content = block >> 16 & (1 << 44) - 1
        for cipher in (StandardTransferAlgorithm(key, SAMPLE_TABLES), plain_sta(key)):
            assert plain_token(row["class"], block >> 60, content, cipher.encrypt) == row["token"]
            assert cipher.decrypt(cipher.encrypt(block)) == block

    @unhurried
    @given(KEYS_64, BLOCKS)
    def test_the_plain_formulation_says_the_same(self, key: bytes, block: int) -> None:
        cipher = StandardTransferAlgorithm(key, SAMPLE_TABLES)
        assert cipher.encrypt(block) == plain_sta(key).encrypt(block)
        assert cipher.decrypt(block) == plain_sta(key).decrypt(block)

    @settings(deadline=None, max_examples=20)
    @given(KEYS_64, BLOCKS, TABLES)
    def test_the_plain_formulation_says_the_same_with_other_tables(
        self, key: bytes, block: int, tables: StaTables
    ) -> None:
        cipher = StandardTransferAlgorithm(key, tables)
        assert cipher.encrypt(block) == plain_sta(key, tables).encrypt(block)
        assert cipher.decrypt(block) == plain_sta(key, tables).decrypt(block)

    @unhurried
    @given(KEYS_64, BLOCKS)
    def test_decryption_takes_encryption_back(self, key: bytes, block: int) -> None:
        cipher = StandardTransferAlgorithm(key, SAMPLE_TABLES)
        assert cipher.decrypt(cipher.encrypt(block)) == block
        assert cipher.encrypt(cipher.decrypt(block)) == block

    @pytest.mark.parametrize("length", [0, 7, 9, 16])
    def test_another_length_of_key_is_refused(self, length: int) -> None:
        with pytest.raises(ValueError, match=f"8 octets, not {length}"):
            StandardTransferAlgorithm(bytes(length), SAMPLE_TABLES)

    def test_tables_do_not_print(self) -> None:
        assert repr(SAMPLE_TABLES) == "StaTables()"


class TestDea:
    @pytest.mark.parametrize("row", PRIMITIVES["des"], ids=lambda row: row["plain"])
    def test_published_values_of_des(self, row: Row) -> None:
        cipher = make_cipher(EncryptionAlgorithm.DEA, bytes.fromhex(row["key"]))
        assert cipher.encrypt(int(row["plain"], 16)) == int(row["cipher"], 16)
        assert cipher.decrypt(int(row["cipher"], 16)) == int(row["plain"], 16)

    @given(KEYS_64, BLOCKS)
    def test_it_is_des_of_the_one_block(self, key: bytes, block: int) -> None:
        cipher, des = DataEncryptionAlgorithm(key), DES.new(key, DES.MODE_ECB)  # noqa: S304 - under test
        assert cipher.encrypt(block).to_bytes(8) == des.encrypt(block.to_bytes(8))
        assert cipher.decrypt(block).to_bytes(8) == des.decrypt(block.to_bytes(8))
        assert cipher.decrypt(cipher.encrypt(block)) == block

    @given(KEYS_64, BLOCKS)
    def test_parity_bits_do_not_count(self, key: bytes, block: int) -> None:
        turned = bytes(octet ^ 1 for octet in key)
        assert DataEncryptionAlgorithm(key).encrypt(block) == DataEncryptionAlgorithm(turned).encrypt(block)


class TestAnyCipher:
    @pytest.mark.parametrize("algorithm", EncryptionAlgorithm)
    @pytest.mark.parametrize("length", [0, 7, 8, 9, 15, 16, 17, 20])
    def test_only_its_own_length_of_key_is_taken(self, algorithm: EncryptionAlgorithm, length: int) -> None:
        if length == algorithm.key_octets:
            assert make_cipher(algorithm, bytes(length)).decrypt(0) >= 0
        else:
            with pytest.raises(ValueError, match=rf"EA{algorithm:02d} takes .* not {length}"):
                make_cipher(algorithm, bytes(length))

    def test_lengths_are_those_of_the_standard(self) -> None:
        assert {algorithm: algorithm.key_octets for algorithm in EncryptionAlgorithm} == {7: 8, 9: 8, 11: 16}

    @pytest.mark.parametrize("row", TOKENS, ids=lambda row: row["id"])
    def test_the_plain_formulation_makes_every_token_of_the_library(self, row: Row) -> None:
        plain = {None: None, 7: plain_sta, 11: PlainMisty1}[row.get("ea")]
        encrypt = plain(bytes.fromhex(row["decoder_key"])).encrypt if plain else lambda block: block
        assert plain_token(row["class"], row["subclass"], int(row["content44"], 16), encrypt) == row["token"]


class TestCrc:
    @pytest.mark.parametrize("row", PRIMITIVES["crc16"], ids=lambda row: row["bytes"])
    @pytest.mark.parametrize("crc", [crc16, plain_crc])
    def test_published_values(self, crc: Any, row: Row) -> None:
        assert crc(bytes.fromhex(row["bytes"])) == int(row["stored"], 16)

    @given(st.binary(max_size=20))
    def test_the_plain_formulation_says_the_same(self, data: bytes) -> None:
        assert crc16(data) == plain_crc(data)

    @given(st.integers(0, 3), st.integers(0, 15), st.integers(0, (1 << 44) - 1))
    def test_of_a_token(self, token_class: int, subclass: int, content: int) -> None:
        covered = int(f"{0:06b}{token_class:02b}{subclass:04b}{content:044b}", 2).to_bytes(7)
        currency = b"\x01" if token_class == 0 and subclass in (4, 5, 6, 7) else b""
        assert block_crc(token_class, subclass, content) == plain_crc(covered + currency)


def diversifier(attributes: KeyAttributes) -> bytes:
    """PANBlock exclusive-or CONTROLBlock, digit by digit (Tables 34-37)."""
    issuer = attributes.pan.issuer_identification_number
    pan = issuer.ljust(18, "0") if attributes.key_type is KeyType.DCTK else attributes.pan.digits
    control = f"{attributes.key_type:d}{attributes.supply_group_code}{attributes.tariff_index}"
    control += f"{attributes.key_revision_number}FFFFFF"
    return bytes.fromhex("".join(f"{int(a, 16) ^ int(b, 16):x}" for a, b in zip(pan[1:17], control, strict=True)))


def xor(first: bytes, second: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(first, second, strict=True))


def odd(key: bytes) -> bytes:
    return bytes(int(f"{octet:08b}"[:7] + str(1 - f"{octet:08b}"[:7].count("1") % 2), 2) for octet in key)


class TestDkga01:
    @given(KEYS_64, st.sampled_from([KeyType.DDTK, KeyType.DUTK]))
    def test_formula_of_a_unique_key(self, key: bytes, key_type: KeyType) -> None:
        attributes = legacy(key_type=key_type)
        des = DES.new(diversifier(attributes), DES.MODE_ECB)  # noqa: S304 - under test
        expected = xor(des.encrypt(odd(key)), odd(key))
        assert generate_decoder_key(DKGA01, VendingKey(key), attributes).reveal() == expected

    @pytest.mark.parametrize("group", LEGACY_SUPPLY_GROUP_CODES)
    def test_formula_of_a_common_key(self, group: str) -> None:
        attributes = legacy(key_type=KeyType.DCTK, supply_group_code=group, pan=of_drn(9999999999))
        key = bytes.fromhex("0123456789abcdef")
        des = DES.new(diversifier(attributes), DES.MODE_ECB)  # noqa: S304 - under test
        expected = xor(des.encrypt(odd(key)), odd(key))
        assert generate_decoder_key(DKGA01, VendingKey(key), attributes).reveal() == expected

    def test_parity_of_the_vending_key_does_not_count(self) -> None:
        key = bytes.fromhex("0022446688aaccee")
        assert generate_decoder_key(DKGA01, VendingKey(key), legacy()) == generate_decoder_key(
            DKGA01, VendingKey(bytes(octet | 1 for octet in key)), legacy()
        )

    @pytest.mark.parametrize(("first", "last"), LEGACY_DRN_RANGES)
    def test_the_ends_of_a_range_belong_to_it(self, first: int, last: int) -> None:
        for payload in (first, last):
            generate_decoder_key(DKGA01, VendingKey(bytes(8)), legacy(pan=of_drn(payload)))
        for payload in (first - 1, last + 1):
            with pytest.raises(ValueError, match="a DRN in Table 38"):
                generate_decoder_key(DKGA01, VendingKey(bytes(8)), legacy(pan=of_drn(payload)))

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"pan": MeterPAN(DecoderReferenceNumber.of("4000", 1))}, "IIN 600727, not 0000"),
            ({"key_revision_number": 2}, "KeyRevisionNumber 1, not 2"),
            ({"encryption_algorithm": EncryptionAlgorithm.DEA}, "EA07, not EA09"),
            ({"key_type": KeyType.DITK}, "DDTK, DUTK and DCTK, not DITK"),
            ({"key_type": KeyType.DCTK}, "an SGC in Table 39, and 123456"),
        ],
    )
    def test_any_other_meter_is_refused_by_the_rule_it_breaks(self, changes: dict[str, Any], rule: str) -> None:
        with pytest.raises(ValueError, match=f"DKGA01 is only for .*{rule}"):
            generate_decoder_key(DKGA01, VendingKey(bytes(8)), legacy(**changes))

    def test_the_tables_are_whole(self) -> None:
        assert len(LEGACY_DRN_RANGES) == 9
        assert all(first <= last for first, last in LEGACY_DRN_RANGES)
        assert len(LEGACY_SUPPLY_GROUP_CODES) == 7


class TestDkga03:
    @given(KEYS_128, st.sampled_from(KeyType))
    def test_formula(self, key: bytes, key_type: KeyType) -> None:
        attributes = legacy(key_type=key_type, key_revision_number=3)
        block = diversifier(attributes)
        left, right = (DES.new(half, DES.MODE_ECB) for half in (key[:8], key[8:]))  # noqa: S304 - under test
        expected = xor(left.encrypt(right.decrypt(left.encrypt(block))), block)
        assert generate_decoder_key(DKGA03, VendingKey(key), attributes).reveal() == expected

    def test_it_is_the_tdes_of_another_library(self) -> None:
        key = bytes.fromhex("0123456789abcdeffedcba9876543210")
        block = diversifier(legacy())
        expected = xor(DES3.new(key, DES3.MODE_ECB).encrypt(block), block)
        assert generate_decoder_key(DKGA03, VendingKey(key), legacy()).reveal() == expected

    @given(KEYS_64)
    def test_equal_halves_make_it_single_des(self, half: bytes) -> None:
        block = diversifier(legacy())
        expected = xor(DES.new(half, DES.MODE_ECB).encrypt(block), block)  # noqa: S304 - under test
        assert generate_decoder_key(DKGA03, VendingKey(half * 2), legacy()).reveal() == expected


class TestAnyGeneration:
    @pytest.mark.parametrize(
        ("algorithm", "octets"), [(DKGA01, 8), (DKGA02, 8), (DKGA03, 16), (DKGA04, 20)], ids=str
    )
    def test_only_its_own_length_of_vending_key_is_taken(
        self, algorithm: DecoderKeyGenerationAlgorithm, octets: int
    ) -> None:
        for length in VendingKey.lengths:
            key = VendingKey(bytes(length))
            if length == octets:
                assert len(generate_decoder_key(algorithm, key, legacy()).reveal()) == 8
            else:
                message = f"{algorithm.name} takes a vending key of {octets * 8} bits, .* has {length * 8}"
                with pytest.raises(ValueError, match=message):
                    generate_decoder_key(algorithm, key, legacy())

    @pytest.mark.parametrize(("algorithm", "octets"), [(DKGA01, 8), (DKGA02, 8), (DKGA03, 16)], ids=str)
    def test_the_old_ones_make_no_key_of_128_bits(
        self, algorithm: DecoderKeyGenerationAlgorithm, octets: int
    ) -> None:
        attributes = legacy(encryption_algorithm=EncryptionAlgorithm.MISTY1)
        with pytest.raises(ValueError, match=f"{algorithm.name} makes keys of 64 bits, and EA11 needs 128"):
            generate_decoder_key(algorithm, VendingKey(bytes(octets)), attributes)
