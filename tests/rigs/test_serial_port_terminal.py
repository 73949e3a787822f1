"""A serial port with a driver that makes the parity, on a real pseudo-terminal."""

import os
import select
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import serial

from serial_line import (
    MILLISECOND,
    ON_THE_WIRE,
    PROFILE,
    READ_SERIAL_NUMBER,
    Parity,
    open_port,
    receive,
    receive_codes,
)
from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts_rigs.clock import HostClock
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import HostClockSection, PortSection
from sts_rigs.port.serial import SerialPort

termios = pytest.importorskip("termios", reason="this system has no pseudo-terminals")
tty = pytest.importorskip("tty")


class WatchedClock(HostClock):
    """A clock that shows when somebody waits: in the middle of a sending."""

    def __init__(self) -> None:
        super().__init__()
        self.watch: Callable[[], None] = lambda: None

    def wait_until(self, instant: int) -> None:
        self.watch()
        super().wait_until(instant)


class Terminal:
    """The far end of a pseudo-terminal."""

    def __init__(self) -> None:
        self.ours, theirs = os.openpty()
        tty.setraw(theirs)
        self.url = os.ttyname(theirs)
        os.close(theirs)
        self.clock = WatchedClock()
        self._ports: list[SerialPort] = []
        self._is_open = True

    def port(self, parity: Parity = "driver") -> SerialPort:
        """Open a port on it."""
        self._ports.append(open_port(self.url, parity, self.clock))
        return self._ports[-1]

    def take(self, count: int) -> bytes:
        """Return the octets that were sent."""
        octets = b""
        while len(octets) < count:
            assert select.select([self.ours], [], [], 10)[0], f"only {octets!r} came"
            octets += os.read(self.ours, count - len(octets))
        return octets

    def say(self, octets: bytes) -> None:
        """Send octets to the port."""
        os.write(self.ours, octets)

    def has(self, flag: str) -> bool:
        """Whether the port is set so: PARODD is a flag of control, INPCK and PARMRK are flags of input."""
        settings = termios.tcgetattr(self.ours)
        return bool(settings[2 if flag == "PARODD" else 0] & getattr(termios, flag))

    def do_not_mark(self) -> None:
        """Let octets through as they are, so that we can write what a driver would make of wrong parity."""
        settings = termios.tcgetattr(self.ours)
        settings[0] &= ~(termios.PARMRK | termios.INPCK)
        termios.tcsetattr(self.ours, termios.TCSANOW, settings)

    def hang_up(self) -> None:
        """Pull the plug."""
        if self._is_open:
            os.close(self.ours)
            self._is_open = False

    def close(self) -> None:
        for port in self._ports:
            port.close()
        self.hang_up()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@pytest.mark.parametrize(("parity", "octets"), [("software", ON_THE_WIRE), ("driver", READ_SERIAL_NUMBER)])
def test_a_command_goes_out_octet_for_octet(terminal: Terminal, parity: Parity, octets: bytes) -> None:
    port = terminal.port(parity)
    port.send(outgoing(READ_SERIAL_NUMBER))
    assert terminal.take(len(octets)) == octets


def test_an_answer_comes_in_whole(terminal: Terminal) -> None:
    port = terminal.port()
    terminal.say(READ_SERIAL_NUMBER)
    assert receive_codes(port, 10) == [(code, True) for code in READ_SERIAL_NUMBER]


def test_software_parity_is_judged_here_too(terminal: Terminal) -> None:
    port = terminal.port("software")
    terminal.say(b"\x01\x81\xff\x7f")
    assert receive_codes(port, 4) == [(1, False), (1, True), (0x7F, True), (0x7F, False)]


@pytest.mark.parametrize("flag", ["INPCK", "PARMRK"])
@pytest.mark.parametrize(("parity", "expected"), [("driver", True), ("software", False)])
def test_the_driver_is_asked_to_mark_wrong_parity_where_it_makes_it(
    terminal: Terminal, flag: str, parity: Parity, expected: bool
) -> None:
    port = terminal.port(parity)
    assert terminal.has(flag) is expected
    assert (port.shows_parity, port.spoils_parity) == (True, True)


@pytest.mark.parametrize(
    ("octets", "characters"),
    [
        (b"\x06\xff\x00\x41\x15", [(0x06, True), (0x41, False), (0x15, True)]),
        (b"\xff\x00\x00\x00", [(0x00, False), (0x00, True)]),
        (b"\xff\x00\xff\x06", [(0x7F, False), (0x06, True)]),
        (b"\xff\xff\x06", [(0x7F, False), (0x06, True)]),
        (b"\x86\x06", [(0x06, False), (0x06, True)]),
    ],
)
def test_marked_characters_arrive_as_not_intact(
    terminal: Terminal, octets: bytes, characters: list[tuple[int, bool]]
) -> None:
    port = terminal.port()
    terminal.do_not_mark()
    terminal.say(octets)
    assert receive_codes(port, len(characters)) == characters
    assert port.receive(0) is None


def test_a_mark_may_come_in_pieces(terminal: Terminal) -> None:
    port = terminal.port()
    terminal.do_not_mark()
    for piece in (b"\xff", b"\x00"):
        terminal.say(piece)
        assert receive(port, 0.1) is None
    terminal.say(b"\x41")
    assert receive_codes(port, 1) == [(0x41, False)]


def test_an_octet_of_ones_that_the_driver_doubles_is_one_damaged_character(
    terminal: Terminal,
) -> None:
    port = terminal.port()
    terminal.say(b"\xff\x06")
    assert receive_codes(port, 2) == [(0x7F, False), (0x06, True)]


def test_wrong_parity_is_sent_while_the_driver_makes_odd_parity(terminal: Terminal) -> None:
    port = terminal.port()
    odd, even = b"", b""

    def watch() -> None:
        nonlocal odd
        if terminal.has("PARODD") and not odd:
            odd = terminal.take(1)

    terminal.clock.watch = watch
    port.send([OutgoingCharacter(0x41)])
    even += terminal.take(1)
    port.send([OutgoingCharacter(0x42, wrong_parity=True)])
    assert not terminal.has("PARODD")
    port.send([OutgoingCharacter(0x43)])
    even += terminal.take(1)
    assert (odd, even) == (b"B", b"AC")


def test_only_the_spoiled_characters_of_a_message_are_sent_with_odd_parity(terminal: Terminal) -> None:
    port = terminal.port()
    states: list[bool] = []
    terminal.clock.watch = lambda: states.append(terminal.has("PARODD"))
    port.send([OutgoingCharacter(code, wrong_parity=code in b"BC") for code in b"ABCD"])
    assert terminal.take(4) == b"ABCD"
    assert [state for before, state in zip([None, *states], states, strict=False) if state != before] == [
        False,
        True,
        False,
    ]


def test_the_driver_is_given_time_before_the_parity_goes_back(terminal: Terminal) -> None:
    port = terminal.port()
    began = terminal.clock.now()
    end = port.send([OutgoingCharacter(0x42, wrong_parity=True)])
    assert end >= began + PROFILE.character_time
    assert terminal.clock.now() >= end + 20 * MILLISECOND


def test_wrong_parity_is_still_marked_after_some_was_sent(terminal: Terminal) -> None:
    port = terminal.port()
    port.send([OutgoingCharacter(0x42, wrong_parity=True)])
    assert terminal.has("PARMRK")
    assert terminal.has("INPCK")


def test_at_the_deadline_there_is_no_character(terminal: Terminal) -> None:
    port = terminal.port()
    until = terminal.clock.now() + 100 * MILLISECOND
    assert port.receive(until) is None
    assert terminal.clock.now() >= until


def test_two_cannot_have_the_port_at_once(terminal: Terminal) -> None:
    terminal.port()
    with pytest.raises(BenchFault) as caught:
        terminal.port()
    assert caught.value.what.startswith(f"port {terminal.url} is in use by process {os.getpid()} (")
    assert caught.value.remedy == "wait for it or stop it"


def test_a_program_that_is_no_run_of_ours_has_the_port(terminal: Terminal) -> None:
    with serial.Serial(terminal.url, exclusive=True), pytest.raises(BenchFault) as caught:
        terminal.port()
    assert str(caught.value) == f"port {terminal.url} is in use by another program: close that program"
    terminal.port()


@pytest.mark.parametrize("line", ["rts", "dtr"])
@pytest.mark.parametrize("level", [True, False])
def test_a_pseudo_terminal_has_no_lines_that_power_a_head(terminal: Terminal, line: str, level: bool) -> None:
    section = PortSection.model_validate({"url": terminal.url, line: level})
    with pytest.raises(BenchFault) as caught:
        SerialPort(section, HostClockSection(), PROFILE, terminal.clock)
    assert caught.value.what == f"port {terminal.url} has no {line.upper()} line"
    assert caught.value.remedy == f"remove {line} from [port] in the rig file"
    terminal.port("software")


def test_a_head_is_given_time_and_what_it_says_meanwhile_is_dropped(terminal: Terminal) -> None:
    def watch() -> None:
        terminal.clock.watch = lambda: None
        terminal.say(b"power-up noise")

    terminal.clock.watch = watch
    before = terminal.clock.now()
    section = PortSection(url=terminal.url, settle_ms=200)
    port = SerialPort(section, HostClockSection(), PROFILE, terminal.clock)
    try:
        assert terminal.clock.now() >= before + 200 * MILLISECOND
        terminal.say(b"\x06")
        assert receive_codes(port, 1) == [(6, True)]
    finally:
        port.close()


@pytest.mark.parametrize("parity", ["driver", "software"])
def test_a_port_that_was_given_back_can_be_opened_again_and_again(terminal: Terminal, parity: Parity) -> None:
    for code in b"abc":
        port = terminal.port(parity)
        port.send([OutgoingCharacter(code)])
        assert terminal.take(1)[0] & 0x7F == code
        port.close()


def test_a_driver_that_refuses_the_settings_is_a_fault_with_a_mend(terminal: Terminal) -> None:
    terminal.port().close()
    terminal.do_not_mark()
    with pytest.raises(BenchFault) as caught:
        terminal.port()
    assert caught.value.what == f"port {terminal.url} does not take 2400 Bd, 7E1"
    assert 'parity = "software"' in caught.value.remedy
    assert "if that is refused too, use one that does the baud rate 2400" in caught.value.remedy


def test_a_driver_that_keeps_another_speed_and_says_nothing_is_found_out(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_attributes = termios.tcsetattr

    def keep(handle: int, when: int, settings: list[Any]) -> None:
        set_attributes(handle, when, [*settings[:4], termios.B9600, termios.B9600, settings[6]])

    monkeypatch.setattr(termios, "tcsetattr", keep)
    with pytest.raises(BenchFault) as caught:
        terminal.port()
    assert caught.value.what == f"port {terminal.url} does not do the baud rate 2400"
    assert caught.value.remedy.startswith("use an adapter that does")
    monkeypatch.undo()
    terminal.port("software")


@pytest.mark.parametrize("bit_rate", [3_000_000_000, 10**12])
def test_a_number_that_is_no_speed_is_a_fault_that_names_it(terminal: Terminal, bit_rate: int) -> None:
    profile = PROFILE.with_value("bit_rate", bit_rate)
    section = PortSection(url=terminal.url, parity="software")
    with pytest.raises(BenchFault) as caught:
        SerialPort(section, HostClockSection(), profile, terminal.clock)
    assert caught.value.what == f"port {terminal.url} does not do the baud rate {bit_rate}"
    assert "bit_rate" in caught.value.remedy


def test_a_port_that_this_user_may_not_open_says_so(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def deny(path: str, *arguments: Any, **more: Any) -> int:
        if path == terminal.url:
            raise PermissionError(13, "Permission denied", path)
        return opened(path, *arguments, **more)

    monkeypatch.setattr(os, "open", deny)
    with pytest.raises(BenchFault) as caught:
        terminal.port()
    assert caught.value.what == f"port {terminal.url} may not be opened by this user"
    assert "dialout" in caught.value.remedy


# -- break -----------------------------------------------------------------------------------------------------


def test_a_pseudo_terminal_cannot_send_a_break_and_says_so(terminal: Terminal) -> None:
    port = terminal.port()
    with pytest.raises(BenchFault) as caught:
        port.send_break(100 * MILLISECOND)
    assert caught.value.what == f"port {terminal.url} cannot send a break, being a pseudo-terminal"
    assert "adapter" in caught.value.remedy


LOST = "was lost: check the adapter's cable, then run again"


def test_a_plug_that_is_pulled_while_we_listen_is_a_fault(terminal: Terminal) -> None:
    port = terminal.port()
    terminal.hang_up()
    with pytest.raises(BenchFault, match=LOST):
        receive(port)


@pytest.mark.parametrize("wrong_parity", [False, True])
def test_a_plug_that_is_pulled_before_we_send_is_a_fault(terminal: Terminal, wrong_parity: bool) -> None:
    port = terminal.port()
    terminal.hang_up()
    with pytest.raises(BenchFault, match=LOST):
        port.send([OutgoingCharacter(0x41, wrong_parity=wrong_parity)])


def test_a_plug_that_is_pulled_within_a_character_of_wrong_parity_is_a_fault(terminal: Terminal) -> None:
    port = terminal.port()

    def watch() -> None:
        if terminal.has("PARODD"):
            terminal.clock.watch = lambda: None
            terminal.hang_up()

    terminal.clock.watch = watch
    with pytest.raises(BenchFault, match=LOST):
        port.send([OutgoingCharacter(0x41, wrong_parity=True)])


@pytest.mark.parametrize("failing", ["tcdrain", "tcsetattr"])
def test_what_the_driver_itself_reports_is_a_fault(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object) -> None:
        raise termios.error(5, "Input/output error")

    port = terminal.port()
    monkeypatch.setattr(termios, failing, fail)
    with pytest.raises(BenchFault, match=LOST):
        port.send([OutgoingCharacter(0x41, wrong_parity=True)])
