"""TokenAuthentication (IEC 62055-41, 7.3.6): whether a token is genuine."""

from dataclasses import dataclass

from sts62055.application.interpretation import Coding
from sts62055.application.results import CRCError, MfrCodeError
from sts62055.application.tokens import InitiateMeterTestDisplay
from sts62055.model.rule import (
    Execution,
    Refusal,
    Situation,
    may_be_refused,
    refused,
    refused_somehow,
    rule,
)
from sts62055.model.tokens import Content, Crc, EnteredToken, Reading
from sts62055.model.traits import OWN_CODE_IN_OTHER_FORM

__all__ = ["Authenticated", "authenticate", "reading_of"]

_CURRENCY = range(4, 8)
_RESERVED_CLASS = 3
_UNREADABLE = Reading(-1, -1, Crc.WRONG)


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A token by the key that the meter holds: its content where it is authentic, and why it is not."""

    content: Content | None
    refusals: tuple[Refusal | Execution, ...] = ()


def reading_of(situation: Situation, token: EnteredToken) -> Reading:
    """Return a token as the meter reads it: class 1 as it stands, the rest by the key that is held (7.2)."""
    if token.token_class == 1 and token.plain is not None:
        return token.plain
    return token.readings.get(situation.state.key.handle, _UNREADABLE)


def authenticate(situation: Situation, token: EnteredToken) -> Authenticated:
    """Return what a meter reads of a token, with the refusals of one that is not authentic."""
    if oversized := number_is_too_large(situation, token):
        return Authenticated(None, (oversized,))
    reading = reading_of(situation, token)
    if token.token_class == 1:
        said = (class_1_crc_is_wrong(reading), code_of_another_maker(situation, reading))
        is_extended = any(other.crc is Crc.ORDINARY for other in token.readings.values())
        if is_extended and said[0] is not None:
            return Authenticated(reading.content, (may_be_refused(situation),))
    elif token.token_class == _RESERVED_CLASS:
        said = (class_3_is_reserved(situation), None)
    else:
        said = (crc_is_wrong(situation, reading), None)
    refusals = tuple(one for one in said if one is not None)
    is_refused = any(isinstance(one, Refusal) and one.is_sure for one in refusals)
    return Authenticated(None if is_refused else reading.content, refusals)


@rule("41-6.4.2-66-bits")
def number_is_too_large(situation: Situation, token: EnteredToken) -> Refusal | None:
    """Refuse a number of more than 66 bits, which is no token."""
    return refused_somehow(situation, "too_large") if token.token_class is None else None


@rule("41-8.14-class-3", "41-6.2.14-class-3")
def class_3_is_reserved(situation: Situation) -> Refusal:
    """Refuse what is reserved."""
    return refused_somehow(situation, "class_3")


@rule("41-7.3.6-class-1-crc")
def class_1_crc_is_wrong(reading: Reading) -> Refusal | None:
    """Refuse as CRCError a token of class 1 whose CRC is wrong as it stands."""
    return refused(CRCError) if reading.crc is not Crc.ORDINARY else None


@rule("41-7.3.6-mfrcode", "41-7.3.6-mfrcode-other-form", "41-7.3.6-generic-mfrcode", "41-7.3.6-own-mfrcode")
def code_of_another_maker(situation: Situation, reading: Reading) -> Refusal | None:
    """Refuse as MfrCodeError what is for the meters of another maker; code 0 is for those of all."""
    token, own = reading.content, situation.declared.manufacturer_code
    if not isinstance(token, InitiateMeterTestDisplay) or token.manufacturer_code == 0:
        return None
    written = {coding.encode(own) for coding in Coding}
    if token.manufacturer_code not in written:
        return refused(MfrCodeError)
    is_one_of_two_codings = len(written) > 1
    is_other_form = len(own) != (4 if token.subclass == 1 else 2)
    if is_one_of_two_codings or (is_other_form and not situation.takes(OWN_CODE_IN_OTHER_FORM)):
        return Refusal(frozenset({MfrCodeError}), is_sure=False)
    return None


@rule(
    "41-7.3.6-crc",
    "41-7.3.6-other-key",
    "41-7.3.6-base-date",
    "41-6.5.1-own-key",
    "41-6.3.22-covers",
    "41-6.3.22-others",
    "41-6.3.22-stranger",
    "41-7.3.6-currency",
)
def crc_is_wrong(situation: Situation, reading: Reading) -> Refusal | None:
    """Refuse as CRCError a token whose CRC the held key does not make right; currency tokens have one of theirs.

    A meter without currency knows no such CRC. Which result it gives is free, if it sees what it is.
    """
    is_currency = reading.token_class == 0 and reading.subclass in _CURRENCY
    if reading.crc is Crc.CURRENCY and is_currency:
        if situation.declared.has_currency:
            return None
        return refused_somehow(situation, "strange_currency")
    if reading.crc is Crc.ORDINARY and not (is_currency and situation.declared.has_currency):
        return None
    return refused(CRCError)
