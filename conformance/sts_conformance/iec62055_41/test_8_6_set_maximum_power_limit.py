"""IEC 62055-41, 8.6: SetMaximumPowerLimit."""

import pytest

from sts62055.application.results import Accept
from sts_fixtures import requirement
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint


@requirement("41-8.6-limit")
@pytest.mark.parametrize("watts", [5_000, 9_000, 16_383])
def test_the_limit_is_the_one_of_the_token(meter: MeterUnderTest, tokens: TokenMint, watts: int) -> None:
    assert meter.enter(tokens.maximum_power_limit(watts=watts)).result is Accept
    assert meter.power_limit() == watts
