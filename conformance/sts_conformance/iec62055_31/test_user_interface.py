"""IEC 62055-31: what the user can see."""

from decimal import Decimal

import pytest

from sts_fixtures.meter.display import resolution_of
from stsbench import LoadBank, MeterUnderTest, precondition, requirement

_ELECTRICITY = 0


@requirement("31-interface-credit")
@pytest.mark.usefixtures("working_credit")
def test_the_credit_that_is_shown_falls_with_what_is_drawn(meter: MeterUnderTest, loads: LoadBank) -> None:
    """The bench's load draws 0,3 kWh or a little more: with 2 kW that takes 10 minutes."""
    loads.prepare()
    energy, before = meter.energy(), meter.shown_credit(_ELECTRICITY)
    with loads.on():
        loads.draw(3)
    after, used = meter.shown_credit(_ELECTRICITY), Decimal(meter.energy() - energy) / 10
    precondition(used > 0, "the energy that was drawn was not counted", breaks="31-accounting-exact")
    coarse = max(resolution_of(before, after), Decimal("0.1"))
    assert abs(before - after - used) <= coarse, f"{before} kWh are shown, and {after} after {used} kWh were drawn"
