"""Make a DecoderKey from a vending key: DKGA02 and DKGA04 (IEC 62055-41, 6.5.3.4 and 6.5.3.6)."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from enum import IntEnum
from types import MappingProxyType

from Crypto.Cipher import DES

from sts62055.application.keys import DecoderKey, KeyAttributes, VendingKey

__all__ = ["DecoderKeyGenerationAlgorithm", "generate_decoder_key"]


class DecoderKeyGenerationAlgorithm(IntEnum):
    """DKGA (6.1.4)."""

    DKGA02 = 2
    DKGA04 = 4


def generate_decoder_key(
    algorithm: DecoderKeyGenerationAlgorithm, vending_key: VendingKey, attributes: KeyAttributes
) -> DecoderKey:
    """Return the DecoderKey of a meter; ValueError if the vending key or the EA does not fit the DKGA."""
    return _GENERATORS[algorithm](vending_key, attributes)


def _dkga02(vending_key: VendingKey, attributes: KeyAttributes) -> DecoderKey:
    _require_length(vending_key, 8, "DKGA02")
    if attributes.encryption_algorithm.key_octets != 8:
        raise ValueError("DKGA02 makes keys of 64 bits, and EA11 needs 128: use DKGA04")
    key = vending_key.reveal()
    block = (attributes.pan_block ^ attributes.control_block).to_bytes(8)
    return DecoderKey(_xor(DES.new(key, DES.MODE_ECB).encrypt(block), block, key))  # noqa: S304 - the standard's cipher


def _dkga04(vending_key: VendingKey, attributes: KeyAttributes) -> DecoderKey:
    _require_length(vending_key, 20, "DKGA04")
    octets = attributes.encryption_algorithm.key_octets
    mac = hmac.new(vending_key.reveal(), data_block(attributes), hashlib.sha256).digest()
    return DecoderKey(mac[:octets])


def data_block(attributes: KeyAttributes) -> bytes:
    """Return the DataBlock of DKGA04: two counted lists of items, then the key length (Table 41)."""
    about_the_key = (
        f"{DecoderKeyGenerationAlgorithm.DKGA04:02d}",
        attributes.base_date.code,
        f"{attributes.encryption_algorithm:02d}",
        attributes.tariff_index,
    )
    about_the_meter = (
        attributes.supply_group_code,
        f"{attributes.key_type:d}",
        f"{attributes.key_revision_number:d}",
        attributes.pan.digits,
    )
    bits = attributes.encryption_algorithm.key_octets * 8
    return _counted(about_the_key) + b"\x00" + _counted(about_the_meter) + bits.to_bytes(4)


def _counted(items: tuple[str, ...]) -> bytes:
    return bytes([len(items)]) + b"".join(bytes([len(item)]) + item.encode("ascii") for item in items)


def _require_length(vending_key: VendingKey, octets: int, algorithm: str) -> None:
    length = len(vending_key.reveal())
    if length != octets:
        raise ValueError(f"{algorithm} takes a vending key of {octets * 8} bits, and this one has {length * 8}")


def _xor(*operands: bytes) -> bytes:
    result = 0
    for operand in operands:
        result ^= int.from_bytes(operand)
    return result.to_bytes(len(operands[0]))


_GENERATORS: Mapping[DecoderKeyGenerationAlgorithm, Callable[[VendingKey, KeyAttributes], DecoderKey]] = (
    MappingProxyType(
        {
            DecoderKeyGenerationAlgorithm.DKGA02: _dkga02,
            DecoderKeyGenerationAlgorithm.DKGA04: _dkga04,
        }
    )
)
