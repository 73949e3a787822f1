"""IEC 62055-52, 6.4.5: WriteCommand."""

import pytest

from stsbench import Accept, MeterUnderTest, TokenMint, requirement


@requirement("52-6.4.5-token")
@pytest.mark.usefixtures("working_credit")
def test_a_token_that_is_written_is_executed(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = meter.credit()
    outcome = meter.enter(tokens.credit(kwh=1))
    assert outcome.result is Accept
    assert meter.credit() != before
