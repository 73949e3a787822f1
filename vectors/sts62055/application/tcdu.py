"""The 20 digits of a 64-bit word and its class (IEC 62055-41, 6.4.2 and 7.2.2)."""

__all__ = ["DIGITS", "LIMIT", "from_digits", "insert_class_bits", "remove_class_bits", "to_digits"]

DIGITS = 20
"""How many decimal digits a token has."""

LIMIT = 1 << 66
"""The first number that is no token any more."""

_PLACE = 27
_FIELD = 0b11 << _PLACE


def insert_class_bits(word: int, token_class: int) -> int:
    """Return the 66-bit number: bits 28 and 27 of the word move to 65 and 64, the class takes their place."""
    moved = (word & _FIELD) >> _PLACE
    return moved << 64 | word & ~_FIELD | token_class << _PLACE


def remove_class_bits(number: int) -> tuple[int, int]:
    """Return the 64-bit word and the class of a 66-bit number."""
    moved = number >> 64
    token_class = (number & _FIELD) >> _PLACE
    return number & (1 << 64) - 1 & ~_FIELD | moved << _PLACE, token_class


def to_digits(number: int) -> str:
    """Return a 66-bit number as 20 decimal digits; ValueError if it has more bits."""
    if not 0 <= number < LIMIT:
        raise ValueError("a token is a number of 66 bits")
    return f"{number:0{DIGITS}d}"


def from_digits(digits: str) -> int:
    """Return the number that 20 decimal digits write; ValueError for other text and from 2^66 on."""
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"a token has {DIGITS} decimal digits, and this is {digits!r}")
    number = int(digits)
    if number >= LIMIT:
        raise ValueError(f"{digits} is no token: it needs more than 66 bits")
    return number
