"""The port's own clock times whole characters, with the uncertainty that the rig file states for it."""

import pytest

from meter_on_bench import MILLISECOND, PROFILE, SECOND
from sts62055.carrier.characters import ReceivedCharacter
from sts62055.carrier.client import Reply
from sts_rigs.line.timing import PortTimes, clock_of
from sts_rigs.port import TimeBase

CLOCK = TimeBase("host clock", 20 * MILLISECOND, "the rig file")
CHARACTER = PROFILE.character_time
ASKED = 7 * SECOND


def times(*starts: int, character: int = CHARACTER) -> PortTimes:
    """Return the times of an answer whose characters start at these nanoseconds after the command."""
    came = tuple(ReceivedCharacter(0x30, True, ASKED + start, ASKED + start + character) for start in starts)
    return PortTimes(Reply(ASKED, came, None, None), CLOCK, PROFILE)


def evenly(count: int, character: int = CHARACTER) -> list[int]:
    return [300 * MILLISECOND + place * character for place in range(count)]


def test_the_clock_has_half_its_u_as_standard_uncertainty() -> None:
    component = clock_of(CLOCK)
    assert component.standard == pytest.approx(0.010)
    assert component.unit == "s"
    assert component.source == "the rig file"


def test_a_reaction_is_from_the_command_to_the_first_character() -> None:
    found = times(300 * MILLISECOND, 900 * MILLISECOND).reaction()
    assert found is not None
    assert found.time.value == pytest.approx(0.3)
    assert found.time.expanded == pytest.approx(0.020)
    assert found.time.unit == "s"
    assert (found.recording, found.at) == ("", None)


def test_the_longest_gap_is_from_end_to_start() -> None:
    found = times(0, 40 * MILLISECOND, 140 * MILLISECOND).longest_gap()
    assert found is not None
    assert found.time.value == pytest.approx(0.1 - CHARACTER / SECOND)


@pytest.mark.parametrize("count", [2, 25])
def test_a_bit_time_is_that_of_all_characters_but_the_first(count: int) -> None:
    slow = CHARACTER * 103 // 100
    found = times(*evenly(count, slow), character=slow).bit_time()
    assert found is not None
    assert found.time.value == pytest.approx(1.03 / PROFILE.number("bit_rate"))
    assert found.time.expanded == pytest.approx(0.020 / (10 * (count - 1)))
    assert found.time.unit == "s"


def test_pauses_longer_than_the_clock_is_sure_of_hide_the_bit_time() -> None:
    assert times(0, CHARACTER + 20 * MILLISECOND).bit_time() is not None
    assert times(0, CHARACTER + 21 * MILLISECOND).bit_time() is None


def test_what_did_not_come_is_not_timed() -> None:
    silence, one, two = times(), times(0), times(0, CHARACTER)
    assert [silence.reaction(), silence.longest_gap(), silence.bit_time()] == [None] * 3
    assert [one.longest_gap(), one.bit_time()] == [None] * 2
    assert one.reaction() is not None
    assert two.longest_gap() is not None
    assert two.shortest_stop() is None


def test_the_source_names_the_clock_and_who_states_it() -> None:
    assert times().source == "host clock: the rig file"
