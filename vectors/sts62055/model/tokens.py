"""Tokens as the model sees them: what a number is, and under which keys; the model holds no key.

A key is known by its handle, and a part of a key change by the label of the bits that it brings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from sts62055.application.tokens import (
    CurrencyCredit,
    InitiateMeterTestDisplay,
    MeterSpecificToken,
    OpaqueToken,
)

__all__ = ["Content", "Crc", "EnteredToken", "KeyPart", "Reading", "handle_of", "identifier_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPart:
    """A section of a key change (6.2.7, 6.2.8): the label of its piece of the key, "" for none, and its fields.

    section: 1 to 4. Of fields that stand in another section, nothing is said here. group: its part of the SGC, and
    the whole of it in the third section of a set of three; pad: the bits behind that, None where nobody knows what
    stands there, nor what the lower half of the SGC is.
    """

    section: int
    piece: str = ""
    key_expiry: int = 0
    key_revision: int = 0
    roll_over: bool = False
    three_tokens: bool = False
    key_type: int = 0
    tariff_index: int = 0
    group: int = 0
    pad: int | None = 0


Content: TypeAlias = MeterSpecificToken | CurrencyCredit | InitiateMeterTestDisplay | KeyPart | OpaqueToken
"""What an authentic token says."""


class Crc(Enum):
    """Which CRC of a token is right."""

    ORDINARY = "CRC"
    CURRENCY = "CRC_C"
    WRONG = "none"


@dataclass(frozen=True, slots=True)
class Reading:
    """A token as one key decrypts it; content: None where no CRC is right."""

    token_class: int
    subclass: int
    crc: Crc
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class EnteredToken:
    """A token that goes in: as it stands, if it is of class 1, and as each key in question decrypts it.

    token_class: None where the number has more than 66 bits.
    """

    token_class: int | None
    plain: Reading | None = None
    readings: Mapping[str, Reading] = field(default_factory=dict)


def handle_of(pieces: Iterable[str]) -> str:
    """Return the handle of the key that pieces make, the highest first.

    Pieces of one key bear its handle, and the number of their section behind a sign: those of different keys make
    one that nobody meant.
    """
    labels = tuple(pieces)
    keys = {label.rpartition("#")[0] for label in labels}
    return keys.pop() if len(keys) == 1 and "" not in keys else ".".join(labels)


def identifier_of(content: Content) -> int | None:
    """Return the TokenIdentifier of a token, None for one that has none (6.3.5)."""
    if isinstance(content, MeterSpecificToken | CurrencyCredit):
        return content.token_identifier.minutes
    if isinstance(content, OpaqueToken) and content.token_class != 1:
        return content.content >> 16 & 0xFFFFFF
    return None
