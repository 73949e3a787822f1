"""Generation of a DecoderKey from a vending key: DKGA01 to DKGA04 (IEC 62055-41, 6.5.3.3-6.5.3.6)."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from sts62055.application.ciphers import DataEncryptionAlgorithm, EncryptionAlgorithm
from sts62055.application.keys import DecoderKey, KeyAttributes, KeyType, VendingKey

__all__ = [
    "LEGACY_DRN_RANGES",
    "LEGACY_SUPPLY_GROUP_CODES",
    "DecoderKeyGenerationAlgorithm",
    "generate_decoder_key",
    "vending_key_octets",
]

LEGACY_DRN_RANGES = (
    (1000000000, 1004999999),
    (1090000000, 1090004999),
    (3000000000, 3114000009),
    (4000000000, 4059999999),
    (6010000000, 6039999999),
    (6400000000, 6419999999),
    (6660000000, 6699999999),
    (6990000010, 6990009999),
    (7000000000, 7020999999),
)
"""First and last DRN, without the check digit, of the meters whose unique keys DKGA01 makes (Table 38).

Provenance: 1-2 sources, quoted second hand.
"""

LEGACY_SUPPLY_GROUP_CODES = ("100702", "990400", "990401", "990402", "990403", "990404", "990405")
"""The SGCs whose common keys DKGA01 makes (Table 39). Provenance: 1-2 sources, quoted second hand."""


class DecoderKeyGenerationAlgorithm(IntEnum):
    """DKGA (6.1.4). Provenance: 02 and 04 verified by vectors; 01 and 03, of old meters, 1 source, no vector."""

    DKGA01 = 1
    DKGA02 = 2
    DKGA03 = 3
    DKGA04 = 4


def generate_decoder_key(
    algorithm: DecoderKeyGenerationAlgorithm, vending_key: VendingKey, attributes: KeyAttributes
) -> DecoderKey:
    """Return the DecoderKey of a meter.

    Raises ValueError if the vending key's length or the EA does not fit the DKGA, and for DKGA01 also if the meter
    is none of those for which it is kept.
    """
    recipe = _RECIPES[algorithm]
    octets = len(vending_key.reveal())
    if octets != recipe.vending_key_octets:
        wanted = recipe.vending_key_octets * 8
        raise ValueError(f"{algorithm.name} takes a vending key of {wanted} bits, and this one has {octets * 8}")
    bits = attributes.encryption_algorithm.key_octets * 8
    if bits not in recipe.decoder_key_bits:
        ea = f"EA{attributes.encryption_algorithm:02d}"
        raise ValueError(f"{algorithm.name} makes keys of 64 bits, and {ea} needs {bits}: use DKGA04")
    return DecoderKey(recipe.make(vending_key.reveal(), attributes))


def vending_key_octets(algorithm: DecoderKeyGenerationAlgorithm) -> int:
    """Return how long the vending key is that a DKGA takes, in octets."""
    return _RECIPES[algorithm].vending_key_octets


def _dkga01(key: bytes, attributes: KeyAttributes) -> bytes:
    """Encrypt the vending key under the meter's block, the other way round than DKGA02 (6.5.3.3).

    Provenance: 1 source, no vector.
    """
    _require_legacy(attributes)
    odd = int.from_bytes(octet & 0xFE | (octet >> 1).bit_count() % 2 ^ 1 for octet in key)
    des = DataEncryptionAlgorithm(_diversifier(attributes).to_bytes(8))
    return (des.encrypt(odd) ^ odd).to_bytes(8)


def _dkga02(key: bytes, attributes: KeyAttributes) -> bytes:
    """Encrypt the meter's block under the vending key (6.5.3.4, Figure 11). Provenance: verified, 3 sources."""
    block = _diversifier(attributes)
    return (DataEncryptionAlgorithm(key).encrypt(block) ^ block ^ int.from_bytes(key)).to_bytes(8)


def _dkga03(key: bytes, attributes: KeyAttributes) -> bytes:
    """Encrypt the meter's block by TDES with two keys (6.5.3.5). Provenance: 1 source, no vector; not in Ed. 3."""
    block = _diversifier(attributes)
    # Made of single DES, since Crypto.Cipher.DES3 refuses a key whose halves are equal.
    outer, inner = DataEncryptionAlgorithm(key[:8]), DataEncryptionAlgorithm(key[8:])
    return (outer.encrypt(inner.decrypt(outer.encrypt(block))) ^ block).to_bytes(8)


def _dkga04(key: bytes, attributes: KeyAttributes) -> bytes:
    """Cut the key from an HMAC over the DataBlock (6.5.3.6). Provenance: verified, 3 sources."""
    mac = hmac.new(key, data_block(attributes), hashlib.sha256).digest()
    return mac[: attributes.encryption_algorithm.key_octets]


def _require_legacy(attributes: KeyAttributes) -> None:
    """Raise ValueError, which names the rule, unless DKGA01 is meant for this key (6.5.3.3, Tables 38 and 39)."""
    issuer, drn = attributes.pan.issuer_identification_number, attributes.pan.drn.digits
    serial = int(drn[:-1])
    in_table_38 = any(first <= serial <= last for first, last in LEGACY_DRN_RANGES)
    in_table_39 = attributes.supply_group_code in LEGACY_SUPPLY_GROUP_CODES
    unique = attributes.key_type in (KeyType.DDTK, KeyType.DUTK)
    common = attributes.key_type is KeyType.DCTK
    for holds, rule in (
        (issuer == "600727", f"IIN 600727, not {issuer}"),
        (attributes.key_revision_number == 1, f"KeyRevisionNumber 1, not {attributes.key_revision_number}"),
        (
            attributes.encryption_algorithm is EncryptionAlgorithm.STA,
            f"EA07, not EA{attributes.encryption_algorithm:02d}",
        ),
        (unique or common, f"key types DDTK, DUTK and DCTK, not {attributes.key_type.name}"),
        (in_table_38 or not unique, f"a DDTK or DUTK of a DRN in Table 38, and {drn} is in none of its ranges"),
        (in_table_39 or not common, f"a DCTK of an SGC in Table 39, and {attributes.supply_group_code} is not"),
    ):
        if not holds:
            raise ValueError(f"DKGA01 is only for {rule}")


def _diversifier(attributes: KeyAttributes) -> int:
    """Return PANBlock exclusive-or CONTROLBlock, which makes a key this meter's own."""
    return attributes.pan_block ^ attributes.control_block


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


@dataclass(frozen=True, slots=True)
class _Recipe:
    """One DKGA: the key it takes, the lengths of key it makes, and the function."""

    vending_key_octets: int
    decoder_key_bits: tuple[int, ...]
    make: Callable[[bytes, KeyAttributes], bytes]


_RECIPES: Mapping[DecoderKeyGenerationAlgorithm, _Recipe] = MappingProxyType(
    {
        DecoderKeyGenerationAlgorithm.DKGA01: _Recipe(8, (64,), _dkga01),
        DecoderKeyGenerationAlgorithm.DKGA02: _Recipe(8, (64,), _dkga02),
        DecoderKeyGenerationAlgorithm.DKGA03: _Recipe(16, (64,), _dkga03),
        DecoderKeyGenerationAlgorithm.DKGA04: _Recipe(20, (64, 128), _dkga04),
    }
)
