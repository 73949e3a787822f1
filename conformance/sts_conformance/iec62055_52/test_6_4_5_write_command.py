"""IEC 62055-52, 6.4.5: WriteCommand."""

from sts62055.application.results import Accept
from sts_fixtures import requirement
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_fixtures.tokens.mint import TokenMint


@requirement("52-6.4.5-token")
def test_a_token_that_is_written_is_executed(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = meter.credit()
    outcome = meter.enter(tokens.credit(kwh=1))
    assert outcome.result is Accept
    assert meter.credit() != before
