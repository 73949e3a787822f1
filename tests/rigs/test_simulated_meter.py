"""What the simulated meter does with tokens, and what it still knows after a power cut."""

from pathlib import Path
from typing import Any

import pytest

from meter_on_bench import (
    MILLISECOND,
    OLDEST,
    PROFILE,
    SECOND,
    MeterOnBench,
    bad_token,
    clear_credit_token,
    clear_tamper_token,
    configuration,
    credit_token,
    digits,
    display_token,
    power_limit_token,
    sealed,
)
from sts62055.application.identifiers import DecoderReferenceNumber, MeterPAN
from sts62055.application.keys import KeyType
from sts62055.application.results import (
    Accept,
    CRCError,
    DDTKError,
    FormatError,
    FunctionError,
    KeyExpiredError,
    Lockout,
    MfrCodeError,
    OldError,
    OverflowingCredit,
    RangeError,
    TokenStatus,
    UsedError,
)
from sts62055.application.tcdu import LIMIT
from sts62055.application.token_block import TokenBlock
from sts62055.application.token_identifier import TokenIdentifier
from sts62055.application.tokens import InitiateMeterTestDisplay, OpaqueToken, TransferCredit, seal
from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.client import ReplyFault
from sts62055.carrier.messages import (
    Ack,
    Data,
    IDRequest,
    IDResponse,
    Nak,
    ReadCommand,
    WriteCommand,
)
from sts_rigs.actions import Action
from sts_rigs.bench import BenchDescription, Simulation, open_bench
from sts_rigs.files.rig import simulated_rig
from sts_rigs.simulator.defects import DEFECTS
from sts_rigs.simulator.meter.lockout import MeterLockout
from sts_rigs.simulator.meter.memory import MeterState, NonVolatileMemory

REGISTERS = (
    "meter_status",
    "serial_number",
    "maximum_power_limit",
    "electricity_credit",
    "cumulative_energy",
    "tamper_status",
    "supply_group_code",
)


@pytest.fixture
def bench() -> MeterOnBench:
    return MeterOnBench()


def registers(bench: MeterOnBench) -> dict[str, str]:
    return {name: bench.carrier.read(name) for name in REGISTERS}


def write_token(bench: MeterOnBench, token: str) -> object:
    """Write a token and do not wait for what becomes of it."""
    return bench.carrier.exchange(WriteCommand(0xFFFF, token)).answer


def status(bench: MeterOnBench) -> str:
    return bench.carrier.read("token_status")


# -- tokens that are accepted ----------------------------------------------------------------------------------


def test_a_credit_token_is_added_to_the_credit(bench: MeterOnBench) -> None:
    assert bench.enter(credit_token(1, 500)) is Accept
    assert bench.enter(credit_token(2, 0x4001)) is Accept
    assert bench.read("electricity_credit") == 500 + 16394
    assert bench.display == "Accept"


def test_a_power_limit_token_sets_the_limit_in_watts(bench: MeterOnBench) -> None:
    assert bench.enter(power_limit_token(1, 0x4001)) is Accept
    assert bench.read("maximum_power_limit") == 16394
    assert bench.enter(power_limit_token(2, 5)) is Accept
    assert bench.read("maximum_power_limit") == 5


@pytest.mark.parametrize("register", [0, 0xFFFF])
def test_a_clear_credit_token_clears_the_credit(bench: MeterOnBench, register: int) -> None:
    bench.enter(credit_token(1, 500))
    assert bench.enter(clear_credit_token(2, register)) is Accept
    assert bench.read("electricity_credit") == 0


def test_an_open_cover_is_tampering_until_a_token_clears_it(bench: MeterOnBench) -> None:
    assert bench.read("tamper_status") == 0
    bench.do(Action.OPEN_COVER)
    bench.do(Action.CLOSE_COVER)
    assert bench.read("tamper_status") == 1
    assert bench.enter(clear_tamper_token(1)) is Accept
    assert bench.read("tamper_status") == 0


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "all"),
        (1, "test 1"),
        (2, "test 2"),
        (3, "0.0"),
        (4, "3 2"),
        (5, "07"),
        (7, "16394"),
        (8, "1"),
        (10, "0100"),
        (14, "11"),
        (16, "123457"),
        (17, "255"),
        (18, "12345678903"),
    ],
)
@pytest.mark.parametrize("subclass", [0, 1])
def test_a_display_token_shows_what_it_asks_for(
    bench: MeterOnBench, number: int, shown: str, subclass: int
) -> None:
    bench.enter(power_limit_token(1, 0x4001))
    bench.do(Action.OPEN_COVER)
    assert bench.enter(display_token(number, subclass=subclass)) is Accept
    assert bench.display == shown


def test_the_key_expiry_is_shown_where_there_is_one() -> None:
    bench = MeterOnBench(key_expiry_number=0x5B)
    bench.enter(display_token(17))
    assert bench.display == "91"


def test_a_display_token_is_never_used_up(bench: MeterOnBench) -> None:
    assert [bench.enter(display_token(16)) for _ in range(3)] == [Accept] * 3


@pytest.mark.parametrize("subclass", [0, 1])
def test_a_display_token_of_the_meters_own_maker_is_for_it(bench: MeterOnBench, subclass: int) -> None:
    assert bench.enter(display_token(16, subclass=subclass, manufacturer_code=12)) is Accept


def test_a_maker_with_four_digits_is_told_from_others_by_all_of_them() -> None:
    bench = MeterOnBench(pan=MeterPAN(DecoderReferenceNumber.of("0299", 1)))
    assert bench.enter(display_token(16, subclass=1, manufacturer_code=299)) is Accept
    assert bench.enter(display_token(16, subclass=1, manufacturer_code=299 & 0xFF)) is MfrCodeError


# -- tokens that are refused -----------------------------------------------------------------------------------

WRONG_CRC = seal(TransferCredit(random=5, token_identifier=TokenIdentifier(OLDEST + 9), value=1))
REFUSED: list[tuple[str, str, TokenStatus]] = [
    ("used", credit_token(1, 500), UsedError),
    ("used with another amount", credit_token(1, 501), UsedError),
    ("used by another kind of token", clear_credit_token(1), UsedError),
    ("as old as the meter", credit_token(0), UsedError),
    ("older than the meter", credit_token(-1), OldError),
    ("of another meter", bad_token(9), CRCError),
    ("wrong CRC, upper octet", sealed(TokenBlock(0, 0, WRONG_CRC.content, WRONG_CRC.crc ^ 0x0100)), CRCError),
    ("wrong CRC, lower octet", sealed(TokenBlock(0, 0, WRONG_CRC.content, WRONG_CRC.crc ^ 0x0001)), CRCError),
    ("CRC of another class", sealed(TokenBlock(2, 0, WRONG_CRC.content, WRONG_CRC.crc)), CRCError),
    ("display, wrong CRC", sealed(TokenBlock(1, 0, 1 << 8, 0)), CRCError),
    ("display, other maker", display_token(16, manufacturer_code=13), MfrCodeError),
    ("display, other maker of four digits", display_token(16, subclass=1, manufacturer_code=0x10C), MfrCodeError),
    ("too much credit", credit_token(9, 0xFFFF), OverflowingCredit),
    ("water", credit_token(9, subclass=1), FunctionError),
    ("gas", credit_token(9, subclass=2), FunctionError),
    ("time", credit_token(9, subclass=3), FunctionError),
    ("tariff rate", digits(OpaqueToken(token_class=2, subclass=2, content=WRONG_CRC.content)), FunctionError),
    ("proprietary", digits(OpaqueToken(token_class=2, subclass=15, content=WRONG_CRC.content)), FunctionError),
    ("class 3", digits(OpaqueToken(token_class=3, subclass=0, content=WRONG_CRC.content)), FunctionError),
    ("display, other subclass", digits(OpaqueToken(token_class=1, subclass=6, content=13)), FunctionError),
    ("test that the meter lacks", display_token(6), FunctionError),
    ("reserved test", display_token(36), FunctionError),
    (
        "two tests at once",
        digits(InitiateMeterTestDisplay(subclass=0, control=0b11, manufacturer_code=0)),
        FunctionError,
    ),
    ("no test", digits(InitiateMeterTestDisplay(subclass=0, control=0, manufacturer_code=0)), FunctionError),
    ("clear water", clear_credit_token(9, 1), RangeError),
    ("clear a reserved register", clear_credit_token(9, 0xFFFE), RangeError),
    ("clear tamper, not padded", clear_tamper_token(9, 1), FormatError),
    ("2^66", str(LIMIT), FormatError),
    ("the largest of 20 digits", "9" * 20, FormatError),
]


@pytest.mark.parametrize(("token", "result"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_refused_token_changes_nothing_and_is_refused_again(
    bench: MeterOnBench, token: str, result: TokenStatus
) -> None:
    bench.enter(credit_token(1, 500))
    bench.enter(power_limit_token(2, 77))
    bench.do(Action.OPEN_COVER)
    before = registers(bench)
    assert [bench.enter(token), bench.enter(token)] == [result, result]
    assert registers(bench) == before
    assert bench.display == str(result)


def test_the_largest_number_of_66_bits_is_still_read_as_a_token(bench: MeterOnBench) -> None:
    assert bench.enter(str(LIMIT - 1)) is CRCError


def test_a_token_that_overflows_is_not_used_up(bench: MeterOnBench) -> None:
    bench.enter(credit_token(1, 500))
    assert bench.enter(credit_token(9, 0xC000)) is Accept
    assert bench.enter(credit_token(10, 0xFF00)) is OverflowingCredit
    assert bench.enter(clear_credit_token(11)) is Accept
    assert bench.enter(credit_token(10, 0xC001)) is Accept


@pytest.mark.parametrize(("value", "result"), [(99, Accept), (100, Accept), (101, OverflowingCredit)])
def test_the_credit_may_reach_its_limit_and_not_more(value: int, result: TokenStatus) -> None:
    bench = MeterOnBench(credit_limit=150)
    bench.enter(credit_token(1, 50))
    assert bench.enter(credit_token(2, value)) is result


@pytest.mark.parametrize(
    ("ability", "token"),
    [
        ("has_power_limit", power_limit_token(1, 5)),
        ("has_clear_credit", clear_credit_token(1)),
        ("has_tamper_detection", clear_tamper_token(1)),
    ],
)
def test_a_meter_without_a_function_refuses_its_token(ability: str, token: str) -> None:
    results: list[TokenStatus | None] = []
    for has_it in (True, False):
        facts: dict[str, Any] = {ability: has_it}
        results.append(MeterOnBench(**facts).enter(token))
    assert results == [Accept, FunctionError]


def test_a_meter_without_tamper_detection_does_not_see_its_cover_open() -> None:
    bench = MeterOnBench(has_tamper_detection=False)
    bench.do(Action.OPEN_COVER)
    assert bench.read("tamper_status") == 0


@pytest.mark.parametrize(
    ("key_expiry", "result"),
    [(None, Accept), (255, Accept), (0x5C, Accept), (0x5B, Accept), (0x5A, KeyExpiredError)],
)
def test_a_key_expires_with_the_upper_eight_bits_of_the_token_identifier(
    key_expiry: int | None, result: TokenStatus
) -> None:
    assert OLDEST >> 16 == 0x5B
    bench = MeterOnBench(key_expiry_number=key_expiry)
    assert bench.enter(credit_token(1)) is result
    assert bench.enter(clear_credit_token(2)) is result
    assert bench.enter(display_token(16)) is Accept


def test_a_default_key_takes_no_credit_and_all_the_rest() -> None:
    bench = MeterOnBench(key_type=KeyType.DDTK)
    assert bench.enter(credit_token(1)) is DDTKError
    assert bench.enter(credit_token(1, subclass=1)) is DDTKError
    assert bench.enter(power_limit_token(1, 5)) is Accept
    assert bench.enter(display_token(16)) is Accept


# -- the store of TokenIdentifiers -----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [50, 3])
def test_a_full_store_gives_up_its_smallest_token_identifier(size: int) -> None:
    bench = MeterOnBench(token_store_size=size)
    accepted = [bench.enter(credit_token(minutes)) for minutes in range(10, 10 + 2 * size, 2)]
    assert accepted == [Accept] * size
    assert bench.enter(credit_token(10)) is UsedError
    assert bench.enter(credit_token(9)) is OldError
    assert bench.enter(credit_token(13)) is Accept
    assert bench.enter(credit_token(10)) is OldError
    assert bench.enter(credit_token(11)) is OldError
    assert bench.enter(credit_token(12)) is UsedError
    assert bench.enter(credit_token(13)) is UsedError


@pytest.mark.parametrize("token", [power_limit_token(1, 5), clear_credit_token(1), clear_tamper_token(1)])
def test_every_meter_specific_token_is_used_up(bench: MeterOnBench, token: str) -> None:
    assert [bench.enter(token), bench.enter(token)] == [Accept, UsedError]
    assert bench.enter(credit_token(1)) is UsedError


def test_display_tokens_take_no_place_in_the_store() -> None:
    bench = MeterOnBench(token_store_size=2)
    assert [bench.enter(display_token(number)) for number in (1, 2, 3, 4)] == [Accept] * 4
    assert [bench.enter(credit_token(minutes)) for minutes in (0, 1)] == [UsedError, Accept]


def test_a_store_that_is_not_full_takes_tokens_in_any_order(bench: MeterOnBench) -> None:
    assert [bench.enter(credit_token(minutes)) for minutes in (40, 10, 30, 1, 20)] == [Accept] * 5
    assert [bench.enter(credit_token(minutes)) for minutes in (40, 10, 30, 1, 20)] == [UsedError] * 5


# -- lockout ---------------------------------------------------------------------------------------------------


def fail(bench: MeterOnBench, times: int) -> None:
    for _ in range(times):
        assert bench.enter(bad_token(1)) is CRCError


def test_the_lockout_begins_with_the_third_failure(bench: MeterOnBench) -> None:
    fail(bench, 2)
    assert bench.read("meter_status") & 8 == 0
    fail(bench, 1)
    assert bench.read("meter_status") & 8 == 8
    assert bench.enter(credit_token(2)) is Lockout
    assert bench.read("electricity_credit") == 0


def test_a_locked_out_token_was_not_used_up_and_is_accepted_when_the_lockout_has_ended(
    bench: MeterOnBench,
) -> None:
    fail(bench, 3)
    assert bench.enter(credit_token(2)) is Lockout
    bench.wait(10 * SECOND)
    assert bench.read("meter_status") & 8 == 0
    assert bench.enter(credit_token(2)) is Accept


def test_a_locked_out_token_is_acknowledged_and_never_busy(bench: MeterOnBench) -> None:
    fail(bench, 3)
    assert write_token(bench, credit_token(2)) == Ack()
    assert status(bench) == "0F"


@pytest.mark.parametrize(("token", "result"), [(display_token(16), Accept), (display_token(6), FunctionError)])
def test_display_tokens_are_executed_during_a_lockout(
    bench: MeterOnBench, token: str, result: TokenStatus
) -> None:
    fail(bench, 3)
    assert bench.enter(token) is result
    assert bench.enter(credit_token(2)) is Lockout


@pytest.mark.parametrize("token", [clear_tamper_token(2), str(LIMIT)])
def test_every_other_token_is_locked_out(bench: MeterOnBench, token: str) -> None:
    fail(bench, 3)
    assert bench.enter(token) is Lockout


def test_each_further_failure_doubles_the_lockout(bench: MeterOnBench) -> None:
    fail(bench, 3)
    for seconds in (10, 20, 40):
        bench.wait(seconds * SECOND)
        fail(bench, 1)
        bench.wait((2 * seconds - 3) * SECOND)
        assert bench.enter(credit_token(2)) is Lockout
        bench.wait(4 * SECOND)
        assert bench.read("meter_status") & 8 == 0


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 0), (2, 0), (3, 10), (4, 20), (5, 40), (6, 80), (9, 640), (10, 1280), (11, 1280), (300, 1280)],
)
def test_a_lockout_lasts_this_long_to_the_nanosecond(failures: int, seconds: int) -> None:
    memory = NonVolatileMemory(MeterState(token_identifiers=(0,)))
    lockout = MeterLockout(configuration(), memory, PROFILE)
    now = 5 * SECOND
    for _ in range(failures):
        lockout.note_failure(now)
    assert not lockout.is_active(now + seconds * SECOND)
    assert lockout.is_active(now + seconds * SECOND - 1) is (seconds > 0)


def test_an_accepted_token_begins_the_count_anew(bench: MeterOnBench) -> None:
    fail(bench, 2)
    assert bench.enter(credit_token(2)) is Accept
    fail(bench, 2)
    assert bench.enter(credit_token(3)) is Accept


def test_an_accepted_token_takes_the_doubling_back(bench: MeterOnBench) -> None:
    fail(bench, 3)
    bench.wait(10 * SECOND)
    fail(bench, 1)
    bench.wait(20 * SECOND)
    assert bench.enter(credit_token(2)) is Accept
    fail(bench, 3)
    bench.wait(10 * SECOND)
    assert bench.enter(credit_token(3)) is Accept


@pytest.mark.parametrize("token", [display_token(16), credit_token(-1), str(LIMIT), credit_token(9, subclass=1)])
def test_neither_display_tokens_nor_refused_ones_begin_the_count_anew(bench: MeterOnBench, token: str) -> None:
    fail(bench, 2)
    bench.enter(token)
    fail(bench, 1)
    assert bench.enter(credit_token(2)) is Lockout


@pytest.mark.parametrize(
    "token",
    [
        credit_token(0),
        credit_token(-1),
        credit_token(9, subclass=1),
        str(LIMIT),
        sealed(TokenBlock(1, 0, 1 << 8, 0)),
        display_token(16, manufacturer_code=13),
    ],
    ids=["used", "old", "water", "2^66", "display with a wrong CRC", "display of another maker"],
)
def test_only_meter_specific_tokens_that_fail_authentication_count(bench: MeterOnBench, token: str) -> None:
    for _ in range(5):
        bench.enter(token)
    assert bench.enter(credit_token(2)) is Accept


def test_a_lockout_survives_a_power_cut(bench: MeterOnBench) -> None:
    fail(bench, 3)
    bench.cut_power()
    assert bench.enter(credit_token(2)) is Lockout
    bench.wait(10 * SECOND)
    assert bench.enter(credit_token(2)) is Accept


def test_the_count_of_failures_survives_a_power_cut(bench: MeterOnBench) -> None:
    fail(bench, 2)
    bench.cut_power()
    fail(bench, 1)
    assert bench.enter(credit_token(2)) is Lockout


def test_a_meter_without_lockout_never_locks_out() -> None:
    bench = MeterOnBench(has_lockout=False)
    fail(bench, 5)
    assert bench.enter(credit_token(2)) is Accept


# -- power -----------------------------------------------------------------------------------------------------


def test_the_memory_outlives_a_power_cut(bench: MeterOnBench) -> None:
    bench.enter(credit_token(1, 500))
    bench.enter(power_limit_token(2, 77))
    bench.do(Action.OPEN_COVER)
    before = registers(bench)
    bench.cut_power()
    assert registers(bench) == before
    assert bench.enter(credit_token(1, 500)) is UsedError


def test_after_a_restart_there_was_no_token_yet_and_the_display_is_dark(bench: MeterOnBench) -> None:
    bench.enter(credit_token(1))
    assert (status(bench), bench.display) == ("01", "Accept")
    bench.do(Action.POWER_OFF)
    assert bench.display == ""
    bench.do(Action.POWER_ON)
    bench.wait(2 * SECOND)
    assert (status(bench), bench.display) == ("00", "")


def test_a_meter_without_power_says_nothing_until_it_has_started_up() -> None:
    bench = MeterOnBench(start_up=20 * SECOND)
    bench.do(Action.POWER_OFF)
    assert bench.carrier.exchange(IDRequest()).is_silent
    bench.do(Action.POWER_ON)
    assert bench.carrier.exchange(IDRequest()).is_silent
    bench.wait(20 * SECOND)
    assert bench.carrier.exchange(IDRequest()).answer is not None


def test_power_that_goes_while_the_meter_starts_up_keeps_it_off(bench: MeterOnBench) -> None:
    bench.do(Action.POWER_OFF)
    bench.do(Action.POWER_ON)
    bench.wait(SECOND // 2)
    bench.do(Action.POWER_OFF)
    bench.wait(5 * SECOND)
    assert bench.carrier.exchange(IDRequest()).is_silent


def test_power_for_a_meter_that_has_it_changes_nothing() -> None:
    bench = MeterOnBench(execution=5 * SECOND)
    write_token(bench, credit_token(1))
    bench.do(Action.POWER_ON)
    bench.wait(2 * SECOND)
    assert status(bench) == "10"


def test_power_given_twice_starts_the_meter_once() -> None:
    bench = MeterOnBench(start_up=3 * SECOND)
    bench.do(Action.POWER_OFF)
    bench.do(Action.POWER_ON)
    bench.wait(2 * SECOND)
    bench.do(Action.POWER_ON)
    bench.wait(SECOND)
    assert bench.enter(credit_token(1)) is Accept
    bench.wait(3 * SECOND)
    assert status(bench) == "01"


@pytest.mark.parametrize("after", [0, 100, 600, 1500])
def test_a_token_that_is_processed_when_the_power_goes_is_not_executed(after: int) -> None:
    bench = MeterOnBench(execution=2 * SECOND)
    assert write_token(bench, credit_token(1, 500)) == Ack()
    bench.wait(after * MILLISECOND)
    bench.cut_power()
    assert status(bench) == "00"
    bench.wait(5 * SECOND)
    assert (status(bench), bench.read("electricity_credit")) == ("00", 0)
    assert bench.enter(credit_token(1, 500)) is Accept
    assert bench.read("electricity_credit") == 500


def test_a_token_that_was_processed_when_the_power_goes_has_been_executed() -> None:
    bench = MeterOnBench(execution=2 * SECOND)
    write_token(bench, credit_token(1, 500))
    bench.wait(3 * SECOND)
    bench.cut_power()
    assert bench.read("electricity_credit") == 500
    assert bench.enter(credit_token(1, 500)) is UsedError


def test_power_that_goes_within_an_answer_cuts_it_off(bench: MeterOnBench) -> None:
    timeline = bench.simulated.timeline
    command = bench.carrier.codec.encode(ReadCommand(0x2010))
    sent = timeline.now() + len(command) * PROFILE.character_time
    timeline.at(sent + 270 * MILLISECOND, bench.simulated.device.switch_off)
    reply = bench.carrier.exchange(ReadCommand(0x2010))
    assert reply.fault is ReplyFault.UNFINISHED
    assert 0 < len(reply.codes) < 17


def test_half_a_command_is_forgotten_with_the_power(bench: MeterOnBench) -> None:
    command = outgoing(bench.carrier.codec.encode(ReadCommand(0x2010)))
    bench.simulated.port.send(command[:5])
    bench.do(Action.POWER_OFF)
    bench.do(Action.POWER_ON)
    bench.wait(1100 * MILLISECOND)
    assert isinstance(bench.carrier.exchange(ReadCommand(0x2010)).answer, Data)


# -- carrier and registers -------------------------------------------------------------------------------------


def test_the_registers_of_a_new_meter_hold_these_texts(bench: MeterOnBench) -> None:
    assert registers(bench) == {
        "meter_status": "0004",
        "serial_number": "00000002DFDC1C37",
        "maximum_power_limit": "00000000",
        "electricity_credit": "00000000",
        "cumulative_energy": "00000000",
        "tamper_status": "00",
        "supply_group_code": "01E241",
    }
    assert status(bench) == "00"


def test_the_registers_follow_what_happens(bench: MeterOnBench) -> None:
    bench.enter(credit_token(1, 123))
    bench.enter(power_limit_token(2, 0x4001))
    bench.do(Action.OPEN_COVER)
    assert {**registers(bench), "serial_number": "", "supply_group_code": ""} == {
        "meter_status": "0003",
        "serial_number": "",
        "maximum_power_limit": "0000400A",
        "electricity_credit": "0000007B",
        "cumulative_energy": "00000000",
        "tamper_status": "01",
        "supply_group_code": "",
    }


def test_the_meter_says_who_it_is(bench: MeterOnBench) -> None:
    answer = bench.carrier.exchange(IDRequest()).answer
    assert isinstance(answer, IDResponse)
    assert dict(answer.fields) == configuration().identification


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (credit_token(1), "01"),
        (credit_token(1, 0xFFFF), "04"),
        (clear_tamper_token(1, 1), "06"),
        (clear_credit_token(1, 1), "07"),
        (credit_token(1, subclass=1), "08"),
        (credit_token(-1), "09"),
        (credit_token(0), "0A"),
        (bad_token(1), "0D"),
        (display_token(1, manufacturer_code=13), "0E"),
    ],
)
def test_the_token_status_holds_the_code_of_the_result_until_the_next_token(
    bench: MeterOnBench, token: str, code: str
) -> None:
    bench.enter(token)
    bench.wait(60 * SECOND)
    assert status(bench) == code


def test_the_token_status_is_16_while_a_token_is_processed() -> None:
    bench = MeterOnBench(execution=5 * SECOND)
    assert write_token(bench, credit_token(1)) == Ack()
    assert (status(bench), bench.display) == ("10", "")
    bench.wait(5 * SECOND)
    assert (status(bench), bench.display) == ("01", "Accept")


def test_a_second_token_is_refused_while_one_is_processed_and_does_no_harm() -> None:
    bench = MeterOnBench(execution=5 * SECOND)
    write_token(bench, credit_token(1, 5))
    assert write_token(bench, credit_token(2, 70)) == Nak()
    assert status(bench) == "10"
    bench.wait(5 * SECOND)
    assert (status(bench), bench.read("electricity_credit")) == ("01", 5)
    assert bench.enter(credit_token(2, 70)) is Accept


@pytest.mark.parametrize("data", ["", "1" * 19, "1" * 21, "1" * 19 + "A", "1" * 19 + " ", "-" + "1" * 19])
def test_what_is_no_token_is_not_taken(bench: MeterOnBench, data: str) -> None:
    bench.enter(credit_token(0))
    assert write_token(bench, data) == Nak()
    assert status(bench) == "0A"


@pytest.mark.parametrize(
    "register", [entry for entry in PROFILE.registers.values() if entry.access == "read"], ids=str
)
def test_no_register_but_the_token_can_be_written(bench: MeterOnBench, register: object) -> None:
    before = registers(bench)
    assert bench.carrier.exchange(WriteCommand(register.id, "1" * 20)).answer == Nak()  # type: ignore[attr-defined]
    assert registers(bench) == before


def test_a_damaged_character_is_answered_with_nak_and_nothing_happens(bench: MeterOnBench) -> None:
    frame = bench.carrier.codec.encode(WriteCommand(0xFFFF, credit_token(1)))
    characters = [OutgoingCharacter(code, wrong_parity=place == 12) for place, code in enumerate(frame)]
    bench.wait(60 * SECOND)
    reply = bench.carrier.exchange_characters(characters)
    assert reply.answer == Nak()
    assert reply.reaction is not None
    assert 0 <= reply.reaction - PROFILE.time("quiet_time") <= PROFILE.longest_time("reaction_time")
    assert status(bench) == "00"


def test_sending_takes_the_time_of_the_line(bench: MeterOnBench) -> None:
    end = bench.simulated.port.send(outgoing(b"/?!"))
    assert end == bench.simulated.timeline.now() == 3 * PROFILE.character_time


def test_every_answer_begins_within_the_limits_of_the_profile() -> None:
    bench = MeterOnBench(seed=7)
    limits = PROFILE.time_limits("reaction_time")
    for _ in range(20):
        bench.carrier.read("electricity_credit")
    reactions = [exchange.reply.reaction for exchange in bench.exchanges]
    assert all(limits.lower <= reaction <= limits.upper for reaction in reactions)  # type: ignore[operator]
    assert len(set(reactions)) > 1


def run_of(seed: int) -> list[object]:
    bench = MeterOnBench(seed=seed)
    bench.enter(credit_token(1))
    bench.enter(bad_token(2))
    return [*bench.exchanges, bench.simulated.timeline.now()]


def test_runs_with_one_seed_are_one_run() -> None:
    assert run_of(3) == run_of(3)
    assert run_of(3) != run_of(4)


def test_the_simulated_bench_is_opened_from_its_rig() -> None:
    simulated = Simulation(configuration, device=DEFECTS.meter_with("tamper-stays"))
    bench = open_bench(BenchDescription(simulated_rig(), Path(), PROFILE, simulated))
    assert bench.simulated is not None
    assert (bench.clock, bench.port, bench.actions) == (
        bench.simulated.timeline,
        bench.simulated.port,
        bench.simulated.actions,
    )
    assert (bench.port.name, bench.port.time_base.uncertainty) == ("simulated", 1000)
    assert (bench.port.shows_parity, bench.port.spoils_parity) == (True, True)


def test_execution_is_over_in_time_after_the_acknowledgement(bench: MeterOnBench) -> None:
    outcome = bench.outcome(credit_token(1))
    assert 0 < outcome.busy_from < outcome.ready_by <= PROFILE.longest_time("execution_time")
