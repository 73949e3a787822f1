"""The state of a meter: all that the standards let depend on its past."""

from dataclasses import dataclass, field
from typing import Final

from sts62055.application.keys import KeyType
from sts62055.application.results import CarrierStatus, TokenStatus
from sts62055.model.spans import Span
from sts62055.model.tokens import EnteredToken, KeyPart

__all__ = ["Cause", "HeldKey", "IdentifierStore", "LockoutState", "MeterState", "Parts", "Pending", "Range"]

_NEVER: Final = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Range:
    """A number that lies between two others."""

    least: int
    most: int

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and self.least <= value <= self.most

    def __str__(self) -> str:
        return f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """The key that decrypts, and its attributes (6.5.2); group: None for one that nobody has seen yet."""

    handle: str
    key_type: KeyType
    key_revision: int
    tariff_index: int
    key_expiry: int
    group: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierStore:
    """The TokenIdentifiers accepted since manufacture or roll-over, in rising order (7.3.8).

    floor: the one that was there before them, None for none; size: how many the meter holds; forgotten: up to
    which one nothing is known any more.
    """

    accepted: tuple[int, ...]
    floor: Range | None
    size: Range
    forgotten: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of an unfinished key change, by section, and when the first and the last one came (8.9)."""

    held: tuple[KeyPart, ...] = ()
    first: Span = _NEVER
    last: Span = _NEVER


@dataclass(frozen=True, slots=True)
class Pending:
    """A token that was entered and not answered yet."""

    token: EnteredToken
    carrier: str
    entered: int


@dataclass(frozen=True, slots=True)
class Cause:
    """What happened last, in the words of a requirement: why a register is to be what it is.

    what: the token that was accepted, "refused" or "power".
    """

    what: str = ""


@dataclass(frozen=True, slots=True)
class LockoutState:
    """The failures in a row, and until when the meter is locked out, None for never (IEC 62055-52, 6.6.7)."""

    failures: int = 0
    until: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """What a meter holds, beside its lockout; None is for what is not known yet.

    credit: of the eight registers of Table 28; status: what tokenStatus may say; shown_test: the test number that
    the display answers; load: the watts behind the load switch, and loaded_since: until when the energy that they
    draw has been counted; may_be_open: whether the switch may be open for another reason than credit and
    tampering; has_borrowed: whether emergency credit may have been drawn; cause: what happened last.
    """

    key: HeldKey
    identifiers: IdentifierStore
    credit: tuple[Range | None, ...] = (None,) * 8
    energy: Range | None = None
    power_limit: int | None = None
    unbalance_limit: int | None = None
    is_tampered: bool | None = None
    parts: Parts = field(default_factory=Parts)
    has_power: bool = True
    power_went: int = 0
    status: frozenset[TokenStatus] = frozenset({CarrierStatus.RESERVED})
    pending: Pending | None = None
    shown_test: int | None = None
    load: int = 0
    loaded_since: int = 0
    may_be_open: bool = False
    has_borrowed: bool = False
    cause: Cause = Cause()
