"""IEC 62055-41, 8.13: class 2, reserved and of makers."""

import pytest

from sts_fixtures.meter.snapshot import difference, snapshot
from stsbench import Accept, MeterUnderTest, TokenMint, requirement

_EXTENDED_SET = 10


@requirement("41-8.13-unknown")
@pytest.mark.parametrize("subclass", range(_EXTENDED_SET, 16))
def test_a_management_token_that_is_refused_changes_nothing(
    meter: MeterUnderTest, tokens: TokenMint, subclass: int
) -> None:
    before = snapshot(meter)
    outcome = meter.enter(tokens.of_kind(2, subclass))
    if outcome.result is not Accept:
        assert difference(before, meter) == ""


@requirement("41-8.13-no-credit")
@pytest.mark.parametrize("subclass", range(_EXTENDED_SET, 16))
def test_a_management_token_gives_no_credit(meter: MeterUnderTest, tokens: TokenMint, subclass: int) -> None:
    before = meter.credit()
    meter.enter(tokens.of_kind(2, subclass, value=100))
    assert meter.credit() <= before
