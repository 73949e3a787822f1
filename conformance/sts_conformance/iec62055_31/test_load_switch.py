"""IEC 62055-31: the load switch."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pytest

from sts62055.application.exact_amounts import greatest_amount_up_to, least_amount_from
from stsbench import (
    SECOND,
    DeclaredMeter,
    LoadBank,
    MeterUnderTest,
    MintedToken,
    TokenMint,
    precondition,
    requirement,
)

_LONG_ENOUGH = 60 * SECOND
_LOOKS = (0, 3 * SECOND, 6 * SECOND, 12 * SECOND)
"""After how long the switch is looked at, one after the other; a person looks once."""


def cut_power(meter: MeterUnderTest, _: TokenMint, __: MintedToken) -> None:
    """Switch the meter off and on."""
    meter.cut_power()


def enter_used(meter: MeterUnderTest, _: TokenMint, used: MintedToken) -> None:
    """Enter a token that was accepted before."""
    meter.enter(used, is_judged=False)


def set_limit(meter: MeterUnderTest, tokens: TokenMint, _: MintedToken) -> None:
    """Enter a power limit, where the meter takes one."""
    if meter.declared.meets("maximum_power_limit"):
        meter.enter(tokens.usual_power_limit(), is_judged=False)


def tamper_and_clear(meter: MeterUnderTest, tokens: TokenMint, _: MintedToken) -> None:
    """Open the cover and clear the tamper condition, where the meter knows one."""
    if meter.declared.meets("tamper_detection"):
        meter.tamper()
        meter.enter(tokens.clear_tamper_condition(), is_judged=False)


_GIVES_NO_CREDIT: Mapping[str, Callable[[MeterUnderTest, TokenMint, MintedToken], None]] = MappingProxyType(
    {
        "a power cut": cut_power,
        "a used token": enter_used,
        "a power limit": set_limit,
        "tampering and its end": tamper_and_clear,
    }
)


@requirement("31-switch-opens")
def test_the_switch_opens_when_the_credit_is_used_up(
    meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank
) -> None:
    """The bench's load draws more than 0,2 kWh: with 2 kW that takes 10 minutes."""
    loads.prepare()
    loads.use_up_all()
    meter.bring_about(tokens.credit(kwh="0.2"), "no credit was given", breaks="41-8.4-adds")
    loads.require_closed_on_credit()
    with loads.on():
        loads.draw(3)
        assert loads.opens(), "still closed after 0.3 kWh were drawn on a credit of 0.2 kWh"


@requirement("31-switch-closes")
def test_the_switch_closes_again_once_there_is_credit(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    loads.prepare()
    loads.require_open_without_credit()
    meter.bring_about(tokens.credit(kwh=1), "no credit was given", breaks="41-8.4-adds")
    reconnection = declared.declaration.implements.reconnection
    is_automatic = reconnection == "automatic"
    is_closed = loads.closes_by_itself() if is_automatic else meter.load_switch_is_closed()
    assert is_closed == is_automatic, f"closed = {is_closed} with reconnection = {reconnection}"
    assert loads.closes(), "the load switch does not close although there is credit"


@requirement("31-switch-stays-open")
def test_the_switch_stays_open_without_credit(meter: MeterUnderTest, loads: LoadBank) -> None:
    loads.prepare()
    loads.require_open_without_credit()
    meter.close_load_switch()
    assert not meter.load_switch_is_closed(), "its user could close it without credit"


@requirement("31-switch-stays-open")
@pytest.mark.parametrize("what", _GIVES_NO_CREDIT)
def test_the_switch_stays_open_without_credit_whatever_comes(
    meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank, what: str
) -> None:
    loads.prepare()
    used = tokens.smallest_effect()
    meter.bring_about(used, "a token was not accepted", breaks="41-7.3.7-valid")
    loads.require_open_without_credit()
    _GIVES_NO_CREDIT[what](meter, tokens, used)
    for after in _LOOKS if "load" in meter.by_device else _LOOKS[-1:]:
        assert not meter.load_switch_is_closed(after=after), f"closed without credit after {what}"


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
@pytest.mark.parametrize("is_cut", [False, True], ids=["with power", "after a power cut"])
def test_the_switch_opens_on_tampering(
    meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank, is_cut: bool
) -> None:
    loads.prepare()
    if is_cut:
        meter.cut_power()
        loads.require_closed_on_credit()
    meter.tamper()
    try:
        assert loads.opens(), "still closed after the cover was opened"
    finally:
        meter.enter_although_locked(tokens.clear_tamper_condition())


@requirement("31-switch-only")
def test_the_switch_stays_closed_whatever_is_not_for_it(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    loads.prepare()
    if declared.meets("maximum_power_limit"):
        meter.enter(tokens.usual_power_limit())
        assert meter.load_switch_is_closed(), "open after a new power limit, without a load"
    if declared.declaration.implements.reconnection == "automatic":
        meter.cut_power()
        assert loads.closes_by_itself(), "open after a power cut, with reconnection = automatic"


def trip(meter: MeterUnderTest, loads: LoadBank) -> int:
    """Have the switch open on a load, remove that, and return the instant from which on it may close again."""
    with loads.on():
        began = meter.now()
        precondition(
            loads.opens(),
            "the switch does not open on the load",
            breaks="31-switch-above-limit",
        )
    return began


@requirement("31-switch-tripped")
def test_a_switch_that_opened_on_a_load_is_nothing_to_tokens(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    least, greatest = declared.declaration.implements.power_limit_range
    watts = greatest_amount_up_to(min(loads.least * 4 // 5, greatest))
    if watts < least:
        pytest.skip(f"the least power limit, {least} W, is not far enough below the load of {loads.watts} W")
    loads.prepare(narrows="power_limit_range")
    used = tokens.credit(kwh=1)
    meter.bring_about(used, "no credit was given", breaks="41-8.4-adds")
    loads.narrow(tokens.maximum_power_limit(watts=watts))
    opened = trip(meter, loads)
    credit = meter.credit()
    is_open = not meter.load_switch_is_closed()
    meter.enter(used)
    if is_open and meter.load_switch_is_closed():
        lasting = meter.now() - opened
        again = trip(meter, loads)
        meter.wait(again + lasting - meter.now())
        assert meter.load_switch_is_closed(), "closed by a used token, and not by itself in that time"
    meter.bring_about(tokens.credit(kwh=1), "no credit was given", breaks="41-8.4-adds")
    gain = meter.credit() - credit
    assert gain == used.units, f"credit of 1 kWh raised it by {gain / 10} kWh while the switch was open"
    if loads.closes():
        with loads.on():
            opens_again = loads.opens()
        assert opens_again, "it opened on a load that is too great once, and stays closed on the same load now"


@requirement("31-under-load")
def test_a_power_limit_is_set_under_load_and_kept_without_credit(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    """The load of the bench uses up 0,2 kWh."""
    greatest = greatest_amount_up_to(declared.declaration.implements.power_limit_range[1])
    lower = greatest_amount_up_to(greatest - 1)
    if lower <= loads.most:
        pytest.skip(f"the greatest power limit, {greatest} W, is not far enough above the load of {loads.watts} W")
    loads.prepare()
    loads.use_up_all()
    meter.bring_about(tokens.credit(kwh="0.2"), "no credit was given", breaks="41-8.4-adds")
    loads.require_closed_on_credit()
    with loads.on():
        loads.narrow(tokens.maximum_power_limit(watts=lower))
        limit = meter.power_limit()
        assert limit == lower, f"a power limit of {lower} W was accepted under load, and it is {limit} W"
        loads.draw(3)
    limit = meter.power_limit()
    assert limit == lower, f"the power limit was {lower} W, and is {limit} W once the credit was used up"
