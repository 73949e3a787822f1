"""The server's state table: what it serves, what it drops, what it says of damaged messages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrier_line import CHARACTER_TIME, CODEC, COMMAND_FRAMES, PROFILE, SECOND, changed, heard, let_pass, play
from sts62055.carrier.framing import framed
from sts62055.carrier.messages import BreakCommand, Command, IDRequest, ReadCommand, WriteCommand
from sts62055.carrier.misuse import ProtocolMisuse
from sts62055.carrier.server import SERVER_TABLE, DamagedMessage, Server, ServerEvent, ServerState

LIMIT = PROFILE.longest_time("inter_character_time")
QUIET = PROFILE.time("quiet_time")
READ = CODEC.encode(ReadCommand(0x2010))
SERVED = [ReadCommand(0x2010)]
FRAMES = [(command, bytes.fromhex(text)) for command, text in COMMAND_FRAMES.items()]
SHORT = changed(longest_message=16)


def server() -> Server:
    return Server(CODEC, PROFILE)


def reachable(start: ServerState) -> set[ServerState]:
    found, new = set(), {start}
    while new:
        found |= new
        new = {after for state in new for after in SERVER_TABLE[state].values()} - found
    return found


def test_every_state_can_be_reached_from_idle() -> None:
    assert reachable(ServerState.IDLE) == set(ServerState)


@pytest.mark.parametrize("state", ServerState)
def test_every_state_gets_back_to_idle(state: ServerState) -> None:
    assert ServerState.IDLE in reachable(state)


def test_every_next_state_is_in_the_table() -> None:
    assert set(SERVER_TABLE) == {after for events in SERVER_TABLE.values() for after in events.values()}


def test_every_event_moves_some_state() -> None:
    assert {event for events in SERVER_TABLE.values() for event in events} == set(ServerEvent)


@pytest.mark.parametrize(("command", "frame"), FRAMES, ids=str)
def test_each_request_is_served_with_its_last_character(command: Command, frame: bytes) -> None:
    table = server()
    *before, last = heard(frame)
    for character in before:
        assert table.receive(character) is None
        assert table.state is ServerState.RECEIVING
    assert table.receive(last) == command
    assert table.state is ServerState.PROCESSING
    assert table.deadline is None
    table.answered()
    assert table.state is ServerState.IDLE


def test_one_request_after_the_other_is_served() -> None:
    frames = b"".join(frame for _, frame in FRAMES)
    assert play(server(), heard(frames)) == [command for command, _ in FRAMES]


@pytest.mark.parametrize(
    ("gap", "requests"),
    [
        (0, SERVED),
        (SECOND, SERVED),
        (LIMIT - 1_000_000, SERVED),
        (LIMIT - 1, SERVED),
        (LIMIT, SERVED),
        (LIMIT + 1, []),
        (LIMIT + 1_000_000, []),
        (LIMIT + CHARACTER_TIME, []),
        (60 * SECOND, []),
    ],
)
@pytest.mark.parametrize("place", [1, 5, len(READ) - 1])
def test_a_message_is_dropped_without_a_word_after_too_long_a_pause(
    gap: int, requests: list[Command], place: int
) -> None:
    table = server()
    before = heard(READ[:place])
    after = heard(READ[place:], at=before[-1].end + gap)
    assert play(table, before + after) == requests
    assert table.state is ServerState.IDLE
    assert play(table, heard(READ, at=after[-1].end)) == SERVED


@pytest.mark.parametrize(("gap", "requests"), [(LIMIT, SERVED), (LIMIT + 1, [])])
def test_a_pause_is_seen_in_the_times_of_characters_that_come_late(gap: int, requests: list[Command]) -> None:
    table = server()
    before = heard(READ[:5])
    after = heard(READ[5:], at=before[-1].end + gap)
    assert [request for character in before + after if (request := table.receive(character))] == requests


def test_the_pause_that_ends_one_message_may_begin_the_next() -> None:
    table = server()
    before = heard(READ[:5])
    assert play(table, before + heard(READ, at=before[-1].end + LIMIT + 1)) == SERVED


def test_an_unfinished_message_is_dropped_when_no_character_can_be_on_its_way() -> None:
    table = server()
    last = [table.receive(character) or character for character in heard(READ[:5])][-1]
    assert table.deadline == last.end + LIMIT + CHARACTER_TIME + 1
    assert table.expire(table.deadline - 1) is None
    assert table.state is ServerState.RECEIVING
    assert table.expire(table.deadline) is None
    assert table.state is ServerState.IDLE


def test_the_limit_of_the_pause_is_that_of_the_profile() -> None:
    table = Server(CODEC, changed(inter_character_time={"upper": 100}))
    before = heard(READ[:5])
    assert play(table, before) == []
    assert table.deadline == before[-1].end + 100_000_000 + CHARACTER_TIME + 1
    assert play(table, heard(READ[5:], at=before[-1].end + 100_000_001)) == []


def write_of(length: int) -> bytes:
    return CODEC.encode(WriteCommand(0xFFFF, "7" * (length - 11)))


def test_the_longest_message_is_served() -> None:
    assert len(write_of(256)) == 256
    assert play(server(), heard(write_of(256))) == [WriteCommand(0xFFFF, "7" * 245)]


@pytest.mark.parametrize("frame", [write_of(257), write_of(600), b"/" * 300], ids=len)
def test_an_overlong_message_is_dropped_and_the_next_one_served_after_a_pause(frame: bytes) -> None:
    table = server()
    overlong = heard(frame)
    at_once = heard(READ, at=overlong[-1].end)
    after_a_pause = heard(READ, at=at_once[-1].end + LIMIT + 1)
    assert play(table, overlong + at_once) == []
    assert table.state is ServerState.DROPPING
    assert play(table, after_a_pause) == SERVED


def test_a_damaged_character_of_an_overlong_message_is_dropped_like_the_rest() -> None:
    table = server()
    overlong = heard(b"/" * 300, damaged=280)
    assert play(table, overlong) == []
    assert let_pass(table, overlong[-1].end + 60 * SECOND) == []
    assert table.state is ServerState.IDLE


@pytest.mark.parametrize("damaged", [0, 4, len(READ) - 1])
def test_a_damaged_character_is_answered_once_the_line_was_quiet(damaged: int) -> None:
    table = server()
    characters = heard(READ, damaged=damaged)
    assert play(table, characters) == []
    assert table.state is ServerState.WAITING_FOR_QUIET
    assert table.deadline == characters[-1].end + QUIET
    assert table.expire(table.deadline - 1) is None
    assert table.expire(table.deadline) == DamagedMessage("a character arrived damaged")
    assert table.state is ServerState.PROCESSING


@pytest.mark.parametrize("damaged", [None, 0])
def test_quiet_is_counted_from_the_last_character_of_any_kind(damaged: int | None) -> None:
    table = server()
    first = heard(READ, damaged=4)
    second = heard(READ, at=first[-1].end + SECOND, damaged=damaged)
    assert play(table, first + second) == []
    assert table.deadline == second[-1].end + QUIET
    assert len(let_pass(table, table.deadline)) == 1


def test_after_a_damaged_message_the_next_is_served() -> None:
    table = server()
    first = heard(READ, damaged=4)
    second = heard(READ, at=first[-1].end + 2 * QUIET)
    assert play(table, first + second) == [DamagedMessage("a character arrived damaged"), *SERVED]


@pytest.mark.parametrize("frame", [frame for _, frame in FRAMES if frame[0] == 0x01], ids=bytes.hex)
def test_a_wrong_bcc_is_a_transmission_error(frame: bytes) -> None:
    (request,) = play(server(), heard(frame[:-1] + bytes([frame[-1] ^ 1])))
    assert isinstance(request, DamagedMessage)
    assert request.reason.startswith(f"wrong BCC, character {len(frame)}: expected BCC {frame[-1]:02X}h, found")


@pytest.mark.parametrize(
    "frame", [framed(b"R\x02201"), framed(b"B1"), b"/?1!\r\n", b"\x01\x03\x03"], ids=bytes.hex
)
def test_a_message_without_its_layout_is_a_transmission_error(frame: bytes) -> None:
    (request,) = play(server(), heard(frame))
    assert isinstance(request, DamagedMessage)
    assert request.reason.startswith("character ")


def test_garbage_before_an_opening_character_is_ignored() -> None:
    garbage = bytes(sorted(set(range(128)) - set(b"\x01/"))) * 3
    assert play(server(), heard(garbage + READ)) == SERVED


def test_characters_that_come_while_a_request_is_processed_are_ignored() -> None:
    table = server()
    (*_, request) = [table.receive(character) for character in heard(READ)]
    assert request == ReadCommand(0x2010)
    assert {table.receive(character) for character in heard(READ, at=SECOND, damaged=3)} == {None}
    table.answered()
    assert play(table, heard(READ, at=2 * SECOND)) == SERVED


@pytest.mark.parametrize(
    ("codes", "damaged", "state"),
    [(b"", None, "idle"), (READ[:5], None, "receiving"), (READ[:5], 2, "waiting for quiet")],
)
def test_an_answer_to_nothing_is_our_own_mistake(codes: bytes, damaged: int | None, state: str) -> None:
    table = server()
    for character in heard(codes, damaged=damaged):
        table.receive(character)
    with pytest.raises(ProtocolMisuse, match=f"nothing is to be answered while the server is {state}: call"):
        table.answered()
    assert table.state is ServerState(state)


def test_a_request_is_answered_once() -> None:
    table = server()
    for character in heard(READ):
        table.receive(character)
    table.answered()
    with pytest.raises(ProtocolMisuse, match="while the server is idle"):
        table.answered()


def test_an_idle_server_waits_for_nothing() -> None:
    assert server().deadline is None
    assert server().expire(60 * SECOND) is None


@pytest.mark.parametrize("characters", [heard(READ[:5]), heard(READ), heard(READ, damaged=4)], ids=len)
def test_a_reset_forgets_everything(characters: list[object]) -> None:
    table = server()
    for character in characters:
        table.receive(character)
    table.reset()
    assert table.state is ServerState.IDLE
    assert play(table, heard(READ, at=SECOND)) == SERVED


gaps = st.one_of(st.just(0), st.integers(0, 3 * SECOND), st.sampled_from([LIMIT - 1, LIMIT, LIMIT + 1, QUIET]))
alphabet = st.one_of(st.sampled_from(b"\x01\x02\x03\x06\x15\r\n/?!RWB01("), st.integers(0, 127))
whole = st.sampled_from([frame for _, frame in FRAMES])
runs = st.one_of(
    st.lists(alphabet, max_size=24).map(bytes), whole, st.builds(lambda a, n: a[:n], whole, st.integers(0, 9))
)
bursts = st.lists(st.tuples(gaps, runs, st.one_of(st.none(), st.integers(0, 20))), max_size=8)


@given(bursts)
@settings(max_examples=300, deadline=None)
def test_whatever_it_hears_the_server_stays_small_and_serves_the_next_good_message(
    noise: list[tuple[int, bytes, int | None]],
) -> None:
    table = Server(CODEC, SHORT)
    now = 0
    for gap, codes, damaged in noise:
        for character in heard(codes, at=now + gap, damaged=damaged):
            for request in play(table, [character]):
                assert isinstance(request, Command | DamagedMessage)
            assert len(table._reader.codes) <= 16
            now = character.end
    now += 60 * SECOND
    let_pass(table, now)
    assert table.state is ServerState.IDLE
    assert play(table, heard(CODEC.encode(IDRequest()) + CODEC.encode(BreakCommand()), at=now)) == [
        IDRequest(),
        BreakCommand(),
    ]


@given(st.lists(st.tuples(st.integers(0, 2 * SECOND), alphabet, st.booleans(), st.booleans()), max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_server_that_nobody_told_the_time_or_answered_for_raises_nothing(
    noise: list[tuple[int, int, bool, bool]],
) -> None:
    table = Server(CODEC, SHORT)
    now = 0
    for gap, code, is_damaged, is_told in noise:
        (character,) = heard(bytes([code]), at=now + gap, damaged=0 if is_damaged else None)
        now = character.end
        table.receive(character)
        if is_told:
            table.expire(now + 60 * SECOND)
        assert len(table._reader.codes) <= 16
