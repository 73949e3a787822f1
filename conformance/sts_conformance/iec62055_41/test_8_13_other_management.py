"""IEC 62055-41, 8.13: class 2, reserved and of makers."""

import pytest

from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, requirement

_SUBCLASSES = range(10, 16)
"""The extended set, and those of makers."""


@requirement("41-8.13-unknown")
@pytest.mark.parametrize("subclass", _SUBCLASSES)
def test_a_management_token_that_is_refused_changes_nothing(
    meter: MeterUnderTest, tokens: TokenMint, subclass: int
) -> None:
    before = snapshot(meter)
    outcome = meter.enter(tokens.of_kind(2, subclass))
    if outcome.result is not Accept:
        assert difference(before, meter) == ""


@requirement("41-8.13-undeclared")
def test_management_that_the_meter_is_not_declared_to_take_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    undeclared = set(_SUBCLASSES) - set(declared.declaration.implements.management_subclasses)
    for subclass in sorted(undeclared):
        meter.allow_failures(tokens)
        require_refused(meter.enter(tokens.of_kind(2, subclass)))


@requirement("41-8.13-no-credit")
@pytest.mark.parametrize("subclass", _SUBCLASSES)
def test_a_management_token_gives_no_credit(meter: MeterUnderTest, tokens: TokenMint, subclass: int) -> None:
    before = meter.credit()
    meter.enter(tokens.of_kind(2, subclass, value=100))
    assert meter.credit() <= before
