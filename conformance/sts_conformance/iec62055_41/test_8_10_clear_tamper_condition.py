"""IEC 62055-41, 8.10: ClearTamperCondition."""

from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, precondition, requirement


@requirement("41-8.10-clears")
def test_a_tamper_condition_is_cleared(meter: MeterUnderTest, tokens: TokenMint) -> None:
    _tamper(meter)
    _require_cleared(meter, tokens)
    if meter.declared.meets("clear_credit"):
        meter.enter(tokens.clear_credit(), is_judged=False)
        meter.let_switch()
        meter.tamper()
        assert meter.is_tampered(), "opening the cover of a meter without credit brought about no tamper condition"
        _require_cleared(meter, tokens)


@requirement("41-8.10-outlasts")
def test_a_tamper_condition_outlasts_a_power_cut(meter: MeterUnderTest, tokens: TokenMint) -> None:
    if meter.is_tampered():
        meter.enter(tokens.clear_tamper_condition())
    meter.enter(tokens.smallest_effect(), is_judged=False)  # a meter without credit is for the case before
    before = meter.is_tampered()
    precondition(not before, "a tamper condition that was cleared is still shown", breaks="41-8.10-clears")
    _tamper(meter)
    meter.cut_power()
    assert meter.is_tampered(), "the meter shows no tamper condition any more"
    meter.tamper()
    assert meter.is_tampered(), "the cover was opened again, and the tamper condition is over"
    meter.bring_about(tokens.clear_tamper_condition(), "it was not cleared", breaks="41-8.10-clears")
    precondition(not meter.is_tampered(), "it was not cleared", breaks="41-8.10-clears")
    meter.cut_power()
    assert not meter.is_tampered(), "a power cut brought back a tamper condition that was cleared"


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


def _require_cleared(meter: MeterUnderTest, tokens: TokenMint) -> None:
    assert meter.enter(tokens.clear_tamper_condition()).result is Accept
    assert not meter.is_tampered(), "the meter still shows the tamper condition"


def _tamper(meter: MeterUnderTest) -> None:
    meter.tamper()
    precondition(
        meter.is_tampered(),
        "opening the cover brought about no tamper condition that the carrier shows",
        breaks="52-6.8.3-tamper" if "port" in meter.carriers else None,
    )
