"""The eight messages of IEC 62055-52: to characters and back, and what is said of those that do not fit."""

import re
from collections.abc import Callable
from dataclasses import replace
from types import UnionType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carrier_line import ANSWER_FRAMES, CODEC, COMMAND_FRAMES, changed
from sts62055.carrier.codec import Codec
from sts62055.carrier.framing import framed
from sts62055.carrier.layouts import BlockCheckError, Layout, LayoutError, block_check
from sts62055.carrier.messages import (
    Ack,
    Answer,
    BreakCommand,
    Command,
    Data,
    IDRequest,
    IDResponse,
    Message,
    Nak,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)

Decode = Callable[[bytes], Message]
FRAMES = [(CODEC.decode_command, *row) for row in COMMAND_FRAMES.items()]
FRAMES += [(CODEC.decode_answer, *row) for row in ANSWER_FRAMES.items()]
CHECKED_FRAMES = [(decode, bytes.fromhex(text)) for decode, _, text in FRAMES if text[:2] in ("01", "02")]
LONGEST = 300

numbers = {width: st.integers(0, 16**width - 1) for width in (1, 2, 4)}
letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=3, max_size=3)
values = st.text([chr(code) for code in range(0x20, 0x7F) if chr(code) != ")"], max_size=40)
commands = st.one_of(
    st.just(IDRequest()),
    st.builds(ReadCommand, numbers[4], numbers[1]),
    st.builds(WriteCommand, numbers[4], values),
    st.just(BreakCommand()),
    st.builds(UndefinedCommand, st.sampled_from([chr(code) for code in range(128) if chr(code) not in "RWB"])),
)
answers = st.one_of(
    st.builds(
        IDResponse.of,
        manufacturer=letters,
        table_id=numbers[4],
        foin=numbers[4],
        protocol_version=numbers[2],
        server_status=numbers[2],
        software_version=numbers[4],
    ),
    st.just(Ack()),
    st.just(Nak()),
    st.builds(Data, numbers[4], st.lists(values, min_size=1, max_size=5).map(tuple)),
)


def identified(**fields: int | str) -> IDResponse:
    return CODEC.fill(fields)


@st.composite
def nearly_right(draw: st.DrawFn) -> bytes:
    frame = CODEC.encode(draw(st.one_of(commands, answers)))
    start = draw(st.integers(0, len(frame)))
    end = draw(st.integers(start, min(start + 3, len(frame))))
    changed_frame = frame[:start] + bytes(draw(st.lists(st.integers(0, 127), max_size=3))) + frame[end:]
    return changed_frame[:-1] + bytes([block_check(changed_frame[:-1])]) if draw(st.booleans()) else changed_frame


anything = st.lists(st.integers(0, 127), max_size=LONGEST).map(bytes)
of_our_alphabet = st.lists(st.sampled_from(b"\x01\x02\x03\x06\x15\r\n/?!RWBX019AFa()"), max_size=LONGEST).map(
    bytes
)
frames = st.one_of(anything, of_our_alphabet, anything.map(framed), of_our_alphabet.map(framed), nearly_right())


@pytest.mark.parametrize(("decode", "message", "text"), FRAMES)
def test_each_message_has_these_octets_both_ways(decode: Decode, message: Message, text: str) -> None:
    assert CODEC.encode(message).hex(" ").upper() == text
    assert decode(bytes.fromhex(text)) == message


@given(commands)
@settings(max_examples=300, deadline=None)
def test_a_server_reads_what_a_client_wrote(command: Command) -> None:
    assert CODEC.decode_command(CODEC.encode(command)) == command


@given(answers)
@settings(max_examples=300, deadline=None)
def test_a_client_reads_what_a_server_wrote(answer: Answer) -> None:
    assert CODEC.decode_answer(CODEC.encode(answer)) == answer


@pytest.mark.parametrize(
    ("decode", "kind"), [(CODEC.decode_command, Command), (CODEC.decode_answer, Answer)], ids=["command", "answer"]
)
@given(frame=frames)
@example(frame=b"")
@example(frame=b"\x01\x03\x03")
@settings(max_examples=400, deadline=None)
def test_any_characters_are_read_whole_or_refused_as_a_layout_error(
    decode: Decode, kind: UnionType, frame: bytes
) -> None:
    try:
        message = decode(frame)
    except LayoutError:
        return
    assert isinstance(message, kind)
    if isinstance(message, UndefinedCommand):
        assert message.letter == chr(frame[1])
        assert frame == framed(frame[1:-2])
    else:
        assert CODEC.encode(message) == frame


REFUSALS = [
    (CODEC.decode_command, b"", "character 1: expected / or SOH, found the end"),
    (CODEC.decode_command, b"\x15", "character 1: expected / or SOH, found NAK"),
    (CODEC.decode_command, b"/?!\r\nX", "character 6: expected the end, found X"),
    (CODEC.decode_command, b"/?1!\r\n", "character 3: expected !, found 1"),
    (CODEC.decode_command, framed(b"B1"), "character 3: expected 0, found 1"),
    (
        CODEC.decode_command,
        framed(b"R\x02200c1"),
        "character 7: expected an upper-case hexadecimal digit of register_id, found c",
    ),
    (
        CODEC.decode_command,
        framed(b"R\x022006 "),
        "character 8: expected an upper-case hexadecimal digit of count, found 20h",
    ),
    (CODEC.decode_command, framed(b"R\x0220101\x021"), "character 9: expected ETX, found STX"),
    (CODEC.decode_command, b"\x01W\x02FFFF(12\x03", "character 11: expected ) after data, found ETX"),
    (CODEC.decode_command, framed(b"Q")[:-1], "character 2: expected R, W or B, found Q"),
    (CODEC.decode_command, b"\x01", "character 2: expected R, W or B, found the end"),
    (CODEC.decode_answer, framed(b"X"), "character 1: expected /, ACK, NAK or STX, found SOH"),
    (CODEC.decode_answer, b"", "character 1: expected /, ACK, NAK or STX, found the end"),
    (CODEC.decode_answer, b"/A", "character 3: expected a letter of manufacturer, found the end"),
    (CODEC.decode_answer, b"/A1C", "character 3: expected a letter of manufacturer, found 1"),
    (CODEC.decode_answer, b"\x022010\x03\x00", "character 6: expected (, found ETX"),
    (CODEC.decode_answer, b"\x022010(12\x03", "character 9: expected ) after value, found ETX"),
    (CODEC.decode_answer, b"\x06\x06", "character 2: expected the end, found ACK"),
]


@pytest.mark.parametrize(("decode", "frame", "said"), REFUSALS)
def test_a_refusal_tells_the_character_what_was_expected_and_what_came(
    decode: Decode, frame: bytes, said: str
) -> None:
    with pytest.raises(LayoutError) as caught:
        decode(frame)
    error = caught.value
    assert str(error) == said
    assert said.startswith(f"character {error.at + 1}: expected {error.expected}, ")
    assert error.found in (b"", frame[error.at : error.at + 1], frame[error.at :])
    assert not isinstance(error, BlockCheckError)


@pytest.mark.parametrize(("decode", "frame"), CHECKED_FRAMES)
def test_every_wrong_bcc_is_refused_with_the_right_one(decode: Decode, frame: bytes) -> None:
    for wrong in set(range(128)) - {frame[-1]}:
        with pytest.raises(BlockCheckError, match=rf"expected BCC {frame[-1]:02X}h") as caught:
            decode(frame[:-1] + bytes([wrong]))
        assert caught.value.at == len(frame) - 1
        assert caught.value.found == bytes([wrong])


@pytest.mark.parametrize(("decode", "frame"), CHECKED_FRAMES)
def test_one_wrong_bit_anywhere_in_a_frame_with_bcc_is_seen(decode: Decode, frame: bytes) -> None:
    for place in range(len(frame)):
        for bit in range(7):
            damaged = bytearray(frame)
            damaged[place] ^= 1 << bit
            with pytest.raises(LayoutError):
                decode(bytes(damaged))


@given(st.data(), st.text("0123456789", min_size=20, max_size=20))
@settings(max_examples=100, deadline=None)
def test_the_bcc_does_not_see_two_swapped_characters(data: st.DataObject, digits: str) -> None:
    frame = bytearray(CODEC.encode(WriteCommand(0xFFFF, digits)))
    one, other = (data.draw(st.integers(8, 27)) for _ in range(2))
    frame[one], frame[other] = frame[other], frame[one]
    command = CODEC.decode_command(bytes(frame))
    assert isinstance(command, WriteCommand)
    assert sorted(command.data) == sorted(digits)


def test_the_bcc_does_not_see_an_even_number_of_equal_changes() -> None:
    zeros, nines = (CODEC.encode(WriteCommand(0xFFFF, digit * 20)) for digit in "09")
    assert zeros[:-1] != nines[:-1]
    assert zeros[-1] == nines[-1]


def test_the_bcc_leaves_out_the_opening_character_only() -> None:
    assert block_check(b"\x01\x03") == block_check(b"\x02\x03") == 0x03
    assert block_check(b"\x01\x7f\x03") == 0x7C


def test_a_body_does_not_make_an_undefined_command_another_one() -> None:
    assert CODEC.decode_command(framed(b"X\x0220101")) == UndefinedCommand("X")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (ReadCommand(0x10000), "register_id is a number of 4 hexadecimal digits, and not 65536"),
        (ReadCommand(0x2010, 16), "count is a number of 1 hexadecimal digits, and not 16"),
        (Data(0x2010, ()), "the message lacks value"),
        (Data(None, ("1",)), "Data has no register_id"),
        (WriteCommand(0xFFFF, "1)"), r"data cannot hold \)"),
        (IDResponse.of(manufacturer="ABC"), "the message lacks table_id"),
        (identified(manufacturer="AB"), "manufacturer is 3 letters, and not 'AB'"),
        (identified(manufacturer="AB1"), "manufacturer is 3 letters, and not 'AB1'"),
        (
            identified(protocol_version=0x100),
            "protocol_version is a number of 2 hexadecimal digits, and not 256",
        ),
    ],
    ids=str,
)
def test_a_field_that_does_not_fit_is_not_sent(message: Message, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        CODEC.encode(message)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ReadCommand(-1), "register_id is a whole number from 0 on, and not -1"),
        (lambda: ReadCommand(-1, 999), "register_id is a whole number from 0 on, and not -1"),
        (lambda: ReadCommand(0x2010, -2), "count is a whole number from 0 on, and not -2"),
        (lambda: ReadCommand(True), "register_id is a whole number from 0 on, and not True"),
        (lambda: ReadCommand(2.5), "register_id is a whole number from 0 on, and not 2.5"),  # type: ignore[arg-type]
        (lambda: WriteCommand(-1, "1"), "register_id is a whole number from 0 on, and not -1"),
        (lambda: WriteCommand(0xFFFF, "1²"), "data is printable ASCII, and '1²' holds ²"),
        (lambda: WriteCommand(0xFFFF, "1\x03"), "data is printable ASCII, and '1\\x03' holds ETX"),
        (lambda: WriteCommand(0xFFFF, "1\x7f"), "data is printable ASCII, and '1\\x7f' holds 7Fh"),
        (lambda: UndefinedCommand(""), "the letter of a command is one 7-bit character, and not ''"),
        (lambda: UndefinedCommand("XY"), "the letter of a command is one 7-bit character, and not 'XY'"),
        (lambda: UndefinedCommand("Ç"), "the letter of a command is one 7-bit character, and not 'Ç'"),
        (lambda: Data(-1, ("1",)), "register_id is a whole number from 0 on, and not -1"),
        (lambda: Data(0x2010, ("1", "1²")), "value is printable ASCII, and '1²' holds ²"),
        (lambda: IDResponse.of(foin=-1), "foin is a whole number from 0 on, and not -1"),
        (lambda: IDResponse.of(manufacturer="ABÇ"), "manufacturer is printable ASCII, and 'ABÇ' holds Ç"),
        (lambda: IDResponse((("foin", 1), ("foin", 2))), "an IDResponse has each field once, and foin 2 times"),
    ],
)
def test_a_message_that_no_layout_carries_cannot_be_made(make: Callable[[], Message], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        make()


@pytest.mark.parametrize(
    "message",
    [ReadCommand(0xFFFFFF, 999), WriteCommand(0, ""), Data(None, ()), UndefinedCommand("\x03"), IDResponse(())],
    ids=str,
)
def test_a_message_that_only_some_layout_carries_can_be_made(message: Message) -> None:
    assert message == replace(message)


def test_a_command_is_undefined_by_the_letters_of_the_profile() -> None:
    codec = Codec(changed(read_command="SOH X STX register_id:h4 count:h1 ETX BCC"))
    assert codec.decode_command(framed(b"X\x0220101")) == ReadCommand(0x2010)
    assert codec.decode_command(framed(b"R\x0220101")) == UndefinedCommand("R")
    with pytest.raises(LayoutError, match=r"character 2: expected X, W or B, found R$"):
        codec.decode_command(b"\x01R")


def test_the_layouts_are_those_of_the_profile() -> None:
    layout = "SOH R STX count:h2 ( register_id:h4 ) ETX BCC"
    codec = Codec(changed(read_command=layout, break_command="SOH B 1 ETX BCC"))
    assert codec.encode(ReadCommand(0x2010, 17)) == framed(b"R\x0211(2010)")
    assert codec.decode_command(framed(b"R\x0211(2010)")) == ReadCommand(0x2010, 17)
    assert codec.decode_command(framed(b"B1")) == BreakCommand()


def test_a_text_may_run_up_to_a_control_character() -> None:
    codec = Codec(changed(write_command="SOH W STX register_id:h4 data:* ETX BCC"))
    assert codec.decode_command(framed(b"W\x02FFFF123)4")) == WriteCommand(0xFFFF, "123)4")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("SOH RR ETX", "RR"),
        ("SOH id:q4", "id:q4"),
        ("SOH id:h", "id:h"),
        ("SOH 1d:h4", "1d:h4"),
        ("STX data:*", r"data:\*"),
        ("data:* id:h4", r"data:\*"),
        ("  ", "at least one character"),
    ],
)
def test_a_layout_that_cannot_be_read_is_refused_with_its_part(text: str, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        Layout(text)
