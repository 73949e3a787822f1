"""IEC 62055-41, 6.2.14: class 3, which is reserved."""

from sts62055.application.results import Accept
from sts_fixtures import requirement
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint


@requirement("41-6.2.14-class-3")
def test_a_token_of_class_3_is_refused(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = meter.credit()
    assert meter.enter(tokens.reserved_class()).result is not Accept
    assert meter.credit() == before
