"""A VISA session says in one sentence what is wrong, over a real socket and on a resource that plays faults."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from pyvisa.constants import StatusCode
from pyvisa.errors import InvalidSession, VisaIOError

from sts_rigs.errors import BenchFault
from sts_rigs.instruments.visa import VisaSession, _explain_opening, open_session

HOLD = object()


class Slow(NamedTuple):
    """An answer that never ends."""

    octets: bytes
    pause: float = 0.02


@contextmanager
def server(answer: Callable[[str], object]) -> Iterator[str]:
    """Serve one connection; an answer of None closes it, of HOLD leaves the asker waiting. Give its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        # who leaves with an answer unread resets the connection
        with suppress(ConnectionError), connection, connection.makefile("rb") as lines:
            for line in lines:
                reply = answer(line.decode().rstrip("\n"))
                if reply is None:
                    return
                if isinstance(reply, bytes):
                    connection.sendall(reply)
                while isinstance(reply, Slow):
                    connection.sendall(reply.octets)
                    time.sleep(reply.pause)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"TCPIP::127.0.0.1::{listener.getsockname()[1]}::SOCKET"
    finally:
        with socket.socket() as last:
            last.settimeout(0.2)
            last.connect_ex(listener.getsockname())
        listener.close()
        thread.join(5)
        assert not thread.is_alive()


@contextmanager
def session(answers: dict[str, object], timeout: float = 2.0) -> Iterator[VisaSession]:
    with server(lambda line: answers.get(line, b"")) as address:
        opened = open_session("scope 1", address, timeout=timeout)
        try:
            yield opened
        finally:
            opened.close()


def test_text_comes_back_without_its_end() -> None:
    with session({"*IDN?": b"ACME,1,2,3\r\n"}) as scope:
        scope.write("*CLS")
        assert scope.query("*IDN?") == "ACME,1,2,3"
        assert scope.name == "scope 1"


def test_a_block_comes_back_whole_whatever_bytes_it_holds() -> None:
    content = bytes(range(256)) * 400
    with session({"DATA?": b"#9" + b"%09d" % len(content) + content + b"\n", "X?": b"1\n"}) as scope:
        assert scope.query_block("DATA?") == content
        assert scope.query("X?") == "1"


def test_line_ends_inside_a_block_do_not_slow_its_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    with session({"DATA?": b"#6100000" + b"\n" * 100_000 + b"\n"}) as scope:
        library = scope._resource.visalib
        reads: list[int] = []
        read = library.read

        def counted(session: Any, count: int) -> Any:
            reads.append(count)
            return read(session, count)

        monkeypatch.setattr(library, "read", counted)
        assert scope.query_block("DATA?") == b"\n" * 100_000
        assert len(reads) < 20


def test_a_block_may_have_a_word_before_it_and_two_line_ends_behind() -> None:
    with session({"WF?": b"DAT2,#15hallo\n\n", "X?": b"1\n"}) as scope:
        assert scope.query_block("WF?") == b"hallo"
        assert scope.query("X?") == "1"
        assert scope.query_block("WF?") == b"hallo"
        assert scope.query_block("WF?") == b"hallo"


@pytest.mark.parametrize("garbage", [b"#0hallo", b"#Ahallo\n", b"#3 12" + b"x" * 20, b"?" * 60 + b"#15hallo\n"])
def test_a_garbage_header_is_told(garbage: bytes) -> None:
    with session({"DATA?": garbage}) as scope, pytest.raises(BenchFault, match="does not begin a block of data"):
        scope.query_block("DATA?")


def test_a_short_block_is_told_with_both_counts() -> None:
    with (
        session({"DATA?": b"#2" + b"99" + b"x" * 7}, timeout=0.2) as scope,
        pytest.raises(BenchFault, match=r"scope 1 broke off its answer to 'DATA\?': \d+ of 99 bytes came"),
    ):
        scope.query_block("DATA?")


def test_silence_is_a_time_out() -> None:
    with (
        session({"X?": HOLD}, timeout=0.2) as scope,
        pytest.raises(BenchFault, match=r"scope 1 did not answer within 0\.2 s") as caught,
    ):
        scope.query("X?")
    assert "check that it is the model" in caught.value.remedy


@pytest.mark.parametrize("ask", [VisaSession.query, VisaSession.query_block])
def test_a_closed_connection_is_not_called_a_time_out(ask: Callable[[VisaSession, str], object]) -> None:
    with (
        session({"X?": None}, timeout=0.2) as scope,
        pytest.raises(BenchFault, match=r"scope 1 (closed|lost) the connection"),
    ):
        ask(scope, "X?")


def test_bytes_that_are_not_text_are_told() -> None:
    with session({"X?": b"\xff\xfe\n"}) as scope, pytest.raises(BenchFault, match="bytes that are not text"):
        scope.query("X?")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(BenchFault, match=r"scope 1 .*(lost the connection|cannot be opened|is not there)"):
        open_session("scope 1", f"TCPIP::127.0.0.1::{port}::SOCKET", timeout=0.5).query("*IDN?")


@pytest.mark.parametrize("backend", ["@nowhere", "/no/such/visa.so"])
def test_no_visa_library(backend: str) -> None:
    with pytest.raises(BenchFault, match="there is no VISA library") as caught:
        open_session("scope 1", "TCPIP::127.0.0.1::1::SOCKET", backend)
    assert 'backend = "@py"' in caught.value.remedy


def test_an_address_that_is_none() -> None:
    with pytest.raises(BenchFault, match=r"an address that is not a VISA resource: 192\.0\.2\.7"):
        open_session("scope 1", "192.0.2.7")


def test_a_bus_without_its_library_is_told() -> None:
    for address, package in (("GPIB0::7::INSTR", "linux-gpib"), ("USB::0x1AB1::0x04CE::DS1::INSTR", "PyUSB")):
        with pytest.raises(BenchFault) as caught:
            open_session("scope 1", address)
        assert f"needs the package {package}, which is not installed" in str(caught.value)
        assert "cable" not in str(caught.value)


@pytest.mark.parametrize("kind", ["INSTR", "5025::SOCKET"])
def test_a_host_that_nobody_knows_is_named(kind: str) -> None:
    # what pyvisa-py raises for INSTR; it leaves a socket behind there
    fault = _explain_opening("scope 1", f"TCPIP::no-such-host.invalid::{kind}", OSError(9, "Bad file descriptor"))
    assert "nobody knows the host 'no-such-host.invalid'" in fault.what
    assert "IP address" in fault.remedy


def test_a_host_that_refuses_is_told() -> None:
    fault = _explain_opening(
        "scope 1", "TCPIP::127.0.0.1::INSTR", ConnectionRefusedError(111, "Connection refused")
    )
    assert str(fault).startswith("scope 1 refused the connection at TCPIP::127.0.0.1::INSTR: check its address")


class Resource:
    """A message-based resource whose reads give one item of a list each, or raise it."""

    def __init__(self, *reads: bytes | Exception) -> None:
        self.reads = list(reads)
        self.session = 1
        self.visalib = SimpleNamespace()
        self.written: list[str] = []
        self.closed = False

    def write(self, command: str) -> None:
        self.written.append(command)

    def read_bytes(self, count: int, *, break_on_termchar: bool) -> bytes:  # noqa: ARG002
        assert break_on_termchar
        item = self.reads.pop(0)
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        self.closed = True
        raise InvalidSession


def over_usb(*reads: bytes | Exception) -> VisaSession:
    resource: Any = Resource(*reads)
    return VisaSession("scope 1", "USB0::1::2::3::INSTR", resource, 1.0)


def test_where_the_bus_ends_messages_a_block_may_come_in_several() -> None:
    assert over_usb(b"DAT2,#210hal", b"lo", b"hallo\n").query_block("X?") == b"hallohallo"


@pytest.mark.parametrize("garbage", [b"hallo\n", b"", b"#", b"#0abc", b"#2x1", b"#2"])
def test_where_the_bus_ends_messages_garbage_is_told(garbage: bytes) -> None:
    with pytest.raises(BenchFault, match="does not begin a block of data"):
        over_usb(garbage).query_block("X?")


def test_an_answer_without_an_end_is_told_before_it_fills_the_memory() -> None:
    with session({"*IDN?": b"x" * (1 << 20)}) as scope, pytest.raises(BenchFault, match="more than any"):
        scope.query("*IDN?")
    with session({"X?": b"#9999999999"}) as scope, pytest.raises(BenchFault, match="more than any"):
        scope.query_block("X?")
    with pytest.raises(BenchFault, match="more than any"):
        over_usb(b"#9999999999\n").query_block("X?")


def test_where_the_bus_ends_messages_a_short_block_is_told() -> None:
    with pytest.raises(BenchFault, match="5 of 10 bytes came"):
        over_usb(b"#210hallo", VisaIOError(StatusCode.error_timeout)).query_block("X?")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (VisaIOError(StatusCode.error_timeout), "did not answer within 1 s"),
        (VisaIOError(StatusCode.error_connection_lost), "closed the connection"),
        (VisaIOError(StatusCode.error_io), "lost the connection"),
        (VisaIOError(StatusCode.error_resource_locked), "is locked by another program"),
        (VisaIOError(StatusCode.error_system_error), r"failed at USB0::1::2::3::INSTR \(error_system_error\)"),
        (InvalidSession(), "was used after it was closed"),
        (ConnectionResetError("reset"), r"lost the connection \(reset\)"),
    ],
)
def test_every_error_of_visa_is_one_sentence_with_the_instruments_name(error: Exception, words: str) -> None:
    for ask in (VisaSession.query, VisaSession.query_block):
        with pytest.raises(BenchFault, match=f"^scope 1 {words}: ."):
            ask(over_usb(error), "X?")


def test_closing_never_fails() -> None:
    scope = over_usb()
    scope.close()


@pytest.mark.parametrize(
    "ask", [lambda scope: scope.query("X?"), lambda scope: scope.query_block("X?")], ids=["text", "block"]
)
@pytest.mark.parametrize("octets", [b"1", b" ", b"#9099999999"], ids=["digits", "blanks", "blocks"])
def test_an_answer_that_goes_on_slowly_for_ever_is_cut_off(
    ask: Callable[[VisaSession], object], octets: bytes
) -> None:
    began = time.monotonic()
    with session({"X?": Slow(octets)}, timeout=0.3) as scope, pytest.raises(BenchFault) as told:
        ask(scope)
    assert time.monotonic() - began < 5
    assert "scope 1" in str(told.value)


def test_an_answer_that_comes_late_but_ends_is_taken() -> None:
    with session({"X?": b"1.5\n"}, timeout=0.3) as scope:
        assert [scope.query("X?") for _ in range(3)] == ["1.5"] * 3
        time.sleep(0.7)
        assert scope.query("X?") == "1.5"
