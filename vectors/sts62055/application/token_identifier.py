"""TokenIdentifier: the minutes since a base date that tell tokens apart (IEC 62055-41, 6.1.12 and 6.3.5)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import ClassVar, Self

__all__ = ["BaseDate", "TokenIdentifier"]


class BaseDate(IntEnum):
    """BDT: the first of January, 00:00 UTC, from which a meter counts (6.1.12)."""

    BDT93 = 1993
    BDT14 = 2014
    BDT35 = 2035

    @property
    def start(self) -> datetime:
        """Minute 0."""
        return datetime(self.value, 1, 1, tzinfo=UTC)

    @property
    def code(self) -> str:
        """The two digits that stand for it in a key's DataBlock."""
        return f"{self.value % 100:02d}"


@dataclass(frozen=True, slots=True, order=True)
class TokenIdentifier:
    """A TID: whole minutes since the base date, 0 to 16 777 215 (6.3.5). ValueError outside of that."""

    minutes: int

    MAXIMUM: ClassVar[int] = 0xFFFFFF

    def __post_init__(self) -> None:
        if not 0 <= self.minutes <= self.MAXIMUM:
            raise ValueError(f"a TokenIdentifier is 0 to {self.MAXIMUM} minutes, not {self.minutes}")

    @classmethod
    def at(cls, moment: datetime, base_date: BaseDate) -> Self:
        """Return the TID of a moment (aware, any zone); ValueError before the base date or past its end."""
        return cls((moment - base_date.start) // timedelta(minutes=1))

    @classmethod
    def issued_at(cls, moment: datetime, base_date: BaseDate) -> Self:
        """Return the TID that a POS gives a token: that of the moment, but 00:02 in place of 00:01 (6.3.5.2)."""
        identifier = cls.at(moment, base_date)
        return cls(identifier.minutes + 1) if identifier.is_reserved(base_date) else identifier

    def moment(self, base_date: BaseDate) -> datetime:
        """Return the minute that this TID stands for, in UTC."""
        return base_date.start + timedelta(minutes=self.minutes)

    @property
    def key_expiry_part(self) -> int:
        """The eight bits that a meter compares with its KeyExpiryNumber (6.1.10)."""
        return self.minutes >> 16

    def is_reserved(self, base_date: BaseDate) -> bool:
        """Whether this is the SpecialReservedTokenIdentifier of its day, 00:01 (6.3.5.2)."""
        moment = self.moment(base_date)
        return (moment.hour, moment.minute) == (0, 1)
