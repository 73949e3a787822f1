"""A serial port behind a terminal server: octets on the wire, parity made and checked by us, lost connections."""

import gc
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import serial

from serial_line import (
    MILLISECOND,
    ON_THE_WIRE,
    PROFILE,
    READ_SERIAL_NUMBER,
    SECOND,
    Parity,
    open_port,
    receive,
    receive_codes,
)
from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts_rigs.actions.performers import RigActions
from sts_rigs.bench import BenchDescription, Simulation, open_bench
from sts_rigs.clock import HostClock
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import HostClockSection, PortSection, Rig, RigSection
from sts_rigs.port.serial import SerialPort
from sts_rigs.port.serial_errors import hangs_up

LOST = "lost its connection"


class TerminalServer:
    """The far end of a socket:// port."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(10)
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._ports: list[SerialPort] = []
        self.peer: socket.socket | None = None

    def port(self, parity: Parity = "software", **facts: Any) -> SerialPort:
        """Open a port to it and take the connection."""
        port = open_port(self.url, parity, **facts)
        self._ports.append(port)
        self.hang_up()
        self.peer, _ = self._listener.accept()
        self.peer.settimeout(10)
        return port

    def take(self, count: int) -> bytes:
        """Return the octets that were sent."""
        assert self.peer is not None
        octets = b""
        while len(octets) < count and (more := self.peer.recv(count - len(octets))):
            octets += more
        return octets

    def say(self, octets: bytes) -> None:
        """Send octets to the port."""
        assert self.peer is not None
        self.peer.sendall(octets)

    def hang_up(self, *, at_once: bool = False) -> None:
        """Close the connection; at once: with a reset, as when the server loses its power."""
        if self.peer is not None:
            if at_once:
                self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.peer.close()
            self.peer = None

    def close(self) -> None:
        for port in self._ports:
            port.close()
        self.hang_up()
        self._listener.close()


@pytest.fixture(autouse=True)
def own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the locks of ports that do not exist from tests that run at the same time."""
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "locks"))


@pytest.fixture
def server() -> Iterator[TerminalServer]:
    server = TerminalServer()
    yield server
    server.close()
    gc.collect()


# -- octets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("parity", "octets"), [("software", ON_THE_WIRE), ("driver", READ_SERIAL_NUMBER)])
def test_a_command_goes_over_the_wire_octet_for_octet(
    server: TerminalServer, parity: Parity, octets: bytes
) -> None:
    port = server.port(parity)
    port.send(outgoing(READ_SERIAL_NUMBER))
    assert server.take(len(octets)) == octets


def test_wrong_parity_is_the_eighth_bit_turned_over(server: TerminalServer) -> None:
    port = server.port()
    port.send([OutgoingCharacter(code, wrong_parity=code in b"R0") for code in READ_SERIAL_NUMBER])
    assert server.take(10) == bytes.fromhex("81 52 82 B2 B0 B0 36 B0 03 E7")


@pytest.mark.parametrize(
    ("parity", "octets", "characters"),
    [
        ("software", ON_THE_WIRE, [(code, True) for code in READ_SERIAL_NUMBER]),
        ("software", b"\x01\x82\xff\x7f", [(1, False), (2, True), (0x7F, True), (0x7F, False)]),
        ("software", b"\x00\x80\x06\x15", [(0, True), (0, False), (6, True), (0x15, False)]),
        ("driver", READ_SERIAL_NUMBER, [(code, True) for code in READ_SERIAL_NUMBER]),
        ("driver", b"\x06\x86\xff\x00\x41", [(6, True), (6, False), (0x7F, False), (0, True), (0x41, True)]),
        ("driver", b"\x7f\x80", [(0x7F, True), (0, False)]),
    ],
)
def test_octets_are_received_as_characters_with_their_parity_judged(
    server: TerminalServer, parity: Parity, octets: bytes, characters: list[tuple[int, bool]]
) -> None:
    port = server.port(parity)
    server.say(octets)
    assert receive_codes(port, len(characters)) == characters


@pytest.mark.parametrize(("parity", "settings"), [("driver", (2400, 7, "E", 1)), ("software", (2400, 8, "N", 1))])
def test_the_port_is_opened_with_these_settings(
    monkeypatch: pytest.MonkeyPatch, parity: Parity, settings: tuple[object, ...]
) -> None:
    asked: dict[str, object] = {}

    def note(_: str, **facts: object) -> None:
        asked.update(facts)
        raise OSError(2, "No such file")

    monkeypatch.setattr(serial, "serial_for_url", note)
    fault_of("COM7", parity)
    assert tuple(asked[name] for name in ("baudrate", "bytesize", "parity", "stopbits")) == settings
    assert asked["exclusive"] is True


@pytest.mark.parametrize(("parity", "can"), [("software", True), ("driver", False)])
def test_a_port_knows_whether_it_can_show_and_spoil_parity(
    server: TerminalServer, parity: Parity, can: bool
) -> None:
    port = server.port(parity)
    assert (port.shows_parity, port.spoils_parity) == (can, can)


def test_a_port_says_where_its_times_come_from(server: TerminalServer) -> None:
    port = server.port(uncertainty_ms=12.5)
    assert port.name == server.url
    assert port.time_base.uncertainty == 12_500_000
    assert server.url in port.time_base.source


# -- times -----------------------------------------------------------------------------------------------------


def test_sending_takes_the_time_of_the_line(server: TerminalServer) -> None:
    port = server.port()
    began = port._clock.now()
    end = port.send(outgoing(READ_SERIAL_NUMBER))
    assert began + 10 * PROFILE.character_time <= end <= port._clock.now()


def test_gaps_are_kept_between_characters(server: TerminalServer) -> None:
    port = server.port()
    arrivals: list[int] = []

    def watch() -> None:
        while len(arrivals) < 5 and server.take(1):
            arrivals.append(time.monotonic_ns())

    watcher = Thread(target=watch)
    watcher.start()
    began = time.monotonic_ns()
    gaps = [milliseconds * MILLISECOND for milliseconds in (0, 150, 0, 80, 80)]
    start = port._clock.now()
    end = port.send([OutgoingCharacter(0x41, gap=gap) for gap in gaps])
    watcher.join(10)
    earliest = [sum(gaps[: place + 1]) + place * PROFILE.character_time for place in (0, 1, 1, 3, 4)]
    assert len(arrivals) == 5
    assert all(arrival - began >= limit for arrival, limit in zip(arrivals, earliest, strict=True))
    assert end - start >= sum(gaps) + 5 * PROFILE.character_time


def test_a_character_is_received_with_the_time_of_its_end(server: TerminalServer) -> None:
    port = server.port()
    before = port._clock.now()
    server.say(b"\x06")
    character = receive(port)
    assert character is not None
    assert before <= character.end <= port._clock.now()
    assert character.end - character.start == PROFILE.character_time


def test_at_the_deadline_there_is_no_character_and_then_there_may_be_one(server: TerminalServer) -> None:
    port = server.port()
    until = port._clock.now() + 100 * MILLISECOND
    assert port.receive(until) is None
    assert port._clock.now() >= until
    server.say(b"\x06")
    assert receive_codes(port, 1) == [(6, True)]


def test_what_has_come_already_is_received_although_the_deadline_has_passed(server: TerminalServer) -> None:
    port = server.port()
    server.say(b"\x06\x95")
    assert receive_codes(port, 1) == [(6, True)]
    time.sleep(0.05)
    character = port.receive(0)
    assert character is not None
    assert character.code == 0x15


# -- faults ----------------------------------------------------------------------------------------------------


def fault_of(url: str, parity: Parity = "driver") -> BenchFault:
    with pytest.raises(BenchFault) as caught:
        open_port(url, parity)
    said = str(caught.value)
    assert "\n" not in said
    assert "Traceback" not in said
    assert said == f"{caught.value.what}: {caught.value.remedy}"
    assert caught.value.__suppress_context__
    return caught.value


@pytest.mark.skipif(os.name != "posix", reason="device names of another system")
@pytest.mark.parametrize(
    ("url", "what", "remedy"),
    [
        ("/dev/ttyUSB999", "does not exist", "check the adapter's cable and the name in the rig file"),
        ("/dev/null", "is no serial port", "check the name in the rig file"),
    ],
)
def test_a_device_that_cannot_be_used_is_a_fault_with_a_mend(url: str, what: str, remedy: str) -> None:
    fault = fault_of(url)
    assert (fault.what, fault.remedy) == (f"port {url} {what}", remedy)


def test_a_refused_connection_is_a_fault_with_a_mend() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
    fault = fault_of(url)
    assert fault.what == f"port {url} refused the connection"
    assert fault.remedy == "start the terminal server, or check its address"


def test_an_address_that_pyserial_refuses_sends_people_to_the_rig_file() -> None:
    fault = fault_of("hwgrep://[")
    assert fault.what.startswith("port hwgrep://[ cannot be used (")
    assert fault.remedy == "check the port's url in the rig file"


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OSError(13, "Permission denied"), "may not be opened by this user"),
        (OSError(16, "Device or resource busy"), "is in use by another program"),
        (
            serial.SerialException("could not open port 'COM7': FileNotFoundError(2, 'x', None, 2)"),
            "does not exist",
        ),
        (
            serial.SerialException(
                "could not open port 'COM7': PermissionError(13, 'Access is denied.', None, 5)"
            ),
            "is in use by another program",
        ),
        (serial.SerialException("ClearCommError failed (PermissionError(13, 'x', None, 22))"), "was lost"),
        (serial.SerialException("device reports readiness to read but returned no data"), "was lost"),
        (serial.PortNotOpenError(), "was lost"),
        (
            serial.SerialException("Could not open port rfc2217://lab:1: timed out"),
            "does not answer",
        ),
        (
            serial.SerialException("Could not open port rfc2217://lab:1: [Errno 111] Connection refused"),
            "refused the connection",
        ),
        (
            serial.SerialException("Remote does not seem to support RFC2217 or BINARY mode [we-BINARY:False]"),
            "does not speak RFC 2217",
        ),
        (
            serial.SerialException("Remote does not accept parameter change (RFC2217): dict_values([])"),
            "does not take 2400 Bd, 7E1",
        ),
        (ValueError("remote rejected value for option 'parity'"), "does not take 2400 Bd, 7E1"),
        (ValueError("remote rejected value for option 'baudrate'"), "does not do the baud rate 2400"),
        (ValueError("Failed to set custom baud rate (2400): [Errno 22] x"), "does not do the baud rate 2400"),
        (ValueError("Invalid baud rate: 2400"), "does not do the baud rate 2400"),
        (OverflowError("signed integer is greater than maximum"), "does not do the baud rate 2400"),
        (
            NotImplementedError("non-standard baudrates are not supported on this platform"),
            "does not do the baud rate 2400",
        ),
        (
            serial.SerialException(
                "Cannot configure port, something went wrong. Original message: "
                "OSError(22, 'Falscher Parameter.', None, 87)"
            ),
            "does not take 2400 Bd, 7E1",
        ),
        (
            serial.SerialException("could not open port 'COM7': OSError(22, 'x', None, 121)"),
            "does not answer",
        ),
        (
            serial.SerialException("could not open port 'COM7': OSError(22, 'x', None, 123)"),
            "does not exist",
        ),
        (serial.SerialException("ClearCommError failed (OSError(22, 'x', None, 87))"), "was lost"),
        (serial.SerialException("WriteFile failed (OSError(9, 'x', None, 6))"), "was lost"),
        (OSError(21, "Is a directory"), "is a folder and no serial port"),
        (
            serial.SerialException("timeout while waiting for option 'control'"),
            "does not take RTS or DTR",
        ),
        (
            serial.SerialException("connection failed (reader thread died)"),
            "was closed by the terminal server at once",
        ),
        (
            serial.SerialException("write failed: [Errno 32] Broken pipe"),
            "was closed by the terminal server at once",
        ),
    ],
)
def test_what_pyserial_says_is_said_in_our_words(
    monkeypatch: pytest.MonkeyPatch, error: Exception, what: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(serial, "serial_for_url", fail)
    assert fault_of("COM7").what == f"port COM7 {what}"


def test_a_speed_that_is_refused_in_software_parity_too_needs_another_adapter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(serial, "serial_for_url", fail)
    fault = fault_of("COM7", "software")
    assert fault.what == "port COM7 does not take 2400 Bd, 8N1"
    assert fault.remedy == "use an adapter that does the baud rate 2400"


class Adapter:
    """A pyserial port whose lines are watched; a failing one says so when a line is set while it is open."""

    def __init__(self, error: OSError | None = None) -> None:
        self._error = error
        self.is_open = False
        self.happened: list[object] = []

    def open(self) -> None:
        self.is_open = True
        self.happened.append("open")

    def close(self) -> None:
        self.is_open = False
        self.happened.append("close")

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in ("rts", "dtr"):
            self.happened.append((name, value))
            if self.is_open and self._error:
                raise self._error


def open_adapter(monkeypatch: pytest.MonkeyPatch, adapter: Adapter, **facts: Any) -> SerialPort:
    monkeypatch.setattr(serial, "serial_for_url", lambda *_, **__: adapter)
    section = PortSection.model_validate({"url": "rfc2217://lab:1", "parity": "software", **facts})
    return SerialPort(section, HostClockSection(), PROFILE, HostClock())


@pytest.mark.parametrize(
    ("facts", "lines"),
    [
        ({}, []),
        ({"rts": True}, [("rts", True)]),
        ({"dtr": False}, [("dtr", False)]),
        ({"rts": False, "dtr": True}, [("rts", False), ("dtr", True)]),
    ],
)
def test_lines_that_power_a_head_are_right_from_the_start_and_others_are_left(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, bool], lines: list[object]
) -> None:
    adapter = Adapter()
    port = open_adapter(monkeypatch, adapter, **facts)
    assert adapter.happened == [*lines, "open", *lines]
    port.close()


@pytest.mark.parametrize(
    ("error", "what"),
    [(OSError(25, "Inappropriate ioctl"), "has no RTS line"), (OSError(5, "Input/output error"), "was lost")],
)
def test_a_line_that_cannot_be_set_is_a_fault_and_the_port_is_given_back(
    monkeypatch: pytest.MonkeyPatch, error: OSError, what: str
) -> None:
    adapter = Adapter(error)
    for _ in range(2):
        with pytest.raises(BenchFault, match=f"^port rfc2217://lab:1 {what}: "):
            open_adapter(monkeypatch, adapter, rts=True)
        assert not adapter.is_open


def test_a_socket_has_no_lines_that_power_a_head(server: TerminalServer) -> None:
    section = PortSection(url=server.url, dtr=True)
    with pytest.raises(BenchFault) as caught:
        SerialPort(section, HostClockSection(), PROFILE, HostClock())
    assert str(caught.value) == f"port {server.url} has no DTR line: remove dtr from [port] in the rig file"


@pytest.mark.parametrize(
    ("url", "facts", "asked"),
    [
        ("rfc2217://lab:1", {}, "rfc2217://lab:1?ign_set_control"),
        ("rfc2217://lab:1?timeout=9", {}, "rfc2217://lab:1?timeout=9&ign_set_control"),
        ("rfc2217://lab:1", {"rts": True}, "rfc2217://lab:1"),
        ("rfc2217://lab:1", {"dtr": False}, "rfc2217://lab:1"),
        ("socket://lab:1", {}, "socket://lab:1"),
        ("COM7", {}, "COM7"),
    ],
)
def test_only_lines_that_matter_have_to_be_confirmed_by_a_terminal_server(
    monkeypatch: pytest.MonkeyPatch, url: str, facts: dict[str, bool], asked: str
) -> None:
    seen: list[str] = []

    def note(url: str, **_: object) -> None:
        seen.append(url)
        raise OSError(2, "No such file")

    monkeypatch.setattr(serial, "serial_for_url", note)
    with pytest.raises(BenchFault):
        SerialPort(PortSection.model_validate({"url": url, **facts}), HostClockSection(), PROFILE, HostClock())
    assert seen == [asked]


# -- break -----------------------------------------------------------------------------------------------------


class BreakingAdapter(Adapter):
    """An adapter whose line can be held at space; it notes when, and may fail or be interrupted there."""

    in_waiting = 0

    def __init__(self, clock: HostClock, error: Exception | None = None) -> None:
        super().__init__()
        self._clock = clock
        self._of_break = error
        self.states: list[tuple[bool, int]] = []

    def flush(self) -> None:
        self.states.append((False, self._clock.now()))

    @property
    def break_condition(self) -> bool:
        return self.states[-1][0]

    @break_condition.setter
    def break_condition(self, level: bool) -> None:
        if self._of_break:
            raise self._of_break
        self.states.append((level, self._clock.now()))


def test_a_break_holds_the_line_at_space_for_its_time_after_what_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = HostClock()
    adapter = BreakingAdapter(clock)
    port = open_adapter(monkeypatch, adapter)
    end = port.send_break(60 * MILLISECOND)
    port.close()
    assert [level for level, _ in adapter.states] == [False, True, False]
    (_, began), (_, ended) = adapter.states[1:]
    assert ended - began >= 60 * MILLISECOND
    assert end >= 60 * MILLISECOND


def test_a_break_that_is_interrupted_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = BreakingAdapter(HostClock())
    port = open_adapter(monkeypatch, adapter)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(port._clock, "wait_until", interrupt)
    with pytest.raises(KeyboardInterrupt):
        port.send_break(60 * MILLISECOND)
    assert adapter.break_condition is False
    port.close()


def test_a_port_that_is_lost_in_a_break_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    port = open_adapter(monkeypatch, BreakingAdapter(HostClock(), OSError(5, "Input/output error")))
    with pytest.raises(BenchFault, match="was lost"):
        port.send_break(60 * MILLISECOND)
    port.close()


def test_a_socket_cannot_send_a_break_and_says_what_can(server: TerminalServer) -> None:
    port = server.port()
    with pytest.raises(BenchFault) as caught:
        port.send_break(60 * MILLISECOND)
    assert caught.value.what == f"port {server.url} cannot send a break, being a raw socket"
    assert caught.value.remedy == 'use a local adapter or "rfc2217://" for what needs breaks'


def test_a_break_is_longer_than_a_character(server: TerminalServer) -> None:
    port = server.port()
    with pytest.raises(ValueError, match="no longer than a character"):
        port.send_break(PROFILE.character_time)


OF_PYSERIAL = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
"""pyserial leaves a socket to the garbage collector when its other end was reset."""


@OF_PYSERIAL
@pytest.mark.parametrize("at_once", [False, True])
def test_a_server_that_goes_away_while_we_listen_is_a_fault(server: TerminalServer, at_once: bool) -> None:
    port = server.port()
    server.say(b"\x06")
    assert receive_codes(port, 1) == [(6, True)]
    server.hang_up(at_once=at_once)
    with pytest.raises(BenchFault, match=LOST) as caught:
        receive(port)
    assert caught.value.remedy == "check the terminal server, then run again"


@OF_PYSERIAL
def test_what_might_have_become_an_echo_is_received_before_the_port_is_lost(server: TerminalServer) -> None:
    port = server.port()
    port.send(outgoing(b"/?!\r\n"))
    server.say(b"\xaf\x3f")
    server.hang_up()
    assert receive_codes(port, 2) == [(0x2F, True), (0x3F, True)]
    with pytest.raises(BenchFault, match=LOST):
        receive(port)


@OF_PYSERIAL
def test_a_server_that_goes_away_while_we_send_is_a_fault(server: TerminalServer) -> None:
    port = server.port()
    server.hang_up(at_once=True)
    with pytest.raises(BenchFault, match=LOST):
        port.send([OutgoingCharacter(0x41, gap=gap) for gap in range(100)])


def test_a_port_that_was_given_back_can_be_opened_again_and_again(server: TerminalServer) -> None:
    for code in b"abc":
        port = server.port()
        port.send([OutgoingCharacter(code)])
        assert server.take(1)[0] & 0x7F == code
        port.close()
        assert server.take(1) == b""


def test_a_port_may_be_given_back_twice_and_is_of_no_more_use(server: TerminalServer) -> None:
    port = server.port()
    port.close()
    port.close()
    with pytest.raises(BenchFault, match="was lost"):
        port.send(outgoing(b"A"))
    with pytest.raises(BenchFault, match="was lost"):
        receive(port)


def test_a_real_bench_is_opened_from_its_rig(server: TerminalServer) -> None:
    rig = Rig(rig=RigSection(name="bench"), port=PortSection(url=server.url, parity="software"))
    simulated = Simulation(lambda: pytest.fail("no simulated meter"))
    bench = open_bench(BenchDescription(rig, Path(), PROFILE, simulated))
    assert bench.simulated is None
    assert bench.line_recorder is None
    assert isinstance(bench.clock, HostClock)
    assert isinstance(bench.port, SerialPort)
    assert isinstance(bench.actions, RigActions)
    bench.close()
    assert bench.clock.now() < 60 * SECOND


@pytest.mark.parametrize("greeting", [b"", b"Port already in use\r\n"])
def test_a_server_that_hangs_up_is_told_from_one_that_keeps_quiet(greeting: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"rfc2217://127.0.0.1:{listener.getsockname()[1]}"

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.sendall(greeting)
            connection.close()

        worker = threading.Thread(target=hang_up)
        worker.start()
        assert hangs_up(url)
        worker.join()
        assert not hangs_up(url)
    assert not hangs_up("/dev/ttyUSB0")
