"""Subtle defects of the TokenIdentifier store: its size, order and what it tells apart (IEC 62055-41, 7.3.8)."""

from collections.abc import Mapping
from typing import Any

from sts_rigs.simulator.defects.catalogue import subtle
from sts_rigs.simulator.defects.subtle.triggers import With
from sts_rigs.simulator.defects.validation import StoreOfMore
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.key_change import KeyChangeProcess, NewKey
from sts_rigs.simulator.meter.process import SideEffects
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

_DAY = 24 * 60
_YEAR = 366 * _DAY
_FIRST_PART = 3

# -- size and order --------------------------------------------------------------------------------------------


@subtle("store-one-short", breaks="41-7.3.8")
class StoreOneShort(TokenIdentifierStore):
    """The store holds one TokenIdentifier less than it must."""

    @property
    def size(self) -> int:
        return super().size - 1


@subtle("store-in-order-of-entry", breaks="41-7.3.8")
class StoreInOrderOfEntry(TokenIdentifierStore):
    """A full store gives up the TokenIdentifier that was entered first, not the smallest."""

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        return (*self.memory.state.token_identifiers, self.key(apdu))[-self.size :]


@subtle("store-replaces-by-lower-bits", breaks="41-7.3.8")
class ReplacesByLowerBits(TokenIdentifierStore):
    """A full store gives up the TokenIdentifier whose lower eight bits are the smallest."""

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        held = sorted({*self.memory.state.token_identifiers, self.key(apdu)}, key=lambda one: one & 0xFF)
        return tuple(sorted(held[-self.size :]))


@subtle("out-of-order-token-not-stored", breaks="41-7.3.8")
class OutOfOrderNotStored(TokenIdentifierStore):
    """A token older than the newest is accepted, and not stored."""

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        held = self.memory.state.token_identifiers
        return held if self.key(apdu) < max(held) else super().with_token(apdu)


@subtle("store-forgets-at-midnight", breaks="41-7.3.7 41-7.3.8")
class ForgetsAtMidnight(TokenIdentifierStore):
    """The first token of a new day drops all TokenIdentifiers of the days before, which makes them old."""

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        held = super().with_token(apdu)
        return tuple(one for one in held if one // _DAY == max(held) // _DAY)


@subtle("key-change-ages-store", breaks="41-7.3.8 41-8.9")
class KeyChangeAgesStore(KeyChangeProcess):
    """A key change leaves the newest TokenIdentifier alone in the store, so that whatever is older is old."""

    def changes(self, new: NewKey) -> dict[str, object]:
        return {"token_identifiers": self.memory.state.token_identifiers[-1:], **super().changes(new)}


@subtle("display-fills-store", breaks="41-7.3.8 41-8.5")
class DisplayFillsStore(With):
    """Test 0 puts all ones into the store each time, so that many of them make every token old."""

    def also(self, apdu: Apdu) -> Mapping[str, Any]:
        is_all = apdu.token_class == 1 and apdu.token_identifier == 0xFFFFFF
        return self.stored(apdu) if is_all else {}


@subtle("key-part-stored", breaks="41-7.3.8 41-8.9")
class KeyPartStored(SideEffects):
    """The first part of a key change is stored by the bits where other tokens have a TokenIdentifier."""

    def of(self, apdu: Apdu, execution: Execution) -> Mapping[str, Any]:  # noqa: ARG002
        if not apdu.is_key_change or apdu.subclass != _FIRST_PART:
            return {}
        held = (*self.memory.state.token_identifiers, apdu.token_identifier)
        return {"token_identifiers": tuple(sorted(held))}


@subtle("roll-over-with-first-part", breaks="41-7.3.8 41-8.9")
class RollOverWithFirstPart(KeyChangeProcess):
    """The first part of a set with RO empties the store, whether the set is ever complete or not."""

    def take(self, apdu: Apdu, now: int) -> Execution:
        execution = super().take(apdu, now)
        if apdu.subclass != _FIRST_PART or not apdu.content >> 35 & 1:
            return execution
        return Execution(execution.result, {**execution.changes, "token_identifiers": (0,)})


# -- identity --------------------------------------------------------------------------------------------------


@subtle("identity-with-class", breaks="41-7.3.7 41-7.3.8")
class IdentityWithClass(StoreOfMore):
    """A TokenIdentifier that a credit token has used can be used by a management token again."""

    def more(self, apdu: Apdu) -> int:
        return apdu.token_class


@subtle("identifiers-of-twenty-bits", breaks="41-6.3.5 41-7.3.7")
class IdentifiersOf20Bits(TokenIdentifierStore):
    """Only the lower 20 bits of a TokenIdentifier are compared with those held."""

    def is_used(self, apdu: Apdu) -> bool:
        return any((held ^ self.key(apdu)) & 0xFFFFF == 0 for held in self.memory.state.token_identifiers)


@subtle("identifiers-with-sign", breaks="41-6.3.5 41-7.3.7")
class IdentifiersWithSign(TokenIdentifierStore):
    """A TokenIdentifier whose highest bit is set is negative, and old."""

    def is_old(self, apdu: Apdu) -> bool:
        return bool(self.key(apdu) >> 23) or super().is_old(apdu)


@subtle("next-minute-used", breaks="41-6.3.5 41-7.3.7")
class NextMinuteUsed(TokenIdentifierStore):
    """A token of the minute after that of an accepted one is taken for used."""

    def is_used(self, apdu: Apdu) -> bool:
        return super().is_used(apdu) or self.key(apdu) - 1 in self.memory.state.token_identifiers


@subtle("smallest-identifier-accepted-again", breaks="41-7.3.7 41-7.3.8")
class SmallestAcceptedAgain(TokenIdentifierStore):
    """The token with the smallest TokenIdentifier in the store is neither old nor used."""

    def is_used(self, apdu: Apdu) -> bool:
        return super().is_used(apdu) and self.key(apdu) > min(self.memory.state.token_identifiers)


@subtle("smallest-identifier-old", breaks="41-7.1.4 41-7.3.7")
class SmallestIsOld(TokenIdentifierStore):
    """The token with the smallest TokenIdentifier in the store is refused as old, not as used."""

    def is_old(self, apdu: Apdu) -> bool:
        return self.key(apdu) <= min(self.memory.state.token_identifiers)


@subtle("day-old-token-refused", breaks="41-7.3.7")
class DayOldRefused(TokenIdentifierStore):
    """A token from more than a day before the newest is old."""

    def is_old(self, apdu: Apdu) -> bool:
        return self.key(apdu) < max(self.memory.state.token_identifiers) - _DAY or super().is_old(apdu)


@subtle("token-of-next-year-refused", breaks="41-7.3.7")
class NextYearRefused(TokenIdentifierStore):
    """A token from more than a year after the newest is refused as old."""

    def is_old(self, apdu: Apdu) -> bool:
        is_far = self.key(apdu) > max(self.memory.state.token_identifiers) + _YEAR
        return is_far or super().is_old(apdu)


# -- tokens that are not stored --------------------------------------------------------------------------------


class NotStored(TokenIdentifierStore):
    """Leaves some accepted tokens out of the store."""

    def with_token(self, apdu: Apdu) -> tuple[int, ...]:
        return self.memory.state.token_identifiers if self.is_left_out(apdu) else super().with_token(apdu)

    def is_left_out(self, apdu: Apdu) -> bool:
        """Whether this token is not stored."""
        raise NotImplementedError


@subtle("rnd-of-zero-not-stored", breaks="41-6.3.4 41-7.3.8")
class ZeroRndNotStored(NotStored):
    """A token with RND 0 is not stored."""

    def is_left_out(self, apdu: Apdu) -> bool:
        return apdu.content >> 40 == 0


@subtle("large-amount-not-stored", breaks="41-7.3.8")
class LargeAmountNotStored(NotStored):
    """A credit token whose Amount has an exponent above 0 is not stored."""

    def is_left_out(self, apdu: Apdu) -> bool:
        return apdu.token_class == 0 and apdu.value >> 14 > 0


@subtle("amount-of-zero-not-stored", breaks="41-7.3.8")
class ZeroAmountNotStored(NotStored):
    """A credit token with an Amount of 0 is not stored."""

    def is_left_out(self, apdu: Apdu) -> bool:
        return apdu.token_class == 0 and apdu.value == 0


@subtle("clear-tamper-not-stored", breaks="41-7.3.8 41-8.10")
class ClearTamperNotStored(NotStored):
    """A ClearTamperCondition token is not stored."""

    def is_left_out(self, apdu: Apdu) -> bool:
        return (apdu.token_class, apdu.subclass) == (2, 5)


@subtle("every-256th-token-not-stored", breaks="41-7.3.8")
class Every256thNotStored(NotStored):
    """Every 256th accepted token is not stored."""

    _count = 0

    def is_left_out(self, apdu: Apdu) -> bool:  # noqa: ARG002
        self._count += 1
        return self._count % 256 == 0


@subtle("keypad-token-not-stored", breaks="41-7.3.8")
class KeypadNotStored(NotStored):
    """A token of the keypad is not stored."""

    _carrier = ""

    def serve(self, *, carrier: str) -> None:
        self._carrier = carrier

    def is_left_out(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return self._carrier == "keypad"


@subtle("token-while-tampered-not-stored", breaks="41-7.3.8 41-8.10")
class NotStoredWhileTampered(NotStored):
    """A token that is accepted while the meter is tampered is not stored."""

    def is_left_out(self, apdu: Apdu) -> bool:  # noqa: ARG002
        return self.memory.state.is_tampered
