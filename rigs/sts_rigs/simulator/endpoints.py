"""Endpoints of the simulated meter on this computer: pseudo-terminal, TCP port, and the port for actions."""

import re
import socket
import sys
from typing import Protocol

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, parity_bit
from sts_rigs.actions import Action, Actions
from sts_rigs.errors import BenchFault

__all__ = ["ActionPort", "Peer", "TcpPort", "open_pseudo_terminal"]


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


def open_pseudo_terminal() -> Peer:
    """Open a pseudo-terminal; BenchFault on Windows, which has none."""
    if sys.platform == "win32":
        raise BenchFault("this system has no pseudo-terminals", "use --tcp HOST:PORT")
    else:  # noqa: RET506 mypy leaves a branch out on Windows, and complains of what follows one
        from sts_rigs.simulator.pseudo_terminal import PseudoTerminal

        return PseudoTerminal()


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
