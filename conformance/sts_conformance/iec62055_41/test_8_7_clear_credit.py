"""IEC 62055-41, 8.7: ClearCredit."""

import pytest

from sts62055.application.tokens import ALL_REGISTERS
from sts_fixtures.meter.display import IN_CURRENCY, IN_UNITS
from sts_fixtures.meter.refusals import require_refused
from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, precondition, requirement

_ELECTRICITY = 0


@requirement("41-8.7-clears")
@pytest.mark.parametrize("register", [_ELECTRICITY, ALL_REGISTERS], ids=["electricity", "all"])
def test_the_electricity_credit_is_cleared(meter: MeterUnderTest, tokens: TokenMint, register: int) -> None:
    precondition(
        meter.enter(tokens.credit(kwh=10)).result is Accept, "there is no credit to clear", breaks="41-8.4-adds"
    )
    assert meter.enter(tokens.clear_credit(register=register)).result is Accept
    assert meter.credit() == 0


@requirement("41-8.7-other-register")
def test_another_register_clears_nothing(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    implements = declared.declaration.implements
    missing = [register for utility, register in IN_UNITS.items() if utility not in implements.utilities]
    missing += [register for utility, register in IN_CURRENCY.items() if utility not in implements.currencies]
    precondition(
        meter.enter(tokens.credit(kwh=10)).result is Accept, "there is no credit to keep", breaks="41-8.4-adds"
    )
    for register in missing:
        meter.allow_failures(tokens)
        before = meter.credit()
        require_refused(meter.enter(tokens.clear_credit(register=register)))
        assert meter.credit() == before, f"ClearCredit of register {register}, which the meter lacks"


@requirement("41-8.7-all")
def test_all_registers_are_cleared_at_once(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    implements = declared.declaration.implements
    for utility in implements.utilities:
        meter.enter(tokens.credit(units=100, subclass=IN_UNITS[utility]))
    for utility in implements.currencies:
        meter.enter(tokens.currency_credit(units=1_600_000, utility=utility))
    registers = [IN_UNITS[utility] for utility in implements.utilities]
    registers += [IN_CURRENCY[utility] for utility in implements.currencies]
    for one in registers:
        precondition(meter.shown_credit(one) > 0, f"there is no credit in register {one} to clear")
    assert meter.enter(tokens.clear_credit(register=ALL_REGISTERS)).result is Accept
    assert [one for one in registers if meter.shown_credit(one) != 0] == []
