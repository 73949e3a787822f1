"""IEC 62055-41, 6.2.2: class 0, TransferCredit."""

from decimal import Decimal

import pytest

from sts_fixtures.meter.display import IN_CURRENCY, IN_UNITS, check_gain
from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, requirement


@requirement("41-6.2.2-reserved")
@pytest.mark.parametrize("subclass", range(8, 16))
def test_credit_of_a_reserved_subclass_is_refused(meter: MeterUnderTest, tokens: TokenMint, subclass: int) -> None:
    before = snapshot(meter)
    require_refused(meter.enter(tokens.of_kind(0, subclass, value=100)))
    assert difference(before, meter) == ""


@requirement("41-6.2.2-water")
def test_water_is_credited_in_tenths_of_a_cubic_metre(meter: MeterUnderTest, tokens: TokenMint) -> None:
    register = IN_UNITS["water"]
    check_gain(meter, tokens.credit(units=123, subclass=register), register, Decimal("12.3"))


@requirement("41-6.2.2-gas")
def test_gas_is_credited_in_tenths_of_a_cubic_metre(meter: MeterUnderTest, tokens: TokenMint) -> None:
    register = IN_UNITS["gas"]
    check_gain(meter, tokens.credit(units=123, subclass=register), register, Decimal("12.3"))


@requirement("41-6.2.2-time")
def test_time_is_credited_in_tenths_of_a_minute(meter: MeterUnderTest, tokens: TokenMint) -> None:
    """Up to ten of a thousand minutes may run off while the case runs."""
    register = IN_UNITS["time"]
    token = tokens.credit(units=10_000, subclass=register)
    check_gain(meter, token, register, Decimal(1000), lost=Decimal(10))


@requirement("41-6.2.2-currency")
def test_credit_in_currency_goes_to_the_register_of_its_utility(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    utilities = declared.declaration.implements.currencies
    for utility in utilities:
        before = {other: meter.shown_credit(IN_CURRENCY[other]) for other in utilities}
        assert meter.enter(tokens.currency_credit(units=1_638_400, utility=utility)).result is Accept
        risen = [other for other in utilities if meter.shown_credit(IN_CURRENCY[other]) > before[other]]
        assert risen == [utility]
