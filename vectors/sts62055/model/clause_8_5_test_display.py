"""InitiateMeterTest/Display (IEC 62055-41, 8.5; 6.2.3, 6.3.8): tests, and what the display shows of them."""

from sts62055.application.results import Accept, FunctionError
from sts62055.application.tokens import InitiateMeterTestDisplay
from sts62055.model.declared import Declared
from sts62055.model.rule import (
    Execution,
    Refusal,
    Situation,
    may_be_refused,
    refused,
    refused_somehow,
    rule,
)
from sts62055.model.state import MeterState
from sts62055.model.traits import OTHER_FORM

__all__ = ["other_form", "shown_by", "test_is_absent", "test_is_done", "tests_are_unclear"]

_ALL = 0
_LOAD_SWITCH = 1
_LAST_NAMED = 18


@rule("41-6.2.3-other-form", "41-6.2.3-two-digits", "41-6.2.3-four-digits")
def other_form(situation: Situation, token: InitiateMeterTestDisplay) -> Refusal | None:
    """Refuse, or take, the form for a MfrCode of the other width, as is declared."""
    is_other = len(situation.declared.manufacturer_code) != (4 if token.subclass == 1 else 2)
    return refused_somehow(situation) if is_other and not situation.takes(OTHER_FORM) else None


@rule("41-8.5-unsupported", "41-6.3.8-reserved", "41-6.3.8-one-bit")
def test_is_absent(situation: Situation, token: InitiateMeterTestDisplay) -> Refusal | None:
    """Refuse as FunctionError a test that the meter does not have; those without a name with any result."""
    numbers = token.tests
    if len(numbers) != 1 or numbers[0] == _ALL or numbers[0] in situation.declared.tests:
        return None
    return refused(FunctionError) if numbers[0] <= _LAST_NAMED else refused_somehow(situation)


@rule("41-7.1.5-declared")
def tests_are_unclear(situation: Situation, token: InitiateMeterTestDisplay) -> Refusal | None:
    """Refuse, perhaps, what asks for none of the tests or for several, but not for all."""
    if len(token.tests) == 1:
        return None
    return may_be_refused(situation, "no_single_test" if token.tests else "")


@rule("41-8.5-each", "41-8.5-all", "41-6.3.8-all-bits", "41-8.5-repeatable", "41-6.4.5-plain")
def test_is_done(situation: Situation, token: InitiateMeterTestDisplay) -> Execution:
    """Do the test: nothing changes by it, but that of the load switch may leave it open."""
    number = token.tests[0] if len(token.tests) == 1 else None
    moves = not token.tests or not {_ALL, _LOAD_SWITCH}.isdisjoint(token.tests)
    may_be_open = situation.state.may_be_open or moves
    return Execution(frozenset({Accept}), {"shown_test": number, "may_be_open": may_be_open})


def shown_by(declared: Declared, state: MeterState, number: int) -> tuple[str, str] | None:
    """Return what the display shows of a test, without units, and its requirement; None if that is free."""
    key = state.key
    match number:
        case 4:
            return f"{key.key_revision} {key.key_type:d}", "41-8.5-test-4-key-revision"
        case 5:
            return f"{key.tariff_index:02d}", "41-8.5-test-5-tariff-index"
        case 7 if state.power_limit is not None:
            return f"{state.power_limit}", "41-8.5-test-7-power-limit"
        case 11 if state.unbalance_limit is not None:
            return f"{state.unbalance_limit}", "41-8.5-test-11-unbalance"
        case 16 if key.group is not None:
            return f"{key.group:06d}", "41-8.5-shown"
        case 17 if declared.has_key_expiry:
            return f"{key.key_expiry}", "41-8.5-test-17-key-expiry"
    return None
