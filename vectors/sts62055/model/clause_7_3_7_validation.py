"""TokenValidation (IEC 62055-41, 7.3.7): whether a genuine token may be used now."""

from collections.abc import Iterator

from sts62055.application.codes import MAY_CREDIT
from sts62055.application.keys import KeyType
from sts62055.application.results import (
    REFUSALS,
    DDTKError,
    KeyExpiredError,
    OldError,
    UsedError,
)
from sts62055.model.clause_7_3_8_cancellation import Place, place_of
from sts62055.model.rule import Execution, Refusal, Situation, refused, rule
from sts62055.model.tokens import identifier_of

__all__ = ["validate"]

_NEVER = 255


def validate(situation: Situation, token_class: int, content: object) -> Iterator[Refusal | Execution]:
    """Yield the reasons to refuse an authentic token of class 0 or 2; of several, any may be told."""
    if (common := key_is_for_cards(situation)) is not None:
        yield common
    identifier = identifier_of(content)  # type: ignore[arg-type]
    if identifier is None:
        return
    place = place_of(situation, identifier)
    for said in (
        default_key_gives_no_credit(situation, token_class),
        key_has_expired(situation, identifier),
        identifier_is_used(place),
        identifier_is_old(place),
        identifier_may_have_left(place),
    ):
        if said is not None:
            yield said


@rule("41-6.5.2.3.5-card-only")
def key_is_for_cards(situation: Situation) -> Refusal | None:
    """Refuse every token under a DCTK: it is for magnetic cards."""
    return refused(*REFUSALS) if situation.state.key.key_type is KeyType.DCTK else None


@rule("41-7.3.7-ddtk", "41-6.5.2.3.3-no-credit")
def default_key_gives_no_credit(situation: Situation, token_class: int) -> Refusal | None:
    """Refuse credit as DDTKError under a DDTK."""
    is_credit = token_class == 0 and not MAY_CREDIT[situation.state.key.key_type]
    return refused(DDTKError) if is_credit else None


@rule("41-7.3.7-expired", "41-7.3.7-last-period", "41-7.3.7-no-expiry", "41-6.1.10-never", "41-8.9-expiry")
def key_has_expired(situation: Situation, identifier: int) -> Refusal | None:
    """Refuse as KeyExpiredError a token of a later period than the key's, if the meter heeds that."""
    expiry = situation.state.key.key_expiry
    is_expired = situation.declared.has_key_expiry and expiry != _NEVER and identifier >> 16 > expiry
    return refused(KeyExpiredError) if is_expired else None


@rule("41-7.3.7-used", "41-7.3.7-same-identifier", "41-7.3.8-fifty", "41-6.3.4-no-identity")
def identifier_is_used(place: Place) -> Refusal | None:
    """Refuse as UsedError what the store holds."""
    return refused(UsedError) if place is Place.HELD else None


@rule("41-7.3.7-old", "41-7.3.7-zero", "41-6.3.5-24-bits", "41-7.3.8-manufacture")
def identifier_is_old(place: Place) -> Refusal | None:
    """Refuse as OldError what is smaller than all that the store holds; minute 0 may be in it."""
    if place is Place.OLD_OR_USED:
        return refused(OldError, UsedError)
    return refused(OldError) if place is Place.OLD else None


@rule("41-7.3.8-displaced", "41-7.3.8-smallest-goes")
def identifier_may_have_left(place: Place) -> Refusal | None:
    """Refuse what was accepted once: as old if it has left the store, as used if it has not."""
    if place is Place.LEFT:
        return refused(OldError, UsedError)
    return Refusal(frozenset({OldError, UsedError}), is_sure=False) if place is Place.UNKNOWN else None
