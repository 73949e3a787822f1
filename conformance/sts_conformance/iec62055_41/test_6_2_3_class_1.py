"""IEC 62055-41, 6.2.3: class 1, which nobody needs a key for."""

import pytest

from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from stsbench import MeterUnderTest, TokenMint, requirement


@requirement("41-6.2.3-reserved")
@pytest.mark.parametrize("subclass", [3, 4, 5])
def test_a_reserved_subclass_is_refused(meter: MeterUnderTest, tokens: TokenMint, subclass: int) -> None:
    before = snapshot(meter)
    require_refused(meter.enter(tokens.class_1_of_kind(subclass)))
    assert difference(before, meter) == ""


@requirement("41-6.2.3-makers-change-nothing")
@pytest.mark.parametrize("subclass", range(6, 16))
def test_a_subclass_of_makers_changes_nothing(meter: MeterUnderTest, tokens: TokenMint, subclass: int) -> None:
    before = snapshot(meter)
    meter.enter(tokens.class_1_of_kind(subclass))
    assert difference(before, meter) == ""
