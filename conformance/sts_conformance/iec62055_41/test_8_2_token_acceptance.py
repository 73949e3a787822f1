"""IEC 62055-41, 8.2: token acceptance and rejection."""

from sts62055.application.results import Accept
from sts_fixtures import requirement
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint


@requirement("41-8.2-indicated")
def test_acceptance_and_rejection_are_told_apart(meter: MeterUnderTest, tokens: TokenMint) -> None:
    assert meter.enter(meter.harmless(tokens)).result is Accept
    rejected = meter.enter(meter.harmless(tokens.for_other_meter()))
    assert rejected.result is not Accept
    assert rejected.result is not None


@requirement("41-8.2-goes-on")
def test_a_good_token_is_accepted_after_a_rejected_one(meter: MeterUnderTest, tokens: TokenMint) -> None:
    meter.enter(meter.harmless(tokens.for_other_meter()))
    assert meter.enter(meter.harmless(tokens)).result is Accept
