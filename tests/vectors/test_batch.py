"""Many tokens at once are the same tokens as one by one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from plain_ciphers import PlainMisty1, PlainSta, plain_token
from sts62055 import library
from sts62055.application.batch import BatchCipher, Octets, TokenNumbers, Words
from sts62055.application.ciphers import EncryptionAlgorithm, make_cipher
from sts62055.application.sta import SAMPLE_TABLES, StaTables
from sts62055.application.tcdu import LIMIT, insert_class_bits, remove_class_bits, to_digits
from sts62055.application.token_block import TokenBlock
from sts62055.application.tokens import decode_token, encode_token

Row = dict[str, Any]
ROWS = [row for row in library.tokens() if row.get("ea") in (7, 11)]
ROWS_BY_KEY = {
    (row["ea"], row["decoder_key"]): [
        other for other in ROWS if (other["ea"], other["decoder_key"]) == (row["ea"], row["decoder_key"])
    ]
    for row in ROWS
}
OTHER_TABLES = StaTables(
    first=SAMPLE_TABLES.second, second=SAMPLE_TABLES.first, permutation=SAMPLE_TABLES.permutation[::-1]
)
MORE_THAN_A_CHUNK = 20_000

sizes = pytest.mark.parametrize("count", [0, 1, 2, MORE_THAN_A_CHUNK])
algorithms = pytest.mark.parametrize("algorithm", EncryptionAlgorithm)
CONTENTS = nps.arrays(np.uint64, st.integers(0, 40), elements=st.integers(0, (1 << 44) - 1))


def key_of(algorithm: EncryptionAlgorithm) -> bytes:
    return bytes.fromhex("0abc12def3456789929bd3a415c9420a")[: algorithm.key_octets]


def plain_sta(key: bytes) -> PlainSta:
    return PlainSta(key, SAMPLE_TABLES.first, SAMPLE_TABLES.second, SAMPLE_TABLES.permutation)


def some_words(count: int, limit: int = 1 << 64) -> Words:
    return np.random.default_rng(count).integers(0, limit, count, np.uint64)


def some_octets(count: int, limit: int) -> Octets:
    return np.random.default_rng(count + limit).integers(0, limit, count, np.uint8)


def words(values: list[int]) -> Words:
    return np.array(values, np.uint64)


class TestBlocks:
    @sizes
    @algorithms
    def test_both_ways_as_one_by_one(self, algorithm: EncryptionAlgorithm, count: int) -> None:
        blocks = some_words(count)
        batch = BatchCipher(algorithm, key_of(algorithm))
        single = make_cipher(algorithm, key_of(algorithm))
        encrypted = batch.encrypt_blocks(blocks)
        assert encrypted.dtype == np.uint64
        assert encrypted.tolist() == [single.encrypt(block) for block in blocks.tolist()]
        assert batch.decrypt_blocks(blocks).tolist() == [single.decrypt(block) for block in blocks.tolist()]
        assert batch.decrypt_blocks(encrypted).tolist() == blocks.tolist()

    @settings(deadline=None, max_examples=30)
    @given(key=st.binary(min_size=16, max_size=16), block=st.integers(0, (1 << 64) - 1))
    def test_as_the_plain_formulation(self, key: bytes, block: int) -> None:
        for batch, plain in (
            (BatchCipher(EncryptionAlgorithm.MISTY1, key), PlainMisty1(key)),
            (BatchCipher(EncryptionAlgorithm.STA, key[:8]), plain_sta(key[:8])),
        ):
            assert batch.encrypt_blocks(words([block])).tolist() == [plain.encrypt(block)]
            assert batch.decrypt_blocks(words([block])).tolist() == [plain.decrypt(block)]

    def test_with_tables_of_the_user(self) -> None:
        blocks = some_words(100)
        key = key_of(EncryptionAlgorithm.STA)
        batch = BatchCipher(EncryptionAlgorithm.STA, key, OTHER_TABLES)
        single = make_cipher(EncryptionAlgorithm.STA, key, OTHER_TABLES)
        assert batch.encrypt_blocks(blocks).tolist() == [single.encrypt(block) for block in blocks.tolist()]
        assert batch.decrypt_blocks(blocks).tolist() == [single.decrypt(block) for block in blocks.tolist()]

    @algorithms
    def test_what_is_given_stays_as_it_is_even_when_it_is_a_part_of_something(
        self, algorithm: EncryptionAlgorithm
    ) -> None:
        whole = some_words(60)
        before = whole.tolist()
        batch = BatchCipher(algorithm, key_of(algorithm))
        assert batch.encrypt_blocks(whole[::3]).tolist() == batch.encrypt_blocks(whole).tolist()[::3]
        assert whole.tolist() == before

    @algorithms
    @pytest.mark.parametrize("length", [0, 7, 9, 15, 17])
    def test_another_length_of_key_is_refused(self, algorithm: EncryptionAlgorithm, length: int) -> None:
        with pytest.raises(ValueError, match=rf"EA{algorithm:02d} takes .* not {length}"):
            BatchCipher(algorithm, bytes(length))


class TestTokens:
    @sizes
    @algorithms
    def test_minted_as_one_by_one(self, algorithm: EncryptionAlgorithm, count: int) -> None:
        classes, subclasses = some_octets(count, 4), some_octets(count, 16)
        content = some_words(count, 1 << 44)
        single = make_cipher(algorithm, key_of(algorithm))
        numbers = BatchCipher(algorithm, key_of(algorithm)).mint_numbers(classes, subclasses, content)
        assert numbers.to_digits().tolist() == [
            encode_token(TokenBlock.sealed(*fields), single)
            for fields in zip(classes.tolist(), subclasses.tolist(), content.tolist(), strict=True)
        ]

    @settings(deadline=None, max_examples=30)
    @given(CONTENTS, st.integers(0, 3), st.integers(0, 15))
    def test_one_class_and_subclass_for_all(self, content: Words, token_class: int, subclass: int) -> None:
        key = key_of(EncryptionAlgorithm.MISTY1)
        numbers = BatchCipher(EncryptionAlgorithm.MISTY1, key).mint_numbers(token_class, subclass, content)
        encrypt = PlainMisty1(key).encrypt
        assert numbers.to_digits().tolist() == [
            plain_token(token_class, subclass, value, encrypt) for value in content.tolist()
        ]

    @pytest.mark.parametrize(("ea", "key"), ROWS_BY_KEY, ids=lambda value: str(value)[:8])
    def test_every_token_of_the_library(self, ea: int, key: str) -> None:
        rows = ROWS_BY_KEY[ea, key]
        digits = [row["token"] for row in rows]
        batch = BatchCipher(EncryptionAlgorithm(ea), bytes.fromhex(key))
        classes = np.array([row["class"] for row in rows])
        subclasses = np.array([row["subclass"] for row in rows])
        content = words([int(row["content44"], 16) for row in rows])
        assert batch.mint_numbers(classes, subclasses, content).to_digits().tolist() == digits
        checked = batch.authenticate(TokenNumbers.parse(digits))
        assert checked.token_classes.tolist() == classes.tolist()
        assert checked.words.tolist() == [int(row["plain_block64"], 16) for row in rows]
        assert checked.authentic.all()

    def test_every_key_and_row_of_the_library_is_there(self) -> None:
        assert sum(map(len, ROWS_BY_KEY.values())) == len(ROWS) > 200
        assert {ea for ea, _ in ROWS_BY_KEY} == {7, 11}

    @sizes
    @algorithms
    def test_checked_as_one_by_one(self, algorithm: EncryptionAlgorithm, count: int) -> None:
        """Half of the numbers are real, half are random, and 1 in 65 536 of these looks real."""
        batch = BatchCipher(algorithm, key_of(algorithm))
        single = make_cipher(algorithm, key_of(algorithm))
        real = batch.mint_numbers(some_octets(count, 4), some_octets(count, 16), some_words(count, 1 << 44))
        numbers = TokenNumbers(
            np.concatenate([real.low, some_words(count)]), np.concatenate([real.top, some_octets(count, 4)])
        )
        checked = batch.authenticate(numbers)
        assert len(checked) == len(numbers) == 2 * count
        arrays = (checked.token_classes, checked.words, checked.authentic)
        assert [str(array.dtype) for array in arrays] == ["uint8", "uint64", "bool"]
        blocks = [decode_token(digits, single) for digits in numbers.to_digits().tolist()]
        assert checked.token_classes.tolist() == [block.token_class for block in blocks]
        assert checked.words.tolist() == [block.word for block in blocks]
        assert checked.authentic.tolist() == [block.is_authentic for block in blocks]
        assert checked.authentic[:count].all()

    def test_a_number_with_one_wrong_bit_is_not_authentic(self) -> None:
        batch = BatchCipher(EncryptionAlgorithm.MISTY1, key_of(EncryptionAlgorithm.MISTY1))
        number = batch.mint_numbers(1, 0, words([0x0FFFFFFFFF00]))
        bits = np.uint64(1) << np.array([0, 16, 40, 63], np.uint64)
        broken = TokenNumbers(number.low ^ bits, np.repeat(number.top, 4))
        assert batch.authenticate(number).authentic.tolist() == [True]
        assert not batch.authenticate(broken).authentic.any()

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ((0, 0, np.zeros(3, np.int64)), "content is an array of uint64 in one dimension, not int64"),
            ((0, 0, np.zeros(3)), "content is an array of uint64"),
            ((0, 0, np.zeros((3, 1), np.uint64)), r"content .* not uint64 of shape \(3, 1\)"),
            ((0, 0, np.uint64(5)), "content .* not uint64"),
            ((0, 0, [1, 2, 3]), "content .* not list"),
            ((0, 0, words([0, 1 << 44])), "content is 0 to 17592186044415"),
            ((4, 0, words([0])), "token_class is 0 to 3"),
            ((-1, 0, words([])), "token_class is 0 to 3"),
            ((0, 16, words([0])), "subclass is 0 to 15"),
            ((0, np.array([0, 256]), words([0, 0])), "subclass is 0 to 15"),
            ((np.array([0, 1]), 0, words([0, 0, 0])), "token_class is an integer or an array of 3 integers"),
            ((np.array([[0]]), 0, words([0])), r"token_class .* not int64 of shape \(1, 1\)"),
            ((0, np.array([1.0]), words([0])), "subclass .* not float64"),
            ((True, 0, words([0])), "token_class .* not bool"),
            ((0, 1 << 70, words([0])), "subclass .* not object"),
        ],
    )
    def test_other_types_shapes_and_ranges_are_refused(self, fields: tuple[Any, Any, Any], message: str) -> None:
        batch = BatchCipher(EncryptionAlgorithm.STA, bytes(8))
        with pytest.raises(ValueError, match=message):
            batch.mint_numbers(*fields)

    @pytest.mark.parametrize("method", [BatchCipher.encrypt_blocks, BatchCipher.decrypt_blocks])
    @pytest.mark.parametrize("blocks", [np.zeros(2, ">u8"), np.zeros((1, 1), np.uint64), [1], None], ids=repr)
    def test_other_blocks_are_refused(self, method: Callable[[BatchCipher, Any], Words], blocks: Any) -> None:
        with pytest.raises(ValueError, match="blocks is an array of uint64 in one dimension, not"):
            method(BatchCipher(EncryptionAlgorithm.STA, bytes(8)), blocks)


class TestNumbers:
    EDGES = (0, 1, 9999, 10**16 - 1, 10**16, (1 << 64) - 1, 1 << 64, 3 << 64, LIMIT - 1, 7378 * 10**16)

    def test_digits_at_the_edges(self) -> None:
        numbers = TokenNumbers(
            words([number & (1 << 64) - 1 for number in self.EDGES]),
            np.array([number >> 64 for number in self.EDGES], np.uint8),
        )
        digits = [to_digits(number) for number in self.EDGES]
        assert numbers.to_digits().tolist() == digits
        parsed = TokenNumbers.parse(digits)
        assert parsed.low.tolist() == numbers.low.tolist()
        assert parsed.top.tolist() == numbers.top.tolist()

    @sizes
    def test_digits_and_back(self, count: int) -> None:
        numbers = TokenNumbers(some_words(count), some_octets(count, 4))
        digits = numbers.to_digits()
        assert digits.dtype == "U20"
        assert digits.shape == (count,)
        assert digits.tolist() == [
            to_digits(top << 64 | low) for low, top in zip(numbers.low.tolist(), numbers.top.tolist(), strict=True)
        ]
        for written in (digits, digits.tolist()):
            parsed = TokenNumbers.parse(written)
            assert parsed.low.tolist() == numbers.low.tolist()
            assert parsed.top.tolist() == numbers.top.tolist()

    @sizes
    def test_class_bits_go_in_and_out(self, count: int) -> None:
        blocks, classes = some_words(count), some_octets(count, 4)
        numbers = TokenNumbers.join(blocks, classes)
        fields = list(zip(blocks.tolist(), classes.tolist(), strict=True))
        whole = [top << 64 | low for low, top in zip(numbers.low.tolist(), numbers.top.tolist(), strict=True)]
        assert whole == [insert_class_bits(word, token_class) for word, token_class in fields]
        assert [remove_class_bits(number) for number in whole] == fields
        taken_out = numbers.split()
        assert list(zip(*(part.tolist() for part in taken_out), strict=True)) == fields

    @pytest.mark.parametrize(
        "digits",
        [
            ["1234567890123456789"],
            ["123456789012345678901"],
            ["12345678901234567890", "1234567890123456789"],
            ["1234567890123456789x"],
            ["1234567890123456789\0"],
            ["12345678901234567890\0"],
            ["\N{FULLWIDTH DIGIT ONE}" * 20],
            ["73786976294838206464"],
            ["99999999999999999999"],
            [["12345678901234567890"]],
            [12345678901234567],
            "12345678901234567890",
        ],
        ids=repr,
    )
    def test_other_text_is_refused(self, digits: Any) -> None:
        with pytest.raises(ValueError, match=r"20 decimal digits|more than 66 bits"):
            TokenNumbers.parse(digits)

    @pytest.mark.parametrize(
        ("low", "top", "message"),
        [
            (np.zeros(1, np.int64), np.zeros(1, np.uint8), "low is an array of uint64"),
            (words([0]), np.zeros(1, np.int8), "top is an array of uint8"),
            (words([0]), np.zeros(2, np.uint8), "low has 1 numbers and top 2"),
            (words([0]), np.array([4], np.uint8), "top is 0 to 3"),
            (words([0]), [0], "top .* not list"),
        ],
    )
    def test_other_arrays_are_refused(self, low: Any, top: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            TokenNumbers(low, top)

    @pytest.mark.parametrize("classes", [np.zeros(2, np.uint8), np.array([4], np.uint8), np.array([0.0])])
    def test_other_classes_are_refused(self, classes: Any) -> None:
        with pytest.raises(ValueError, match="token_classes is"):
            TokenNumbers.join(words([0]), classes)
