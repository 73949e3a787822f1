"""Key-change token sets of 2, 3 and 4 tokens (IEC 62055-41, 6.2.7, 6.2.8 and 8.9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sts62055.application.interpretation import DEFAULT, Interpretation
from sts62055.application.keys import DecoderKey, KeyType
from sts62055.application.tokens import (
    Set1stSectionDecoderKey,
    Set2ndSectionDecoderKey,
    Set3rdSectionDecoderKey,
    Set4thSectionDecoderKey,
)

__all__ = ["KeyChange", "KeyChangeToken"]

KeyChangeToken: TypeAlias = (
    Set1stSectionDecoderKey | Set2ndSectionDecoderKey | Set3rdSectionDecoderKey | Set4thSectionDecoderKey
)

_WORD = 0xFFFFFFFF
_KINDS_OF_SET = {
    2: (Set1stSectionDecoderKey, Set2ndSectionDecoderKey),
    3: (Set1stSectionDecoderKey, Set2ndSectionDecoderKey, Set3rdSectionDecoderKey),
    4: (
        Set1stSectionDecoderKey,
        Set2ndSectionDecoderKey,
        Set3rdSectionDecoderKey,
        Set4thSectionDecoderKey,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """Content of a complete key-change set; the tokens are encrypted under the key that the meter still holds.

    key_expiry_number: 0 to 255; tariff_index: 2 digits; key_revision_number: 1 to 9; roll_over: RO, whether the
    meter empties its TokenIdentifier store; supply_group_code: 6 digits, None in a set of two tokens, which cannot
    carry it. A key of 64 bits without a SupplyGroupCode makes two tokens, with one three; a key of 128 bits four,
    and needs the SupplyGroupCode. ValueError for anything else.
    """

    new_key: DecoderKey
    key_type: KeyType
    key_revision_number: int
    tariff_index: str
    key_expiry_number: int
    supply_group_code: str | None
    roll_over: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.key_revision_number <= 9:
            raise ValueError(f"a KeyRevisionNumber is 1 to 9, not {self.key_revision_number}")
        if not 0 <= self.key_expiry_number <= 255:
            raise ValueError(f"a KeyExpiryNumber is 0 to 255, not {self.key_expiry_number}")
        for name, value, length in (
            ("TariffIndex", self.tariff_index, 2),
            ("SupplyGroupCode", self.supply_group_code, 6),
        ):
            if value is not None and (len(value) != length or not (value.isascii() and value.isdigit())):
                raise ValueError(f"a {name} has {length} digits, and this is {value!r}")
        if self.supply_group_code is None and len(self.new_key.reveal()) == 16:
            raise ValueError("a key of 128 bits is changed with the SupplyGroupCode: name it")

    def tokens(self, interpretation: Interpretation = DEFAULT) -> tuple[KeyChangeToken, ...]:
        """Return the tokens of the set, first to last."""
        key = int.from_bytes(self.new_key.reveal())
        is_long = len(self.new_key.reveal()) == 16
        group = None if self.supply_group_code is None else int(self.supply_group_code)
        first = Set1stSectionDecoderKey(
            key_expiry_high=self.key_expiry_number >> 4,
            key_revision_number=self.key_revision_number,
            roll_over=int(self.roll_over),
            three_tokens=int(group is not None and not is_long),
            key_type=self.key_type,
            new_key_high=key >> (96 if is_long else 32),
        )
        second = Set2ndSectionDecoderKey(
            key_expiry_low=self.key_expiry_number & 0xF,
            tariff_index=interpretation.tariff_index.encode(self.tariff_index),
            new_key_low=key & _WORD,
        )
        if group is None:
            return first, second
        if not is_long:
            return first, second, Set3rdSectionDecoderKey(group=group >> 12, rest=(group & 0xFFF) << 20)
        return (
            first,
            second,
            Set3rdSectionDecoderKey(group=group & 0xFFF, rest=key >> 64 & _WORD),
            Set4thSectionDecoderKey(group=group >> 12, rest=key >> 32 & _WORD),
        )

    @classmethod
    def assembled(cls, tokens: Iterable[KeyChangeToken], interpretation: Interpretation = DEFAULT) -> "KeyChange":
        """Assemble a complete set, in any order.

        ValueError names what is wrong: a part missing or twice, a 3KCT flag that contradicts the number of tokens,
        padding that is not zero, a KeyRevisionNumber or SupplyGroupCode out of range.
        """
        given = list(tokens)
        parts = {type(token): token for token in given}
        if len(parts) < len(given):
            raise ValueError("a part of the key-change set is there twice")
        if _KINDS_OF_SET.get(len(parts)) != tuple(sorted(parts, key=lambda kind: kind.subclass)):
            raise ValueError("a part of the key-change set is missing")
        first, second = parts[Set1stSectionDecoderKey], parts[Set2ndSectionDecoderKey]
        third, fourth = parts.get(Set3rdSectionDecoderKey), parts.get(Set4thSectionDecoderKey)
        assert isinstance(first, Set1stSectionDecoderKey)  # noqa: S101 - by the key of the table
        assert isinstance(second, Set2ndSectionDecoderKey)  # noqa: S101
        if first.three_tokens != (len(parts) == 3):
            raise ValueError(f"3KCT is {first.three_tokens} in a set of {len(parts)} tokens")
        group = None
        key = first.new_key_high << 32 | second.new_key_low
        octets = 8
        if isinstance(fourth, Set4thSectionDecoderKey) and isinstance(third, Set3rdSectionDecoderKey):
            group = fourth.group << 12 | third.group
            key = first.new_key_high << 96 | third.rest << 64 | fourth.rest << 32 | second.new_key_low
            octets = 16
        elif isinstance(third, Set3rdSectionDecoderKey):
            group = third.group << 12 | third.rest >> 20
            if third.rest & 0xFFFFF:
                raise ValueError("the 20 bits after the SupplyGroupCode of a set of three tokens are not zero")
        return cls(
            new_key=DecoderKey(key.to_bytes(octets)),
            key_type=KeyType(first.key_type),
            key_revision_number=first.key_revision_number,
            tariff_index=interpretation.tariff_index.decode(second.tariff_index, 2),
            key_expiry_number=first.key_expiry_high << 4 | second.key_expiry_low,
            supply_group_code=None if group is None else f"{group:06d}",
            roll_over=bool(first.roll_over),
        )
