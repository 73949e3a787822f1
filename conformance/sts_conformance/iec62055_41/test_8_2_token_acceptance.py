"""IEC 62055-41, 8.2: token acceptance and rejection."""

from sts_fixtures.meter.refusals import require_refused
from stsbench import Accept, MeterUnderTest, TokenMint, precondition, requirement


@requirement("41-8.2-indicated")
def test_acceptance_and_rejection_are_told_apart(meter: MeterUnderTest, tokens: TokenMint) -> None:
    accepted = meter.enter(tokens.smallest_effect())
    assert accepted.matches(Accept), f"got {accepted.reported}, expected Accept"
    rejected = meter.enter(tokens.for_other_meter().smallest_effect())
    require_refused(rejected)


@requirement("41-8.2-goes-on")
def test_a_good_token_is_accepted_after_a_rejected_one(meter: MeterUnderTest, tokens: TokenMint) -> None:
    meter.enter(tokens.for_other_meter().smallest_effect())
    accepted = meter.enter(tokens.smallest_effect())
    assert accepted.matches(Accept), f"got {accepted.reported}, expected Accept"


@requirement("41-8.2-display")
def test_the_display_tells_acceptance_from_rejection(meter: MeterUnderTest, tokens: TokenMint) -> None:
    accepted = meter.enter(tokens.smallest_effect(), by="keypad")
    precondition(accepted.result is Accept, "the token was not accepted", breaks="41-8.2-goes-on")
    rejected = meter.enter(tokens.for_other_meter().smallest_effect(), by="keypad")
    assert rejected.shown != accepted.shown
