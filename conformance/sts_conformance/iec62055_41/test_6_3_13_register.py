"""IEC 62055-41, 6.3.13: Register."""

import pytest

from sts_fixtures.meter.display import IN_CURRENCY, IN_UNITS
from sts_fixtures.meter.refusals import require_refused
from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, precondition, requirement


@requirement("41-6.3.13-reserved")
@pytest.mark.parametrize("register", [8, 0x0100, 0x8000, 0xFFFE], ids=lambda register: f"{register:04X}")
def test_a_reserved_register_is_not_cleared(meter: MeterUnderTest, tokens: TokenMint, register: int) -> None:
    precondition(
        meter.enter(tokens.credit(kwh=1)).result is Accept, "there is no credit to keep", breaks="41-8.4-adds"
    )
    before = meter.credit()
    require_refused(meter.enter(tokens.clear_credit(register=register)))
    assert meter.credit() == before


@requirement("41-6.3.13-others")
def test_the_credit_of_another_utility_is_cleared_alone(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    precondition(
        meter.enter(tokens.credit(kwh=1)).result is Accept, "there is no credit to keep", breaks="41-8.4-adds"
    )
    before = meter.credit()
    for utility in set(declared.declaration.implements.utilities) - {"electricity"}:
        register = IN_UNITS[utility]
        meter.enter(tokens.credit(units=100, subclass=register))
        precondition(
            meter.shown_credit(register) > 0,
            f"there is no {utility} credit to clear",
            breaks=f"41-6.2.2-{utility}",
        )
        assert meter.enter(tokens.clear_credit(register=register)).result is Accept
        assert meter.shown_credit(register) == 0
        assert meter.credit() == before


@requirement("41-6.3.13-currency")
def test_credit_in_currency_is_cleared_alone(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    precondition(
        meter.enter(tokens.credit(kwh=1)).result is Accept, "there is no credit to keep", breaks="41-8.4-adds"
    )
    before = meter.credit()
    for utility in declared.declaration.implements.currencies:
        register = IN_CURRENCY[utility]
        meter.enter(tokens.currency_credit(units=1_600_000, utility=utility))
        precondition(
            meter.shown_credit(register) > 0, f"there is no {utility} credit to clear", breaks="41-6.2.2-currency"
        )
        assert meter.enter(tokens.clear_credit(register=register)).result is Accept
        assert meter.shown_credit(register) == 0
        assert meter.credit() == before
