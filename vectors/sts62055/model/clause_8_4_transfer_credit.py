"""TransferCredit (IEC 62055-41, 8.4; 6.2.2, 6.3.6): credit of each register."""

from sts62055.application.results import Accept, OverflowingCredit
from sts62055.application.tokens import CurrencyCredit, TransferCredit
from sts62055.model.rule import Execution, Refusal, Situation, refused, refused_somehow, rule
from sts62055.model.state import Range
from sts62055.model.traits import AT_LIMIT, CREDIT_WHEN_TAMPERED

__all__ = [
    "credit_is_added",
    "perhaps_while_tampered",
    "register_is_full",
    "utility_is_absent",
    "while_tampered",
]

_ELECTRICITY = 0


@rule("41-8.4-utility", "41-6.2.2-currency")
def utility_is_absent(situation: Situation, token: TransferCredit | CurrencyCredit) -> Refusal | None:
    """Refuse credit of a utility that the meter does not have."""
    is_absent = token.subclass not in situation.declared.registers
    return refused_somehow(situation, "strange_utility") if is_absent else None


@rule("41-8.10-credit")
def while_tampered(situation: Situation, token: TransferCredit | CurrencyCredit) -> Refusal | None:  # noqa: ARG001
    """Refuse credit, or take it, while the meter is tampered, as is declared."""
    if not situation.declared.has_tamper_detection or situation.state.is_tampered is False:
        return None
    if situation.state.is_tampered is None:
        return Refusal(refused_somehow(situation).results, is_sure=False)
    return None if situation.takes(CREDIT_WHEN_TAMPERED) else refused_somehow(situation)


@rule("41-8.10-credit")
def perhaps_while_tampered(
    situation: Situation,
    token: TransferCredit | CurrencyCredit,  # noqa: ARG001
) -> Refusal | None:
    """Refuse, perhaps, credit that is refused for something else as well: of several results any may be told."""
    is_possible = situation.declared.has_tamper_detection and situation.state.is_tampered is not False
    if not is_possible or not situation.may_be(CREDIT_WHEN_TAMPERED, "refused"):
        return None
    return Refusal(refused_somehow(situation).results, is_sure=False)


@rule("41-8.4-overflow", "41-8.4-limit")
def register_is_full(situation: Situation, token: TransferCredit | CurrencyCredit) -> Refusal | None:
    """Refuse as OverflowError what would bring electricity above its limit; those of others are not declared."""
    register, amount = token.subclass, _amount(token)
    held, limit = situation.state.credit[register], situation.declared.credit_limit
    if register != _ELECTRICITY:
        return Refusal(frozenset({OverflowingCredit}), is_sure=False)
    if held is None or held.least + amount <= limit < held.most + amount:
        return Refusal(frozenset({OverflowingCredit}), is_sure=False)
    if held.least + amount > limit:
        return refused(OverflowingCredit)
    if held.most + amount == limit and amount and not situation.takes(AT_LIMIT):
        return Refusal(frozenset({OverflowingCredit}), is_sure=held.least == held.most)
    return None


@rule(
    "41-8.4-adds",
    "41-6.2.2-electricity",
    "41-6.2.2-water",
    "41-6.2.2-gas",
    "41-6.2.2-time",
    "41-6.3.6-exponent",
    "41-6.3.6-greatest",
    "41-6.3.6-zero",
    "41-6.3.6.3-unit",
    "41-8.4-sums-up",
)
def credit_is_added(situation: Situation, token: TransferCredit | CurrencyCredit) -> Execution:
    """Add the amount to its register; credit that was borrowed before may be paid back from it."""
    register, amount = token.subclass, _amount(token)
    state = situation.state
    held = state.credit[register]
    if held is None:
        return Execution(frozenset({Accept}))
    least, most = held.least + amount, held.most + amount
    if register == _ELECTRICITY and state.has_borrowed:
        least = max(least - situation.declared.emergency_credit, 0)
    credit = list(state.credit)
    credit[register] = Range(least, most)
    return Execution(frozenset({Accept}), {"credit": tuple(credit)})


def _amount(token: TransferCredit | CurrencyCredit) -> int:
    return token.units if isinstance(token, TransferCredit) else token.amount.units
