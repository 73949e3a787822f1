"""IEC 62055-41, 6.3.7: CRC."""

from stsbench import CRCError, MeterUnderTest, TokenMint, requirement


@requirement("41-6.3.7-order")
def test_a_crc_with_its_octets_swapped_is_wrong(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = tokens.with_crc_octets_swapped(tokens.smallest_effect())
    assert meter.enter(token).result is CRCError
