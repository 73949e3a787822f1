"""IEC 62055-41, 6.1.3: TokenCarrierType, here 02: the keypad."""

import pytest

from stsbench import Accept, MeterUnderTest, TokenMint, requirement


@requirement("41-6.1.3-keypad")
@pytest.mark.usefixtures("working_credit")
def test_twenty_digits_are_taken_at_the_keypad(meter: MeterUnderTest, tokens: TokenMint) -> None:
    """Also while the meter is tampered, if it takes credit then."""
    token = tokens.smallest_effect()
    credit = meter.credit()
    outcome = meter.enter(token, by="keypad")
    assert meter.credit() == credit + token.units
    assert outcome.matches(Accept), f"got {outcome.reported}, expected Accept"
    if meter.carriers[0] != "keypad" and meter.leave_tampered(tokens):
        credit, token = meter.credit(), tokens.smallest_effect()
        outcome = meter.enter(token, by="keypad")
        is_taken = meter.credit() == credit + token.units and outcome.may_be(Accept)
        # whether a tampered meter takes credit at all is its maker's choice
        assert is_taken or not meter.enter(tokens.smallest_effect()).may_be(Accept), (
            f"got {outcome.reported} at the keypad while the meter is tampered, and Accept by the port"
        )
        meter.bring_about(tokens.clear_tamper_condition(), "it stays tampered", breaks="41-8.10-clears")
