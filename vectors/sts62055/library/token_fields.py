"""Fields of a token as JSON (IEC 62055-41, 6.2 and 6.3)."""

from collections.abc import Mapping
from types import MappingProxyType

from sts62055.application.currency import CurrencyAmount
from sts62055.application.token_identifier import BaseDate, TokenIdentifier
from sts62055.application.tokens import (
    ClearCredit,
    ClearTamperCondition,
    CurrencyCredit,
    ExtendedSet,
    InitiateMeterTestDisplay,
    MeterSpecificToken,
    OpaqueToken,
    Set1stSectionDecoderKey,
    Set2ndSectionDecoderKey,
    Set3rdSectionDecoderKey,
    Set4thSectionDecoderKey,
    SetMaximumPhasePowerUnbalanceLimit,
    SetMaximumPowerLimit,
    SetTariffRate,
    SetWaterMeterFactor,
    Token,
    TransferCredit,
)
from sts62055.library.rows import Row

__all__ = ["fields_of", "meaning_of", "token_of"]

_VALUE_NAMES: Mapping[tuple[int, int], str] = MappingProxyType(
    {
        **{(0, subclass): "amount" for subclass in range(8)},
        (2, 0): "mpl",
        (2, 1): "register",
        (2, 2): "rate",
        (2, 5): "pad",
        (2, 6): "mppul",
        (2, 7): "wm_factor",
        (2, 10): "value",
    }
)
_KINDS = MappingProxyType(
    {
        kind.subclass: kind
        for kind in (
            SetMaximumPowerLimit,
            ClearCredit,
            SetTariffRate,
            ClearTamperCondition,
            SetMaximumPhasePowerUnbalanceLimit,
            SetWaterMeterFactor,
            ExtendedSet,
        )
    }
)


def fields_of(token: Token) -> Row:
    """Return the fields of the 44 content bits under their short names."""
    match token:
        case MeterSpecificToken():
            name = _VALUE_NAMES[token.token_class, token.subclass]
            return {"rnd": token.random, "tid": token.token_identifier.minutes, name: token.value}
        case CurrencyCredit():
            amount = token.amount
            return {
                "se": amount.sign_and_exponent,
                "tid": token.token_identifier.minutes,
                "amount": amount.field,
            }
        case InitiateMeterTestDisplay():
            digits = token.fields[0].bits // 4
            return {"control": f"{token.control:0{digits}x}", "mfr_code": token.manufacturer_code}
        case Set1stSectionDecoderKey():
            return {
                "kenho": token.key_expiry_high,
                "krn": token.key_revision_number,
                "ro": token.roll_over,
                "3kct": token.three_tokens,
                "kt": token.key_type,
                "nkho": f"{token.new_key_high:08x}",
            }
        case Set2ndSectionDecoderKey():
            return {
                "kenlo": token.key_expiry_low,
                "ti": token.tariff_index,
                "nklo": f"{token.new_key_low:08x}",
            }
        case Set3rdSectionDecoderKey() | Set4thSectionDecoderKey():
            return {"sgc_part": f"{token.group:03x}", "rest": f"{token.rest:08x}"}
        case OpaqueToken():
            return {"content": f"{token.content:011x}"}


def token_of(token_class: int, subclass: int, fields: Row) -> Token:
    """Return the token of a class and subclass with these fields; KeyError or ValueError if they do not fit it."""
    identifier = TokenIdentifier(fields["tid"]) if "tid" in fields else None
    if "content" in fields:
        return OpaqueToken(token_class=token_class, subclass=subclass, content=int(fields["content"], 16))
    if token_class == 1:
        return InitiateMeterTestDisplay(
            subclass=subclass, control=int(fields["control"], 16), manufacturer_code=fields["mfr_code"]
        )
    if identifier is not None and "se" in fields:
        amount = CurrencyAmount(fields["se"], fields["amount"])
        return CurrencyCredit(subclass=subclass, token_identifier=identifier, amount=amount)
    if identifier is not None:
        value = fields[_VALUE_NAMES[token_class, subclass]]
        if token_class == 0:
            return TransferCredit(
                subclass=subclass, random=fields["rnd"], token_identifier=identifier, value=value
            )
        kind = _KINDS[subclass]
        token: Token = kind(random=fields["rnd"], token_identifier=identifier, value=value)
        return token
    return _key_change_token(subclass, fields)


def _key_change_token(subclass: int, fields: Row) -> Token:
    if subclass == Set1stSectionDecoderKey.subclass:
        return Set1stSectionDecoderKey(
            key_expiry_high=fields["kenho"],
            key_revision_number=fields["krn"],
            roll_over=fields["ro"],
            three_tokens=fields["3kct"],
            key_type=fields["kt"],
            new_key_high=int(fields["nkho"], 16),
        )
    if subclass == Set2ndSectionDecoderKey.subclass:
        return Set2ndSectionDecoderKey(
            key_expiry_low=fields["kenlo"], tariff_index=fields["ti"], new_key_low=int(fields["nklo"], 16)
        )
    kind = Set3rdSectionDecoderKey if subclass == Set3rdSectionDecoderKey.subclass else Set4thSectionDecoderKey
    return kind(group=int(fields["sgc_part"], 16), rest=int(fields["rest"], 16))


def meaning_of(token: Token, base_date: int | None) -> Row:
    """Return what the fields mean: the moment of the TID, the amount in its units, watts, tests."""
    meaning: Row = {}
    if isinstance(token, MeterSpecificToken | CurrencyCredit) and base_date is not None:
        moment = token.token_identifier.moment(BaseDate(base_date))
        meaning["moment"] = f"{moment:%Y-%m-%dT%H:%M}Z"
    if isinstance(token, TransferCredit):
        meaning["units"] = token.units
    if isinstance(token, CurrencyCredit):
        meaning["units"] = str(token.amount.units)
    if isinstance(token, SetMaximumPowerLimit | SetMaximumPhasePowerUnbalanceLimit):
        meaning["watts"] = token.watts
    if isinstance(token, ExtendedSet):
        meaning |= {"index": token.index, "item": token.item}
    if isinstance(token, InitiateMeterTestDisplay):
        meaning["tests"] = list(token.tests)
    return meaning
