"""What a port echoes is taken off; what a meter says never is."""

import os
import select
from collections.abc import Iterator
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serial_line import PROFILE, READ_SERIAL_NUMBER, SECOND, receive, receive_codes
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, outgoing
from sts_rigs.clock import HostClock
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import HostClockSection, PortSection
from sts_rigs.port.echo import Echo, EchoFilter
from sts_rigs.port.serial import SerialPort

COMMAND = READ_SERIAL_NUMBER
ANSWER = b"\x02(12345678903)\x03\x55"
ID_REQUEST = b"/?!\r\n"
LATE = 60 * SECOND

codes = st.binary(max_size=40).map(lambda octets: bytes(octet & 0x7F for octet in octets))
commands = codes.filter(lambda text: len(text) >= 5)


def filtered(echo: EchoFilter, came: bytes, *, intact: bool = True) -> bytes:
    """Return what is left of what came."""
    left = [kept for code in came for kept in echo.received(ReceivedCharacter(code, intact, 0, 0))]
    return bytes(character.code for character in left)


def expired(echo: EchoFilter, now: int = LATE) -> bytes:
    return bytes(character.code for character in echo.expire(now))


def asked(mode: Echo, command: bytes = COMMAND) -> EchoFilter:
    echo = EchoFilter("COM7", mode)
    echo.sent(command, 0)
    return echo


def that_learnt() -> EchoFilter:
    echo = asked("auto")
    assert filtered(echo, COMMAND + ANSWER) == ANSWER
    return echo


# -- what is left ----------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(commands, codes), min_size=1, max_size=4))
@pytest.mark.parametrize("mode", ["auto", True])
def test_of_an_echoing_line_the_answers_are_left(mode: Echo, exchanges: list[tuple[bytes, bytes]]) -> None:
    echo = EchoFilter("COM7", mode)
    for command, answer in exchanges:
        echo.sent(command, 0)
        assert filtered(echo, command + answer) == answer
        assert expired(echo) == b""
    assert echo.echoes is True


@given(st.lists(st.tuples(codes, codes), min_size=1, max_size=4))
def test_of_a_line_that_is_said_not_to_echo_all_is_left(exchanges: list[tuple[bytes, bytes]]) -> None:
    echo = EchoFilter("COM7", False)
    for command, answer in exchanges:
        echo.sent(command, 0)
        assert filtered(echo, command + answer) == command + answer


@given(commands, codes, st.lists(st.tuples(codes, codes), max_size=3))
def test_of_a_line_that_does_not_echo_all_is_left(
    command: bytes, answer: bytes, more: list[tuple[bytes, bytes]]
) -> None:
    if answer.startswith(command) or not answer:
        return
    echo = EchoFilter("COM7", "auto")
    for said, came in [(command, answer), *more]:
        echo.sent(said, 0)
        assert filtered(echo, came) + expired(echo) == came
        if echo.echoes is None:
            break


def test_nothing_is_taken_off_before_anything_was_sent() -> None:
    assert filtered(EchoFilter("COM7", True), ANSWER) == ANSWER


def test_parity_that_was_spoiled_comes_back_spoiled() -> None:
    assert filtered(asked(True), COMMAND, intact=False) == b""


# -- learning --------------------------------------------------------------------------------------------------


def test_one_command_is_enough_to_learn_that_a_line_echoes() -> None:
    echo = that_learnt()
    echo.sent(b"\x15", 0)
    assert filtered(echo, b"\x15\x06") == b"\x06"


def test_one_answer_is_enough_to_learn_that_it_does_not() -> None:
    echo = asked("auto")
    assert filtered(echo, ANSWER) == ANSWER
    assert echo.echoes is False
    echo.sent(COMMAND, 0)
    assert filtered(echo, COMMAND) == COMMAND


def test_silence_teaches_nothing() -> None:
    echo = asked("auto")
    assert expired(echo) == b""
    assert echo.echoes is None
    echo.sent(COMMAND, LATE)
    assert filtered(echo, COMMAND + ANSWER) == ANSWER


@pytest.mark.parametrize("code", [b"\x06", b"\x15"])
def test_an_answer_that_equals_a_short_sending_teaches_nothing(code: bytes) -> None:
    echo = asked("auto", code)
    assert filtered(echo, code) == code
    assert echo.echoes is None


def test_an_answer_that_begins_like_its_command_is_left_whole() -> None:
    echo = asked("auto", ID_REQUEST)
    assert filtered(echo, b"/STS5 meter\r\n") == b"/STS5 meter\r\n"


def test_what_may_still_become_an_echo_is_given_back_when_it_does_not() -> None:
    echo = asked("auto", ID_REQUEST)
    assert filtered(echo, b"/?") == b""
    assert expired(echo, 0) == b""
    assert expired(echo) == b"/?"


def test_an_answer_without_the_echo_that_was_learnt_is_left_whole() -> None:
    echo = that_learnt()
    echo.sent(ID_REQUEST, 0)
    assert filtered(echo, b"/STS5 meter\r\n") == b"/STS5 meter\r\n"


def test_a_meter_without_power_may_take_its_echo_with_it() -> None:
    echo = that_learnt()
    echo.sent(COMMAND, 0)
    assert expired(echo) == b""


def test_the_echo_of_a_break_is_taken_off_once_and_may_stay_away() -> None:
    echo = that_learnt()
    echo.sent_break(0)
    echo.sent(COMMAND, 0)
    assert filtered(echo, b"\0" + COMMAND + ANSWER, intact=False) == ANSWER
    assert filtered(echo, b"\0") == b"\0"
    echo.sent_break(0)
    echo.sent(COMMAND, 0)
    assert filtered(echo, COMMAND + ANSWER) == ANSWER


def test_a_code_of_zero_is_no_echo_of_a_break_long_ago() -> None:
    echo = that_learnt()
    echo.sent_break(0)
    assert echo.received(ReceivedCharacter(0, False, LATE, LATE)) == [ReceivedCharacter(0, False, LATE, LATE)]


def test_a_line_that_does_not_echo_gives_breaks_of_the_meter() -> None:
    echo = EchoFilter("COM7", False)
    echo.sent_break(0)
    assert filtered(echo, b"\0") == b"\0"


@pytest.mark.parametrize(("echo", "left"), [(asked("auto"), COMMAND[:3]), (asked(True), b"")])
def test_when_nothing_more_can_come_only_a_known_echo_is_kept_back(echo: EchoFilter, left: bytes) -> None:
    assert filtered(echo, COMMAND[:3]) == b""
    assert bytes(character.code for character in echo.give_back()) == left


# -- faults ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(len(COMMAND)))
def test_another_echo_than_was_sent_is_a_fault(place: int) -> None:
    damaged = COMMAND[:place] + bytes([COMMAND[place] ^ 0x20]) + COMMAND[place + 1 :]
    with pytest.raises(BenchFault, match=r"^port COM7 echoed .+ where .+ was sent: check how the head sits"):
        filtered(asked(True), damaged)


@pytest.mark.parametrize("came", [COMMAND[:count] for count in range(len(COMMAND))])
def test_an_echo_that_stays_away_is_a_fault(came: bytes) -> None:
    echo = asked(True)
    assert filtered(echo, came) == b""
    assert expired(echo, 0) == b""
    with pytest.raises(
        BenchFault, match=r"^port COM7 did not echo all that was sent: check the head and its power"
    ):
        expired(echo)


def test_an_echo_that_was_learnt_and_breaks_off_is_a_fault() -> None:
    echo = that_learnt()
    echo.sent(COMMAND, 0)
    filtered(echo, COMMAND[:-1])
    with pytest.raises(BenchFault, match="did not echo all"):
        expired(echo)


def test_an_echo_that_was_learnt_and_is_damaged_is_a_fault() -> None:
    echo = that_learnt()
    echo.sent(COMMAND, 0)
    with pytest.raises(BenchFault, match="echoed 7Fh where"):
        filtered(echo, COMMAND[:-1] + b"\x7f")


# -- on a port -------------------------------------------------------------------------------------------------


class EchoingHead:
    """The far end of a pseudo-terminal: it gives back what it takes, and the meter's answer after ETX and BCC."""

    def __init__(self, *, echoes: bool) -> None:
        tty = pytest.importorskip("tty", reason="this system has no pseudo-terminals")
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.url = os.ttyname(self._theirs)
        self._echoes = echoes
        self._stop, self._stopper = os.pipe()
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        os.write(self._stopper, b".")
        self._thread.join(10)
        for handle in (self._ours, self._theirs, self._stop, self._stopper):
            os.close(handle)

    def _serve(self) -> None:
        taken = b""
        while self._stop not in select.select([self._ours, self._stop], [], [])[0]:
            octets = os.read(self._ours, 100)
            if self._echoes:
                os.write(self._ours, octets)
            taken += octets
            if taken.endswith(COMMAND):
                os.write(self._ours, ANSWER)


@pytest.fixture(params=[True, False], ids=["echoes", "does not echo"])
def head(request: pytest.FixtureRequest) -> Iterator[EchoingHead]:
    head = EchoingHead(echoes=request.param)
    yield head
    head.close()


def test_a_port_gives_the_answers_with_and_without_an_echo(head: EchoingHead) -> None:
    port = SerialPort(PortSection(url=head.url), HostClockSection(), PROFILE, HostClock())
    try:
        for _ in range(2):
            port.send(outgoing(COMMAND))
            assert receive_codes(port, len(ANSWER)) == [(code, True) for code in ANSWER]
        port.send([OutgoingCharacter(code, wrong_parity=code == COMMAND[4]) for code in COMMAND])
        assert receive_codes(port, len(ANSWER)) == [(code, True) for code in ANSWER]
        assert receive(port, 0.1) is None
    finally:
        port.close()


def test_a_port_that_should_echo_and_is_silent_is_a_fault() -> None:
    head = EchoingHead(echoes=False)
    port = SerialPort(PortSection(url=head.url, echo=True), HostClockSection(), PROFILE, HostClock())
    try:
        port.send(outgoing(b"nobody answers"))
        with pytest.raises(BenchFault, match=f"port {head.url} did not echo all that was sent"):
            receive(port)
    finally:
        port.close()
        head.close()


def test_what_is_given_back_late_is_received() -> None:
    head = EchoingHead(echoes=True)
    port = SerialPort(PortSection(url=head.url), HostClockSection(), PROFILE, HostClock())
    try:
        port.send(outgoing(b"1234"))
        assert receive_codes(port, 4) == [(code, True) for code in b"1234"]
    finally:
        port.close()
        head.close()
