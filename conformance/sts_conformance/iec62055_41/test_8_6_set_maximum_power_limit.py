"""IEC 62055-41, 8.6: SetMaximumPowerLimit."""

import pytest

from sts62055.application.exact_amounts import greatest_amount_up_to, least_amount_from
from sts_conformance.iec62055_41.power_cuts import cut_within, instants, require_cuts_at_once
from sts_fixtures.declaration.model import LAST_EXACT
from stsbench import (
    Accept,
    DeclaredMeter,
    LoadBank,
    MeterUnderTest,
    PortCarrier,
    Profile,
    TokenMint,
    precondition,
    requirement,
)


def ends_of(declared: DeclaredMeter) -> tuple[int, int]:
    """Return the least and the greatest power limit in watts that the meter takes and a token can write."""
    least, greatest = declared.declaration.implements.power_limit_range
    return least_amount_from(least), greatest_amount_up_to(greatest)


@requirement("41-8.6-limit")
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0], ids=["least", "between", "greatest without exponent"])
def test_the_limit_is_the_one_of_the_token(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, share: float
) -> None:
    least, greatest = ends_of(declared)
    watts = least + int((max(min(greatest, LAST_EXACT), least) - least) * share)
    assert meter.enter(tokens.maximum_power_limit(watts=watts)).result is Accept
    assert meter.power_limit() == watts


@requirement("41-8.6-kept")
def test_the_limit_is_kept_over_a_power_cut(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    least, greatest = ends_of(declared)
    for watts in (least, greatest):
        precondition(
            meter.enter(tokens.maximum_power_limit(watts=watts)).result is Accept and meter.power_limit() == watts,
            "the limit was not set",
            breaks="41-8.6-limit",
        )
        meter.cut_power()
        assert meter.power_limit() == watts


@requirement("41-8.6-disconnects", "31-switch-above-limit")
def test_a_load_above_the_limit_is_disconnected(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    """The load stays on for up to a minute: how soon the switch opens, and for how long, is not ruled.

    The limit is a tenth below what the load is at least, and once a twentieth of that, or the least.
    """
    least, greatest = ends_of(declared)
    near = greatest_amount_up_to(min(loads.least * 9 // 10, greatest))
    if near < least:
        pytest.skip(
            f"the least power limit, {least} W, is not far enough below the bench's load of {loads.watts} W"
        )
    low = min(least_amount_from(max(loads.least // 20, least)), near)
    for watts, event in (
        (near, ""),
        (low, ""),
        (near, "set under load"),
        (near, "kept over a power cut"),
        *((near, f"set by the {by}") for by in loads.carriers[1:]),
        *((near, "read meanwhile") for by in meter.carriers if by == "port"),
    ):
        loads.prepare(narrows="power_limit_range")
        opens = opens_above(watts, event, meter, tokens, loads)
        assert opens, f"still closed with {loads.watts} W above a limit of {watts} W{event and ', '}{event}"
        loads.tidy()


def opens_above(watts: int, event: str, meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank) -> bool:
    """Set a limit, let something happen to it, and return whether the switch opens on the load."""
    token, by = tokens.maximum_power_limit(watts=watts), event.partition("set by the ")[2] or None
    if event == "set under load":
        with loads.on():
            loads.narrow(token)
            return loads.opens()
    loads.narrow(token, by=by)
    if by and meter.power_limit() != watts:
        return True  # whether the carrier works is not asked here
    precondition(meter.power_limit() == watts, "the limit was not set", breaks="41-8.6-limit")
    if event == "kept over a power cut":
        meter.cut_power()
        precondition(meter.power_limit() == watts, "the limit was not kept", breaks="41-8.6-kept")
        loads.require_closed_on_credit()
    with loads.on():
        return loads.opens(meanwhile=meter.power_limit if event == "read meanwhile" else None)


@requirement("41-8.6-any-instant")
def test_a_power_cut_leaves_the_limit_as_before_or_as_after(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, client: PortCarrier, profile: Profile
) -> None:
    require_cuts_at_once(meter)
    least, greatest = ends_of(declared)
    low, high = least, max(min(greatest, LAST_EXACT), least)
    if low == high:
        pytest.skip("the meter takes one power limit only")
    usual = meter.enter(tokens.maximum_power_limit(watts=low))
    precondition(usual.result is Accept, "no limit was set", breaks="41-8.6-limit")
    before, new = low, high
    for after in instants(usual.ready_by, profile.longest_time("execution_time"))[::2]:
        meter.allow_failures(tokens)
        when = cut_within(meter, client, tokens.maximum_power_limit(watts=new), after)
        limit = meter.power_limit()
        assert limit in (before, new), (
            f"{when}: the limit was {before} W, the token brings {new} W, and now it is {limit} W"
        )
        if limit == new:
            before, new = new, before
