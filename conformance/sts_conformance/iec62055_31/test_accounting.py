"""IEC 62055-31: credit and the energy that is drawn on it."""

from collections.abc import Callable, Iterator

import pytest

from sts62055.application.exact_amounts import greatest_amount_up_to
from stsbench import (
    DeclaredMeter,
    LoadBank,
    MeterUnderTest,
    MintedToken,
    TokenMint,
    precondition,
    requirement,
)

_RESOLUTION = 1
_FRACTIONS = 10


class Account:
    """What a meter has counted and taken from its credit since it was made."""

    def __init__(self, meter: MeterUnderTest, loads: LoadBank) -> None:
        self._meter = meter
        self._loads = loads
        self._began = meter.now()
        self._credit = meter.credit()
        self._energy = meter.energy()

    def require_fair(self, least: int, how: str, *, given: int = 0) -> None:
        """Fail the meter unless it counted what was drawn, and took just that from the credit.

        least: the 0,1 kWh that were drawn at least; given: those that were bought since.
        """
        used = self._credit + given - self._meter.credit()
        counted = self._meter.energy() - self._energy
        most = self._loads.most_counted(self._began)
        assert counted >= least - _RESOLUTION, f"{counted / 10} kWh counted of {least / 10} kWh or more, {how}"
        assert counted <= most, f"{counted / 10} kWh counted where less than {most / 10} kWh were drawn, {how}"
        is_fair = abs(used - counted) <= _RESOLUTION
        assert is_fair, f"{used / 10} kWh of credit used for {counted / 10} kWh counted, {how}"


def that_give_nothing(meter: MeterUnderTest, tokens: TokenMint, used: MintedToken) -> Iterator[MintedToken]:
    """Yield tokens that leave credit and load switch of a closed and loaded meter as they are."""
    implements = meter.declared.declaration.implements
    yield tokens.display(0)
    if meter.declared.meets("maximum_power_limit"):
        yield tokens.maximum_power_limit(watts=greatest_amount_up_to(implements.power_limit_range[1]))
    if meter.declared.meets("tamper_detection"):
        yield tokens.clear_tamper_condition()
    yield used


@requirement("31-accounting-exact")
@pytest.mark.usefixtures("working_credit")
def test_credit_falls_by_the_energy_that_is_counted(
    meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank, observe_all: Callable[[], None]
) -> None:
    """The bench's load draws 0,6 kWh or a little more, while registers are read, then while tokens come.

    With 2 kW that takes 20 minutes.
    """
    loads.prepare()
    used = tokens.credit(units=1)
    meter.bring_about(used, "no credit was given", breaks="41-8.4-adds")
    account, given = Account(meter, loads), 0
    with loads.on():
        for _ in range(_FRACTIONS):
            loads.draw(3, of=_FRACTIONS)
            observe_all()
        account.require_fair(3, "while registers were read")
        for _ in range(_FRACTIONS):
            loads.draw(3, of=_FRACTIONS)
            for token in that_give_nothing(meter, tokens, used):
                meter.enter(token, is_judged=False)
            meter.bring_about(tokens.credit(units=1), "no credit was given", breaks="41-8.4-adds")
            given += 1
    account.require_fair(6, "while tokens were entered", given=given)


@requirement("31-accounting-power-cut")
def test_a_power_cut_under_load_gives_and_takes_nothing(meter: MeterUnderTest, loads: LoadBank) -> None:
    """The bench's load draws 0,2 kWh or a little more, and would draw as much while the power is off.

    With 2 kW that takes 14 minutes.
    """
    loads.prepare()
    counted = meter.energy()
    with loads.on():
        loads.draw(2)
        credit, energy = meter.credit(), meter.energy()
        precondition(energy > counted, "the energy that was drawn was not counted", breaks="31-accounting-exact")
        meter.cut_power(lasting=loads.time_of(2))
        assert -_RESOLUTION <= meter.credit() - credit <= 0, "the credit is another after the power cut"
        assert 0 <= meter.energy() - energy <= _RESOLUTION, "the cumulative energy is another after the power cut"


@requirement("31-accounting-exact")
@pytest.mark.usefixtures("working_credit")
def test_the_fraction_of_a_unit_is_not_lost(meter: MeterUnderTest, loads: LoadBank) -> None:
    """The bench's load draws 0,3 kWh or a little more, with a power cut after each 0,03 kWh: 10 minutes."""
    loads.prepare()
    account = Account(meter, loads)
    for _ in range(_FRACTIONS):
        with loads.on():
            loads.draw(3, of=_FRACTIONS)
        meter.cut_power()
        loads.require_closed_on_credit()
    account.require_fair(3, "with a power cut after each 0.03 kWh")


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
