"""ClearTamperCondition (IEC 62055-41, 8.10; 6.2.9)."""

from sts62055.application.results import Accept, FunctionError
from sts62055.application.tokens import ClearTamperCondition
from sts62055.model.rule import Execution, Refusal, Situation, may_be_refused, refused, rule

__all__ = ["pad_is_odd", "tamper_detection_is_absent", "tamper_is_cleared"]


@rule("41-8.1-absent")
def tamper_detection_is_absent(situation: Situation, token: ClearTamperCondition) -> Refusal | None:  # noqa: ARG001
    """Refuse as FunctionError what a meter without tamper detection has no use for."""
    return None if situation.declared.has_tamper_detection else refused(FunctionError)


@rule("41-7.1.5-declared")
def pad_is_odd(situation: Situation, token: ClearTamperCondition) -> Refusal | None:
    """Refuse, perhaps, a Pad that is not 0."""
    return may_be_refused(situation, "nonzero_pad") if token.value else None


@rule("41-8.10-clears", "41-6.2.9-layout")
def tamper_is_cleared(situation: Situation, token: ClearTamperCondition) -> Execution:  # noqa: ARG001
    """End the tamper condition."""
    return Execution(frozenset({Accept}), {"is_tampered": False})
