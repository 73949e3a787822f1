"""IEC 62055-41, 6.3.6: Amount."""

import pytest

from sts62055.application.results import Accept
from sts_fixtures import requirement
from sts_fixtures.declaration import DeclaredMeter
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint

_BOUNDARIES = {
    "largest with exponent 0": 16_383,
    "smallest with exponent 1": 16_384,
    "largest with exponent 1": 180_214,
    "smallest with exponent 2": 180_224,
    "largest with exponent 2": 1_818_524,
    "smallest with exponent 3": 1_818_624,
}


@requirement("41-6.3.6-exponent")
@pytest.mark.parametrize("units", _BOUNDARIES.values(), ids=_BOUNDARIES)
def test_an_amount_is_credited_with_its_offset(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, units: int
) -> None:
    limit = declared.declaration.implements.credit_limit
    given(units <= limit, f"the declared credit limit of {limit} units is below this amount")
    if not declared.abilities["clear_credit"]:
        meter.enter(tokens.clear_credit())
    before = meter.credit()
    given(before + units <= limit, "there is no room for this amount, and the meter has no ClearCredit")
    assert meter.enter(tokens.credit(units=units)).result is Accept
    assert meter.credit() == before + units
