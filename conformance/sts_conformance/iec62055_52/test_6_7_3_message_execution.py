"""IEC 62055-52, 6.7.3: message execution."""

from collections.abc import Callable

import pytest

from sts_fixtures.tokens.mint import MintedToken
from stsbench import LineTimer, MeterUnderTest, NotReady, Profile, TokenMint, precondition, requirement

_KINDS: dict[str, Callable[[TokenMint], MintedToken]] = {
    "InitiateMeterTest/Display": lambda tokens: tokens.display(0),
    "SetMaximumPowerLimit": lambda tokens: tokens.usual_power_limit(),
    "ClearTamperCondition": lambda tokens: tokens.clear_tamper_condition(),
}


@requirement("52-6.7.3-execution", measures="execution time")
def test_execution_time_of_a_credit(
    meter: MeterUnderTest, tokens: TokenMint, line: LineTimer, profile: Profile
) -> None:
    measure_execution(meter, tokens.credit(kwh="0.1"), line, profile)


@requirement("52-6.7.3-every-kind", measures="execution time")
@pytest.mark.parametrize("mint", _KINDS.values(), ids=_KINDS)
def test_execution_time_of_every_kind_of_token(
    meter: MeterUnderTest,
    tokens: TokenMint,
    line: LineTimer,
    profile: Profile,
    mint: Callable[[TokenMint], MintedToken],
) -> None:
    measure_execution(meter, mint(tokens), line, profile)


def measure_execution(meter: MeterUnderTest, token: MintedToken, line: LineTimer, profile: Profile) -> None:
    """Enter a token and judge how long it took."""
    outcome = meter.enter(token)
    precondition(
        outcome.acknowledged is not None, "the token was not acknowledged", breaks="52-6.6.4-acknowledged"
    )
    assert outcome.result is not NotReady, "tokenStatus stayed 'not ready'"
    limits = profile.time_limits("execution_time")
    line.measure_between("execution time", outcome.busy_from, outcome.ready_by, within=limits)
