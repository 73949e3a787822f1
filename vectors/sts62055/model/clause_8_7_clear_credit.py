"""ClearCredit (IEC 62055-41, 8.7; 6.3.13): one register, or all of them."""

from sts62055.application.results import Accept, FunctionError
from sts62055.application.tokens import ALL_REGISTERS, ClearCredit
from sts62055.model.rule import Execution, Refusal, Situation, refused, refused_somehow, rule
from sts62055.model.state import Range

__all__ = ["credit_is_cleared", "register_is_absent"]

_NOTHING = Range(0, 0)


@rule("41-8.7-other-register", "41-6.3.13-reserved", "41-8.1-absent")
def register_is_absent(situation: Situation, token: ClearCredit) -> Refusal | None:
    """Refuse a register that the meter does not have, or ClearCredit as a whole."""
    if not situation.declared.has_clear_credit:
        return refused(FunctionError)
    is_there = token.value == ALL_REGISTERS or token.value in situation.declared.registers
    return None if is_there else refused_somehow(situation, "unknown_register")


@rule("41-8.7-clears", "41-8.7-all", "41-6.3.13-electricity", "41-6.3.13-all", "41-6.3.13-others")
def credit_is_cleared(situation: Situation, token: ClearCredit) -> Execution:
    """Leave nothing in the register, or in any."""
    credit = list(situation.state.credit)
    for register in situation.declared.registers if token.value == ALL_REGISTERS else (token.value,):
        credit[register] = _NOTHING
    return Execution(frozenset({Accept}), {"credit": tuple(credit)})
