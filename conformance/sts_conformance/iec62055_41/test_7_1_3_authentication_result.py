"""IEC 62055-41, 7.1.3: AuthenticationResult."""

from sts_fixtures.tokens.mutations import flip_crc
from stsbench import Accept, CRCError, MeterUnderTest, MfrCodeError, TokenMint, precondition, requirement


@requirement("41-7.1.3-three-values")
def test_a_token_that_is_not_authentic_has_one_of_two_errors(meter: MeterUnderTest, tokens: TokenMint) -> None:
    for good in (tokens.display(0), tokens.smallest_effect()):
        result = meter.enter(flip_crc(good)).result
        precondition(result is not Accept, "the meter accepted a wrong CRC", breaks="41-7.3.6-crc")
        assert result in (CRCError, MfrCodeError), f"got {result} for a wrong CRC ({good.what})"
