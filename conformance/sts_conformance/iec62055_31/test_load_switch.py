"""IEC 62055-31: the load switch."""

import pytest

from sts62055.application.exact_amounts import least_amount_from
from stsbench import SECOND, DeclaredMeter, LoadBank, MeterUnderTest, TokenMint, precondition, requirement

_LONG_ENOUGH = 60 * SECOND


@requirement("31-switch-opens")
def test_the_switch_opens_when_the_credit_is_used_up(
    meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank
) -> None:
    """The bench's load draws more than 0,2 kWh: with 2 kW that takes 10 minutes."""
    loads.prepare()
    loads.use_up_all()
    meter.bring_about(tokens.credit(kwh="0.2"), "no credit was given", breaks="41-8.4-adds")
    precondition(
        loads.closes(), "the load switch does not close although there is credit", breaks="31-switch-closes"
    )
    with loads.on():
        loads.draw(3)
        assert not meter.load_switch_is_closed(), "still closed after 0.3 kWh were drawn on a credit of 0.2 kWh"


@requirement("31-switch-closes")
def test_the_switch_closes_again_once_there_is_credit(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    loads.prepare()
    loads.use_up_all()
    precondition(
        not meter.load_switch_is_closed(), "the load switch is closed without credit", breaks="31-switch-opens"
    )
    meter.bring_about(tokens.credit(kwh=1), "no credit was given", breaks="41-8.4-adds")
    reconnection = declared.declaration.implements.reconnection
    is_closed = meter.load_switch_is_closed()
    assert is_closed == (reconnection == "automatic"), f"closed = {is_closed} with reconnection = {reconnection}"
    assert loads.closes(), "the load switch does not close although there is credit"


@requirement("31-switch-stays-open")
def test_the_switch_stays_open_without_credit(meter: MeterUnderTest, loads: LoadBank) -> None:
    loads.prepare()
    loads.use_up_all()
    precondition(
        not meter.load_switch_is_closed(), "the load switch is closed without credit", breaks="31-switch-opens"
    )
    meter.close_load_switch()
    assert not meter.load_switch_is_closed(), "its user could close it without credit"


@requirement("31-switch-below-limit")
def test_a_load_below_the_limit_stays_connected(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    """The bench's load is on for a minute, with a limit that is a quarter above what it may be."""
    least, greatest = declared.declaration.implements.power_limit_range
    watts = least_amount_from(max(loads.most * 5 // 4, least))
    if watts > greatest:
        pytest.skip(f"the greatest power limit, {greatest} W, is not far enough above the load of {loads.watts} W")
    loads.prepare()
    loads.narrow(tokens.maximum_power_limit(watts=watts))
    with loads.on():
        meter.wait(_LONG_ENOUGH)
        assert meter.load_switch_is_closed(), f"open with {loads.watts} W below a limit of {watts} W"
    loads.require_opening()


@requirement("31-switch-tamper")
def test_the_switch_opens_on_tampering(meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank) -> None:
    loads.prepare()
    meter.tamper()
    try:
        assert not meter.load_switch_is_closed(), "still closed after the cover was opened"
    finally:
        meter.enter_although_locked(tokens.clear_tamper_condition())
