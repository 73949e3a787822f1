"""The simulated keypad, and a simulated meter with two carriers."""

from collections.abc import Iterable

import pytest

from meter_on_bench import PROFILE, SECOND, MeterOnBench, bad_token, configuration, credit_token
from sts62055.application.results import Accept, Lockout, UsedError
from sts62055.carrier.messages import Ack
from sts_rigs.actions import Action
from sts_rigs.simulator.meter.keypad import Keypad

DIGITS = "01234567890123456789"


def pressed(keys: Iterable[str], *, apart: int = SECOND, pad: Keypad | None = None, **facts: object) -> list[str]:
    """Press keys and return the entries that came of them."""
    pad = pad or Keypad(configuration(**facts))
    entries = (pad.press(key, number * apart) for number, key in enumerate(keys))
    return [entry for entry in entries if entry is not None]


def test_the_twentieth_digit_ends_the_entry() -> None:
    assert pressed(DIGITS) == [DIGITS]
    assert pressed(DIGITS[:19]) == []
    assert pressed(DIGITS + DIGITS) == [DIGITS, DIGITS]


def test_a_key_ends_the_entry_where_there_is_one() -> None:
    assert pressed(DIGITS, keypad_confirm="E") == []
    assert pressed(f"{DIGITS}E", keypad_confirm="E") == [DIGITS]
    assert pressed(f"{DIGITS[:19]}E", keypad_confirm="E") == []
    assert pressed(f"{DIGITS}0E", keypad_confirm="E") == []
    assert pressed(f"{DIGITS[:19]}E9E", keypad_confirm="E") == []
    assert pressed(f"EE{DIGITS}E", keypad_confirm="E") == [DIGITS]


def test_the_key_that_ends_a_token_begins_no_code_with_the_digits_of_the_next() -> None:
    facts = {"keypad_confirm": "#", "token_date_keys": "#054"}
    pad = Keypad(configuration(**facts))
    pressed(f"{DIGITS}#054", pad=pad)
    assert not pad.take_code()
    pressed("#054", pad=pad)
    assert pad.take_code()


def test_the_abort_key_gives_the_entry_up() -> None:
    assert pressed(f"{DIGITS[:19]}C9") == []
    assert pressed(f"{DIGITS[:19]}C{DIGITS}") == [DIGITS]
    assert pressed(f"C{DIGITS}") == [DIGITS]
    assert pressed(f"{DIGITS[:19]}C9", keypad_abort="") == [DIGITS]


def test_other_keys_are_no_digits() -> None:
    assert pressed(f"A{DIGITS[:10]}#٣{DIGITS[10:]}") == [DIGITS]


@pytest.mark.parametrize(("limit", "entries"), [(5, []), (6, [DIGITS]), (0, [DIGITS])])
def test_time_gives_the_entry_up(limit: int, entries: list[str]) -> None:
    assert pressed(DIGITS, apart=6 * SECOND, keypad_timeout=limit * SECOND) == entries


def test_time_counts_from_the_last_key() -> None:
    pad = Keypad(configuration())
    instants = [*range(19), 18 + 20]
    entries = [pad.press(key, at * SECOND) for key, at in zip(DIGITS, instants, strict=True)]
    assert entries[-1] == DIGITS


def test_a_power_cut_forgets_the_entry() -> None:
    pad = Keypad(configuration())
    assert pressed(DIGITS[:19], pad=pad) == []
    assert pad.shown == DIGITS[:19]
    pad.forget()
    assert pressed("9", pad=pad) == []
    assert pad.shown == "9"


# -- the whole meter ------------------------------------------------------------------------------------------


def key_in(bench: MeterOnBench, digits: str) -> str:
    return bench.simulated.actions.perform(Action.KEY_IN, digits)


def press(bench: MeterOnBench, keys: str) -> None:
    assert bench.simulated.actions.perform(Action.PRESS_KEYS, " ".join(keys)) == ""


def test_the_display_shows_the_entry_and_then_what_became_of_it() -> None:
    bench = MeterOnBench()
    token = credit_token(1)
    press(bench, token[:3])
    assert bench.display == token[:3]
    press(bench, "C")
    assert bench.display == ""
    assert key_in(bench, token) == "Accept"
    assert bench.read("electricity_credit") == 10


def test_an_entry_that_is_no_token_leaves_nothing_of_the_one_before_on_the_display() -> None:
    bench = MeterOnBench(keypad_confirm="E")
    assert key_in(bench, credit_token(1)) == "Accept"
    assert key_in(bench, credit_token(2)[:19]) == ""


def test_without_keypad_nothing_is_keyed_in() -> None:
    bench = MeterOnBench(has_keypad=False)
    assert key_in(bench, credit_token(1)) == ""
    assert bench.read("electricity_credit") == 0


def test_without_power_nothing_is_keyed_in_and_the_entry_is_lost() -> None:
    bench = MeterOnBench()
    token = credit_token(1)
    press(bench, token[:19])
    bench.do(Action.POWER_OFF)
    press(bench, token[19:])
    bench.do(Action.POWER_ON)
    bench.wait(2 * SECOND)
    press(bench, token[19:])
    bench.wait(2 * SECOND)
    assert bench.read("electricity_credit") == 0


def test_a_token_that_is_keyed_in_meanwhile_waits() -> None:
    bench = MeterOnBench()
    by_port, by_keypad = credit_token(1, 10), credit_token(2, 20)
    press(bench, by_keypad[:19])
    assert isinstance(bench.carrier.exchange(bench.carrier.token_command(by_port)).answer, Ack)
    press(bench, by_keypad[19:])
    assert bench.simulated.device.is_busy()
    bench.wait(5 * SECOND)
    assert bench.read("electricity_credit") == 30


def test_a_token_that_waits_is_lost_with_the_power_and_still_good() -> None:
    bench = MeterOnBench()
    by_port, by_keypad = credit_token(1, 10), credit_token(2, 20)
    press(bench, by_keypad[:19])
    bench.carrier.exchange(bench.carrier.token_command(by_port))
    press(bench, by_keypad[19:])
    bench.cut_power()
    bench.wait(5 * SECOND)
    assert bench.read("electricity_credit") == 0
    assert (bench.enter(by_keypad), bench.enter(by_port)) == (Accept, Accept)


@pytest.mark.parametrize("first", ["port", "keypad"])
def test_one_token_is_used_whichever_way_it_came(first: str) -> None:
    bench = MeterOnBench()
    token = credit_token(1)
    if first == "port":
        assert bench.enter(token) is Accept
        assert key_in(bench, token) == "UsedError"
    else:
        assert key_in(bench, token) == "Accept"
        assert bench.enter(token) is UsedError
    assert bench.read("electricity_credit") == 10


@pytest.mark.parametrize("is_shared", [True, False])
def test_failures_lock_the_other_carrier_out_where_that_is_made_so(is_shared: bool) -> None:
    threshold = PROFILE.number("lockout_threshold")
    by_keypad = MeterOnBench(is_lockout_shared=is_shared)
    for _ in range(threshold):
        assert key_in(by_keypad, bad_token(1)) == "CRCError"
    assert by_keypad.enter(credit_token(2)) is (Lockout if is_shared else Accept)
    by_port = MeterOnBench(is_lockout_shared=is_shared)
    for _ in range(threshold):
        by_port.enter(bad_token(1))
    assert key_in(by_port, credit_token(2)) == ("TokenLockout" if is_shared else "Accept")
    assert by_port.enter(credit_token(3)) is Lockout


def test_the_lockout_of_a_meter_without_port_is_the_keypads() -> None:
    bench = MeterOnBench(is_lockout_shared=False, has_port=False)
    for _ in range(PROFILE.number("lockout_threshold")):
        key_in(bench, bad_token(1))
    assert key_in(bench, credit_token(2)) == "TokenLockout"
