"""IEC 62055-41, 8.12: SetWaterMeterFactor."""

from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from stsbench import MeterUnderTest, TokenMint, requirement

_SUBCLASS = 7


@requirement("41-8.12-refused")
def test_a_meter_that_is_no_water_meter_refuses_a_factor(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = snapshot(meter)
    require_refused(meter.enter(tokens.of_kind(2, _SUBCLASS, value=1)))
    assert difference(before, meter) == ""
