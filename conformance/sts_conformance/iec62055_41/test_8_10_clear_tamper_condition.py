"""IEC 62055-41, 8.10: ClearTamperCondition."""

from stsbench import Accept, MeterUnderTest, TokenMint, precondition, requirement


@requirement("41-8.10-clears")
def test_a_tamper_condition_is_cleared(meter: MeterUnderTest, tokens: TokenMint) -> None:
    meter.tamper()
    precondition(meter.is_tampered(), "opening the cover brought about no tamper condition that the carrier shows")
    assert meter.enter(tokens.clear_tamper_condition()).result is Accept
    assert not meter.is_tampered(), "the meter still shows the tamper condition"
