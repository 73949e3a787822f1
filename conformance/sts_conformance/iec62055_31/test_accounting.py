"""IEC 62055-31: credit and the energy that is drawn on it."""

import pytest

from stsbench import DeclaredMeter, LoadBank, MeterUnderTest, TokenMint, precondition, requirement

_RESOLUTION = 1
_FRACTIONS = 10


@requirement("31-accounting-exact")
@pytest.mark.usefixtures("working_credit")
def test_credit_falls_by_the_energy_that_is_counted(meter: MeterUnderTest, loads: LoadBank) -> None:
    """The bench's load draws 0,3 kWh or a little more: with 2 kW that takes 10 minutes."""
    loads.prepare()
    credit, energy = meter.credit(), meter.energy()
    with loads.on():
        loads.draw(3)
    used, counted = credit - meter.credit(), meter.energy() - energy
    assert counted >= 3 - _RESOLUTION, f"{counted / 10} kWh counted of 0.3 kWh or more"
    assert abs(used - counted) <= _RESOLUTION, f"{used / 10} kWh of credit used for {counted / 10} kWh counted"


@requirement("31-accounting-power-cut")
def test_a_power_cut_under_load_gives_and_takes_nothing(meter: MeterUnderTest, loads: LoadBank) -> None:
    """The bench's load draws 0,2 kWh or a little more: with 2 kW that takes 7 minutes."""
    loads.prepare()
    counted = meter.energy()
    with loads.on():
        loads.draw(2)
        credit, energy = meter.credit(), meter.energy()
        precondition(energy > counted, "the energy that was drawn was not counted", breaks="31-accounting-exact")
        meter.cut_power()
        assert -_RESOLUTION <= meter.credit() - credit <= 0, "the credit is another after the power cut"
        assert 0 <= meter.energy() - energy <= _RESOLUTION, "the cumulative energy is another after the power cut"


@requirement("31-accounting-exact")
@pytest.mark.usefixtures("working_credit")
@pytest.mark.parametrize("what", ["a power cut", "a credit token"])
def test_the_fraction_of_a_unit_is_not_lost(
    meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank, what: str
) -> None:
    """The bench's load draws 0,3 kWh or a little more, and something comes after each 0,03 kWh: 10 minutes."""
    loads.prepare()
    credit, energy, given = meter.credit(), meter.energy(), 0
    for _ in range(_FRACTIONS):
        with loads.on():
            loads.draw(3, of=_FRACTIONS)
        if what == "a power cut":
            meter.cut_power()
            loads.require_closed_on_credit()
        else:
            meter.bring_about(tokens.credit(units=1), "no credit was given", breaks="41-8.4-adds")
            given += 1
    used, counted = credit + given - meter.credit(), meter.energy() - energy
    assert counted >= 3 - _RESOLUTION, f"{counted / 10} kWh counted of 0.3 kWh, with {what} after each 0.03 kWh"
    is_fair = abs(used - counted) <= _RESOLUTION
    assert is_fair, f"{used / 10} kWh of credit used for {counted / 10} kWh, with {what} after each 0.03 kWh"


@requirement("31-accounting-emergency")
def test_the_declared_emergency_credit_can_be_drawn_and_no_more(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    """The bench's load draws all of it and 0,1 kWh more: with 2 kW, 4 minutes for every 0,1 kWh."""
    emergency = declared.declaration.implements.emergency_credit
    loads.prepare()
    loads.require_open_without_credit()
    meter.close_load_switch()
    try:
        assert meter.load_switch_is_closed(), "its user cannot have the load switch closed on emergency credit"
        with loads.on():
            loads.draw_at_most(emergency - 1)
            assert meter.load_switch_is_closed(), f"open before {emergency / 10} kWh were drawn"
            loads.draw(emergency + 1)
            assert not meter.load_switch_is_closed(), (
                f"still closed after more than {emergency / 10} kWh were drawn"
            )
    finally:
        meter.enter_although_locked(tokens.credit(units=emergency + 10))
