"""IEC 62055-41, 6.3.9: MPL."""

import pytest

from sts62055.application.results import Accept
from sts_fixtures import requirement
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint


@requirement("41-6.3.9-exponent")
@pytest.mark.parametrize("watts", [16_384, 16_394, 180_224])
def test_a_limit_is_written_like_an_amount(meter: MeterUnderTest, tokens: TokenMint, watts: int) -> None:
    assert meter.enter(tokens.maximum_power_limit(watts=watts)).result is Accept
    assert meter.power_limit() == watts
