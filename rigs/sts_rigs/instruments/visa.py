"""VISA session, which reports each failure of VISA as one sentence with its remedy."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pyvisa
from pyvisa.constants import StatusCode
from pyvisa.errors import InvalidSession, LibraryError, VisaIOError
from pyvisa.resources import MessageBasedResource

from sts_rigs.errors import BenchFault

__all__ = ["VisaSession", "open_session"]

_CHUNK = 65_536
_LONGEST_PREFIX = 40
_LINE_END = 2
_LONGEST_TEXT = 1 << 16
_LONGEST_BLOCK = 1 << 28
_BLANK_LINES = 3
_PATIENCE = 2
"""Time-outs after which an answer is cut off that still comes: the library waits as long as anything does."""

_CHECK_CABLE = "check that it is switched on and its cable, then start again"

# what is wrong, and the remedy
_CAUSES: dict[int, tuple[str, str]] = {
    StatusCode.error_timeout: (
        "did not answer within {timeout:g} s",
        "check that it is the model the rig file says and is not busy with a menu or a self-test",
    ),
    StatusCode.error_connection_lost: ("closed the connection", _CHECK_CABLE),
    StatusCode.error_io: ("lost the connection", _CHECK_CABLE),
    StatusCode.error_resource_not_found: (
        "is not there at {address}",
        "check that it is switched on, its cable, and its address in the rig file",
    ),
    StatusCode.error_resource_busy: ("is in use by another program", "end the other program"),
    StatusCode.error_resource_locked: ("is locked by another program", "end the other program"),
    StatusCode.error_invalid_resource_name: (
        "has an address that is not a VISA resource: {address}",
        'write one like "TCPIP::192.0.2.7::INSTR", "TCPIP::192.0.2.7::5025::SOCKET" or "USB::...::INSTR"',
    ),
    StatusCode.error_nonsupported_operation: (
        "is of a kind that this VISA library cannot talk to: {address}",
        "name another library in the rig file, or connect the instrument in another way",
    ),
}


def _is_byte_stream(address: str) -> bool:
    """Return whether only the line's end ends a message (elsewhere the bus marks it)."""
    upper = address.upper()
    return upper.endswith("::SOCKET") or upper.startswith("ASRL")


class VisaSession:
    """One open VISA resource.

    name: what the bench calls the instrument; address: its VISA resource; timeout: seconds for one answer, or for
    65 536 bytes of a block.
    """

    def __init__(self, name: str, address: str, resource: MessageBasedResource, timeout: float) -> None:
        self._name = name
        self._address = address
        self._timeout = timeout
        self._resource = resource
        self._stream = _is_byte_stream(address)
        with self._explained():
            resource.timeout = timeout * 1000
            resource.write_termination = "\n"
            resource.read_termination = "\n" if self._stream else None
        connection = self._socket()
        if connection is not None:
            # else a question after a command waits some 40 ms for the other side to acknowledge the command;
            # other libraries do so by themselves, and pyvisa-py has no way to set its attribute
            with suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # else a block is taken in pieces of 4096 bytes
            self._session().max_recv_size = _CHUNK

    @property
    def name(self) -> str:
        """What the bench calls the instrument."""
        return self._name

    def write(self, command: str) -> None:
        """Send a command that has no answer."""
        with self._explained():
            self._resource.write(command)

    def query(self, command: str) -> str:
        """Send a query and return its answer without the line's end."""
        self.write(command)
        # a block may have left a second line's end behind
        for _ in range(_BLANK_LINES):
            with self._limited(command), self._explained():
                answer = bytes(self._resource.read_bytes(_LONGEST_TEXT, break_on_termchar=True))
            if len(answer) == _LONGEST_TEXT:
                raise self._endless(command)
            if answer.strip():
                break
        try:
            return answer.decode("ascii").strip()
        except UnicodeDecodeError:
            raise BenchFault(
                f"{self._name} answered {command!r} with bytes that are not text: {answer[:20]!r}",
                "check the driver in the rig file, and switch the instrument off and on",
            ) from None

    def query_block(self, command: str) -> bytes:
        """Send a query and return the content of the definite-length block of IEEE 488.2 that answers it.

        Text of at most 40 characters may stand before the block. BenchFault if there is no such block, or if fewer
        bytes come than its header says.
        """
        self.write(command)
        return self._streamed_block(command) if self._stream else self._message_block(command)

    def close(self) -> None:
        """Close the connection; failures no longer matter."""
        with suppress(pyvisa.Error, OSError):
            self._resource.close()

    def _streamed_block(self, command: str) -> bytes:
        # else each byte 0A inside the block would end one reading of the library, which takes minutes
        with self._explained():
            self._resource.read_termination = None
        try:
            with self._limited(command), self._explained():
                prefix = self._resource.read_bytes(1)
                while not prefix.endswith(b"#") and len(prefix) <= _LONGEST_PREFIX:
                    prefix += self._resource.read_bytes(1)
                header = prefix[-1:] + self._resource.read_bytes(1)
            digits = self._count_of_digits(command, prefix[:-1] + header)
            with self._limited(command), self._explained():
                header += self._resource.read_bytes(digits)
            length = self._length(command, header)
            content = bytearray()
            while len(content) < length:
                try:
                    with self._limited(command):
                        content += self._resource.read_bytes(min(_CHUNK, length - len(content)))
                except VisaIOError as error:
                    if error.error_code == StatusCode.error_timeout and not self._peer_has_gone():
                        raise self._short(command, len(content), length) from error
                    raise self._fault(error) from error
                except OSError as error:
                    raise self._lost(error) from error
            # the line's end stays for the next answer's reading, which skips it: some send none, some send two
            return bytes(content)
        finally:
            with suppress(pyvisa.Error, OSError):
                self._resource.read_termination = "\n"

    def _message_block(self, command: str) -> bytes:
        with self._explained():
            message = bytearray(self._resource.read_bytes(_LONGEST_BLOCK, break_on_termchar=True))
        begin = message.find(b"#", 0, _LONGEST_PREFIX + 1)
        header = bytes(message[begin : begin + 2]) if begin >= 0 else bytes(message[:20])
        digits = self._count_of_digits(command, header)
        start = begin + 2 + digits
        length = self._length(command, bytes(message[begin:start]))
        while len(message) - start < length:
            try:
                left = start + length - len(message)
                message += self._resource.read_bytes(left + _LINE_END, break_on_termchar=True)
            except VisaIOError as error:
                if error.error_code == StatusCode.error_timeout:
                    raise self._short(command, len(message) - start, length) from error
                raise self._fault(error) from error
            except OSError as error:
                raise self._lost(error) from error
        return bytes(message[start : start + length])

    @contextmanager
    def _limited(self, command: str) -> Iterator[None]:
        """Cut the connection where an answer, or 65 536 bytes of it, comes too slowly to end; BenchFault then."""
        connection, is_cut = self._socket(), threading.Event()
        if connection is None:
            yield
            return

        def cut() -> None:
            is_cut.set()
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

        seconds = _PATIENCE * self._timeout
        watch = threading.Timer(seconds, cut)
        watch.daemon = True
        watch.start()
        try:
            yield
        except (BenchFault, VisaIOError, OSError) as error:
            if not is_cut.is_set():
                raise
            raise BenchFault(
                f"{self._name} did not end its answer to {command!r} within {seconds:g} s",
                "check the driver in the rig file, and switch the instrument off and on",
            ) from error
        finally:
            watch.cancel()

    def _count_of_digits(self, command: str, header: bytes) -> int:
        if len(header) < 2 or header[-2:-1] != b"#" or not header[-1:].isdigit():
            raise self._garbage(command, header)
        return int(header[-1:])

    def _length(self, command: str, header: bytes) -> int:
        if not header[2:].isdigit():
            raise self._garbage(command, header)
        length = int(header[2:])
        if length > _LONGEST_BLOCK:
            raise self._endless(command)
        return length

    def _endless(self, command: str) -> BenchFault:
        return BenchFault(
            f"{self._name} answered {command!r} with more than any of these instruments has to say",
            "check the driver in the rig file, and switch the instrument off and on",
        )

    def _garbage(self, command: str, header: bytes) -> BenchFault:
        return BenchFault(
            f"{self._name} answered {command!r} with {header[:20]!r}, which does not begin a block of data",
            "check the driver in the rig file, and switch the instrument off and on",
        )

    def _short(self, command: str, came: int, promised: int) -> BenchFault:
        return BenchFault(
            f"{self._name} broke off its answer to {command!r}: {max(came, 0)} of {promised} bytes came",
            "run again; if it happens again, connect it in another way or set a longer time-out",
        )

    def _lost(self, error: Exception) -> BenchFault:
        return BenchFault(f"{self._name} lost the connection ({error})", _CHECK_CABLE)

    def _fault(self, error: VisaIOError) -> BenchFault:
        code = error.error_code
        if code == StatusCode.error_timeout and self._peer_has_gone():
            code = StatusCode.error_connection_lost
        return _explain(self._name, self._address, self._timeout, code)

    def _session(self) -> Any:
        """Return what pyvisa-py keeps of the resource, None with another library."""
        return getattr(self._resource.visalib, "sessions", {}).get(self._resource.session)

    def _socket(self) -> socket.socket | None:
        """Return the connection of pyvisa-py, None if the library or the bus is another."""
        connection = getattr(self._session(), "interface", None)
        return connection if isinstance(connection, socket.socket) else None

    def _peer_has_gone(self) -> bool:
        """Return whether a time-out of pyvisa-py is a socket closed by the other side: it reports both alike."""
        connection = self._socket()
        if connection is None:
            return False
        patience = connection.gettimeout()
        connection.setblocking(False)
        try:
            return connection.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            connection.settimeout(patience)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except VisaIOError as error:
            raise self._fault(error) from error
        except InvalidSession as error:
            raise BenchFault(f"{self._name} was used after it was closed", "open it again") from error
        except OSError as error:
            raise self._lost(error) from error


def _explain(name: str, address: str, timeout: float, code: int) -> BenchFault:
    known = _CAUSES.get(code)
    if known is None:
        try:
            word = StatusCode(code).name
        except ValueError:
            word = f"status {code}"
        return BenchFault(f"{name} failed at {address} ({word})", _CHECK_CABLE)
    what, remedy = known
    return BenchFault(f"{name} {what.format(address=address, timeout=timeout)}", remedy)


def _explain_opening(name: str, address: str, error: Exception) -> BenchFault:
    """Return why pyvisa-py cannot open a resource: of an unknown host, say, it tells something else."""
    text = str(error)
    if missing := re.match(r"Please install ([\w-]+)", text):
        package = missing[1]
        return BenchFault(
            f"{name} at {address} needs the package {package}, which is not installed",
            f"python -m pip install {package.lower()}, or connect the instrument by LAN",
        )
    host = re.match(r"(?:TCPIP|VICP)\d*::([^:]+)::", address, re.IGNORECASE)
    if host is not None and not _is_known(host[1]):
        return BenchFault(
            f"{name} cannot be reached: nobody knows the host {host[1]!r} of {address}",
            "correct its address in the rig file, or write its IP address",
        )
    if isinstance(error, ConnectionRefusedError) or "refused" in text:
        remedy = "check its address, and that its LAN interface is switched on and is of this kind"
        return BenchFault(f"{name} refused the connection at {address}", remedy)
    return BenchFault(
        f"{name} cannot be opened at {address} ({text.splitlines()[0] if text else type(error).__name__})",
        "check that it is switched on, its cable, and its address in the rig file",
    )


def _is_known(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return False
    return True


def open_session(name: str, address: str, backend: str = "@py", timeout: float = 5.0) -> VisaSession:
    """Open the VISA resource `address` for the instrument that the bench calls `name`.

    backend: what pyvisa takes, "@py" or the path of a VISA library; timeout: seconds for one answer. BenchFault if
    there is no such library, resource, or nobody answers there.
    """
    try:
        manager = pyvisa.ResourceManager(backend)
    except (LibraryError, ValueError, OSError) as error:
        raise BenchFault(
            f"there is no VISA library {backend!r} for {name} ({error})",
            'write backend = "@py" in the rig file, or the path of the VISA library',
        ) from error
    try:
        resource = manager.open_resource(address, open_timeout=int(timeout * 1000))
    except VisaIOError as error:
        raise _explain(name, address, timeout, error.error_code) from error
    except Exception as error:
        # pyvisa-py raises plain exceptions when it cannot connect or lacks the library of a bus
        raise _explain_opening(name, address, error) from error
    if not isinstance(resource, MessageBasedResource):
        resource.close()
        raise BenchFault(
            f"{name} at {address} is not an instrument that takes messages",
            "name a resource that ends in ::INSTR or ::SOCKET",
        )
    return VisaSession(name, address, resource, timeout)
