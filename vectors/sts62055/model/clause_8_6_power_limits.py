"""SetMaximumPowerLimit and the limit of unbalance (IEC 62055-41, 8.6 and 8.11; 6.3.9, 6.3.10)."""

from sts62055.application.results import Accept, FunctionError, RangeError
from sts62055.application.tokens import SetMaximumPhasePowerUnbalanceLimit, SetMaximumPowerLimit
from sts62055.model.rule import Execution, Refusal, Situation, refused, refused_somehow, rule

__all__ = ["limit_is_beyond", "power_limit_is_set", "unbalance_limit_is_set"]

_Limit = SetMaximumPowerLimit | SetMaximumPhasePowerUnbalanceLimit


@rule("41-7.1.5-range", "41-8.1-absent")
def limit_is_beyond(situation: Situation, token: _Limit) -> Refusal | None:
    """Refuse a limit that the meter has not, one above its range as RangeError, and one below with any result."""
    declared = situation.declared
    limits = declared.power_limits if isinstance(token, SetMaximumPowerLimit) else declared.unbalance_limits
    if limits is None:
        return refused(FunctionError)
    if token.watts < limits.start:
        return refused_somehow(situation, "below_range" if isinstance(token, SetMaximumPowerLimit) else "")
    return refused(RangeError) if token.watts >= limits.stop else None


@rule("41-8.6-limit", "41-6.3.9-exponent", "41-6.2.4-layout")
def power_limit_is_set(situation: Situation, token: SetMaximumPowerLimit) -> Execution:  # noqa: ARG001
    """Set the maximum power limit to the watts of the token."""
    return Execution(frozenset({Accept}), {"power_limit": token.watts})


@rule("41-8.11-limit", "41-6.3.10-like-amount", "41-6.2.10-layout")
def unbalance_limit_is_set(
    situation: Situation,  # noqa: ARG001
    token: SetMaximumPhasePowerUnbalanceLimit,
) -> Execution:
    """Set the limit of unbalance to the watts of the token."""
    return Execution(frozenset({Accept}), {"unbalance_limit": token.watts})
