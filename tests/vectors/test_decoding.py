"""A stream of characters is decoded into messages, garbage and what is wrong with them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrier_line import ANSWER_FRAMES, CHARACTER_TIME, CODEC, COMMAND_FRAMES, PROFILE, SECOND, changed, heard
from sts62055.carrier.characters import ReceivedCharacter
from sts62055.carrier.framing import framed
from sts62055.carrier.layouts import block_check
from sts62055.carrier.messages import (
    Ack,
    Command,
    Data,
    IDRequest,
    Message,
    ReadCommand,
    WriteCommand,
)
from sts62055.carrier.monitor import Decoded, Direction, Finding, StreamDecoder

LIMIT = PROFILE.longest_time("inter_character_time")
COMMANDS = [(command, bytes.fromhex(text)) for command, text in COMMAND_FRAMES.items()]
ANSWERS = [(answer, bytes.fromhex(text)) for answer, text in ANSWER_FRAMES.items()]
READ = CODEC.encode(ReadCommand(0x2010))
DATA = CODEC.encode(Data(0x2010, ("0000007B",)))
CLAUSES = {
    "IDRequest": "6.4.2",
    "IDResponse": "6.4.3",
    "ReadCommand": "6.4.4",
    "WriteCommand": "6.4.5",
    "BreakCommand": "6.4.6",
    "ACK": "6.4.7",
    "NAK": "6.4.8",
    "Data": "6.4.9",
    "undefined command": "6.6.6",
}


def decode(codes: bytes, direction: Direction = Direction.UNKNOWN) -> list[Decoded]:
    """Decode characters of which no time is known."""
    decoder = StreamDecoder(PROFILE, direction)
    return [piece for code in codes for piece in decoder.take(code)] + decoder.finish()


def decode_timed(characters: list[ReceivedCharacter]) -> list[Decoded]:
    """Decode characters that are handed over with their times, and no call between them."""
    decoder = StreamDecoder(PROFILE)
    taken = [
        piece
        for character in characters
        for piece in decoder.take(character.code, intact=character.intact, end=character.end)
    ]
    return taken + decoder.finish()


def found(pieces: list[Decoded]) -> list[tuple[Finding, bytes]]:
    return [(piece.finding, piece.codes) for piece in pieces]


@pytest.mark.parametrize(("message", "frame"), COMMANDS + ANSWERS, ids=str)
def test_each_message_is_decoded_with_its_name_clause_and_direction(message: Message, frame: bytes) -> None:
    way = Direction.TO_METER if isinstance(message, Command) else Direction.FROM_METER
    for direction in (Direction.UNKNOWN, way):
        (piece,) = decode(frame, direction)
        assert (piece.finding, piece.message, piece.codes) == (Finding.MESSAGE, message, frame)
        assert piece.direction is way
        assert piece.clause == CLAUSES[piece.name]
        assert piece.is_bcc_right is (True if frame[0] in b"\x01\x02" else None)
        assert (piece.problem, piece.damaged, piece.began, piece.ended) == ("", (), None, None)


def test_the_names_of_all_messages_are_those_of_the_clauses() -> None:
    assert {decode(frame)[0].name for _, frame in COMMANDS + ANSWERS} == set(CLAUSES)


def test_a_mixed_tap_gives_the_messages_of_both_with_their_places() -> None:
    frames = [frame for pair in zip(COMMANDS, ANSWERS, strict=False) for _, frame in pair]
    pieces = decode(b"".join(frames))
    assert [piece.codes for piece in pieces] == frames
    assert [piece.place for piece in pieces] == [len(b"".join(frames[:n])) for n in range(len(frames))]
    assert {piece.finding for piece in pieces} == {Finding.MESSAGE}


FIELDS = [
    (b"/?!\r\n", ()),
    (READ, (("register", "2010 electricity_credit"), ("count", "1"))),
    (CODEC.encode(ReadCommand(0x1234, 3)), (("register", "1234 (not predefined)"), ("count", "3"))),
    (
        CODEC.encode(WriteCommand(0xFFFF, "12345678901234567890")),
        (("register", "FFFF token"), ("token", "12345678901234567890")),
    ),
    (CODEC.encode(WriteCommand(0x2014, "00")), (("register", "2014 tamper_status"), ("data", "00"))),
    (CODEC.encode(Data(0xFFFE, ("0A",))), (("FFFE token_status", "0A = 10 UsedError"),)),
    (CODEC.encode(Data(0xFFFE, ("10",))), (("FFFE token_status", "10 = 16 not ready"),)),
    (CODEC.encode(Data(0xFFFE, ("F0",))), (("FFFE token_status", "F0 = 240 reserved"),)),
    (CODEC.encode(Data(0x2002, ("0005",))), (("2002 meter_status", "0005 = 0000000000000101 (bits)"),)),
    (
        CODEC.encode(Data(0x2010, ("0000007B", "x"))),
        (("2010 electricity_credit", "0000007B = 123 (0,1 kWh)"), ("2011 cumulative_energy", "x")),
    ),
    (CODEC.encode(Data(0x0001, ("FF",))), (("0001 (not predefined)", "FF"),)),
    (framed(b"X"), (("letter", "X"),)),
    (
        ANSWERS[0][1],
        (
            ("manufacturer", "ABC"),
            ("tableID", "0001"),
            ("FOIN", "F01D"),
            ("protocolVersion", "10"),
            ("serverStatus", "0A"),
            ("softwareVersion", "2345"),
        ),
    ),
]


@pytest.mark.parametrize(("frame", "fields"), FIELDS)
def test_the_fields_are_told_in_words(frame: bytes, fields: tuple[tuple[str, str], ...]) -> None:
    (piece,) = decode(frame)
    assert piece.fields == fields


def test_a_control_character_in_a_value_is_told_by_its_number() -> None:
    frame = b"\x022010(\x1b[2J)\x03"
    (piece,) = decode(frame + bytes([block_check(frame)]))
    assert (piece.finding, piece.is_bcc_right) == (Finding.MALFORMED, True)
    assert piece.problem == "character 7: expected ) after value, found 1Bh"


@pytest.mark.parametrize("frame", [frame for _, frame in COMMANDS + ANSWERS if frame[0] in b"\x01\x02"])
def test_a_wrong_bcc_is_told_and_the_message_still_read(frame: bytes) -> None:
    (piece,) = decode(frame[:-1] + bytes([frame[-1] ^ 0x10]))
    (right,) = decode(frame)
    assert (piece.finding, piece.is_bcc_right) == (Finding.MALFORMED, False)
    assert (
        piece.problem
        == f"character {len(frame)}: expected BCC {frame[-1]:02X}h, found "
        + (piece.problem.rpartition("found ")[2])
    )
    assert (piece.message, piece.fields, piece.clause) == (right.message, right.fields, right.clause)


MALFORMED = [
    (framed(b"R\x02201"), True, "character 7: expected an upper-case hexadecimal digit of register_id, found ETX"),
    (framed(b"R\x02201")[:-1] + b"\x00", False, "character 7: "),
    (b"/?1!\r\n", None, "character 3: expected !, found 1"),
    (b"/A\r\n", None, "character 3: expected a letter of manufacturer, found CR"),
    (b"\x01\x03\x03", True, "character 2: "),
]


@pytest.mark.parametrize(("frame", "is_right", "problem"), MALFORMED)
def test_a_message_without_its_layout_says_where(frame: bytes, is_right: bool | None, problem: str) -> None:
    (piece,) = decode(frame)
    assert (piece.finding, piece.message, piece.is_bcc_right) == (Finding.MALFORMED, None, is_right)
    assert piece.problem.startswith(problem)
    assert (piece.name, piece.clause) == ("malformed message", "6.4.1")


def test_garbage_between_messages_is_given_as_one_piece() -> None:
    pieces = decode(b"abc" + READ + b"UUUU" + DATA + b"z")
    assert found(pieces) == [
        (Finding.GARBAGE, b"abc"),
        (Finding.MESSAGE, READ),
        (Finding.GARBAGE, b"UUUU"),
        (Finding.MESSAGE, DATA),
        (Finding.GARBAGE, b"z"),
    ]
    assert [piece.place for piece in pieces] == [0, 3, 13, 17, 34]


@pytest.mark.parametrize("cut", range(1, len(READ) - 1))
@pytest.mark.parametrize("after", [READ, b"\x06", b"\x15"], ids=bytes.hex)
def test_an_unfinished_message_does_not_hide_the_next(cut: int, after: bytes) -> None:
    assert found(decode(READ[:cut] + after)) == [(Finding.UNFINISHED, READ[:cut]), (Finding.MESSAGE, after)]


@pytest.mark.parametrize("cut", [4, 5, len(READ) - 2])
def test_data_after_an_unfinished_command_is_decoded(cut: int) -> None:
    assert found(decode(READ[:cut] + DATA)) == [(Finding.UNFINISHED, READ[:cut]), (Finding.MESSAGE, DATA)]


@pytest.mark.parametrize("bcc", [0x01, 0x02, 0x06, 0x15, 0x03])
def test_a_bcc_that_looks_like_the_beginning_of_a_message_is_none(bcc: int) -> None:
    letter = next(chr(code) for code in range(128) if (code ^ 0x03) == bcc ^ 0x40)
    frame = framed(f"{letter}@".encode())
    assert frame[-1] == bcc
    pieces = decode(frame + READ)
    assert [piece.codes for piece in pieces] == [frame, READ]


def test_control_characters_of_the_other_side_begin_nothing_in_one_direction() -> None:
    assert found(decode(b"\x06\x15" + READ, Direction.TO_METER)) == [
        (Finding.GARBAGE, b"\x06\x15"),
        (Finding.MESSAGE, READ),
    ]
    assert found(decode(b"\x01R" + DATA, Direction.FROM_METER)) == [
        (Finding.GARBAGE, b"\x01R"),
        (Finding.MESSAGE, DATA),
    ]


@pytest.mark.parametrize(("direction", "is_read"), [(Direction.TO_METER, True), (Direction.FROM_METER, False)])
def test_an_id_request_is_one_only_to_the_meter(direction: Direction, is_read: bool) -> None:
    (piece,) = decode(b"/?!\r\n", direction)
    assert (piece.message == IDRequest()) is is_read
    assert piece.direction is direction


@pytest.mark.parametrize(
    ("gap", "findings"),
    [
        (0, [Finding.MESSAGE]),
        (LIMIT, [Finding.MESSAGE]),
        (LIMIT + 1, [Finding.UNFINISHED, Finding.GARBAGE]),
        (60 * SECOND, [Finding.UNFINISHED, Finding.GARBAGE]),
    ],
)
def test_a_pause_ends_a_message_where_times_are_known(gap: int, findings: list[Finding]) -> None:
    before = heard(READ[:5])
    pieces = decode_timed(before + heard(READ[5:], at=before[-1].end + gap))
    assert [piece.finding for piece in pieces] == findings


def test_silence_gives_what_is_unfinished_at_the_deadline() -> None:
    decoder = StreamDecoder(PROFILE)
    assert decoder.deadline is None
    for character in heard(READ[:5], at=SECOND):
        assert decoder.take(character.code, end=character.end) == []
    deadline = decoder.deadline
    assert deadline == SECOND + 6 * CHARACTER_TIME + LIMIT + 1
    assert decoder.expire(deadline - 1) == []
    (piece,) = decoder.expire(deadline)
    assert (piece.finding, piece.codes) == (Finding.UNFINISHED, READ[:5])
    assert (piece.began, piece.ended) == (SECOND, SECOND + 5 * CHARACTER_TIME)
    assert (decoder.deadline, decoder.held, decoder.finish()) == (None, 0, [])


def test_a_message_has_the_time_of_its_first_and_last_character() -> None:
    pieces = decode_timed(heard(b"U" + READ, at=7 * SECOND))
    assert [(piece.began, piece.ended) for piece in pieces] == [
        (7 * SECOND, 7 * SECOND + CHARACTER_TIME),
        (7 * SECOND + CHARACTER_TIME, 7 * SECOND + 11 * CHARACTER_TIME),
    ]


def test_damaged_characters_are_noted_and_the_message_is_read() -> None:
    (garbage, piece) = decode_timed(heard(b"UU" + READ, damaged=6))
    assert (garbage.damaged, piece.damaged) == ((), (4,))
    assert piece.message == ReadCommand(0x2010)


@pytest.mark.parametrize("code", [0x86, 0x106, -122])
def test_a_code_of_more_than_seven_bits_is_a_damaged_character(code: int) -> None:
    (piece,) = StreamDecoder(PROFILE).take(code)
    assert (piece.message, piece.damaged) == (Ack(), (0,))


def test_the_longest_message_is_decoded_and_a_longer_one_given_up() -> None:
    longest = CODEC.encode(WriteCommand(0xFFFF, "7" * 245))
    assert found(decode(longest)) == [(Finding.MESSAGE, longest)]
    longer = CODEC.encode(WriteCommand(0xFFFF, "7" * 246))
    assert found(decode(longer + READ)) == [
        (Finding.TOO_LONG, longer[:256]),
        (Finding.GARBAGE, longer[256:]),
        (Finding.MESSAGE, READ),
    ]


def test_endless_garbage_is_given_in_pieces_of_the_longest_message() -> None:
    assert [len(piece.codes) for piece in decode(b"U" * 600)] == [256, 256, 88]


alphabet = st.one_of(st.sampled_from(b"\x01\x02\x03\x06\x15\r\n/?!RWB01("), st.integers(-3, 300))
gaps = st.one_of(st.none(), st.just(0), st.integers(-SECOND, 3 * SECOND))
whole = st.sampled_from([frame for _, frame in COMMANDS + ANSWERS])
runs = st.one_of(
    st.lists(alphabet, max_size=40), whole.map(list), st.builds(lambda a, n: list(a[:n]), whole, st.integers(0, 9))
)


@given(st.lists(st.tuples(gaps, runs, st.booleans()), max_size=8), st.sampled_from(Direction))
@settings(max_examples=300, deadline=None)
def test_whatever_it_hears_nothing_is_lost_it_stays_small_and_decodes_the_next_message(
    noise: list[tuple[int | None, list[int], bool]], direction: Direction
) -> None:
    decoder = StreamDecoder(changed(longest_message=20), direction)
    pieces: list[Decoded] = []
    now = 0
    for gap, codes, intact in noise:
        for code in codes:
            now += CHARACTER_TIME + (gap or 0)
            pieces += decoder.take(code, intact=intact, end=None if gap is None else now)
            assert decoder.held <= 20
    pieces += decoder.finish()
    assert b"".join(piece.codes for piece in pieces) == bytes(code & 0x7F for _, run, _ in noise for code in run)
    assert all(0 < len(piece.codes) <= 20 for piece in pieces)
    good = READ if direction is Direction.TO_METER else DATA
    (piece,) = [piece for code in good for piece in decoder.take(code)]
    assert (piece.finding, piece.codes) == (Finding.MESSAGE, good)
    assert piece.place == sum(len(each.codes) for each in pieces)
