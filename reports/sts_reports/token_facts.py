"""Tokens of IEC 62055-41 as the journal keeps them: what they carry, and keys as handles."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from sts62055.application import tokens

__all__ = ["TokenFacts", "TokenFields", "fields_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCredit:
    """Credit in units of the utility, 0,1 kWh for electricity (6.2.2)."""

    kind: Literal["TransferCredit"] = "TransferCredit"
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyCredit:
    """Credit in 0,00001 of the base currency (6.2.2)."""

    kind: Literal["CurrencyCredit"] = "CurrencyCredit"
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateMeterTestDisplay:
    """Test numbers of Table 27, 0 alone for all, with the bits of Control and MfrCode (6.2.3)."""

    kind: Literal["InitiateMeterTestDisplay"] = "InitiateMeterTestDisplay"
    tests: tuple[int, ...]
    control: int
    manufacturer_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMaximumPowerLimit:
    """A limit in watts (6.2.4)."""

    kind: Literal["SetMaximumPowerLimit"] = "SetMaximumPowerLimit"
    watts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCredit:
    """A register of Table 28, FFFFh for all (6.2.5)."""

    kind: Literal["ClearCredit"] = "ClearCredit"
    register: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTariffRate:
    """The Rate field, reserved (6.2.6)."""

    kind: Literal["SetTariffRate"] = "SetTariffRate"
    rate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Set1stSectionDecoderKey:
    """Attributes of the new key; its part is left out (6.2.7, 6.2.8)."""

    kind: Literal["Set1stSectionDecoderKey"] = "Set1stSectionDecoderKey"
    key_expiry_high: int
    key_revision_number: int
    roll_over: bool
    three_tokens: bool
    key_type: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Set2ndSectionDecoderKey:
    """Attributes of the new key, the TI as its bits; its part is left out (6.2.7, 6.2.8)."""

    kind: Literal["Set2ndSectionDecoderKey"] = "Set2ndSectionDecoderKey"
    key_expiry_low: int
    tariff_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Set3rdSectionDecoderKey:
    """Twelve bits of the SGC; what stands in the place of a key part is left out (6.2.7.4, 6.2.8.4)."""

    kind: Literal["Set3rdSectionDecoderKey"] = "Set3rdSectionDecoderKey"
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Set4thSectionDecoderKey:
    """The upper twelve bits of the SGC; the key part is left out (6.2.8.5)."""

    kind: Literal["Set4thSectionDecoderKey"] = "Set4thSectionDecoderKey"
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearTamperCondition:
    """The Pad field, 0 (6.2.9)."""

    kind: Literal["ClearTamperCondition"] = "ClearTamperCondition"
    pad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMaximumPhasePowerUnbalanceLimit:
    """A limit in watts (6.2.10)."""

    kind: Literal["SetMaximumPhasePowerUnbalanceLimit"] = "SetMaximumPhasePowerUnbalanceLimit"
    watts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetWaterMeterFactor:
    """The WMFactor field, reserved (6.2.11)."""

    kind: Literal["SetWaterMeterFactor"] = "SetWaterMeterFactor"
    factor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedSet:
    """An item of STS 202-5 and its value."""

    kind: Literal["ExtendedSet"] = "ExtendedSet"
    index: int
    item: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueToken:
    """The 44 content bits of a reserved or proprietary token; None where they may hold a part of a key."""

    kind: Literal["OpaqueToken"] = "OpaqueToken"
    content: int | None


TokenFields: TypeAlias = Annotated[
    TransferCredit
    | CurrencyCredit
    | InitiateMeterTestDisplay
    | SetMaximumPowerLimit
    | ClearCredit
    | SetTariffRate
    | Set1stSectionDecoderKey
    | Set2ndSectionDecoderKey
    | Set3rdSectionDecoderKey
    | Set4thSectionDecoderKey
    | ClearTamperCondition
    | SetMaximumPhasePowerUnbalanceLimit
    | SetWaterMeterFactor
    | ExtendedSet
    | OpaqueToken,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """One token: twenty digits, what their block carries, and under which keys of the campaign.

    text: for people; has_right_crc: whether the block is sealed as the standard says; tid: minutes since the base
    date, None for a token that has none; key: the handle of the key that it was made under, None for one without;
    new_key: the handle of the key that the set of this key-change token makes; authentic_under: the handles of the
    keys under which its digits are authentic; rolls_over: whether its key-change set has RO.
    """

    digits: str
    text: str
    token_class: int
    subclass: int
    fields: TokenFields
    has_right_crc: bool
    tid: int | None
    key: str | None
    new_key: str | None
    authentic_under: tuple[str, ...]
    rolls_over: bool

    @property
    def name(self) -> str:
        """The name of the token in the standard; a reserved one is an OpaqueToken."""
        return self.fields.kind


def fields_of(token: tokens.Token) -> TokenFields:
    """Return what a token carries, without the parts of keys."""
    match token:
        case tokens.TransferCredit():
            return TransferCredit(units=token.units)
        case tokens.CurrencyCredit():
            return CurrencyCredit(units=token.amount.units)
        case tokens.InitiateMeterTestDisplay():
            return InitiateMeterTestDisplay(
                tests=token.tests, control=token.control, manufacturer_code=token.manufacturer_code
            )
        case tokens.SetMaximumPowerLimit():
            return SetMaximumPowerLimit(watts=token.watts)
        case tokens.ClearCredit():
            return ClearCredit(register=token.value)
        case tokens.SetTariffRate():
            return SetTariffRate(rate=token.value)
        case tokens.Set1stSectionDecoderKey():
            return Set1stSectionDecoderKey(
                key_expiry_high=token.key_expiry_high,
                key_revision_number=token.key_revision_number,
                roll_over=bool(token.roll_over),
                three_tokens=bool(token.three_tokens),
                key_type=token.key_type,
            )
        case tokens.Set2ndSectionDecoderKey():
            return Set2ndSectionDecoderKey(key_expiry_low=token.key_expiry_low, tariff_index=token.tariff_index)
        case tokens.Set3rdSectionDecoderKey():
            return Set3rdSectionDecoderKey(group=token.group)
        case tokens.Set4thSectionDecoderKey():
            return Set4thSectionDecoderKey(group=token.group)
        case tokens.ClearTamperCondition():
            return ClearTamperCondition(pad=token.value)
        case tokens.SetMaximumPhasePowerUnbalanceLimit():
            return SetMaximumPhasePowerUnbalanceLimit(watts=token.watts)
        case tokens.SetWaterMeterFactor():
            return SetWaterMeterFactor(factor=token.value)
        case tokens.ExtendedSet():
            return ExtendedSet(index=token.index, item=token.item)
        case tokens.OpaqueToken():
            return OpaqueToken(content=token.content)
