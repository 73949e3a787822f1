"""Keys that do not leak, and the attributes of a key (IEC 62055-41, 6.1.6-6.1.10, 6.5.2, 6.5.3)."""

import hashlib
import hmac
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, NoReturn, Self

from sts62055.application.ciphers import EncryptionAlgorithm
from sts62055.application.identifiers import MeterPAN
from sts62055.application.token_identifier import BaseDate

__all__ = ["DecoderKey", "KeyAttributes", "KeyType", "Secret", "VendingKey"]


class Secret:
    """Octets that print as their check value only, and that are wiped after use.

    The check value is our own (HMAC-SHA-256 over a fixed label, 3 octets): no published algorithm exists.
    `wipe`, the end of a `with`, and the end of the object overwrite the octets with zeros. That is as far as
    Python goes: it may keep copies of what `reveal` gave out and of the text that `from_hex` was given.
    Raises ValueError for a length that is not in `lengths`; the message never holds the octets.
    """

    lengths: ClassVar[tuple[int, ...]]
    __slots__ = ("_check_value", "_octets")

    def __init__(self, octets: bytes | bytearray) -> None:
        self._octets: bytearray | None = None
        self._check_value = hmac.new(octets, b"stsbench key check value", hashlib.sha256).hexdigest()[:6]
        if len(octets) not in self.lengths:
            *most, last = self.lengths
            allowed = f"{', '.join(map(str, most))} or {last}"
            raise ValueError(f"a {type(self).__name__} has {allowed} octets, not {len(octets)}")
        self._octets = bytearray(octets)

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """Parse hexadecimal digits, blanks allowed; ValueError and its frames never hold the text."""
        try:
            octets = bytearray.fromhex(text)
        except ValueError:
            octets = None
        del text
        if octets is None:
            raise ValueError(f"a {cls.__name__} is written in hexadecimal digits, two for each octet")
        try:
            return cls(octets)
        finally:
            octets[:] = bytes(len(octets))

    def reveal(self) -> bytes:
        """Return the octets, for a cipher and for nothing else; ValueError after `wipe`.

        They are a copy that Python frees but does not overwrite: do not keep it.
        """
        if self._octets is None:
            raise ValueError(f"this {type(self).__name__} is wiped: read it again from where it is kept")
        return bytes(self._octets)

    def wipe(self) -> None:
        """Overwrite the octets with zeros; from then on there is only the check value."""
        if self._octets is not None:
            self._octets[:] = bytes(len(self._octets))
            self._octets = None

    @property
    def check_value(self) -> str:
        """Six hexadecimal digits that identify the key without telling it."""
        return self._check_value

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def __del__(self) -> None:
        if hasattr(self, "_octets"):
            self.wipe()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} check value {self.check_value}>"

    def __eq__(self, other: object) -> bool:
        """Compare in constant time; a wiped key equals only itself."""
        if not isinstance(other, type(self)):
            return False
        if self._octets is None or other._octets is None:
            return self is other
        return hmac.compare_digest(self._octets, other._octets)

    def __hash__(self) -> int:
        return hash(self.check_value)

    def __getstate__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} is not written anywhere")


class VendingKey(Secret):
    """A vending key: 64 bits for DKGA01 and DKGA02, 128 bits for DKGA03, 160 bits for DKGA04 (6.5.3)."""

    lengths = (8, 16, 20)
    __slots__ = ()


class DecoderKey(Secret):
    """The key in the meter's Decoder Key Register: 64 bits for EA07, 128 for EA11 (6.5.2)."""

    lengths = (8, 16)
    __slots__ = ()


class KeyType(IntEnum):
    """KT (6.1.9)."""

    DITK = 0
    DDTK = 1
    DUTK = 2
    DCTK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAttributes:
    """Everything that, with a vending key, fixes a DecoderKey (6.5.2.1).

    supply_group_code: 6 digits; tariff_index: 2 digits; key_revision_number: 1 to 9.
    Raises ValueError for anything else.
    """

    pan: MeterPAN
    key_type: KeyType
    supply_group_code: str
    tariff_index: str
    key_revision_number: int
    base_date: BaseDate
    encryption_algorithm: EncryptionAlgorithm

    def __post_init__(self) -> None:
        for name, value, length in (
            ("SupplyGroupCode", self.supply_group_code, 6),
            ("TariffIndex", self.tariff_index, 2),
        ):
            if len(value) != length or not (value.isascii() and value.isdigit()):
                raise ValueError(f"a {name} has {length} digits, and this is {value!r}")
        if not 1 <= self.key_revision_number <= 9:
            raise ValueError(f"a KeyRevisionNumber is 1 to 9, not {self.key_revision_number}")

    @property
    def pan_block(self) -> int:
        """The 64-bit PANBlock (Tables 34 and 35); for a DCTK the digits of the DRN are zero."""
        digits = self.pan.digits
        if self.key_type is KeyType.DCTK:
            issuer = self.pan.issuer_identification_number
            digits = issuer.ljust(18, "0")
        return int(digits[1:17], 16)

    @property
    def control_block(self) -> int:
        """The 64-bit CONTROLBlock: KT, SGC, TI, KRN as decimal nibbles, then F (Tables 36 and 37)."""
        return int(
            f"{self.key_type:d}{self.supply_group_code}{self.tariff_index}{self.key_revision_number}FFFFFF",
            16,
        )
