"""IEC 62055-52, 6.1.5: what tokenStatus says of a token that was authentic and valid."""

from sts62055.application.exact_amounts import amounts_beyond
from stsbench import DeclaredMeter, MeterUnderTest, Profile, RangeError, TokenMint, requirement


@requirement("52-6.1.5-range")
def test_a_value_out_of_range_shows_as_range_error(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, profile: Profile
) -> None:
    least, greatest = declared.declaration.implements.power_limit_range
    watts = amounts_beyond(least, greatest)[-1]
    outcome = meter.enter(tokens.maximum_power_limit(watts=watts), by="port")
    assert outcome.code == profile.token_status_code(RangeError)
