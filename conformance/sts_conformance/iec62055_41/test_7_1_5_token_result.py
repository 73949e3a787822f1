"""IEC 62055-41, 7.1.5: TokenResult."""

from sts62055.application.exact_amounts import amounts_beyond
from stsbench import DeclaredMeter, MeterUnderTest, RangeError, TokenMint, requirement


@requirement("41-7.1.5-range")
def test_a_power_limit_out_of_range_is_refused_as_range_error(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    before = meter.power_limit()
    least, greatest = declared.declaration.implements.power_limit_range
    for watts in amounts_beyond(least, greatest):
        meter.allow_failures(tokens)
        outcome = meter.enter(tokens.maximum_power_limit(watts=watts))
        if watts > greatest:
            assert outcome.result is RangeError
        else:  # which result tells of a limit below the least is not ruled
            assert outcome.is_refused, f"got {outcome.reported} for {watts} W, which is below the least"
        assert meter.power_limit() == before
