"""IEC 62055-41, 8.7: ClearCredit."""

import pytest

from sts62055.application.results import Accept
from sts62055.application.tokens import ALL_REGISTERS
from sts_fixtures import requirement
from sts_fixtures.declaration import DeclaredMeter
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint

_ELECTRICITY = 0
_REGISTERS = {1: "water", 2: "gas", 3: "time"}


@requirement("41-8.7-clears")
@pytest.mark.parametrize("register", [_ELECTRICITY, ALL_REGISTERS], ids=["electricity", "all"])
def test_the_electricity_credit_is_cleared(meter: MeterUnderTest, tokens: TokenMint, register: int) -> None:
    given(meter.enter(tokens.credit(kwh=10)).result is Accept, "there is no credit to clear: see 41-8.4-adds")
    assert meter.enter(tokens.clear_credit(register=register)).result is Accept
    assert meter.credit() == 0


@requirement("41-8.7-other-register")
def test_another_register_clears_nothing(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    utilities = declared.declaration.implements.utilities
    missing = [register for register, utility in _REGISTERS.items() if utility not in utilities]
    given(missing, "the meter is declared to have every register")
    given(meter.enter(tokens.credit(kwh=10)).result is Accept, "there is no credit to keep: see 41-8.4-adds")
    before = meter.credit()
    assert meter.enter(tokens.clear_credit(register=missing[0])).result is not Accept
    assert meter.credit() == before
