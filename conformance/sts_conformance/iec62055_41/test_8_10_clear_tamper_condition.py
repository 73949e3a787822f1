"""IEC 62055-41, 8.10: ClearTamperCondition."""

from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, precondition, requirement


@requirement("41-8.10-clears")
def test_a_tamper_condition_is_cleared(meter: MeterUnderTest, tokens: TokenMint) -> None:
    _tamper(meter)
    assert meter.enter(tokens.clear_tamper_condition()).result is Accept
    assert not meter.is_tampered(), "the meter still shows the tamper condition"


@requirement("41-8.10-outlasts")
def test_a_tamper_condition_outlasts_a_power_cut(meter: MeterUnderTest, tokens: TokenMint) -> None:
    if meter.is_tampered():
        meter.enter(tokens.clear_tamper_condition())
    before = meter.is_tampered()
    precondition(not before, "a tamper condition that was cleared is still shown", breaks="41-8.10-clears")
    _tamper(meter)
    meter.cut_power()
    assert meter.is_tampered(), "the meter shows no tamper condition any more"


@requirement("41-8.10-credit")
def test_credit_on_a_tampered_meter_is_treated_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.credit_when_tampered
    _tamper(meter)
    outcome = meter.enter(tokens.credit(kwh="0.1"))
    cleared = meter.enter(tokens.clear_tamper_condition()).result
    precondition(cleared is Accept, "the tamper condition was not cleared", breaks="41-8.10-clears")
    after = meter.enter(tokens.credit(kwh="0.1")).result
    precondition(after is Accept, "credit is not accepted at all", breaks="41-8.4-adds")
    assert outcome.is_refused is (said == "refused"), f"declared: {said}, and it got {outcome.reported}"


def _tamper(meter: MeterUnderTest) -> None:
    meter.tamper()
    precondition(
        meter.is_tampered(),
        "opening the cover brought about no tamper condition that the carrier shows",
        breaks="52-6.8.3-tamper" if "port" in meter.carriers else None,
    )
