"""Traits and licences: where the standards leave a meter free.

A trait is chosen once by the maker. It is declared, or open: then both options are carried until one no longer
explains what was seen. A licence may be used one way today and another way tomorrow; nothing is learnt from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = [
    "AFTER_REFUSED_SET",
    "AT_LIMIT",
    "BECOMES_COMMON",
    "CLASS_3_COUNTS",
    "COUNTS_CONTENT",
    "COUNTS_CURRENCY",
    "COUNTS_DISPLAY",
    "COUNTS_OVERSIZED",
    "COUNTS_VALIDATION",
    "COUNT_SURVIVES",
    "CREDIT_WHEN_TAMPERED",
    "LOCKOUT_SURVIVES",
    "LOCKOUT_TIME_STANDS_STILL",
    "LONE_SHORT_SET",
    "ODD_JUDGED",
    "OTHER_FORM",
    "OUT_OF_RANGE",
    "OWN_CODE_IN_OTHER_FORM",
    "PAD",
    "PARTS_DROPPED",
    "PARTS_DROPPED_BY_DISPLAY",
    "PARTS_DROPPED_BY_REFUSED",
    "PARTS_SURVIVE",
    "PART_AGAIN",
    "PART_REPLACED",
    "READS_AS_CURRENCY",
    "RESET_BY_DISPLAY",
    "RESET_BY_KEY_PART",
    "SAME_KEY",
    "SHORT_SETS",
    "STILL_LOCKED",
    "STILL_THERE",
    "STORE_ANEW",
    "STRANGER",
    "THREE_IN_FOUR",
    "TIMEOUT_FROM",
    "TYPE_JUDGED",
    "UNDECLARED_ROLL_OVER",
    "UNKNOWN_CHANGE",
    "Choices",
    "Trait",
]


@dataclass(frozen=True, slots=True, eq=False)
class Trait:
    """One freedom: its name, its options, and the item of a declaration that asks for it, "" where none does.

    is_constant: whether the maker chose it once; else it is a licence.
    """

    name: str
    options: tuple[str, ...]
    clause: str
    item: str = ""
    is_constant: bool = True

    def __repr__(self) -> str:
        return self.name


Choices = Mapping[Trait, str]
"""What traits are taken to be."""

_YES_NO: Final = ("yes", "no")
_TAKEN: Final = ("taken", "refused")


def _licence(name: str, options: tuple[str, ...], clause: str) -> Trait:
    return Trait(name, options, clause, is_constant=False)


# Lockout (IEC 62055-52, 6.6.7)
COUNTS_VALIDATION: Final = Trait("old and used tokens count", _YES_NO, "6.6.7", "lockout_counts_validation")
COUNTS_CONTENT: Final = Trait("tokens of wrong content count", _YES_NO, "6.6.7", "lockout_counts_content")
COUNTS_DISPLAY: Final = Trait("refused class 1 tokens count", _YES_NO, "6.6.7", "lockout_counts_display")
COUNTS_OVERSIZED: Final = Trait("numbers of 2^66 and above count", _YES_NO, "6.6.7", "lockout_counts_oversized")
COUNTS_CURRENCY: Final = Trait("strange currency tokens count", _YES_NO, "6.6.7", "lockout_counts_currency")
RESET_BY_DISPLAY: Final = Trait("class 1 begins the count anew", _YES_NO, "6.6.7", "lockout_reset_by_display")
RESET_BY_KEY_PART: Final = Trait("a key part begins the count anew", _YES_NO, "6.6.7", "lockout_reset_by_key_part")
LOCKOUT_SURVIVES: Final = Trait("a lockout survives a power cut", _YES_NO, "6.6.7", "lockout_survives")
LOCKOUT_TIME_STANDS_STILL: Final = Trait(
    "its time stands still without power", _YES_NO, "6.6.7", "lockout_time_stands_still"
)
COUNT_SURVIVES: Final = Trait("the count of failures survives a power cut", _YES_NO, "6.6.7")
CLASS_3_COUNTS: Final = _licence("a refused class 3 token counts", _YES_NO, "6.6.7")
READS_AS_CURRENCY: Final = _licence("what is not authentic reads as a currency token", _YES_NO, "6.6.7")
STILL_LOCKED: Final = _licence("a lockout that is just ending still holds", _YES_NO, "6.6.7")

# Key change (IEC 62055-41, 8.9)
PARTS_SURVIVE: Final = Trait("key-change parts survive a power cut", _YES_NO, "8.9", "key_parts_survive")
PARTS_DROPPED: Final = Trait("another accepted token drops the parts", _YES_NO, "8.9", "key_parts_dropped")
PARTS_DROPPED_BY_DISPLAY: Final = Trait("an accepted class 1 token drops the parts", _YES_NO, "8.9")
PARTS_DROPPED_BY_REFUSED: Final = Trait("a token that is refused drops the parts", _YES_NO, "8.9")
TIMEOUT_FROM: Final = Trait("the time-out counts from", ("first", "last"), "8.9", "key_timeout_from")
PART_AGAIN: Final = Trait("a part that is held already", _TAKEN, "8.9", "key_part_again")
PART_REPLACED: Final = Trait(
    "another part in its place", ("replaces", "begins anew", "refused"), "8.9", "key_part_replaced"
)
TYPE_JUDGED: Final = Trait("KeyTypeError comes", ("at once", "at the end"), "6.5.2.4", "key_type_judged")
PAD: Final = Trait("a set of three whose padding is not 0", _TAKEN, "6.2.7.4", "key_pad")
THREE_IN_FOUR: Final = Trait("a set of four with 3KCT", _TAKEN, "8.9", "key_three_in_four")
SHORT_SETS: Final = Trait("a set of two where three are the most", _TAKEN, "8.9", "key_short_sets")
STRANGER: Final = Trait("a third part beside a first without 3KCT", _TAKEN, "8.9", "key_third_without_flag")
OUT_OF_RANGE: Final = Trait("a set whose KRN, TI or SGC is none", _TAKEN, "8.9")
ODD_JUDGED: Final = Trait("an odd value in a part is refused", ("at once", "at the end"), "8.9")
SAME_KEY: Final = Trait("a roll-over with the key that is held", _TAKEN, "8.9", "key_held_with_roll_over")
BECOMES_COMMON: Final = Trait("a DITK becomes a DCTK", _TAKEN, "6.5.2.4")
AFTER_REFUSED_SET: Final = Trait("the parts of a refused set are", ("dropped", "kept", "kept but the last"), "8.9")
STORE_ANEW: Final = Trait("the store after a roll-over", ("minute 0", "empty"), "8.9")
UNKNOWN_CHANGE: Final = _licence("a change of key type that no source rules", _TAKEN, "6.5.2.4")
UNDECLARED_ROLL_OVER: Final = _licence("a roll-over that is not declared", ("heeded", "ignored"), "8.9")
LONE_SHORT_SET: Final = _licence("a refused set of two", ("refused", "held", "with a third"), "8.9")
STILL_THERE: Final = _licence("parts whose time is just ending", _YES_NO, "8.9")

# Other tokens
AT_LIMIT: Final = Trait("credit that comes exactly to its limit", _TAKEN, "8.4")
CREDIT_WHEN_TAMPERED: Final = Trait("credit while tampered", _TAKEN, "8.10", "credit_when_tampered")
OTHER_FORM: Final = Trait("class 1 in the other form", _TAKEN, "6.2.3", "display_other_form")
OWN_CODE_IN_OTHER_FORM: Final = Trait("the meter's own MfrCode in the other form", _TAKEN, "7.3.6")
