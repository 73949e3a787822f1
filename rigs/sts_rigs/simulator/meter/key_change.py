"""Key change of the simulated meter by a set of tokens (IEC 62055-41, 6.2.7, 6.2.8 and 8.9).

Where no published rule decides, the traits do. Without any this meter does what is simplest: parts are kept over a
power cut and until a time after the last of them; a part that comes again takes the place of the one held; other
tokens do not matter; values are judged at completion, and whatever the verdict the parts are gone then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.results import (
    Accept,
    FunctionError,
    KeyTypeError,
    TokenResult,
    TokenStatus,
)
from sts_rigs.simulator.meter.configuration import HeldKey
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.part import Part
from sts_rigs.simulator.meter.traits import KeyChangeTraits

__all__ = ["KeyChangeProcess", "NewKey"]

_FIRST, _SECOND, _THIRD, _FOURTH = 3, 4, 8, 9
_RESULTS = {
    _FIRST: TokenResult.FIRST_KCT,
    _SECOND: TokenResult.SECOND_KCT,
    _THIRD: TokenResult.THIRD_KCT,
    _FOURTH: TokenResult.FOURTH_KCT,
}
_SHORT = frozenset({_FIRST, _SECOND})
_WITH_GROUP = _SHORT | {_THIRD}
_LONG = _WITH_GROUP | {_FOURTH}
_SETS = {len(parts): parts for parts in (_SHORT, _WITH_GROUP, _LONG)}
_WORD = 0xFFFFFFFF
_ZERO_STORE = (0,)


@dataclass(frozen=True, slots=True)
class NewKey:
    """The parts of a complete set by subclass, read as one: the numbers as they stand in their bits.

    is_long: whether the meter's key has 128 bits.
    """

    sections: Mapping[int, int]
    is_long: bool

    @property
    def key_expiry_number(self) -> int:
        """KENHO and KENLO."""
        return self._first >> 40 << 4 | self._second >> 40

    @property
    def key_revision_number(self) -> int:
        """KRN."""
        return self._first >> 36 & 0xF

    @property
    def rolls_over(self) -> bool:
        """RO."""
        return bool(self._first >> 35 & 1)

    @property
    def has_three(self) -> bool:
        """3KCT."""
        return bool(self._first >> 34 & 1)

    @property
    def key_type(self) -> KeyType:
        """KT."""
        return KeyType(self._first >> 32 & 3)

    @property
    def tariff_index(self) -> int:
        """TI."""
        return self._second >> 32 & 0xFF

    @property
    def supply_group_code(self) -> int:
        """SGC; 0 where the set has none."""
        third = self.sections.get(_THIRD, 0)
        return self.sections[_FOURTH] >> 32 << 12 | third >> 32 if self.is_long else third >> 20

    @property
    def padding(self) -> int:
        """The bits after the SGC of a set of three tokens."""
        return 0 if self.is_long else self.sections.get(_THIRD, 0) & 0xFFFFF

    @property
    def octets(self) -> bytes:
        """The key."""
        order = (_FIRST, _THIRD, _FOURTH, _SECOND) if self.is_long else (_FIRST, _SECOND)
        return b"".join((self.sections[part] & _WORD).to_bytes(4) for part in order)

    @property
    def _first(self) -> int:
        return self.sections[_FIRST]

    @property
    def _second(self) -> int:
        return self.sections[_SECOND]


class KeyChangeProcess(Part):
    """Key change: parts are held until the set is complete, then the key is replaced (8.9)."""

    @property
    def traits(self) -> KeyChangeTraits:
        """What the maker chose."""
        return self.configuration.traits.key_change

    @property
    def is_long(self) -> bool:
        """Whether the meter's key has 128 bits, and comes in four parts."""
        return self.configuration.encryption_algorithm.key_octets == 16

    def take(self, apdu: Apdu, now: int) -> Execution:
        """Execute a token of a set that came at an instant in nanoseconds."""
        if apdu.subclass not in _SETS[self.configuration.key_change_tokens]:
            return Execution(FunctionError)
        held = self.held(now)
        if failure := self.judge_part(apdu, held):
            return Execution(failure)
        if self.traits.other_begins_anew and held.get(apdu.subclass, apdu.content) != apdu.content:
            held = {}
        sections = {**held, apdu.subclass: apdu.content}
        if not self.is_complete(sections):
            since = self.memory.state.key_sections_at if held and self.traits.counts_from_first else now
            return Execution(self.result_of_part(apdu), {"key_sections": sections, "key_sections_at": since})
        return self.complete(NewKey(sections, self.is_long))

    def judge_part(self, apdu: Apdu, held: Mapping[int, int]) -> TokenStatus | None:
        """Return the reason to refuse a part beside those held, None if there is none."""
        traits, present = self.traits, held.get(apdu.subclass)
        if present is not None and (failure := traits.repeated if present == apdu.content else traits.other):
            return failure
        if traits.stranger and self.is_strange({**held, apdu.subclass: apdu.content}):
            return traits.stranger
        is_early = traits.judges_type_early and apdu.subclass == _FIRST
        if is_early and not self.may_become(KeyType(apdu.content >> 32 & 3)):
            return KeyTypeError
        return self.judge_value(apdu) if traits.judges_values_early else None

    def judge_value(self, apdu: Apdu) -> TokenStatus | None:
        """Return the reason to refuse a part for what stands in it."""
        traits, content = self.traits, apdu.content
        match apdu.subclass:
            case subclass if subclass == _FIRST:
                is_out = not 1 <= content >> 36 & 0xF <= 9
                return traits.out_of_range if is_out else traits.three_in_four if self._has_flag(content) else None
            case subclass if subclass == _SECOND:
                return traits.out_of_range if content >> 32 & 0xFF > 99 else None
            case subclass if subclass == _THIRD and not self.is_long:
                return traits.pad if content & 0xFFFFF else None
        return None

    def _has_flag(self, first: int) -> bool:
        return self.is_long and bool(first >> 34 & 1)

    def is_strange(self, sections: Mapping[int, int]) -> bool:
        """Return whether a third part stands beside a first one without 3KCT."""
        has_both = sections.keys() >= {_FIRST, _THIRD}
        return has_both and not self.is_long and not sections[_FIRST] >> 34 & 1

    def dropped_by(self, apdu: Apdu, result: TokenStatus, *, is_authentic: bool = True) -> Mapping[str, Any]:
        """Return what changes for the parts when a token comes between them, or what is none."""
        traits = self.traits
        if is_authentic and apdu.is_key_change:
            return {}
        if result is not Accept:
            is_dropped = traits.dropped_by_refused
        else:
            is_dropped = traits.dropped_by_display if apdu.token_class == 1 else traits.dropped_by_others
        return {"key_sections": {}} if is_dropped else {}

    def held(self, now: int) -> Mapping[int, int]:
        """Return the parts that came before, unless the last of them came too long ago."""
        state, limit = self.memory.state, self.configuration.key_change_time
        return state.key_sections if not limit or now - state.key_sections_at <= limit else {}

    def is_complete(self, sections: Mapping[int, int]) -> bool:
        """Return whether the set is complete; for a key of 64 bits, 3KCT in its first part tells its size."""
        if self.is_long:
            return sections.keys() >= _LONG
        is_short = not sections.get(_FIRST, 0) >> 34 & 1 and self.traits.takes_short_sets
        has_group = self.configuration.key_change_tokens > len(_SHORT) and not is_short
        return sections.keys() >= (_WITH_GROUP if has_group else _SHORT)

    def result_of_part(self, apdu: Apdu) -> TokenStatus:
        """Return the result of a part while others are missing."""
        return _RESULTS[apdu.subclass]

    def complete(self, new: NewKey) -> Execution:
        """Execute a complete set: replace the key unless it is refused."""
        failure = self.judge(new)
        return Execution(failure or Accept, {"key_sections": {}, **({} if failure else self.changes(new))})

    def judge(self, new: NewKey) -> TokenStatus | None:
        """Return the reason to refuse a new key, None if there is none."""
        if not self.may_become(new.key_type):
            return KeyTypeError
        traits = self.traits
        is_out = not 1 <= new.key_revision_number <= 9 or new.tariff_index > 99 or new.supply_group_code > 999_999
        is_same = new.octets == self.held_key.decoder_key.reveal()
        return (
            (traits.out_of_range if is_out else None)
            or (traits.same_key_with_roll_over if new.rolls_over and is_same else None)
            or (traits.three_in_four if self.is_long and new.has_three else None)
            or (traits.pad if new.padding else None)
        )

    def may_become(self, key_type: KeyType) -> bool:
        """Return whether the key type may change so: to a DITK only from a DITK, never to a DCTK (6.5.2.4)."""
        if key_type is KeyType.DITK:
            return self.held_key.key_type is KeyType.DITK
        becomes_common = self.traits.becomes_common and self.held_key.key_type is KeyType.DITK
        return key_type is not KeyType.DCTK or becomes_common

    def changes(self, new: NewKey) -> dict[str, object]:
        """Return the changes of the memory by a new key."""
        rolls_over = self.configuration.rolls_over and new.rolls_over
        store = () if self.traits.empties_store else _ZERO_STORE
        return {"key": self.key_of(new), **({"token_identifiers": store} if rolls_over else {})}

    def key_of(self, new: NewKey) -> HeldKey:
        """Return the new content of the Decoder Key Register."""
        has_expiry = self.configuration.key_expiry_number is not None
        return HeldKey(
            decoder_key=DecoderKey(new.octets),
            key_type=new.key_type,
            key_revision_number=new.key_revision_number,
            tariff_index=f"{new.tariff_index:02d}",
            key_expiry_number=new.key_expiry_number if has_expiry else None,
            supply_group_code=f"{new.supply_group_code:06d}",
        )

    def after_power_up(self) -> None:
        """Restore key and parts after a power cut; a good memory has kept the key."""
        if not self.traits.keeps_parts:
            self.memory.commit(key_sections={})
