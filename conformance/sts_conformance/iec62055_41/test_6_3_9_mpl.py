"""IEC 62055-41, 6.3.9: MPL."""

from sts62055.application.exact_amounts import greatest_amount_up_to
from sts_fixtures.declaration.model import LAST_EXACT
from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, requirement

_FIRST_OF_EXPONENTS = (16_384, 16_394, 180_224, 1_818_624)


@requirement("41-6.3.9-exponent")
def test_a_limit_is_written_like_an_amount(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    """The first limits of each exponent that the meter takes, and its greatest."""
    least, greatest = declared.declaration.implements.power_limit_range
    limits = (*_FIRST_OF_EXPONENTS, greatest_amount_up_to(greatest))
    for watts in (watts for watts in limits if max(least, LAST_EXACT + 1) <= watts <= greatest):
        assert meter.enter(tokens.maximum_power_limit(watts=watts)).result is Accept
        assert meter.power_limit() == watts
