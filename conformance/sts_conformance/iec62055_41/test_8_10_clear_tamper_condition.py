"""IEC 62055-41, 8.10: ClearTamperCondition."""

from stsbench import Accept, MeterUnderTest, TokenMint, precondition, requirement


@requirement("41-8.10-clears")
def test_a_tamper_condition_is_cleared(meter: MeterUnderTest, tokens: TokenMint) -> None:
    _tamper(meter)
    assert meter.enter(tokens.clear_tamper_condition()).result is Accept
    assert not meter.is_tampered(), "the meter still shows the tamper condition"


@requirement("41-8.10-outlasts")
def test_a_tamper_condition_outlasts_a_power_cut(meter: MeterUnderTest) -> None:
    before = meter.is_tampered()
    precondition(not before, "the meter shows a tamper condition from the beginning", breaks="41-8.10-clears")
    _tamper(meter)
    meter.cut_power()
    assert meter.is_tampered(), "the meter shows no tamper condition any more"


def _tamper(meter: MeterUnderTest) -> None:
    meter.tamper()
    precondition(
        meter.is_tampered(),
        "opening the cover brought about no tamper condition that the carrier shows",
        breaks="52-6.8.3-tamper" if "port" in meter.carriers else None,
    )
