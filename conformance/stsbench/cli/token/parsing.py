"""What is typed: digits, codes, amounts and registers; ValueError says the rule and what was typed."""

import re
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import TypeVar

from sts62055.application.explanation import REGISTERS
from sts62055.application.keys import KeyType
from sts62055.application.tcdu import DIGITS

__all__ = [
    "read_code",
    "read_key_revision",
    "read_key_type",
    "read_manufacturer_code",
    "read_member",
    "read_register",
    "read_steps",
    "read_token",
]

_E = TypeVar("_E", bound=IntEnum)


def read_token(text: str) -> str:
    """Return the 20 digits of a token; blanks and dashes may stand between them."""
    digits = re.sub(r"[ \t-]", "", text)
    if len(digits) == DIGITS and _is_decimal(digits):
        return digits
    what = f"has {len(digits)}" if _is_decimal(digits) else f"is {text!r}"
    raise ValueError(f"a token has {DIGITS} decimal digits, and this {what}")


def read_code(name: str, length: int) -> Callable[[str], str]:
    """Return how a code of a name and of so many digits is read."""

    def read(text: str) -> str:
        if len(text) != length or not _is_decimal(text):
            raise ValueError(f"a {name} has {length} digits, and this is {text!r}")
        return text

    return read


def read_manufacturer_code(text: str, most: int) -> str:
    """Return a MfrCode of at most so many digits."""
    if len(text) > most or not _is_decimal(text):
        raise ValueError(f"it has 1 to {most} decimal digits, and this is {text!r}")
    return text


def read_key_revision(number: int) -> int:
    """Return a KeyRevisionNumber."""
    if not 1 <= number <= 9:
        raise ValueError(f"a KeyRevisionNumber is 1 to 9, not {number}")
    return number


def read_key_type(name: str) -> KeyType:
    """Return the key type of a name in letters of either case."""
    if name.upper() not in KeyType.__members__:
        raise ValueError(f"a key type is {_one_of(KeyType.__members__)}, and this is {name!r}")
    return KeyType[name.upper()]


def read_member(kind: type[_E], number: int) -> _E:
    """Return the member of an enumeration that has a number."""
    numbers = [member.value for member in kind]
    if number not in numbers:
        raise ValueError(f"known are {_one_of(map(str, numbers))}, not {number}")
    return kind(number)


def read_steps(text: str, places: int) -> int:
    """Return a decimal number in steps of its last allowed place."""
    match = re.fullmatch(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,40}))?", text)
    if match is None or len(match[3] or "") > places:
        raise ValueError(
            f"an amount is a decimal number with at most {places} digits after the point, and this is {text!r}"
        )
    return int(f"{match[1]}{match[2]}{(match[3] or '').ljust(places, '0')}")


def read_register(text: str) -> int:
    """Return the number of a Register, which is typed as a number or a name (Table 28)."""
    known = {name.replace(" credit", "").replace(" in ", "-"): number for number, name in REGISTERS.items()}
    known["all"] = known.pop("all registers")
    if text in known:
        return known[text]
    if len(text) > 9 or not _is_decimal(text) or int(text) > 0xFFFF:
        raise ValueError(f"a Register is 0 to 65535 or one of {', '.join(known)}, and this is {text!r}")
    return int(text)


def _is_decimal(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _one_of(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}"
