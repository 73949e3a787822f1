"""TokenCancellation (IEC 62055-41, 7.3.8): the store of the TokenIdentifiers accepted last.

It holds so many at least as are declared. How many more, and which was there from the beginning, is learnt from
what the meter says.
"""

from bisect import bisect_left, insort
from dataclasses import replace
from enum import Enum

from sts62055.application.results import OldError, TokenStatus, UsedError
from sts62055.model.rule import Situation
from sts62055.model.state import IdentifierStore, Range

__all__ = ["Place", "after_roll_over", "cancelled", "learnt", "place_of"]

_MOST_KNOWN = 256


class Place(Enum):
    """Where a TokenIdentifier stands to the store."""

    NEW = "neither held nor older than all that are"
    HELD = "held"
    OLD = "older than all that are held"
    OLD_OR_USED = "older than all that are held, or the first that was"
    LEFT = "held once, and perhaps still"
    UNKNOWN = "perhaps older than all that are held"


def place_of(situation: Situation, identifier: int) -> Place:
    """Return where an identifier stands to the store."""
    store = situation.state.identifiers
    accepted = store.accepted
    place = bisect_left(accepted, identifier)
    newer = len(accepted) - place
    if place < len(accepted) and accepted[place] == identifier:
        # with itself so many are at least as new
        return Place.HELD if newer <= store.size.least else Place.LEFT
    if newer >= store.size.most:
        return Place.OLD
    if identifier <= store.forgotten or newer >= store.size.least:
        return Place.UNKNOWN
    if newer < len(accepted):
        return Place.NEW
    return _beside_the_floor(store.floor, identifier, has_accepted=bool(accepted))


def _beside_the_floor(floor: Range | None, identifier: int, *, has_accepted: bool) -> Place:
    """Return where an identifier stands that is older than all that were accepted."""
    if floor is None:
        return Place.OLD if has_accepted else Place.NEW
    if identifier > floor.most:
        return Place.NEW
    if identifier < floor.least:
        return Place.OLD
    return Place.OLD_OR_USED if floor.least == floor.most else Place.UNKNOWN


def cancelled(store: IdentifierStore, identifier: int) -> IdentifierStore:
    """Return the store with an identifier of a token that was accepted."""
    accepted, forgotten = list(store.accepted), store.forgotten
    insort(accepted, identifier)
    kept = min(store.size.most, _MOST_KNOWN)
    if len(accepted) > kept:
        gone = accepted[: len(accepted) - kept]
        accepted = accepted[len(gone) :]
        forgotten = max(forgotten, gone[-1]) if store.size.most > kept else forgotten
    return replace(store, accepted=tuple(accepted), forgotten=forgotten)


def learnt(store: IdentifierStore, identifier: int, result: TokenStatus, *, is_accepted: bool) -> IdentifierStore:
    """Return the store with what the result of a token tells of what nobody knew of it."""
    accepted = store.accepted
    place = bisect_left(accepted, identifier)
    newer = len(accepted) - place
    is_known = place < len(accepted) and accepted[place] == identifier
    if is_known or newer < len(accepted):
        return store
    floor = store.floor
    if newer >= store.size.least:
        if is_accepted:
            return replace(store, size=Range(max(store.size.least, newer + 1), store.size.most))
        return store
    if floor is None or floor.least == floor.most:
        return store
    if is_accepted:
        floor = Range(floor.least, max(min(floor.most, identifier - 1), floor.least))
    elif result is OldError:
        floor = Range(min(max(floor.least, identifier + 1), floor.most), floor.most)
    elif result is UsedError and identifier in floor:
        floor = Range(identifier, identifier)
    return replace(store, floor=floor)


def after_roll_over(size: Range, *, is_empty: bool) -> IdentifierStore:
    """Return the store after a key change with RO: minute 0 alone, or nothing (6.3.20)."""
    return IdentifierStore(accepted=(), floor=None if is_empty else Range(0, 0), size=size)
