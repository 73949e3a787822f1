"""Rows of the library: its meters, their keys and ciphers (IEC 62055-41, 6.1 and 6.5.3)."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

from sts62055.application.ciphers import BlockCipher, EncryptionAlgorithm, make_cipher
from sts62055.application.identifiers import MeterPAN
from sts62055.application.key_generation import DecoderKeyGenerationAlgorithm, generate_decoder_key
from sts62055.application.keys import DecoderKey, KeyAttributes, KeyType, VendingKey
from sts62055.application.token_identifier import BaseDate

__all__ = [
    "PAN_OF_11",
    "PAN_OF_13",
    "VENDING_KEYS",
    "Row",
    "cipher_of",
    "decoder_key_of",
    "key_attributes",
    "make_meter",
    "manufacturer_code",
]

Row: TypeAlias = dict[str, Any]
"""An object of a JSON file."""

PAN_OF_11 = "600727000000000009"
"""The test meter with a DRN of 11 digits."""

PAN_OF_13 = "000001000000000082"
"""The test meter with a DRN of 13 digits."""

VENDING_KEYS: Mapping[int, str] = MappingProxyType(
    {
        1: "abababababababab",
        2: "abababababababab",
        3: "abababababababab9494949494949494",
        4: "abababababababab949494949494949401234567",
    }
)
"""For each DKGA a published vending key of test documents, or one made of such."""


def make_meter(*, ea: int, dkga: int, **changes: Any) -> Row:
    """Return a test meter with its key; `changes` may name pan, kt, sgc, ti, krn, bdt and vending_key."""
    meter = {
        "pan": PAN_OF_11,
        "kt": 2,
        "sgc": "123457",
        "ti": "01",
        "krn": 1,
        "bdt": 2014,
        "ea": ea,
        "dkga": dkga,
        "vending_key": VENDING_KEYS[dkga],
        **changes,
    }
    meter["decoder_key"] = decoder_key_of(meter).reveal().hex()
    if ea == EncryptionAlgorithm.STA:
        meter["sta_tables"] = "sample"
    return meter


def key_attributes(meter: Row) -> KeyAttributes:
    """Return the attributes of the meter's key; a base date that is not named plays no part in its key."""
    return KeyAttributes(
        pan=MeterPAN.parse(meter["pan"]),
        key_type=KeyType(meter["kt"]),
        supply_group_code=meter["sgc"],
        tariff_index=meter["ti"],
        key_revision_number=meter["krn"],
        base_date=BaseDate(meter.get("bdt", BaseDate.BDT93)),
        encryption_algorithm=EncryptionAlgorithm(meter["ea"]),
    )


def decoder_key_of(meter: Row) -> DecoderKey:
    """Return the key that the meter's vending key and attributes give."""
    return generate_decoder_key(
        DecoderKeyGenerationAlgorithm(meter["dkga"]),
        VendingKey(bytes.fromhex(meter["vending_key"])),
        key_attributes(meter),
    )


def cipher_of(meter: Row) -> BlockCipher:
    """Return the cipher under the meter's key; for a meter without one, a cipher that nothing depends on."""
    if "ea" not in meter:
        return _cipher(EncryptionAlgorithm.MISTY1, bytes(16))
    return _cipher(EncryptionAlgorithm(meter["ea"]), bytes.fromhex(meter["decoder_key"]))


@lru_cache(maxsize=256)
def _cipher(algorithm: EncryptionAlgorithm, key: bytes) -> BlockCipher:
    return make_cipher(algorithm, key)


def manufacturer_code(meter: Row) -> str:
    """Return the meter's MfrCode, 2 or 4 digits."""
    code: str = meter["mfr_code"] if "mfr_code" in meter else MeterPAN.parse(meter["pan"]).drn.manufacturer_code
    return code
