"""IEC 62055-41, 6.2.14: class 3, which is reserved."""

import pytest

from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from stsbench import MeterUnderTest, TokenMint, requirement


@requirement("41-6.2.14-class-3")
@pytest.mark.parametrize("subclass", [0, 1, 4, 5, 10, 15])
def test_a_token_of_class_3_is_refused(meter: MeterUnderTest, tokens: TokenMint, subclass: int) -> None:
    before = snapshot(meter)
    require_refused(meter.enter(tokens.of_kind(3, subclass, value=100)))
    assert difference(before, meter) == ""
