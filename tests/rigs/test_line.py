"""The simulated line: when each character ends, who hears it, and what a power cut leaves of it."""

import pytest

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, outgoing
from sts62055.carrier.profile import default_profile
from sts_rigs.simulator.line import Line, LineEnd
from sts_rigs.simulator.timeline import Timeline

TIME = 4_166_667
"""Ten bits at 2400 Bd in nanoseconds: start bit, seven data bits, even parity, stop bit."""


class Setting:
    """A line with somebody listening at both ends."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.line = Line(self.timeline, TIME)
        self.at_meter: list[ReceivedCharacter] = []
        self.at_reader: list[ReceivedCharacter] = []
        self.line.meter.listener = self.at_meter.append
        self.line.reader.listener = self.at_reader.append

    def ends(self, name: str) -> tuple[LineEnd, list[ReceivedCharacter], list[ReceivedCharacter]]:
        """Return a sender, what the other end hears, and what the sender hears."""
        if name == "reader":
            return self.line.reader, self.at_meter, self.at_reader
        return self.line.meter, self.at_reader, self.at_meter


@pytest.fixture
def setting() -> Setting:
    return Setting()


def test_a_character_of_the_default_profile_takes_ten_bits_at_2400_baud() -> None:
    assert default_profile().character_time == TIME


@pytest.mark.parametrize("sender", ["reader", "meter"])
def test_characters_follow_one_another_and_only_the_other_end_hears_them(setting: Setting, sender: str) -> None:
    end, heard, own = setting.ends(sender)
    assert end.transmit(outgoing(b"/?!")) == 3 * TIME
    setting.timeline.wait_until(3 * TIME)
    assert heard == [
        ReceivedCharacter(0x2F, True, 0, TIME),
        ReceivedCharacter(0x3F, True, TIME, 2 * TIME),
        ReceivedCharacter(0x21, True, 2 * TIME, 3 * TIME),
    ]
    assert own == []


def test_a_character_is_heard_when_it_ends_and_not_before(setting: Setting) -> None:
    setting.line.reader.transmit(outgoing(b"A"))
    setting.timeline.wait_until(TIME - 1)
    assert setting.at_meter == []
    setting.timeline.wait_until(TIME)
    assert len(setting.at_meter) == 1


def test_a_gap_is_silence_before_its_character(setting: Setting) -> None:
    characters = [OutgoingCharacter(0x41), OutgoingCharacter(0x42, gap=1000), OutgoingCharacter(0x43)]
    assert setting.line.reader.transmit(characters) == 3 * TIME + 1000
    setting.timeline.wait_until(3 * TIME + 1000)
    assert [(each.start, each.end) for each in setting.at_meter] == [
        (0, TIME),
        (TIME + 1000, 2 * TIME + 1000),
        (2 * TIME + 1000, 3 * TIME + 1000),
    ]


def test_what_is_sent_while_the_end_is_busy_waits_for_its_turn(setting: Setting) -> None:
    setting.line.reader.transmit(outgoing(b"A"))
    setting.timeline.wait_until(TIME // 2)
    assert setting.line.reader.transmit(outgoing(b"B")) == 2 * TIME


def test_what_is_sent_later_starts_at_once(setting: Setting) -> None:
    setting.line.reader.transmit(outgoing(b"A"))
    setting.timeline.wait_until(10 * TIME)
    assert setting.line.reader.transmit(outgoing(b"B")) == 11 * TIME


def test_nothing_to_send_ends_now_or_with_what_is_being_sent(setting: Setting) -> None:
    assert setting.line.reader.transmit([]) == 0
    setting.line.reader.transmit(outgoing(b"A"))
    assert setting.line.reader.transmit([]) == TIME
    setting.timeline.wait_until(5 * TIME)
    assert setting.line.reader.transmit([]) == 5 * TIME


def test_the_two_ends_do_not_wait_for_each_other(setting: Setting) -> None:
    setting.line.reader.transmit(outgoing(b"ABC"))
    assert setting.line.meter.transmit(outgoing(b"x")) == TIME


def test_wrong_parity_arrives_as_not_intact(setting: Setting) -> None:
    setting.line.meter.transmit([OutgoingCharacter(0x41), OutgoingCharacter(0x42, wrong_parity=True)])
    setting.timeline.wait_until(2 * TIME)
    assert [(each.code, each.intact) for each in setting.at_reader] == [(0x41, True), (0x42, False)]


def test_one_end_may_be_slower_than_the_other(setting: Setting) -> None:
    setting.line.meter.character_time = TIME * 103 // 100
    assert setting.line.meter.transmit(outgoing(b"A")) == TIME * 103 // 100
    assert setting.line.reader.transmit(outgoing(b"A")) == TIME


def test_an_end_that_goes_silent_stops_within_the_character(setting: Setting) -> None:
    setting.line.meter.transmit(outgoing(b"ABC"))
    setting.timeline.wait_until(2 * TIME - 1)
    setting.line.meter.go_silent()
    setting.timeline.wait_until(10 * TIME)
    assert [each.code for each in setting.at_reader] == [0x41]
    assert setting.line.meter.transmitted == 1


def test_an_end_that_went_silent_can_send_again_without_waiting_for_what_was_lost(setting: Setting) -> None:
    setting.line.meter.transmit(outgoing(b"ABCDEF"))
    setting.timeline.wait_until(TIME)
    setting.line.meter.go_silent()
    assert setting.line.meter.transmit(outgoing(b"x")) == 2 * TIME
    setting.timeline.wait_until(10 * TIME)
    assert [each.code for each in setting.at_reader] == [0x41, 0x78]


def test_an_end_that_goes_silent_does_not_silence_the_other(setting: Setting) -> None:
    setting.line.reader.transmit(outgoing(b"AB"))
    setting.line.meter.go_silent()
    setting.timeline.wait_until(2 * TIME)
    assert len(setting.at_meter) == 2
