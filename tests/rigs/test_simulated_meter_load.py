"""The load behind the simulated meter: energy to the watt nanosecond, the switch, and credit of every register."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from meter_on_bench import (
    KEY,
    OLDEST,
    SECOND,
    MeterOnBench,
    clear_credit_token,
    clear_tamper_token,
    credit_token,
    digits,
    power_limit_token,
)
from sts62055.application.currency import CurrencyAmount
from sts62055.application.results import Accept, FunctionError, OverflowingCredit, RangeError
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import CurrencyCredit, SetMaximumPhasePowerUnbalanceLimit
from sts_rigs.actions import Action

TENTH_AT_2000_WATTS = 180 * SECOND
"""How long 2 kW take for 0,1 kWh."""


def meter(**changes: Any) -> MeterOnBench:
    """Return a meter with a credit of 1 kWh."""
    bench = MeterOnBench(**changes)
    assert bench.enter(credit_token(1, 10)) is Accept
    return bench


def apply(bench: MeterOnBench, *watts: int) -> None:
    bench.simulated.actions.perform(Action.APPLY_LOAD, " ".join(map(str, watts)))


def switch(bench: MeterOnBench) -> str:
    return bench.do(Action.READ_LOAD_SWITCH)


def shown(bench: MeterOnBench, register: int) -> str:
    return bench.simulated.actions.perform(Action.READ_CREDIT, str(register))


def currency_token(minutes: int, units: int, subclass: int = 4) -> str:
    identifier = TokenIdentifier(OLDEST + minutes)
    return digits(
        CurrencyCredit(subclass=subclass, token_identifier=identifier, amount=CurrencyAmount.of(units)), KEY
    )


def unbalance_token(minutes: int, watts: int) -> str:
    identifier = TokenIdentifier(OLDEST + minutes)
    return digits(SetMaximumPhasePowerUnbalanceLimit(random=5, token_identifier=identifier, value=watts), KEY)


def test_credit_closes_the_switch_and_clearing_it_opens_it() -> None:
    bench = MeterOnBench()
    assert switch(bench) == "open"
    bench.enter(credit_token(1, 1))
    assert switch(bench) == "closed"
    bench.enter(clear_credit_token(2))
    assert switch(bench) == "open"


def test_a_tenth_is_used_when_it_was_drawn_and_not_before() -> None:
    bench = meter()
    apply(bench, 2000)
    bench.wait(TENTH_AT_2000_WATTS - 1)
    assert (shown(bench, 0), bench.simulated.device.read_credit("0")) == ("1.0", "1.0")
    bench.wait(1)
    assert shown(bench, 0) == "0.9"
    assert bench.read("cumulative_energy") == 1


@pytest.mark.parametrize("looks", [(), (1,) * 50, (7_777_777_777,) * 20, (TENTH_AT_2000_WATTS - 1, 1)])
def test_looking_at_the_meter_changes_nothing(looks: Sequence[int]) -> None:
    bench = meter()
    begun = bench.simulated.timeline.now()
    apply(bench, 2000)
    for pause in looks:
        bench.wait(pause)
        switch(bench)
    apply(bench, 700)
    bench.simulated.timeline.wait_until(begun + 2 * TENTH_AT_2000_WATTS)
    apply(bench, 0)
    state = bench.simulated.device._memory.state
    at_2000 = sum(looks)
    assert state.drawn == 2000 * at_2000 + 700 * (2 * TENTH_AT_2000_WATTS - at_2000)
    assert (10 - state.credit) * 360_000 * SECOND + state.begun == state.drawn


def test_the_switch_opens_in_the_nanosecond_in_which_the_credit_ends() -> None:
    bench = meter()
    apply(bench, 3000)
    bench.wait(10 * TENTH_AT_2000_WATTS * 2 // 3 - 1)
    assert switch(bench) == "closed"
    bench.wait(1)
    assert switch(bench) == "open"
    bench.wait(3600 * SECOND)
    assert (bench.read("electricity_credit"), bench.read("cumulative_energy")) == (0, 10)
    assert bench.read("meter_status") & 0b101 == 0b100


def test_a_load_that_does_not_divide_the_credit_uses_all_of_it() -> None:
    bench = meter()
    apply(bench, 7)
    bench.wait(10**9 * SECOND)
    assert (switch(bench), bench.simulated.device._memory.state.drawn) == ("open", 10 * 360_000 * SECOND)


def test_a_token_under_load_lets_it_go_on_for_longer() -> None:
    bench = meter()
    apply(bench, 2000)
    bench.wait(9 * TENTH_AT_2000_WATTS)
    assert bench.enter(credit_token(2, 10)) is Accept
    bench.wait(10 * TENTH_AT_2000_WATTS)
    assert (switch(bench), bench.read("electricity_credit")) == ("closed", 1)
    bench.wait(TENTH_AT_2000_WATTS)
    assert switch(bench) == "open"


def test_no_energy_flows_without_mains_and_what_was_drawn_stays() -> None:
    bench = meter()
    apply(bench, 2000)
    bench.wait(5 * TENTH_AT_2000_WATTS // 2)
    bench.do(Action.POWER_OFF)
    drawn = bench.simulated.device._memory.state.drawn
    bench.wait(100 * TENTH_AT_2000_WATTS)
    assert shown(bench, 0) == ""
    bench.do(Action.POWER_ON)
    assert bench.simulated.device._memory.state.drawn == drawn
    bench.wait(TENTH_AT_2000_WATTS)
    assert switch(bench) == "closed"
    assert bench.simulated.device._memory.state.drawn == drawn + 360_000 * SECOND


def test_a_manual_switch_waits_for_its_user() -> None:
    bench = meter(reconnects_automatically=False)
    assert switch(bench) == "open"
    bench.do(Action.CLOSE_LOAD_SWITCH)
    assert switch(bench) == "closed"
    bench.enter(clear_credit_token(2))
    bench.do(Action.CLOSE_LOAD_SWITCH)
    assert switch(bench) == "open"


def test_too_much_load_opens_the_switch_until_its_user_has_it_closed_on_less() -> None:
    bench = meter()
    bench.enter(power_limit_token(2, 1000))
    apply(bench, 1000)
    assert switch(bench) == "closed"
    apply(bench, 600, 401)
    assert switch(bench) == "open"
    bench.do(Action.CLOSE_LOAD_SWITCH)
    assert switch(bench) == "open"
    apply(bench, 0)
    bench.wait(SECOND)
    assert switch(bench) == "open"
    bench.do(Action.CLOSE_LOAD_SWITCH)
    assert switch(bench) == "closed"


def test_uneven_load_opens_the_switch() -> None:
    bench = meter(phases=3, has_unbalance_limit=True)
    assert bench.enter(unbalance_token(2, 1000)) is Accept
    for watts, seen in (((2000, 1500, 1000), "closed"), ((1001,), "open")):
        apply(bench, *watts)
        assert switch(bench) == seen


@pytest.mark.parametrize(("disconnects", "seen"), [(True, "open"), (False, "closed")])
def test_tampering_opens_the_switch_where_that_is_so(disconnects: bool, seen: str) -> None:
    bench = meter(tamper_disconnects=disconnects)
    bench.do(Action.OPEN_COVER)
    assert switch(bench) == seen
    assert bench.enter(clear_tamper_token(2)) is Accept
    assert switch(bench) == "closed"


def test_limits_out_of_range_are_refused() -> None:
    bench = meter(power_limits=range(100, 5001), unbalance_limits=range(50, 101), has_unbalance_limit=True)
    tokens = [
        power_limit_token(2, 99),
        power_limit_token(3, 5001),
        unbalance_token(4, 49),
        unbalance_token(5, 101),
    ]
    assert [bench.enter(token) for token in tokens] == [RangeError] * 4
    assert [bench.enter(token) for token in (power_limit_token(6, 5000), unbalance_token(7, 50))] == [Accept] * 2
    assert MeterOnBench().enter(unbalance_token(1, 50)) is FunctionError


def test_every_register_keeps_its_own_credit() -> None:
    bench = MeterOnBench(utilities=("electricity", "gas"), currencies=("water",), credit_limit=1000)
    tokens = [credit_token(1, 12), credit_token(2, 34, subclass=2), currency_token(3, 150_004, 5)]
    assert [bench.enter(token) for token in tokens] == [Accept] * 3
    assert [shown(bench, register) for register in range(8)] == ["1.2", "", "3.4", "", "", "1.50004", "", ""]
    assert bench.enter(credit_token(4, 34, subclass=1)) is FunctionError
    assert bench.enter(credit_token(5, 967, subclass=2)) is OverflowingCredit
    assert bench.enter(clear_credit_token(6, 2)) is Accept
    assert [shown(bench, register) for register in (0, 2, 5)] == ["1.2", "0.0", "1.50004"]
    assert bench.enter(clear_credit_token(7)) is Accept
    assert [shown(bench, register) for register in (0, 2, 5)] == ["0.0", "0.0", "0.00000"]


@pytest.mark.parametrize("units", [1, 16_384, 1_600_000, 18_202_624, -5, -163_840_000])
def test_credit_in_currency_is_what_the_mint_writes(units: int) -> None:
    bench = MeterOnBench(currencies=("electricity",))
    assert bench.enter(currency_token(1, units)) is Accept
    assert Decimal(shown(bench, 4)) * 100_000 == CurrencyAmount.of(units).units
