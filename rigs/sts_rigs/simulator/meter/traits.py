"""Traits of a simulated meter: what no published rule decides, and its maker had to decide all the same.

The default of each is what our own meter does. Times are in nanoseconds; a span is the least and the greatest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sts62055.application.results import (
    DDTKError,
    FormatError,
    FunctionError,
    KeyExpiredError,
    OldError,
    RangeError,
    TokenStatus,
    UsedError,
)

__all__ = [
    "CONTENT_FAILURES",
    "Counted",
    "DisplayTraits",
    "KeyChangeTraits",
    "LockoutTraits",
    "PortTraits",
    "Traits",
]

CONTENT_FAILURES: Final = frozenset({FormatError, FunctionError, RangeError})
"""The results that tell what is wrong with the content of a token."""


class Counted(StrEnum):
    """A kind of refusal that a lockout may count beside the failed CRC of a class 0 or 2 token."""

    VALIDATION = "old, used and expired tokens, and credit under a DDTK"
    CONTENT = "class 0 and 2 tokens that are refused for their content"
    DISPLAY = "class 1 tokens"
    OVERSIZED = "numbers of more than 66 bits"

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutTraits:
    """What a lockout counts, and how its time runs (IEC 62055-52, 6.6.7)."""

    counts: tuple[Counted, ...] = ()
    """What counts beside a failed CRC."""
    counts_strange_currency: bool = True
    """A currency token counts that a meter without currency sees as CRCError."""
    resets_on_display: bool = False
    """An accepted class 1 token begins the count anew."""
    resets_on_key_part: bool = False
    """A part of a key change does."""
    survives: bool = True
    """A lockout goes on after a power cut."""
    time_stands_still: bool = False
    """A lockout waits while the power is off."""
    passes_not_ready: bool = False
    """A token that is locked out shows as not ready before it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChangeTraits:
    """What becomes of a set that is not entered whole and in order (IEC 62055-41, 8.9); None is for: taken."""

    keeps_parts: bool = True
    """The parts outlast a power cut."""
    counts_from_first: bool = False
    """The time-out runs from the first part, not from the last."""
    repeated: TokenStatus | None = None
    """The result of a part that is held already."""
    other: TokenStatus | None = None
    """The result of a part that differs from the one held."""
    other_begins_anew: bool = False
    """Where that is taken, it drops all that was held."""
    dropped_by_others: bool = False
    """Another token of class 0 or 2 that is accepted drops the parts."""
    dropped_by_display: bool = False
    """A token of class 1 that is accepted does."""
    dropped_by_refused: bool = False
    """A token that is refused does, and what is none."""
    judges_type_early: bool = False
    """KeyTypeError for the part that names the KeyType, not at completion."""
    judges_values_early: bool = False
    """What else is odd in a part is refused with that, and not at completion."""
    out_of_range: TokenStatus | None = RangeError
    """The result of a set whose KRN, TI or SGC is none."""
    stranger: TokenStatus | None = None
    """The result of a third part beside a first one without 3KCT."""
    takes_short_sets: bool = True
    """Sets of two tokens, where three are the most."""
    same_key_with_roll_over: TokenStatus | None = None
    """The result of a set with RO that brings the key that is held."""
    three_in_four: TokenStatus | None = None
    """The result of a set of four whose first part says 3KCT."""
    pad: TokenStatus | None = FormatError
    """The result of a set of three whose padding is not 0."""
    becomes_common: bool = False
    """A DITK may become a DCTK."""
    empties_store: bool = False
    """RO leaves no TokenIdentifier at all, not even minute 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortTraits:
    """Times and levels of the port, and messages that nobody rules (IEC 62055-52)."""

    reaction: tuple[int, int] | None = None
    """The span of the reaction time; None for that of the configuration."""
    execution: tuple[int, int] | None = None
    """The span of the execution time; None for that of the configuration."""
    reaction_after_quiet: tuple[int, int] | None = None
    """The span of the time from the end of the quiet time to the answer; None for that of the reaction time."""
    longest_gap: int = 0
    """The longest pause within an answer; each has one."""
    slowness: int = 0
    """By how many millionths its bits are too long."""
    stop_shortage: int = 0
    """By how many thousandths of a bit its stop bits are too short."""
    levels: Mapping[str, float] = field(default_factory=dict)
    """Levels of the interface, by the names of Level; those left out are the usual ones."""
    silent_on_malformed: bool = False
    """No answer to a ReadCommand or BreakCommand with a right BCC and a wrong layout."""
    answers_address: bool = False
    """An IDRequest with an address is answered like one without."""
    begins_anew: bool = False
    """SOH within an unfinished message begins another."""
    ignores_damage_outside: bool = False
    """A damaged character outside a message does not matter."""
    keeps_early: bool = False
    """What comes while an answer is prepared or sent is read afterwards."""
    extra_patience: int = 0
    """How much later than it might an unfinished message is dropped."""
    extra_characters: int = 0
    """How many characters the longest message may have on top."""
    break_answer: str = ""
    """What a BreakCommand gets: "ACK", "NAK" or "silence"; "" for what the profile says."""
    break_aborts: bool = False
    """A BreakCommand gives up the token that is being processed."""
    request_aborts: bool = False
    """An IDRequest does."""
    status_lasts: int = 0
    """How long tokenStatus tells of a token, 0 for ever."""
    status_is_read_once: bool = False
    """It tells of a token until it was read."""
    shows_keypad: bool = True
    """It tells of tokens of the keypad, too."""
    server_status: int = 0
    """The bits of serverStatus."""
    own_registers: tuple[int, ...] = ()
    """Registers of its maker beside the predefined ones, which can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayTraits:
    """How the display writes."""

    label: str = ""
    """What stands before the answer to a test number; {} is that number."""
    has_units: bool = False
    """Units stand behind values."""
    decimals: int = 1
    """Digits behind the point of energy and credit."""
    currency_decimals: int = 5
    """Those of credit in currency."""
    power_decimals: int = 3
    """Those of kW."""
    comma: bool = False
    """A comma in the place of the point."""
    digits: int = 1
    """The least digits before the point; zeros fill them up."""
    groups: bool = False
    """Blanks divide long numbers that are names."""
    short_index: bool = False
    """TI and EA come without leading zero."""
    decimal_version: bool = False
    """The software version comes in decimal digits."""
    shows_port: bool = True
    """It tells what became of a token of the port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """All that a maker decided where standard, profile and declaration say nothing."""

    too_large: TokenStatus = FormatError
    """The result of a number of more than 66 bits."""
    class_3: TokenStatus | None = None
    """The result of a class 3 token; None for what its CRC and its kind say."""
    reserved: TokenStatus = FunctionError
    """The result of a SubClass that nobody has."""
    strange_utility: TokenStatus = FunctionError
    """The result of credit for a utility that the meter lacks."""
    strange_currency: TokenStatus | None = None
    """The result of credit in currency on a meter without that; None for what its CRC says."""
    unknown_register: TokenStatus = RangeError
    """The result of a ClearCredit for a register that it lacks."""
    below_range: TokenStatus = RangeError
    """The result of a power limit below the least."""
    nonzero_pad: TokenStatus = FormatError
    """The result of a ClearTamperCondition whose Pad is not 0."""
    no_single_test: TokenStatus = FunctionError
    """The result of a Control with none or several of its bits."""
    other_form: TokenStatus | None = None
    """The result of class 1 in the form for a MfrCode of the other width; None where that is served."""
    takes_own_code_in_other_form: bool = True
    """Where it is served, so is the meter's own MfrCode."""
    code_in_bcd: bool = False
    """How the meter writes its MfrCode."""
    maker_first: bool = False
    """MfrCodeError before CRCError, where both apply."""
    validation: tuple[TokenStatus, ...] = (DDTKError, KeyExpiredError, OldError, UsedError)
    """The order of these, where several apply."""
    content_first: bool = False
    """What is wrong with the content of a token comes before them."""
    takes_just_the_limit: bool = True
    """Credit that comes exactly to its limit is taken."""
    refuses_credit_when_tampered: bool = False
    """Credit ends in FunctionError while the meter is tampered."""
    takes_tariff_rate: bool = False
    """SetTariffRate is taken."""
    in_stock: int = 0
    """Days from manufacture to the day before the test."""
    spare_identifiers: int = 0
    """How many TokenIdentifiers it remembers beyond those declared."""
    start_up: int | None = None
    """The time from power on to the first answer; None for that of the configuration."""
    trips_after: int = 0
    """For how long too much load is borne."""
    recloses_after: int = 0
    """When the load switch closes by itself after too much load, 0 where it waits for its user."""
    lockout: LockoutTraits = field(default_factory=LockoutTraits)
    key_change: KeyChangeTraits = field(default_factory=KeyChangeTraits)
    port: PortTraits = field(default_factory=PortTraits)
    display: DisplayTraits = field(default_factory=DisplayTraits)
