"""IEC 62055-31: the load switch."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pytest

from sts62055.application.exact_amounts import greatest_amount_up_to, least_amount_from
from sts_fixtures.meter.portrait import registers_of
from stsbench import (
    SECOND,
    DeclaredMeter,
    LoadBank,
    MeterUnderTest,
    MintedToken,
    PortCarrier,
    TokenMint,
    precondition,
    requirement,
)

_LONG_ENOUGH = 60 * SECOND
_LITTLE, _ENOUGH, _RESOLUTION = 2, 10, 1
"""Credit in 0,1 kWh: what is soon used up, what a case gives, and what the register tells apart."""
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
    """The bench's load draws 0,2 kWh and stays on for as long as 0,1 kWh take: with 2 kW, 10 minutes."""
    loads.prepare()
    loads.use_up_all()
    meter.bring_about(tokens.credit(units=_LITTLE), "no credit was given", breaks="41-8.4-adds")
    loads.require_closed_on_credit()
    with loads.on():
        is_looked_at_often = "load" in meter.by_device
        # a unit that was begun before may end within this credit
        loads.draw_at_most(_LITTLE - 1)
        if is_looked_at_often:
            assert meter.load_switch_is_closed(), "open before 0.1 kWh were drawn on a credit of 0.2 kWh"
        else:
            loads.draw(_LITTLE + 1)
        opens = loads.opens(within=loads.time_of(_LITTLE + 1)) if is_looked_at_often else loads.opens()
        assert opens, "still closed after 0.3 kWh were drawn on a credit of 0.2 kWh"
        left, energy = meter.credit(), counted(meter)
        assert left == 0, f"open with a credit of {left / 10} kWh"
        if is_looked_at_often:
            loads.draw(1)
        assert counted(meter) == energy, "energy was counted while the load switch was open"
    meter.bring_about(tokens.credit(kwh=1), "no credit was given", breaks="41-8.4-adds")
    gain = meter.credit()
    assert abs(gain - _ENOUGH) <= _RESOLUTION, f"credit of 1 kWh brought {gain / 10} kWh once it was used up"


def counted(meter: MeterUnderTest) -> int:
    """Return the energy that was drawn in all, in 0,1 kWh, where the port shows it; else 0."""
    return meter.energy() if "port" in meter.carriers else 0


@requirement("31-switch-opens")
def test_the_switch_opens_when_the_credit_is_cleared_under_load(meter: MeterUnderTest, loads: LoadBank) -> None:
    loads.prepare()
    with loads.on():
        loads.use_up_all()
        assert loads.opens(), "still closed after the credit was cleared under load"
    left = meter.credit()
    assert left == 0, f"{left / 10} kWh after the credit was cleared under load"


@requirement("31-switch-closes")
def test_the_switch_closes_again_once_there_is_credit(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    loads.prepare()
    reconnection = declared.declaration.implements.reconnection
    is_automatic = reconnection == "automatic"
    first = meter.carriers[0]
    for by, is_cut in (*((carrier, False) for carrier in loads.carriers), (first, True)):
        loads.require_open_without_credit()
        if is_cut:
            meter.cut_power()
        credit = tokens.credit(kwh=1)
        if by == first:
            meter.bring_about(credit, "no credit was given", breaks="41-8.4-adds")
        else:
            loads.try_carrier(credit, by)
            if not meter.credit():
                continue  # whether the carrier works is not asked here
        is_closed = loads.closes_by_itself() if is_automatic else meter.load_switch_is_closed()
        how = f"with reconnection = {reconnection}, and credit by the {by}"
        how += ", after a power cut without credit" if is_cut else ""
        assert is_closed == is_automatic, f"closed = {is_closed} {how}"
        assert loads.closes(), f"the load switch does not close although there is credit, {how}"


@requirement("31-switch-stays-open")
def test_the_switch_stays_open_without_credit(meter: MeterUnderTest, loads: LoadBank) -> None:
    loads.prepare()
    loads.require_open_without_credit()
    meter.close_load_switch()
    assert not meter.load_switch_is_closed(), "its user could close it without credit"
    meter.cut_power()
    meter.close_load_switch()
    assert not meter.load_switch_is_closed(), "its user could close it without credit after a power cut"


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
    """The bench's load is on for a minute, with a limit that is a tenth above what it may be."""
    least, greatest = declared.declaration.implements.power_limit_range
    watts = least_amount_from(max(loads.most * 11 // 10, least))
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
    first, by = meter.carriers[0], loads.carriers[-1 if is_cut else 0]
    loads.prepare()
    if is_cut:
        meter.cut_power()
        loads.require_closed_on_credit()
    meter.tamper()
    try:
        assert loads.opens(), "still closed after the cover was opened"
        meter.close_load_switch()
        assert not meter.load_switch_is_closed(), "its user could close it while the meter is tampered"
        if is_cut and "port" in meter.carriers:
            meter.cut_power()
            precondition(meter.is_tampered(), "a power cut ended the tamper condition", breaks="41-8.10-outlasts")
            meter.close_load_switch()
            assert not meter.load_switch_is_closed(), "closed after a power cut while the meter is tampered"
    finally:
        if by != first:
            loads.try_carrier(tokens.clear_tamper_condition(), by)
        if by == first or meter.is_tampered():
            by = first  # whether the other carrier works is not asked here
            meter.enter_although_locked(tokens.clear_tamper_condition())
    precondition(not meter.is_tampered(), "the tamper condition was not cleared", breaks="41-8.10-clears")
    assert loads.closes(), f"open after the tamper condition was cleared by the {by}"


@requirement("31-switch-tamper")
def test_the_switch_opens_on_tampering_under_load(
    meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank
) -> None:
    """The bench's load stays on for as long as 0,1 kWh take: with 2 kW, 4 minutes."""
    loads.prepare()
    with loads.on():
        meter.tamper()
        try:
            assert loads.opens(), "still closed after the cover was opened under load"
            before = meter.credit(), counted(meter)
            loads.draw(1)
            after = meter.credit(), counted(meter)
        finally:
            meter.enter_although_locked(tokens.clear_tamper_condition())
    assert after == before, "credit or energy is another although the load switch was open"


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
    meter: MeterUnderTest, tokens: TokenMint, client: PortCarrier, declared: DeclaredMeter, loads: LoadBank
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
    limit = meter.power_limit()
    assert limit == watts, f"the power limit was {watts} W, and is {limit} W once the switch opened on a load"
    is_open = not meter.load_switch_is_closed()
    client.read_number("meter_status")
    registers_of(meter)
    meter.enter(used)
    if is_open and meter.load_switch_is_closed():
        lasting = meter.now() - opened
        again = trip(meter, loads)
        meter.wait(again + lasting - meter.now())
        assert meter.load_switch_is_closed(), "closed by a used token or a read, and not by itself in that time"
    meter.bring_about(tokens.credit(kwh=1), "no credit was given", breaks="41-8.4-adds")
    gain = meter.credit() - credit
    assert gain == used.units, f"credit of 1 kWh raised it by {gain / 10} kWh while the switch was open"
    if loads.closes():
        with loads.on():
            opens_again = loads.opens()
            if opens_again:
                meter.close_load_switch()
                assert loads.opens(), "its user had it closed on a load that is too great, and it stays closed"
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
