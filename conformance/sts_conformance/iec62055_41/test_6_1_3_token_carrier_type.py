"""IEC 62055-41, 6.1.3: TokenCarrierType, here 02: the keypad."""

import pytest

from stsbench import Accept, MeterUnderTest, TokenMint, requirement


@requirement("41-6.1.3-keypad")
@pytest.mark.usefixtures("working_credit")
def test_twenty_digits_are_taken_at_the_keypad(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = tokens.smallest_effect()
    credit = meter.credit()
    outcome = meter.enter(token, by="keypad")
    assert meter.credit() == credit + token.units
    assert outcome.matches(Accept), f"got {outcome.reported}, expected Accept"
