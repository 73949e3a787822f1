"""The way of a token through the meter (IEC 62055-41, 5.4 and 7.2.1): what may come of it.

Locked out, or authenticated, validated, executed and cancelled, in that order. A refused token changes nothing but
the count of failures (8.1), which the lockout keeps.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sts62055.application.results import Accept, CarrierStatus, Lockout, TokenStatus
from sts62055.application.tokens import (
    ClearCredit,
    ClearTamperCondition,
    CurrencyCredit,
    InitiateMeterTestDisplay,
    SetMaximumPhasePowerUnbalanceLimit,
    SetMaximumPowerLimit,
    SetTariffRate,
    SetWaterMeterFactor,
    TransferCredit,
)
from sts62055.model import clause_8_4_transfer_credit as credit
from sts62055.model import clause_8_5_test_display as display
from sts62055.model import clause_8_6_power_limits as limits
from sts62055.model import clause_8_7_clear_credit as clearing
from sts62055.model import clause_8_9_key_change as key_change
from sts62055.model import clause_8_10_tamper as tamper
from sts62055.model import clause_8_13_other_management as other
from sts62055.model.clause_6_6_7_lockout import Attempt, concerns
from sts62055.model.clause_7_3_6_authentication import authenticate, reading_of
from sts62055.model.clause_7_3_7_validation import validate
from sts62055.model.clause_7_3_8_cancellation import cancelled, learnt
from sts62055.model.rule import Execution, Refusal, Rule, Situation
from sts62055.model.spans import Span
from sts62055.model.state import Cause, MeterState, Pending
from sts62055.model.tokens import Content, KeyPart, identifier_of

__all__ = ["Outcome", "outcomes"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may come of a token: its result, the state after it, and the requirement that says so.

    attempt: what the lockout sees of it, None of one that was locked out.
    """

    result: TokenStatus
    state: MeterState
    rule: str
    attempt: Attempt | None


@dataclass(frozen=True, slots=True)
class Function:
    """What clause 8 says of a kind of token: when it is refused, and what it does."""

    refusals: tuple[Rule[Any], ...]
    execution: Rule[Any]


_CURRENCY: Final = range(4, 8)
_CREDIT: Final = Function(
    (credit.utility_is_absent, credit.while_tampered, credit.register_is_full), credit.credit_is_added
)
_FUNCTIONS: Final[Mapping[type, Function]] = {
    TransferCredit: _CREDIT,
    CurrencyCredit: _CREDIT,
    InitiateMeterTestDisplay: Function(
        (display.other_form, display.test_is_absent, display.tests_are_unclear), display.test_is_done
    ),
    SetMaximumPowerLimit: Function((limits.limit_is_beyond,), limits.power_limit_is_set),
    SetMaximumPhasePowerUnbalanceLimit: Function((limits.limit_is_beyond,), limits.unbalance_limit_is_set),
    ClearCredit: Function((clearing.register_is_absent,), clearing.credit_is_cleared),
    ClearTamperCondition: Function(
        (tamper.tamper_detection_is_absent, tamper.pad_is_odd), tamper.tamper_is_cleared
    ),
    SetTariffRate: Function((other.tariff_rate,), other.nothing_is_touched),
    SetWaterMeterFactor: Function((other.water_factor,), other.nothing_is_touched),
}
_IF_REFUSED_ANYHOW: Final[Mapping[Rule[Any], Callable[[Situation, Any], Refusal | Execution | None]]] = {
    credit.while_tampered: credit.perhaps_while_tampered,
    credit.register_is_full: lambda *_: None,
}
"""What is asked in the place of a rule where a token is refused already: so no trait is tried for nothing."""
_OTHERS: Final = Function((other.kind_is_unknown,), other.nothing_is_touched)
_CLASS_1: Final = Function((other.class_1_of_makers,), other.nothing_is_touched)


def outcomes(
    situation: Situation, pending: Pending, within: Span, seen: TokenStatus | None = None
) -> Iterator[Outcome]:
    """Yield what may come of a token that is processed within a span; seen: the result, where it is known.

    Whether it can be locked out is for the lockout to say.
    """
    token, carrier = pending.token, pending.carrier
    if seen in (None, Lockout) and concerns(situation, token.token_class, carrier):
        unchanged = replace(situation.state, shown_test=None)
        yield Outcome(Lockout, _told(situation, unchanged, Lockout, carrier), "52-6.6.7-begins", None)
    authenticated = authenticate(situation, token)
    content, reading = authenticated.content, reading_of(situation, token)
    said = tuple(authenticated.refusals)
    if content is not None:
        said += tuple(_judged(situation, content, reading.token_class, within))
    is_barred = any(isinstance(one, Refusal) and one.is_sure for one in said)
    has_currency = situation.declared.has_currency
    is_strange: bool | None = not has_currency and reading.token_class == 0 and reading.subclass in _CURRENCY
    if not has_currency and token.token_class == 0 and reading.token_class != 0:
        is_strange = None
    for one in said:
        if is_barred and isinstance(one, Execution):
            continue
        for result in one.results if seen is None else one.results & {seen}:
            state = _changed(situation, token.token_class, content, one, result, carrier, is_seen=seen is not None)
            attempt = Attempt(token.token_class, content is not None, is_strange, result)
            yield Outcome(result, state, one.rule, attempt)


def _judged(
    situation: Situation, content: Content, token_class: int, within: Span
) -> Iterator[Refusal | Execution]:
    """Yield the refusals of an authentic token, and what it does if there are none that are sure."""
    failures = list(validate(situation, token_class, content)) if token_class != 1 else []
    yield from failures
    is_barred = any(isinstance(one, Refusal) and one.is_sure for one in failures)
    if isinstance(content, KeyPart):
        if not is_barred:
            yield from key_change.take_part(situation, content, within)
        return
    function = _FUNCTIONS.get(type(content), _CLASS_1 if token_class == 1 else _OTHERS)
    for refuse in function.refusals:
        said = (
            _IF_REFUSED_ANYHOW.get(refuse, refuse)(situation, content) if is_barred else refuse(situation, content)
        )
        if said is None:
            continue
        yield said
        is_barred |= isinstance(said, Refusal) and said.is_sure
    if not is_barred:
        done = function.execution(situation, content)
        if done is not None:
            yield done


def _changed(
    situation: Situation,
    token_class: int | None,
    content: Content | None,
    said: Refusal | Execution,
    result: TokenStatus,
    carrier: str,
    *,
    is_seen: bool,
) -> MeterState:
    state = situation.state
    is_accepted = isinstance(said, Execution) and result is Accept
    changes = {**said.changes}
    identifier = identifier_of(content) if content is not None else None
    if identifier is not None:
        store = state.identifiers
        if is_seen or is_accepted:
            store = learnt(store, identifier, result, is_accepted=is_accepted)
        changes["identifiers"] = cancelled(store, identifier) if is_accepted else store
    if state.parts.held and not isinstance(content, KeyPart):
        changes["parts"] = key_change.parts_left_by(situation, token_class, result)
    changes["cause"] = Cause(type(content).__name__ if isinstance(said, Execution) else "refused")
    changes.setdefault("shown_test", None)
    return _told(situation, replace(state, **changes), result, carrier)


def _told(situation: Situation, state: MeterState, result: TokenStatus, carrier: str) -> MeterState:
    """Return a state in which the carrier tells a result (IEC 62055-52, 6.1.3 to 6.1.5).

    How long tokenStatus tells it is for the maker to choose, and whether it tells of tokens of other carriers.
    """
    declared = situation.declared
    told = frozenset({result}) if declared.keeps_status else frozenset({result, CarrierStatus.RESERVED})
    if carrier != "port" and declared.tells_of_keypad is not True:
        told = state.status if declared.tells_of_keypad is False else told | state.status
    return replace(state, status=told, pending=None)
