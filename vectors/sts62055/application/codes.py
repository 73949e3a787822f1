"""Short codes of an APDU: TCT, DOE and the changes of key type (IEC 62055-41, 6.1.3, 6.1.11, 6.5.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Self

from sts62055.application.keys import KeyType

__all__ = ["MAY_CREDIT", "DateOfExpiry", "TokenCarrierType", "Transition", "key_type_transition"]


class TokenCarrierType(IntEnum):
    """TCT (Table 5): how a token travels; the other numbers from 0 to 99 are reserved. 2 sources, 08 one."""

    MAGNETIC_CARD = 1
    NUMERIC = 2
    VIRTUAL = 7
    DLMS = 8


@dataclass(frozen=True, slots=True)
class DateOfExpiry:
    """DOE, the year and month in which a card record expires (6.1.11): YYMM. 2 sources.

    ValueError for other text and for a month that is none.
    """

    digits: str

    def __post_init__(self) -> None:
        if len(self.digits) != 4 or not (self.digits.isascii() and self.digits.isdigit()):
            raise ValueError(f"a DOE has 4 digits, YYMM, and this is {self.digits!r}")
        if not 1 <= self.month <= 12:
            raise ValueError(f"DOE {self.digits}: the month is 01 to 12, not {self.digits[2:]}")

    @classmethod
    def of(cls, year: int, month: int) -> Self:
        """Return the DOE of a year, of which the last two digits count, and a month from 1 to 12."""
        return cls(f"{year % 100:02d}{month:02d}")

    @property
    def year(self) -> int:
        """The last two digits of the year."""
        return int(self.digits[:2])

    @property
    def month(self) -> int:
        """The month, 1 to 12."""
        return int(self.digits[2:])


class Transition(Enum):
    """Whether a DecoderKey of one type may be changed to one of another (6.5.2.4, Table 33)."""

    ALLOWED = "allowed"
    REFUSED = "KeyTypeError"
    UNKNOWN = "not known to us: the meter is free"


_A, _R, _U = Transition.ALLOWED, Transition.REFUSED, Transition.UNKNOWN
_TRANSITIONS: Mapping[KeyType, Mapping[KeyType, Transition]] = MappingProxyType(
    {
        KeyType.DITK: {KeyType.DITK: _A, KeyType.DDTK: _A, KeyType.DUTK: _A, KeyType.DCTK: _A},
        KeyType.DDTK: {KeyType.DITK: _R, KeyType.DDTK: _A, KeyType.DUTK: _A, KeyType.DCTK: _U},
        KeyType.DUTK: {KeyType.DITK: _R, KeyType.DDTK: _A, KeyType.DUTK: _A, KeyType.DCTK: _U},
        KeyType.DCTK: {KeyType.DITK: _R, KeyType.DDTK: _U, KeyType.DUTK: _U, KeyType.DCTK: _U},
    }
)

MAY_CREDIT: Mapping[KeyType, bool] = MappingProxyType(
    {KeyType.DITK: True, KeyType.DDTK: False, KeyType.DUTK: True, KeyType.DCTK: True}
)
"""Which key types may decrypt TransferCredit; the others give DDTKError (6.5.2.3). 2 sources."""


def key_type_transition(parent: KeyType, child: KeyType) -> Transition:
    """Return whether a key of type `parent` may be changed to one of type `child`.

    Provenance: from DITK and DUTK 2 sources, from DDTK inferred; the rows of DCTK are unknown.
    """
    return _TRANSITIONS[parent][child]
