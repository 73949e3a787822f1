"""Keys leak nowhere: not where they print, not in errors, not in files."""

import copy
import gc
import hashlib
import hmac
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass

import pytest

from sts62055.application.keys import DecoderKey, Secret, VendingKey

OCTETS = bytes.fromhex("D3ADBEEF4C0FFEE5A1B2C3D4E5F60718293A4B5C")
KINDS = [(VendingKey, 8), (VendingKey, 16), (VendingKey, 20), (DecoderKey, 8), (DecoderKey, 16)]
PRINTERS: dict[str, Callable[[Secret], str]] = {
    "repr": repr,
    "str": str,
    "format": format,
    "f-string": lambda key: f"{key}",
    "ascii": ascii,
    "percent": lambda key: "%s" % key,  # noqa: UP031 - loggers format like this
}


SHUTDOWN = """
import sys
from sts62055.application import keys
key = keys.VendingKey(bytes(8))
half_made = object.__new__(keys.VendingKey)
circle = [keys.VendingKey(bytes(16))]
circle.append(circle)
sys._last = [keys, keys.VendingKey(bytes(20))]  # goes when the module is empty already
"""


@dataclass
class Holder:
    key: Secret


def memory_of(key: Secret) -> bytearray:
    """Return the very octets that a key holds, to see what becomes of them."""
    octets = key._octets
    assert octets
    return octets


def frames_of(error: BaseException) -> str:
    """Return what the frames of the project hold that an error went through."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return "".join(repr(frame.f_locals) for frame in frames if frame.f_code.co_filename != __file__)


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
    ("kind", "length"), [(VendingKey, 7), (VendingKey, 0), (VendingKey, 18), (DecoderKey, 20), (DecoderKey, 9)]
)
@pytest.mark.parametrize(
    "make", [lambda kind, octets: kind(octets), lambda kind, octets: kind.from_hex(octets.hex())]
)
def test_a_wrong_length_is_refused_without_the_octets(
    kind: type[Secret], length: int, make: Callable[[type[Secret], bytes], Secret]
) -> None:
    allowed = {VendingKey: "8, 16 or 20", DecoderKey: "8 or 16"}[kind]
    with pytest.raises(ValueError, match=f"^a {kind.__name__} has {allowed} octets, not {length}$") as caught:
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
    assert not holds_a_part_of(frames_of(caught.value), text)


def test_a_key_of_a_wrong_length_leaves_no_digits_in_the_frames_that_read_it() -> None:
    octets = OCTETS[:9]
    with pytest.raises(ValueError, match="not 9") as caught:
        VendingKey.from_hex(octets.hex())
    frames = frames_of(caught.value)
    assert "'octets': bytearray(b'\\x00\\x00" in frames
    assert not holds_a_part_of(frames, octets.hex())
    assert repr(octets[:4])[2:-1] not in frames


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(("kind", "length"), KINDS)
def test_a_key_is_not_pickled(kind: type[Secret], length: int, protocol: int) -> None:
    with pytest.raises(TypeError, match=f"a {kind.__name__} is not written anywhere"):
        pickle.dumps(Holder(kind(OCTETS[:length])), protocol)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_key_is_not_copied_by_way_of_pickle(duplicate: Callable[[Secret], Secret]) -> None:
    with pytest.raises(TypeError, match="a VendingKey is not written anywhere"):
        duplicate(VendingKey(OCTETS))


def test_a_key_gives_its_state_to_no_one() -> None:
    with pytest.raises(TypeError, match="a VendingKey is not written anywhere"):
        VendingKey(OCTETS).__getstate__()
    with pytest.raises(TypeError, match="a VendingKey is not written anywhere"):
        asdict(Holder(VendingKey(OCTETS)))


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
    assert VendingKey(octets) != DecoderKey(others)


def test_keys_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    one, two = VendingKey(OCTETS), VendingKey(OCTETS)
    with monkeypatch.context() as patched:
        patched.setattr(hmac, "compare_digest", lambda *operands: compared.append(operands))
        assert not one == two  # noqa: SIM201 - the operator is what is tested
    assert compared == [(OCTETS, OCTETS)]


@pytest.mark.parametrize(("kind", "length"), KINDS)
def test_a_wiped_key_is_zeros_and_only_its_check_value_is_left(kind: type[Secret], length: int) -> None:
    key = kind(OCTETS[:length])
    memory, check_value, text, number = memory_of(key), key.check_value, repr(key), hash(key)
    assert memory == OCTETS[:length]
    key.wipe()
    assert memory == bytes(length)
    said = f"^this {kind.__name__} is wiped: read it again from where it is kept$"
    with pytest.raises(ValueError, match=said):
        key.reveal()
    assert (key.check_value, repr(key), hash(key)) == (check_value, text, number)
    assert check_value == kind(OCTETS[:length]).check_value
    key.wipe()


def test_a_wiped_key_equals_only_itself() -> None:
    key, same, other = VendingKey(OCTETS), VendingKey(OCTETS), VendingKey(OCTETS)
    key.wipe()
    assert key == key
    assert key != same
    assert same != key
    other.wipe()
    assert key != other


def test_the_end_of_a_with_wipes() -> None:
    with VendingKey(OCTETS) as key:
        memory = memory_of(key)
        assert key.reveal() == OCTETS
    assert memory == bytes(20)


def test_a_with_that_ends_by_an_error_wipes_and_lets_it_pass() -> None:
    key = VendingKey(OCTETS)
    memory = memory_of(key)
    with pytest.raises(LookupError), key:
        raise LookupError
    assert memory == bytes(20)


def test_a_key_that_nobody_holds_is_wiped() -> None:
    key = VendingKey(OCTETS)
    memory = memory_of(key)
    del key
    gc.collect()
    assert memory == bytes(20)


def test_a_key_in_a_circle_is_wiped_by_the_garbage_collector() -> None:
    holder: list[object] = [VendingKey(OCTETS)]
    memory = memory_of(holder[0])  # type: ignore[arg-type]
    holder.append(holder)
    del holder
    gc.collect()
    assert memory == bytes(20)


def test_a_key_has_octets_of_its_own() -> None:
    given = bytearray(OCTETS)
    key = VendingKey(given)
    given[:] = bytes(20)
    assert key.reveal() == OCTETS
    revealed = key.reveal()
    key.wipe()
    assert revealed == OCTETS


def test_reading_hexadecimal_digits_leaves_no_second_copy() -> None:
    passed: list[bytes | bytearray] = []

    class Watched(VendingKey):
        __slots__ = ()

        def __init__(self, octets: bytes | bytearray) -> None:
            passed.append(octets)
            super().__init__(octets)

    assert Watched.from_hex(OCTETS.hex()).reveal() == OCTETS
    assert passed == [bytes(20)]


def test_keys_that_live_until_python_ends_say_nothing() -> None:
    command = [sys.executable, "-W", "error", "-c", SHUTDOWN]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
