"""The catalogue of defects: each is one replaced part with a name, a summary and something that it violates."""

import re
from dataclasses import fields
from types import ModuleType

import pytest

from meter_on_bench import PROFILE, MeterOnBench, bad_token, credit_token, display_token
from sts62055.application.results import Accept, CRCError, UsedError
from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.messages import BreakCommand, Command, IDRequest, ReadCommand, UndefinedCommand, WriteCommand
from sts_rigs.simulator.defects import DEFECTS, Catalogue, Defect, UnknownDefect, defect
from sts_rigs.simulator.meter.functions import AmountDecoder
from sts_rigs.simulator.meter.meter import Parts
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

GOOD = Parts()
_ID = r"((41|52)-([0-9]+|[A-Z])(\.[0-9]+)*|(31|51)-[a-z]+)-[a-z0-9-]+"
EVERY = pytest.mark.parametrize("defect", DEFECTS.values(), ids=list(DEFECTS))


def replaced(parts: Parts) -> set[str]:
    return {place.name for place in fields(Parts) if getattr(parts, place.name) is not getattr(GOOD, place.name)}


def test_a_good_meter_is_made_of_good_parts() -> None:
    assert DEFECTS.parts_with(None) == GOOD


@EVERY
def test_a_defect_replaces_exactly_one_part_by_its_own(defect: Defect) -> None:
    parts = DEFECTS.parts_with(defect.name)
    (place,) = replaced(parts)
    assert getattr(parts, place) is defect.part
    assert issubclass(defect.part, getattr(GOOD, place))


@EVERY
def test_a_defect_has_a_name_in_kebab_case_and_is_filed_under_it(defect: Defect) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", defect.name)
    assert DEFECTS[defect.name] is defect


@EVERY
def test_a_defect_is_summed_up_in_one_sentence(defect: Defect) -> None:
    assert re.fullmatch(r"[A-Z][^.!?]*\.", defect.summary.replace("e.g.", ""))
    assert defect.part.__doc__ is not None
    assert defect.part.__doc__.strip() == defect.summary


@EVERY
def test_a_defect_says_what_it_violates_and_what_gives_it_away(defect: Defect) -> None:
    assert defect.violates
    assert all(re.fullmatch(_ID, name) for name in defect.violates)
    assert len(set(defect.violates)) == len(defect.violates)
    assert defect.evidence


def test_no_defect_is_lost() -> None:
    """The catalogue only grows: a class that is marked, and that no module holds by a name, would not be in it."""
    assert len(DEFECTS) >= 205


def test_no_name_is_given_twice() -> None:
    taken = next(iter(DEFECTS.values()))
    with pytest.raises(ValueError, match=f"there is a defect '{taken.name}' already"):
        Catalogue([*DEFECTS.values(), taken])
    assert DEFECTS[taken.name] is taken


def test_a_mark_enters_nothing_anywhere_and_is_not_inherited() -> None:
    before = dict(DEFECTS)

    @defect("never-seen", violates="41-7.3.7-used", evidence="Accept")
    class Marked(AmountDecoder):
        """It is not seen."""

    class Derived(Marked):
        """It is no defect."""

    module = ModuleType(__name__)
    module.__dict__.update(Marked=Marked, Derived=Derived, Borrowed=next(iter(DEFECTS.values())).part)
    assert list(Catalogue.of(module)) == ["never-seen"]
    assert dict(DEFECTS) == before


def test_no_part_serves_two_defects() -> None:
    parts = [defect.part for defect in DEFECTS.values()]
    assert len(set(parts)) == len(parts)


@pytest.mark.parametrize(
    ("name", "near"), [("crc-not-check", "crc-not-checked"), ("lockout-nevr", "lockout-never")]
)
def test_an_unknown_name_is_told_the_nearest_ones(name: str, near: str) -> None:
    with pytest.raises(UnknownDefect, match=f"there is no defect '{name}': .*{near}"):
        DEFECTS.parts_with(name)


def test_a_name_near_to_nothing_is_told_where_the_list_is() -> None:
    with pytest.raises(UnknownDefect, match="there is no defect 'qqq': 'stsbench defects' lists them"):
        DEFECTS.parts_with("qqq")


@pytest.mark.parametrize("part", [int, object, Defect])
def test_a_part_derived_from_nothing_is_refused(part: type) -> None:
    with pytest.raises(ValueError, match=f"{part.__name__} is derived from no part of the simulated meter"):
        GOOD.replaced(part)


def test_a_second_part_replaces_another_place() -> None:
    class Store(TokenIdentifierStore):
        pass

    class Amounts(AmountDecoder):
        pass

    assert replaced(GOOD.replaced(Store).replaced(Amounts)) == {"store", "amounts"}


def test_the_catalogue_is_closed() -> None:
    with pytest.raises(TypeError):
        DEFECTS["another"] = next(iter(DEFECTS.values()))  # type: ignore[index]


def test_a_meter_with_a_defect_shows_it_and_is_good_otherwise() -> None:
    bench = MeterOnBench(defect="used-token-accepted")
    assert [bench.enter(credit_token(1)) for _ in range(2)] == [Accept, Accept]
    assert bench.enter(bad_token(2)) is CRCError
    good = MeterOnBench()
    assert [good.enter(credit_token(1)) for _ in range(2)] == [Accept, UsedError]


def test_a_meter_with_slow_bits_is_slow_on_the_line() -> None:
    for name, character_time in ((None, PROFILE.character_time), ("slow-bits", 4_291_667)):
        bench = MeterOnBench(defect=name)
        characters = bench.carrier.exchange(ReadCommand(0x2010)).characters
        assert {character.end - character.start for character in characters} == {character_time}


def test_a_meter_whose_store_forgets_forgets_with_the_power_and_not_before() -> None:
    bench = MeterOnBench(defect="used-after-power-cut")
    assert [bench.enter(credit_token(1)) for _ in range(2)] == [Accept, UsedError]
    bench.cut_power()
    assert bench.enter(credit_token(1)) is Accept


def test_a_meter_that_leaves_a_command_unanswered_serves_the_next_one() -> None:
    bench = MeterOnBench(defect="break-unanswered")
    assert bench.carrier.exchange(BreakCommand()).is_silent
    assert bench.carrier.read("electricity_credit") == "00000000"


COMMANDS: list[Command] = [
    IDRequest(),
    ReadCommand(0x2002, 1),
    ReadCommand(0x2010, 2),
    ReadCommand(0x3000),
    ReadCommand(0xFFFF, 15),
    WriteCommand(0x2010, "000000FF"),
    WriteCommand(0x2010, "ZZ"),
    WriteCommand(0x2010, ""),
    WriteCommand(0xFFFF, "1" * 19),
    WriteCommand(0xFFFF, "9" * 20),
    WriteCommand(0xFFFF, credit_token(1)),
    WriteCommand(0xFFFF, bad_token(1)),
    WriteCommand(0xFFFF, display_token(0)),
    BreakCommand(),
    UndefinedCommand("X"),
]


@EVERY
def test_whatever_a_meter_with_a_defect_is_told_the_bench_goes_on(defect: Defect) -> None:
    bench = MeterOnBench(defect=defect.name)
    for command in COMMANDS:
        frame = bench.carrier.codec.encode(command)
        bench.carrier.exchange(command)
        bench.carrier.exchange_characters(outgoing(frame[:-1] + b"\x7e"))
        bench.carrier.exchange_characters([OutgoingCharacter(code, wrong_parity=True) for code in frame])
    bench.cut_power()
    assert all(exchange.reply.answer or exchange.reply.fault for exchange in bench.exchanges)
