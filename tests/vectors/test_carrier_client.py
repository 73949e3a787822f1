"""The client's state table: what it reads in a reply, and why a reply is no answer."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrier_line import ANSWER_FRAMES, CHARACTER_TIME, CODEC, SECOND, heard
from sts62055.carrier.characters import ReceivedCharacter
from sts62055.carrier.client import CLIENT_TABLE, Client, ClientEvent, ClientState, Reply, ReplyFault, Tolerance
from sts62055.carrier.layouts import block_check
from sts62055.carrier.messages import Ack, Answer, Command, Data, IDRequest, ReadCommand
from sts62055.carrier.misuse import ProtocolMisuse

LONGEST = 32
PATIENCE = 3 * SECOND
ASKED = 7 * SECOND
DATA = CODEC.encode(Data(0x2010, ("0000000A",)))
FRAMES = [(answer, bytes.fromhex(text)) for answer, text in ANSWER_FRAMES.items()]


def client() -> Client:
    waiting = Client(CODEC, LONGEST, PATIENCE)
    waiting.sent(ASKED)
    return waiting


def listen(waiting: Client, characters: list[ReceivedCharacter]) -> Reply:
    """Let a client hear characters, then silence; return its reply."""
    for character in characters:
        if reply := waiting.receive(character):
            return reply
    assert waiting.expire(waiting.deadline - 1) is None
    reply = waiting.expire(waiting.deadline)
    assert reply is not None
    return reply


def reachable(start: ClientState) -> set[ClientState]:
    found, new = set(), {start}
    while new:
        found |= new
        new = {after for state in new for after in CLIENT_TABLE[state].values()} - found
    return found


def test_every_state_can_be_reached_from_idle() -> None:
    assert reachable(ClientState.IDLE) == set(ClientState)


@pytest.mark.parametrize("state", ClientState)
def test_every_state_gets_back_to_idle(state: ClientState) -> None:
    assert ClientState.IDLE in reachable(state)


def test_every_next_state_is_in_the_table() -> None:
    assert set(CLIENT_TABLE) == {after for events in CLIENT_TABLE.values() for after in events.values()}


def test_every_event_moves_some_state() -> None:
    assert {event for events in CLIENT_TABLE.values() for event in events} == set(ClientEvent)


@pytest.mark.parametrize(("answer", "frame"), FRAMES, ids=str)
def test_each_answer_completes_the_reply_with_its_last_character(answer: Answer, frame: bytes) -> None:
    waiting = client()
    characters = heard(frame, at=ASKED + SECOND)
    assert [waiting.receive(character) for character in characters[:-1]] == [None] * (len(frame) - 1)
    assert waiting.receive(characters[-1]) == Reply(ASKED, tuple(characters), answer, None)
    assert waiting.state is ClientState.IDLE


FAULTS = [
    (b"", ReplyFault.SILENT, ""),
    (DATA[:1], ReplyFault.UNFINISHED, ""),
    (DATA[:-1], ReplyFault.UNFINISHED, ""),
    (b"/ABC", ReplyFault.UNFINISHED, ""),
    (b"/" * (LONGEST + 1), ReplyFault.TOO_LONG, ""),
    (b"\x02" + b"0" * LONGEST, ReplyFault.TOO_LONG, ""),
    (DATA[:-1] + b"\x00", ReplyFault.BLOCK_CHECK, f"character 17: expected BCC {DATA[-1]:02X}h, found 00h"),
    (b"/A\r\n", ReplyFault.LAYOUT, "character 3: expected a letter of manufacturer, found CR"),
    (b"\x022010\x03\x00", ReplyFault.LAYOUT, "character 6: expected (, found ETX"),
    (b"hello", ReplyFault.LAYOUT, "only characters that begin no message came"),
]


@pytest.mark.parametrize(("codes", "fault", "detail"), FAULTS)
def test_a_reply_that_is_no_answer_says_why(codes: bytes, fault: ReplyFault, detail: str) -> None:
    waiting = client()
    reply = listen(waiting, heard(codes, at=ASKED + SECOND))
    assert (reply.answer, reply.fault, reply.detail) == (None, fault, detail)
    assert reply.codes == codes
    assert reply.is_silent is (codes == b"")
    assert waiting.state is ClientState.IDLE


LOWER = b"\x02ffFE(0a)\x03"
TOLERATED = [
    (DATA[:-1] + b"\x00", Tolerance.WRONG_BLOCK_CHECK, ReplyFault.BLOCK_CHECK, Data(0x2010, ("0000000A",))),
    (LOWER + bytes([block_check(LOWER)]), Tolerance.LOWER_CASE, ReplyFault.LAYOUT, Data(0xFFFE, ("0A",))),
]


@pytest.mark.parametrize(("codes", "tolerance", "fault", "answer"), TOLERATED)
def test_what_a_client_puts_up_with_is_told_beside_the_answer(
    codes: bytes, tolerance: Tolerance, fault: ReplyFault, answer: Answer
) -> None:
    strict, tolerant = client(), client()
    tolerant.tolerances.add(tolerance)
    refused = listen(strict, heard(codes))
    assert (refused.answer, refused.fault) == (None, fault)
    reply = listen(tolerant, heard(codes))
    assert (reply.answer, reply.fault) == (answer, fault)
    assert reply.detail
    assert not reply.is_worth_another_attempt


def test_lower_case_letters_with_a_wrong_bcc_are_not_put_up_with() -> None:
    tolerant = client()
    tolerant.tolerances.add(Tolerance.LOWER_CASE)
    assert listen(tolerant, heard(LOWER + b"\x7f")).answer is None


def test_a_meter_that_never_falls_silent_is_listened_to_no_longer_than_to_the_longest_message() -> None:
    waiting = client()
    replies = [waiting.receive(character) for character in heard(b"U" * 100, at=ASKED)]
    reply = replies[LONGEST]
    assert replies.count(None) == 99
    assert reply is not None
    assert (reply.fault, reply.detail) == (ReplyFault.LAYOUT, "only characters that begin no message came")
    assert len(reply.characters) == LONGEST + 1


def test_the_longest_answer_is_no_fault() -> None:
    longest = CODEC.encode(Data(0x2010, ("7" * (LONGEST - 9),)))
    assert len(longest) == LONGEST
    assert listen(client(), heard(longest)).fault is None


def test_what_came_before_the_message_is_kept_and_the_answer_read() -> None:
    reply = listen(client(), heard(b"UU\x06", at=ASKED))
    assert reply.answer == Ack()
    assert reply.codes == b"UU\x06"


def test_damaged_characters_are_noted_and_the_answer_is_read() -> None:
    characters = heard(DATA, at=ASKED, damaged=4)
    reply = listen(client(), characters)
    assert reply.answer == Data(0x2010, ("0000000A",))
    assert reply.damaged == (characters[4],)


def test_intact_characters_are_not_noted_as_damaged() -> None:
    assert listen(client(), heard(DATA)).damaged == ()


@pytest.mark.parametrize("wait", [0, 199_999_999, 1_500_000_001])
def test_reaction_runs_from_the_end_of_the_command_to_the_start_of_the_answer(wait: int) -> None:
    assert listen(client(), heard(DATA, at=ASKED + wait)).reaction == wait


def test_silence_has_no_reaction() -> None:
    assert listen(client(), []).reaction is None


def test_the_longest_gap_runs_from_end_to_start() -> None:
    before = heard(DATA[:3], at=ASKED, gap=20)
    after = heard(DATA[3:], at=before[-1].end + 1_500_000_001, gap=10)
    assert listen(client(), before + after).longest_gap == 1_500_000_001


@pytest.mark.parametrize("codes", [b"", b"\x06"])
def test_less_than_two_characters_have_no_gap(codes: bytes) -> None:
    assert listen(client(), heard(codes, at=ASKED + SECOND)).longest_gap == 0


def test_patience_begins_anew_with_each_character() -> None:
    waiting = client()
    assert waiting.deadline == ASKED + PATIENCE
    waiting.receive(heard(b"\x02", at=ASKED + SECOND)[0])
    assert waiting.deadline == ASKED + SECOND + CHARACTER_TIME + PATIENCE


def test_patience_does_not_begin_before_the_command_has_ended() -> None:
    waiting = client()
    waiting.receive(heard(b"U", at=ASKED - SECOND)[0])
    assert waiting.deadline == ASKED + PATIENCE


def test_each_exchange_begins_empty() -> None:
    waiting = client()
    waiting.receive(heard(b"\x02", at=ASKED)[0])
    waiting.expire(waiting.deadline)
    later = ASKED + 9 * SECOND
    waiting.sent(later)
    assert listen(waiting, heard(b"\x06", at=later)) == Reply(later, tuple(heard(b"\x06", at=later)), Ack(), None)


@pytest.mark.parametrize("codes", [b"", b"U", b"\x02"])
def test_an_exchange_that_was_abandoned_does_not_stand_in_the_way_of_the_next(codes: bytes) -> None:
    waiting = client()
    for character in heard(codes, at=ASKED):
        waiting.receive(character)
    waiting.abandon()
    waiting.sent(ASKED + SECOND)
    assert listen(waiting, heard(b"\x06", at=ASKED + 2 * SECOND)).codes == b"\x06"


@pytest.mark.parametrize(("codes", "state"), [(b"", "waiting"), (b"U", "waiting"), (b"\x02", "receiving")])
def test_a_command_sent_before_the_reply_to_the_one_before_is_our_own_mistake(codes: bytes, state: str) -> None:
    waiting = client()
    for character in heard(codes, at=ASKED):
        waiting.receive(character)
    with pytest.raises(ProtocolMisuse, match=f"while the client is {state}: .*call `abandon` first"):
        waiting.sent(ASKED + SECOND)
    assert listen(waiting, heard(b"\x02\x03\x03", at=ASKED + SECOND)).codes == codes + b"\x02\x03\x03"


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.receive(heard(b"\x06")[0]),
        lambda client: client.expire(ASKED),
        lambda client: client.deadline,
    ],
)
def test_a_call_before_any_command_was_sent_is_our_own_mistake(call: Callable[[Client], object]) -> None:
    with pytest.raises(ProtocolMisuse, match="no command was sent: call `sent`"):
        call(Client(CODEC, LONGEST, PATIENCE))


def test_nothing_is_abandoned_after_the_reply() -> None:
    waiting = client()
    listen(waiting, heard(b"\x06", at=ASKED))
    waiting.abandon()
    assert waiting.state is ClientState.IDLE


@pytest.mark.parametrize("code", [b"\x06", b"\x02", b"U"])
def test_after_its_reply_a_client_takes_nothing_until_the_next_command(code: bytes) -> None:
    waiting = client()
    reply = listen(waiting, heard(b"\x06", at=ASKED))
    assert waiting.receive(heard(code, at=ASKED + SECOND)[0]) is None
    assert waiting.expire(ASKED + 60 * SECOND) is None
    assert reply.codes == b"\x06"
    assert waiting.state is ClientState.IDLE


gaps = st.one_of(st.just(0), st.integers(0, 2 * PATIENCE))
alphabet = st.one_of(st.sampled_from(b"\x02\x03\x06\x15\r\n/?!01()"), st.integers(0, 127))
outside = st.integers(0, 127).filter(lambda code: code not in b"\x02\x06\x15/")
runs = st.one_of(
    st.lists(alphabet, max_size=80).map(bytes),
    st.builds(bytes.__mul__, outside.map(chr).map(str.encode), st.integers(0, 100)),
    st.sampled_from([frame for _, frame in FRAMES]),
)
bursts = st.lists(st.tuples(gaps, runs, st.one_of(st.none(), st.integers(0, 20)), st.booleans()), max_size=8)


@given(bursts)
@settings(max_examples=300, deadline=None)
def test_whatever_it_hears_the_client_stays_small_and_reads_the_next_good_answer(
    noise: list[tuple[int, bytes, int | None, bool]],
) -> None:
    waiting = client()
    now = ASKED
    for gap, codes, damaged, asks_again in noise:
        if asks_again:
            waiting.abandon()
            waiting.sent(now)
        for character in heard(codes, at=now + gap, damaged=damaged):
            replies = [waiting.expire(now := character.end), waiting.receive(character)]
            for reply in filter(None, replies):
                assert (reply.answer is None) is (reply.fault is not None)
                assert len(reply.characters) <= 2 * LONGEST + 1
            assert len(waiting._reader.codes) <= LONGEST
            assert len(waiting._characters) <= 2 * LONGEST + 1
    waiting.expire(now + 60 * SECOND)
    assert waiting.state is ClientState.IDLE
    waiting.sent(now + 60 * SECOND)
    assert listen(waiting, heard(DATA, at=now + 61 * SECOND)).answer == Data(0x2010, ("0000000A",))


BRACKETS = DATA[:-2].replace(b"(", b"[").replace(b")", b"]") + b"\x03"
MALFORMED = {
    "in brackets": (BRACKETS + bytes([block_check(BRACKETS)]), Data(0x2010, ("0000000A",))),
    "cut short": (DATA[:-2], Data(0x2010, ("0000000A",))),
    "ended by EOT": (DATA[:-2] + b"\x04\x41", Data(0x2010, ("0000000A",))),
    "opened by SOH": (b"\x01" + DATA[1:], Data(0x2010, ("0000000A",))),
    "without parentheses": (b"\x0220100000000A", Data(0x2010, ("0000000A",))),
    "without register": (b"\x02(0000000A)", Data(None, ("0000000A",))),
    "of another register": (b"\x02[2011][0000000A]", None),
    "of another width": (b"\x022010[00000A]", None),
    "with two values": (b"\x022010[0000000A][0000000B]", None),
    "with more hexadecimal digits": (b"\x022010[0000000A]{17}", None),
    "without opening": (b"2010[0000000A]", None),
}


@pytest.mark.parametrize(("codes", "expected"), MALFORMED.values(), ids=MALFORMED)
def test_a_value_that_is_plain_in_another_layout_is_read_once_that_is_put_up_with(
    codes: bytes, expected: Data | None
) -> None:
    for tolerances in (set(), {Tolerance.OTHER_LAYOUT}):
        waiting = Client(CODEC, LONGEST, PATIENCE)
        waiting.tolerances = tolerances
        waiting.sent(ASKED, ReadCommand(0x2010))
        reply = listen(waiting, heard(codes))
        assert reply.answer == (expected if tolerances else None)
        assert reply.fault in (ReplyFault.LAYOUT, ReplyFault.UNFINISHED)


def test_damaged_data_of_another_layout_is_not_read() -> None:
    waiting = Client(CODEC, LONGEST, PATIENCE)
    waiting.tolerances = {Tolerance.OTHER_LAYOUT}
    waiting.sent(ASKED, ReadCommand(0x2010))
    characters = heard(DATA[:-2])
    characters[7] = replace(characters[7], intact=False)
    assert listen(waiting, characters).answer is None


@pytest.mark.parametrize("asked", [None, IDRequest(), ReadCommand(0x2010, 2), ReadCommand(0x1234)])
def test_data_of_another_layout_is_read_for_one_known_register_only(asked: Command | None) -> None:
    waiting = Client(CODEC, LONGEST, PATIENCE)
    waiting.tolerances = {Tolerance.OTHER_LAYOUT}
    waiting.sent(ASKED, asked)
    assert listen(waiting, heard(DATA[:-2])).answer is None
