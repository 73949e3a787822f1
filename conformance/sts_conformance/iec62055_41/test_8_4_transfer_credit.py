"""IEC 62055-41, 8.4: TransferCredit."""

import pytest

from sts62055.application.amounts import MAXIMUM_AMOUNT
from sts62055.application.results import Accept, OverflowingCredit
from sts_fixtures import requirement
from sts_fixtures.declaration import DeclaredMeter
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint

_UTILITIES = ("electricity", "water", "gas", "time")


@requirement("41-8.4-adds")
@pytest.mark.parametrize("kwh", ["0.1", "0.9", "10", "25.7"])
def test_credit_is_added(meter: MeterUnderTest, tokens: TokenMint, kwh: str) -> None:
    token = tokens.credit(kwh=kwh)
    before = meter.credit()
    assert meter.enter(token).result is Accept
    assert meter.credit() == before + round(float(kwh) * 10)


@requirement("41-8.4-overflow")
def test_credit_beyond_the_limit_is_refused(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = meter.credit()
    token = tokens.credit(units=MAXIMUM_AMOUNT)
    assert meter.enter(token).result is OverflowingCredit
    assert meter.credit() == before


@requirement("41-8.4-utility")
@pytest.mark.parametrize("utility", _UTILITIES[1:])
def test_credit_for_another_utility_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, utility: str
) -> None:
    given(utility not in declared.declaration.implements.utilities, f"the meter is declared to have {utility}")
    before = meter.credit()
    outcome = meter.enter(tokens.credit(units=100, subclass=_UTILITIES.index(utility)))
    assert outcome.result is not Accept
    assert meter.credit() == before
