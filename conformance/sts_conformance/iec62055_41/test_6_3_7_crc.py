"""IEC 62055-41, 6.3.7: CRC."""

from sts_fixtures.tokens.mutations import swap_crc_octets, until_changed
from stsbench import CRCError, MeterUnderTest, TokenMint, requirement


@requirement("41-6.3.7-order")
def test_a_crc_with_its_octets_swapped_is_wrong(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = until_changed(tokens.smallest_effect, swap_crc_octets)
    assert meter.enter(token).result is CRCError
