"""Key change by a set of two, three or four tokens (IEC 62055-41, 8.9; 6.2.7, 6.2.8, 6.5.2.4).

Parts are held until the set is whole; then the key changes, with its attributes. What becomes of a set that is not
entered whole and in time is for the maker to choose.
"""

from dataclasses import replace
from typing import Any, Final

from sts62055.application.codes import Transition, key_type_transition
from sts62055.application.keys import KeyType
from sts62055.application.results import (
    REFUSALS,
    Accept,
    FunctionError,
    KeyTypeError,
    TokenResult,
    TokenStatus,
)
from sts62055.model.clause_7_3_8_cancellation import after_roll_over
from sts62055.model.declared import Declared
from sts62055.model.rule import (
    Execution,
    Refusal,
    Situation,
    refused,
    refused_somehow,
    rule,
)
from sts62055.model.spans import Span
from sts62055.model.state import HeldKey, Parts
from sts62055.model.tokens import KeyPart, handle_of
from sts62055.model.traits import (
    AFTER_REFUSED_SET,
    BECOMES_COMMON,
    LONE_SHORT_SET,
    ODD_JUDGED,
    OUT_OF_RANGE,
    PAD,
    PART_AGAIN,
    PART_REPLACED,
    PARTS_DROPPED,
    PARTS_DROPPED_BY_DISPLAY,
    PARTS_DROPPED_BY_REFUSED,
    SAME_KEY,
    SHORT_SETS,
    STILL_THERE,
    STORE_ANEW,
    STRANGER,
    THREE_IN_FOUR,
    TIMEOUT_FROM,
    TYPE_JUDGED,
    UNDECLARED_ROLL_OVER,
    UNKNOWN_CHANGE,
)

__all__ = ["held_in_time", "parts_left_by", "take_part", "without_what_is_over"]

_SHORT, _LONG = 2, 4
_RESULTS: Final = (
    TokenResult.FIRST_KCT,
    TokenResult.SECOND_KCT,
    TokenResult.THIRD_KCT,
    TokenResult.FOURTH_KCT,
)
_ORDER_OF_PIECES = (1, 3, 4, 2)
"""NKHO, NKMO2, NKMO1, NKLO; a key of 64 bits has the first and the last."""


def take_part(situation: Situation, part: KeyPart, within: Span) -> tuple[Refusal | Execution, ...]:
    """Return what becomes of a part that came within a span: refused, held, or the whole set judged."""
    if absent := section_is_absent(situation, part):
        return (absent,)
    before = held_in_time(situation, within)
    if failure := part_is_out_of_place(situation, part, before):
        return (failure,)
    parts = _with_part(situation, part, before, within)
    is_whole = _is_whole(situation, parts)
    if is_whole is None:
        return (Refusal(REFUSALS, rule="41-8.9-short-sets"),)
    if not is_whole:
        said = part_is_held(part, parts)
        return (said,) if said is not None else ()
    return _judged(situation, parts, before)


@rule("41-7.1.5-function", "41-6.2.7.1-sets")
def section_is_absent(situation: Situation, part: KeyPart) -> Refusal | None:
    """Refuse as FunctionError a section that the meter's sets do not have."""
    return refused(FunctionError) if part.section > situation.declared.key_change_tokens else None


@rule(
    "41-8.9-part-again",
    "41-8.9-part-replaced",
    "41-6.5.2.4-judged",
    "41-8.9-third-without-flag",
    "41-8.9-out-of-range",
    "41-8.9-three-in-four",
    "41-6.2.7.4-pad",
)
def part_is_out_of_place(situation: Situation, part: KeyPart, before: Parts) -> Refusal | None:
    """Refuse a part by itself, where the maker chose so: one again, another, a stranger, one with an odd value."""
    present = _section(before.held, part.section)
    if present == part and not situation.takes(PART_AGAIN):
        return refused_somehow(situation)
    if present is not None and present != part and situation.choice(PART_REPLACED) == "refused":
        return refused_somehow(situation)
    if _is_strange(situation, part, before) and not situation.takes(STRANGER):
        return refused_somehow(situation)
    if part.section == 1 and not _may_become(situation, part.key_type) and _judges_at_once(situation):
        return refused(KeyTypeError)
    if _is_refused_for_its_value(situation, part) and situation.choice(ODD_JUDGED) == "at once":
        return refused_somehow(situation)
    return None


@rule("41-8.9-parts", "41-7.1.5-section", "41-7.2.5-any-order", "41-8.9-incomplete", "41-6.2.8.1-four")
def part_is_held(part: KeyPart, parts: Parts) -> Execution:
    """Hold a part: the result tells which section it is, or how many there are."""
    results = frozenset({_RESULTS[part.section - 1], _RESULTS[len(parts.held) - 1]})
    return Execution(results, {"parts": parts})


@rule("41-7.1.5-key-type", "41-6.5.2.4-ditk")
def key_type_is_refused(situation: Situation, parts: Parts) -> Refusal | None:
    """Refuse as KeyTypeError a type of key that may not follow the one held."""
    key_type = _part(parts, 1).key_type
    return None if _may_become(situation, key_type) else refused(KeyTypeError)


@rule("41-8.9-out-of-range", "41-6.2.7.4-pad", "41-8.9-three-in-four", "41-8.9-held-with-roll-over")
def set_is_odd(situation: Situation, parts: Parts) -> Refusal | None:
    """Refuse a whole set for what stands in it, where the maker chose so."""
    first, second = _part(parts, 1), _part(parts, 2)
    group, third = _group(situation, parts), _section(parts.held, 3)
    is_out = not 1 <= first.key_revision <= 9 or second.tariff_index > 99 or (group or 0) > 999_999
    if is_out and not situation.takes(OUT_OF_RANGE):
        return refused_somehow(situation)
    same = first.roll_over and _handle(situation, parts) == situation.state.key.handle
    if same and not situation.takes(SAME_KEY):
        return refused_somehow(situation)
    if _is_long(situation) and first.three_tokens and not situation.takes(THREE_IN_FOUR):
        return refused_somehow(situation)
    if _is_long(situation) or third is None or third.pad == 0:
        return None
    if third.pad is None:
        is_possible = situation.may_be(PAD, "refused")
        return Refusal(REFUSALS, is_sure=False) if is_possible else None
    return None if situation.takes(PAD) else refused_somehow(situation)


@rule(
    "41-8.9-completing",
    "41-8.9-new-key",
    "41-8.9-any-order",
    "41-8.9-group",
    "41-8.9-store",
    "41-8.9-roll-over",
    "41-6.3.18-upper",
    "41-6.3.19-lower",
    "41-6.3.20-set",
    "41-6.3.20-clear",
)
def key_is_changed(situation: Situation, parts: Parts) -> Execution:
    """Change the key and its attributes; with RO the store of TokenIdentifiers begins anew. All else stays."""
    first, second = _part(parts, 1), _part(parts, 2)
    key = HeldKey(
        handle=_handle(situation, parts),
        key_type=KeyType(first.key_type),
        key_revision=first.key_revision,
        tariff_index=second.tariff_index,
        key_expiry=first.key_expiry << 4 | second.key_expiry if situation.declared.has_key_expiry else 255,
        group=_group(situation, parts) if len(parts.held) > _SHORT else None,
    )
    changes: dict[str, Any] = {"key": key, "parts": Parts()}
    if first.roll_over and (situation.declared.rolls_over or situation.choice(UNDECLARED_ROLL_OVER) == "heeded"):
        is_empty = situation.choice(STORE_ANEW) == "empty"
        changes["identifiers"] = after_roll_over(situation.state.identifiers.size, is_empty=is_empty)
    return Execution(frozenset({Accept}), changes)


def held_in_time(situation: Situation, within: Span) -> Parts:
    """Return the parts that are held still: they are given up after the time-out (8.9)."""
    parts, limit = situation.state.parts, situation.declared.key_change_timeout
    if not parts.held or not limit:
        return parts
    since = parts.first if situation.choice(TIMEOUT_FROM) == "first" else parts.last
    if within.latest - since.earliest <= limit:
        return parts
    if within.earliest - since.latest > limit:
        return Parts()
    return parts if situation.has(STILL_THERE) else Parts()


def without_what_is_over(declared: Declared, parts: Parts, at: int) -> Parts:
    """Return parts, unless their time is over from whichever of them it counts."""
    limit = declared.key_change_timeout
    return Parts() if limit and parts.held and at - parts.last.latest > limit else parts


def parts_left_by(situation: Situation, token_class: int | None, result: TokenStatus) -> Parts:
    """Return the parts that are left when another token of a class came between them."""
    if result is not Accept:
        trait = PARTS_DROPPED_BY_REFUSED
    else:
        trait = PARTS_DROPPED_BY_DISPLAY if token_class == 1 else PARTS_DROPPED
    return Parts() if situation.has(trait) else situation.state.parts


def _with_part(situation: Situation, part: KeyPart, before: Parts, within: Span) -> Parts:
    """Return the parts that are held with a new one; whether one in the place of another is as old is not said."""
    if not before.held:
        return Parts(held=(part,), first=within, last=within)
    present = _section(before.held, part.section)
    if present is not None and present != part and situation.choice(PART_REPLACED) == "begins anew":
        return Parts(held=(part,), first=within, last=within)
    held = (*(one for one in before.held if one.section != part.section), part)
    first, last = before.first, within
    if present is not None:
        first = Span(first.earliest, within.latest)
    if present == part:
        last = Span(before.last.earliest, within.latest)
    return Parts(held=held, first=first, last=last)


def _judged(situation: Situation, parts: Parts, before: Parts) -> tuple[Refusal | Execution, ...]:
    failures = [
        one
        for one in (key_type_is_refused(situation, parts), set_is_odd(situation, parts))
        if isinstance(one, Refusal)
    ]
    left = _left_of(situation, parts, before) if failures else parts
    refusals = tuple(replace(one, changes={"parts": left}) for one in failures)
    if any(one.is_sure for one in failures):
        return refusals
    said = key_is_changed(situation, parts)
    return (*refusals, said) if said is not None else refusals


def _left_of(situation: Situation, parts: Parts, before: Parts) -> Parts:
    """Return what is left of the parts of a set that is refused."""
    match situation.choice(AFTER_REFUSED_SET):
        case "dropped":
            return Parts()
        case "kept":
            return parts
    return before


def _is_whole(situation: Situation, parts: Parts) -> bool | None:
    """Return whether a set is whole; None where it is refused for being one of two."""
    sections = {part.section for part in parts.held}
    if _is_long(situation):
        return len(sections) == _LONG
    if not sections >= {1, 2}:
        return False
    if situation.declared.key_change_tokens == _SHORT:
        return True
    if _part(parts, 1).three_tokens:
        return 3 in sections
    if situation.takes(SHORT_SETS):
        return True
    match situation.choice(LONE_SHORT_SET):
        case "refused":
            return None
        case "held":
            return False
        case _:
            return 3 in sections


def _is_long(situation: Situation) -> bool:
    return situation.declared.key_parts == _LONG


def _is_strange(situation: Situation, part: KeyPart, before: Parts) -> bool:
    first = part if part.section == 1 else _section(before.held, 1)
    third = part if part.section == 3 else _section(before.held, 3)
    return not _is_long(situation) and None not in (first, third) and not (first and first.three_tokens)


def _is_refused_for_its_value(situation: Situation, part: KeyPart) -> bool:
    """Return whether the maker refuses a part, or its set, for a value that stands in this part."""
    match part.section:
        case 1 if not 1 <= part.key_revision <= 9:
            return not situation.takes(OUT_OF_RANGE)
        case 1 if part.three_tokens and _is_long(situation):
            return not situation.takes(THREE_IN_FOUR)
        case 2 if part.tariff_index > 99:
            return not situation.takes(OUT_OF_RANGE)
        case 3 if part.pad and not _is_long(situation):
            return not situation.takes(PAD)
    return False


def _judges_at_once(situation: Situation) -> bool:
    return situation.choice(TYPE_JUDGED) == "at once"


def _may_become(situation: Situation, key_type: int) -> bool:
    """Return whether a type of key may follow the one held; a DCTK is for magnetic cards (6.5.2.4)."""
    parent, child = situation.state.key.key_type, KeyType(key_type)
    if key_type_transition(parent, child) is Transition.REFUSED:
        return False
    if child is not KeyType.DCTK:
        return True
    return situation.takes(BECOMES_COMMON if parent is KeyType.DITK else UNKNOWN_CHANGE)


def _section(held: tuple[KeyPart, ...], section: int) -> KeyPart | None:
    return next((part for part in held if part.section == section), None)


def _part(parts: Parts, section: int) -> KeyPart:
    return next(part for part in parts.held if part.section == section)


def _handle(situation: Situation, parts: Parts) -> str:
    order = _ORDER_OF_PIECES if _is_long(situation) else (1, 2)
    return handle_of(_part(parts, section).piece for section in order)


def _group(situation: Situation, parts: Parts) -> int | None:
    """Return the SupplyGroupCode that a whole set brings; 0 from a set of two, None where nobody knows it."""
    third, fourth = _section(parts.held, 3), _section(parts.held, 4)
    if third is not None and third.pad is None:
        return None
    if _is_long(situation):
        return (fourth.group if fourth else 0) << 12 | (third.group if third else 0)
    return third.group if third else 0
