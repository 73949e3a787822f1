"""IEC 62055-41, 8.11: SetMaximumPhasePowerUnbalanceLimit."""

import pytest

from sts62055.application.exact_amounts import greatest_amount_up_to, least_amount_from
from sts_fixtures.declaration.model import LAST_EXACT
from sts_fixtures.meter.display import check_watts, shows_watts
from stsbench import Accept, DeclaredMeter, LoadBank, MeterUnderTest, TokenMint, precondition, requirement

_TEST = 11


@requirement("41-8.11-limit", "41-8.5-test-11-unbalance")
@pytest.mark.parametrize("end", ["least", "greatest"])
def test_the_limit_that_is_shown_is_the_one_of_the_token(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, end: str
) -> None:
    least, greatest = declared.declaration.implements.unbalance_limit_range
    watts = least_amount_from(least) if end == "least" else greatest_amount_up_to(min(greatest, LAST_EXACT))
    assert meter.enter(tokens.maximum_phase_power_unbalance_limit(watts=watts)).result is Accept
    check_watts(meter, tokens, _TEST, watts)


@requirement("41-8.11-disconnects")
def test_a_load_more_uneven_than_the_limit_is_disconnected(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    """The load stays on the first phase for up to a minute: how soon the switch opens is not ruled."""
    least, greatest = declared.declaration.implements.unbalance_limit_range
    watts = greatest_amount_up_to(min(loads.least // 2, greatest))
    if watts < least:
        pytest.skip(f"the least unbalance limit, {least} W, is not far enough below the bench's {loads.watts} W")
    loads.prepare(narrows="unbalance_limit_range")
    loads.narrow(tokens.maximum_phase_power_unbalance_limit(watts=watts))
    if declared.meets(f"test_{_TEST}"):
        is_set = shows_watts(meter, tokens, _TEST, watts)
        precondition(is_set, "the limit was not set", breaks="41-8.11-limit")
    with loads.on(loads.watts, *(0,) * (declared.declaration.implements.phases - 1)):
        assert loads.opens(), f"still closed with {loads.watts} W on one phase only"
