"""IEC 62055-41, 8.4: TransferCredit."""

from contextlib import suppress
from decimal import Decimal

import pytest

from sts62055.application.amounts import MAXIMUM_AMOUNT
from sts62055.application.exact_amounts import greatest_amount_up_to, parts_of
from sts_fixtures.errors import require_conformance
from sts_fixtures.meter.display import IN_CURRENCY, IN_UNITS, resolution_of
from sts_fixtures.meter.refusals import require_refused
from sts_rigs.carriers.outcome import NotDisplayed
from stsbench import Accept, DeclaredMeter, MeterUnderTest, OverflowingCredit, TokenMint, precondition, requirement


@requirement("41-8.4-adds")
@pytest.mark.usefixtures("working_credit")
@pytest.mark.parametrize("kwh", ["0.1", "0.9", "10", "25.7"])
def test_credit_is_added(meter: MeterUnderTest, tokens: TokenMint, kwh: str) -> None:
    token = tokens.credit(kwh=kwh)
    before = meter.credit()
    assert meter.enter(token).result is Accept
    assert meter.credit() == before + round(float(kwh) * 10)


@requirement("41-8.4-overflow")
def test_credit_beyond_the_limit_is_refused(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = meter.credit()
    token = tokens.credit(units=MAXIMUM_AMOUNT)
    assert meter.enter(token).result is OverflowingCredit
    assert meter.credit() == before


@requirement("41-8.4-utility")
def test_credit_for_another_utility_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    """Credit in currency is asked for where the meter knows currency: 41-6.3.22-stranger is about the others."""
    implements = declared.declaration.implements
    strange = [
        tokens.credit(units=100, subclass=register)
        for utility, register in IN_UNITS.items()
        if utility not in implements.utilities
    ]
    strange += [
        tokens.currency_credit(units=100_000, utility=utility)
        for utility in IN_CURRENCY
        if implements.currencies and utility not in implements.currencies
    ]
    for token in strange:
        meter.establish_preconditions(tokens)
        before = meter.credit()
        require_refused(meter.enter(token))
        assert meter.credit() == before


@requirement("41-8.4-limit")
@pytest.mark.usefixtures("working_credit")
def test_credit_comes_up_to_its_limit_and_no_further(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    """Whether credit that is just the limit is accepted is not ruled: one unit below and one above are judged."""
    below = declared.declaration.implements.credit_limit - 1
    meter.enter(tokens.clear_credit())
    precondition(
        meter.credit() == 0, "the credit was not cleared, and could not be afterwards", breaks="41-8.7-clears"
    )
    for part in parts_of(below):
        assert meter.enter(tokens.credit(units=part)).result is Accept
    assert meter.credit() == below
    assert meter.enter(tokens.credit(units=2)).result is OverflowingCredit
    assert meter.credit() == below


@requirement("41-8.4-kept")
@pytest.mark.usefixtures("working_credit")
def test_credit_adds_up_over_power_cuts(meter: MeterUnderTest, tokens: TokenMint) -> None:
    expected = meter.credit()
    for units in (3, 40):
        precondition(
            meter.enter(tokens.credit(units=units)).result is Accept, "no credit was given", breaks="41-8.4-adds"
        )
        expected += units
        meter.cut_power()
        assert meter.credit() == expected


@requirement("41-8.4-kept")
@pytest.mark.usefixtures("working_credit")
def test_a_power_cut_brings_back_no_credit_and_takes_none_of_a_tampered_meter(
    meter: MeterUnderTest, tokens: TokenMint
) -> None:
    """The power is cut right after the token: what a meter writes later is lost then."""
    if meter.leave_tampered(tokens):
        meter.bring_about(tokens.credit(units=5), "no credit was given", breaks="41-8.4-adds")
        given = meter.credit()
        meter.cut_power()
        left = meter.credit()
        assert left == given, f"after a power cut a tampered meter has {left} of {given} units"
        meter.enter(tokens.clear_tamper_condition())
    if meter.declared.meets("clear_credit"):
        meter.bring_about(tokens.credit(units=7), "no credit was given", breaks="41-8.4-adds")
        meter.bring_about(tokens.clear_credit(register=0), "the credit was not cleared", breaks="41-8.7-clears")
        precondition(meter.credit() == 0, "the credit was not cleared", breaks="41-8.7-clears")
        meter.cut_power()
        back = meter.credit()
        assert back == 0, f"{back} units of credit came back by a power cut after ClearCredit"


@requirement("41-8.4-display")
@pytest.mark.usefixtures("working_credit")
def test_the_display_shows_the_credit_of_the_register(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    """As much as needs more than 20 bits, where there is room; and then after whatever may leave it stale."""
    given = next(units for units in (greatest_amount_up_to(1_234_567), 123) if meter.has_room_for(units))
    precondition(
        meter.enter(tokens.credit(units=given)).result is Accept, "no credit was given", breaks="41-8.4-adds"
    )
    require_same_shown(meter, "credit by a token")
    meter.cut_power()
    require_same_shown(meter, "a power cut")
    if meter.leave_tampered(tokens):
        meter.bring_about(tokens.credit(kwh="0.7"), "no credit was given", breaks="41-8.4-adds")
        with suppress(NotDisplayed):  # what else a tampered meter shows is its maker's choice
            require_same_shown(meter, "credit while it is tampered")
        meter.bring_about(tokens.clear_tamper_condition(), "it stays tampered", breaks="41-8.10-clears")
    if declared.meets("clear_credit"):
        meter.bring_about(tokens.clear_credit(), "the credit was not cleared", breaks="41-8.7-clears")
        require_same_shown(meter, "ClearCredit")
        meter.bring_about(tokens.credit(kwh="12.3"), "no credit was given", breaks="41-8.4-adds")
        require_same_shown(meter, "credit after ClearCredit")


def require_same_shown(meter: MeterUnderTest, what: str) -> None:
    """Fail the meter unless the display shows the credit of the register after something."""
    shown, credit = meter.shown_credit(IN_UNITS["electricity"]), Decimal(meter.credit()) / 10
    tenth = Decimal("0.1")
    require_conformance(
        abs(shown - credit) < max(tenth, resolution_of(shown)),
        f"the display shows {shown} kWh after {what}, and the register {credit} kWh",
    )
