"""Management tokens that are reserved, of makers, or unknown (IEC 62055-41, 8.8, 8.12, 8.13; 6.2.2)."""

from typing import Any

from sts62055.application.results import Accept
from sts62055.model.rule import Execution, Refusal, Situation, may_be_refused, refused_somehow, rule

__all__ = ["class_1_of_makers", "kind_is_unknown", "nothing_is_touched", "tariff_rate", "water_factor"]

_MAKERS = range(6, 16)


@rule("41-8.8-refused")
def tariff_rate(situation: Situation, token: Any) -> Refusal | None:  # noqa: ARG001
    """Refuse SetTariffRate without tariffs; with them, its meaning is kept for later."""
    return may_be_refused(situation) if situation.declared.has_tariff_rate else refused_somehow(situation)


@rule("41-8.12-refused")
def water_factor(situation: Situation, token: Any) -> Refusal:  # noqa: ARG001
    """Refuse SetWaterMeterFactor: this is no water meter."""
    return refused_somehow(situation)


@rule("41-8.13-undeclared", "41-6.2.2-reserved", "41-8.13-unknown")
def kind_is_unknown(situation: Situation, token: Any) -> Refusal:
    """Refuse a SubClass that is reserved or of makers, unless the meter is declared to take it."""
    is_declared = token.token_class == 2 and token.subclass in situation.declared.management_subclasses
    if is_declared:
        return may_be_refused(situation)
    return refused_somehow(situation, "reserved" if token.token_class == 0 else "")


@rule("41-6.2.3-reserved")
def class_1_of_makers(situation: Situation, token: Any) -> Refusal:
    """Refuse class 1 of a SubClass that is reserved; those of makers are theirs."""
    is_free = token.subclass == 2 or token.subclass in _MAKERS
    return may_be_refused(situation) if is_free else refused_somehow(situation)


@rule("41-6.2.3-makers-change-nothing", "41-8.13-no-credit")
def nothing_is_touched(situation: Situation, token: Any) -> Execution:  # noqa: ARG001
    """Take it: nothing that a standard knows changes by it."""
    return Execution(frozenset({Accept}))
