"""Cutting a stream of characters into messages."""

import pytest

from carrier_line import ANSWER_FRAMES, COMMAND_FRAMES
from sts62055.carrier.framing import CLIENT_OPENINGS, SERVER_OPENINGS, MessageReader, Part

FRAMES = [(SERVER_OPENINGS, bytes.fromhex(text)) for text in COMMAND_FRAMES.values()]
FRAMES += [(CLIENT_OPENINGS, bytes.fromhex(text)) for text in ANSWER_FRAMES.values()]


@pytest.mark.parametrize(("openings", "frame"), FRAMES)
def test_a_message_ends_with_its_last_character_and_not_before(openings: frozenset[int], frame: bytes) -> None:
    reader = MessageReader(openings, 256)
    assert [reader.feed(code) for code in frame] == [Part.INSIDE] * (len(frame) - 1) + [Part.LAST]
    assert reader.codes == frame


@pytest.mark.parametrize("openings", [SERVER_OPENINGS, CLIENT_OPENINGS])
def test_nothing_but_an_opening_character_begins_a_message(openings: frozenset[int]) -> None:
    reader = MessageReader(openings, 256)
    others = set(range(128)) - openings
    assert {reader.feed(code) for code in others} == {Part.OUTSIDE}
    assert reader.codes == b""


def test_a_server_hears_no_answers_and_a_client_no_commands() -> None:
    assert sorted(SERVER_OPENINGS) == [0x01, 0x2F]
    assert sorted(CLIENT_OPENINGS) == [0x02, 0x06, 0x15, 0x2F]


def test_the_longest_message_is_held_and_no_character_more() -> None:
    reader = MessageReader(SERVER_OPENINGS, 5)
    assert [reader.feed(code) for code in b"/1234"] == [Part.INSIDE] * 5
    assert reader.feed(0x0A) is Part.TOO_MANY
    assert reader.codes == b"/1234"


def test_the_longest_message_may_end_with_its_last_place() -> None:
    reader = MessageReader(SERVER_OPENINGS, 5)
    assert [reader.feed(code) for code in b"/?!\r\n"][-1] is Part.LAST


def test_after_clear_the_next_message_is_read() -> None:
    reader = MessageReader(CLIENT_OPENINGS, 5)
    reader.feed(0x02)
    reader.clear()
    assert reader.feed(0x06) is Part.LAST
    assert reader.codes == b"\x06"
