"""IEC 62055-41, 6.2.14: class 3, which is reserved."""

import pytest

from sts62055.application.results import Accept
from sts_fixtures import requirement
from sts_fixtures.meter.snapshot import difference, snapshot
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_fixtures.tokens.mint import TokenMint


@requirement("41-6.2.14-class-3")
@pytest.mark.parametrize("subclass", [0, 1, 4, 5, 10, 15])
def test_a_token_of_class_3_is_refused(meter: MeterUnderTest, tokens: TokenMint, subclass: int) -> None:
    before = snapshot(meter)
    assert meter.enter(tokens.of_kind(3, subclass, value=100)).result is not Accept
    assert difference(before, meter) == ""
