"""IEC 62055-41, 8.8: SetTariffRate."""

from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from stsbench import MeterUnderTest, TokenMint, requirement

_SUBCLASS = 2


@requirement("41-8.8-refused")
def test_a_meter_without_tariffs_refuses_a_rate(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = snapshot(meter)
    require_refused(meter.enter(tokens.of_kind(2, _SUBCLASS, value=1)))
    assert difference(before, meter) == ""
