"""IEC 62055-52, 6.7.3: message execution."""

from sts62055.application.results import NotReady
from sts62055.carrier.profile import Profile
from sts_fixtures import requirement
from sts_fixtures.judging import LineMeter, given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint


@requirement("52-6.7.3-execution", measures="execution time")
def test_execution_time_of_a_token(
    meter: MeterUnderTest, tokens: TokenMint, line: LineMeter, profile: Profile
) -> None:
    limits = profile.time_limits("execution_time")
    outcome = meter.enter(meter.harmless(tokens))
    given(outcome.acknowledged is not None, "the token was not acknowledged: see 52-6.6.4-acknowledged")
    assert outcome.result is not NotReady, "tokenStatus stayed 'not ready'"
    line.measure_between("execution time", outcome.busy_from, outcome.ready_by, within=limits)
