"""Endpoints of the simulated meter on this computer: pseudo-terminal, TCP port, and the port for actions."""

import os
import re
import socket
import time
from contextlib import suppress
from typing import Protocol

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, parity_bit
from sts_rigs.actions import Action, Actions
from sts_rigs.errors import BenchFault

__all__ = ["ActionPort", "Peer", "PseudoTerminal", "TcpPort"]


class Peer(Protocol):
    """The other end of the line."""

    url: str
    parity: str

    def fileno(self) -> int:
        """Return the descriptor to wait for."""

    def read(self) -> list[OutgoingCharacter]:
        """Return the characters that have come."""

    def write(self, character: ReceivedCharacter) -> None:
        """Deliver a character of the meter."""

    def close(self) -> None:
        """Close the endpoint."""


class PseudoTerminal:
    """Pseudo-terminal that acts as a port with a driver that makes the parity.

    It has no parity bits of its own: a character that comes while the other side is set to odd parity counts as
    wrong, and one that goes out with wrong parity has its eighth bit set.
    """

    parity = "driver"

    def __init__(self) -> None:
        try:
            import termios
            import tty
        except ImportError:
            raise BenchFault("this system has no pseudo-terminals", "use --tcp HOST:PORT") from None
        self._termios = termios
        self._ours, theirs = os.openpty()
        self.url = os.ttyname(theirs)
        tty.setraw(theirs)
        self._fresh = termios.tcgetattr(theirs)
        os.close(theirs)
        os.set_blocking(self._ours, False)

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._ours

    def read(self) -> list[OutgoingCharacter]:
        """Return the characters that have come."""
        try:
            octets = os.read(self._ours, 4096)
        except BlockingIOError:
            return []
        except OSError:
            self._forget()
            return []
        is_odd = bool(self._termios.tcgetattr(self._ours)[2] & self._termios.PARODD)
        return [OutgoingCharacter(octet & 0x7F, wrong_parity=is_odd) for octet in octets]

    def write(self, character: ReceivedCharacter) -> None:
        """Deliver a character of the meter, if somebody is there to take it."""
        with suppress(BlockingIOError):
            os.write(self._ours, bytes([character.code | (not character.intact) << 7]))

    def close(self) -> None:
        """Close the endpoint."""
        os.close(self._ours)

    def _forget(self) -> None:
        """Restore the settings once the other side is closed, so that the next one who opens it can set them."""
        self._termios.tcsetattr(self._ours, self._termios.TCSANOW, self._fresh)
        time.sleep(0.01)


class TcpPort:
    """TCP port that carries octets with the parity in the eighth bit, like a terminal server set to 8N1."""

    parity = "software"

    def __init__(self, address: str) -> None:
        self._listener = _listen(address)
        host, port = self._listener.getsockname()[:2]
        self.url = f"socket://{host}:{port}"
        self._connection: socket.socket | None = None

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return (self._connection or self._listener).fileno()

    def read(self) -> list[OutgoingCharacter]:
        """Return the characters that have come; the first look at a new connection has none."""
        if self._connection is None:
            self._connection, _ = self._listener.accept()
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return []
        try:
            octets = self._connection.recv(4096)
        except OSError:
            octets = b""
        if not octets:
            self._connection.close()
            self._connection = None
        return [
            OutgoingCharacter(octet & 0x7F, wrong_parity=octet >> 7 != parity_bit(octet & 0x7F))
            for octet in octets
        ]

    def write(self, character: ReceivedCharacter) -> None:
        """Deliver a character of the meter, if somebody is there to take it."""
        if self._connection is not None:
            parity = parity_bit(character.code) ^ (not character.intact)
            try:
                self._connection.sendall(bytes([character.code | parity << 7]))
            except OSError:
                return

    def close(self) -> None:
        """Close the endpoint."""
        if self._connection is not None:
            self._connection.close()
        self._listener.close()


class ActionPort:
    """TCP port that takes one action on the meter with each connection, as a line of text."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._listener = _listen("127.0.0.1:0")
        host, port = self._listener.getsockname()[:2]
        self.url = f"socket://{host}:{port}"

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._listener.fileno()

    def serve(self) -> None:
        """Accept a connection, perform the action of its line and answer with one line."""
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(2)
            try:
                line = connection.makefile(encoding="utf-8", errors="replace").readline().strip()
                connection.sendall(f"{self._do(line)}\n".encode())
            except OSError:
                return

    def close(self) -> None:
        """Close the endpoint."""
        self._listener.close()

    def _do(self, line: str) -> str:
        action = next((one for one in Action if line == one.line or line.startswith(f"{one.line} ")), None)
        if action is None:
            return f"error there is no action '{line}'"
        return f"ok {self._actions.perform(action, line.removeprefix(action.line).strip())}".strip()


def _listen(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    remedy = "give HOST:PORT with a port that is free"
    if not re.fullmatch("[0-9]{1,5}", port) or int(port) > 0xFFFF:
        raise BenchFault(f"cannot listen on {address} ('{port}' is no port number)", remedy)
    try:
        return socket.create_server((host or "127.0.0.1", int(port)))
    except (OSError, ValueError) as error:
        raise BenchFault(f"cannot listen on {address} ({error})", remedy) from None
