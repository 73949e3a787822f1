"""Keys leak nowhere: not where they print, not in errors, not in files."""

import copy
import hashlib
import hmac
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sts62055.application.keys import DecoderKey, Secret, VendingKey

OCTETS = bytes.fromhex("D3ADBEEF4C0FFEE5A1B2C3D4E5F60718293A4B5C")
KINDS = [(VendingKey, 8), (VendingKey, 20), (DecoderKey, 8), (DecoderKey, 16)]
PRINTERS: dict[str, Callable[[Secret], str]] = {
    "repr": repr,
    "str": str,
    "format": format,
    "f-string": lambda key: f"{key}",
    "ascii": ascii,
    "percent": lambda key: "%s" % key,  # noqa: UP031 - loggers format like this
}


@dataclass
class Holder:
    key: Secret


def holds_a_part_of(text: str, secret: str) -> bool:
    return any(secret[start : start + 4].lower() in text.lower() for start in range(len(secret) - 3))


@pytest.mark.parametrize("printer", PRINTERS.values(), ids=PRINTERS.keys())
@pytest.mark.parametrize(("kind", "length"), KINDS)
def test_a_key_prints_as_its_check_value_only(
    kind: type[Secret], length: int, printer: Callable[[Secret], str]
) -> None:
    key = kind(OCTETS[:length])
    assert printer(key) == f"<{kind.__name__} check value {key.check_value}>"


def test_what_holds_a_key_prints_its_check_value_too() -> None:
    key = VendingKey(OCTETS)
    for text in (repr(Holder(key)), str([key]), repr({"key": key})):
        assert key.check_value in text
        assert not holds_a_part_of(text, OCTETS.hex())


@pytest.mark.parametrize(("kind", "length"), KINDS)
def test_a_check_value_is_six_digits_of_a_keyed_hash_and_stays_the_same(kind: type[Secret], length: int) -> None:
    octets = OCTETS[:length]
    expected = hmac.new(octets, b"stsbench key check value", hashlib.sha256).hexdigest()[:6]
    assert kind(octets).check_value == expected


@pytest.mark.parametrize(
    ("kind", "length"), [(VendingKey, 16), (VendingKey, 0), (DecoderKey, 20), (DecoderKey, 9)]
)
@pytest.mark.parametrize(
    "make", [lambda kind, octets: kind(octets), lambda kind, octets: kind.from_hex(octets.hex())]
)
def test_a_wrong_length_is_refused_without_the_octets(
    kind: type[Secret], length: int, make: Callable[[type[Secret], bytes], Secret]
) -> None:
    with pytest.raises(ValueError, match=f"a {kind.__name__} has .* octets, not {length}") as caught:
        make(kind, OCTETS[:length])
    said = "".join(traceback.format_exception(caught.value))
    assert not holds_a_part_of(said, OCTETS.hex())
    assert repr(OCTETS[:4])[2:-1] not in said


@pytest.mark.parametrize("kind", [VendingKey, DecoderKey])
@pytest.mark.parametrize(
    "text", ["D3ADBEEF4C0FFEEG", "D3ADBEEF4C0FFEE", "d3:ad:be:ef:4c:0f:fe:e5", "Ḋ3ADBEEF4C0FFEE5"]
)
def test_bad_hexadecimal_digits_are_refused_without_a_part_of_them(kind: type[Secret], text: str) -> None:
    with pytest.raises(ValueError, match="written in hexadecimal digits") as caught:
        kind.from_hex(text)
    assert not holds_a_part_of("".join(traceback.format_exception(caught.value)), text)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(("kind", "length"), KINDS)
def test_a_key_is_not_pickled(kind: type[Secret], length: int, protocol: int) -> None:
    with pytest.raises(TypeError, match=f"a {kind.__name__} is not written anywhere"):
        pickle.dumps(Holder(kind(OCTETS[:length])), protocol)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_key_is_not_copied_by_way_of_pickle(duplicate: Callable[[Secret], Secret]) -> None:
    with pytest.raises(TypeError, match="a VendingKey is not written anywhere"):
        duplicate(VendingKey(OCTETS))


def test_a_key_has_no_attributes_for_others_to_list() -> None:
    with pytest.raises(TypeError):
        vars(VendingKey(OCTETS))


@pytest.mark.parametrize(("kind", "length"), KINDS)
def test_a_key_gives_its_octets_to_a_cipher(kind: type[Secret], length: int) -> None:
    assert kind(OCTETS[:length]).reveal() == OCTETS[:length]


@pytest.mark.parametrize("text", [OCTETS.hex(), OCTETS.hex(" ").upper()])
def test_a_key_is_read_from_hexadecimal_digits(text: str) -> None:
    assert VendingKey.from_hex(text) == VendingKey(OCTETS)


def test_keys_are_equal_by_kind_and_octets() -> None:
    octets, others = OCTETS[:8], OCTETS[8:16]
    assert VendingKey(octets) == VendingKey(octets)
    assert hash(VendingKey(octets)) == hash(VendingKey(octets))
    assert VendingKey(octets) != VendingKey(others)
    assert VendingKey(octets) != DecoderKey(octets)
    assert DecoderKey(octets) != VendingKey(octets)
    assert VendingKey(octets) != octets
