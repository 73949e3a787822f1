"""TCP server of a simulated instrument, one thread for each connection, as `TCPIP::host::port::SOCKET` expects."""

import select
import socket
import socketserver
import threading
from types import TracebackType
from typing import Self

from sts_rigs.errors import BenchFault
from sts_rigs.simulator.instruments.device import Device

__all__ = ["InstrumentServer"]

_POLL = 0.01
"""Seconds between two looks at an answer that has to wait."""


class _Connection(socketserver.BaseRequestHandler):
    """One connection: lines in, replies out."""

    server: "_Server"
    request: socket.socket

    def handle(self) -> None:
        """Serve until the other side, a planned fault or the server closes the connection."""
        pending = b""
        with self.server.open_one(self.request):
            try:
                while True:
                    line, found, pending = pending.partition(b"\n")
                    if found:
                        if not self._serve(line.decode("ascii", "replace").rstrip("\r")):
                            return
                        continue
                    received = self.request.recv(65536)
                    if not received:
                        return
                    pending = line + received
            except OSError:
                return

    def _serve(self, message: str) -> bool:
        """Execute one message; return whether the connection stays open."""
        for reply in self.server.device.respond(message):
            if reply is None:
                # Bytes that arrive now interrupt the query, as on a real instrument; so does a closed connection.
                if select.select([self.request], [], [], _POLL)[0]:
                    self.server.device.report(-410, "Query INTERRUPTED")
                    return True
                continue
            self.request.sendall(reply.data)
            if reply.close:
                return False
        return True


class _Open:
    """Sockets of the open connections."""

    def __init__(self, sockets: set[socket.socket], one: socket.socket) -> None:
        self._sockets = sockets
        self._one = one

    def __enter__(self) -> None:
        self._sockets.add(self._one)

    def __exit__(self, *_: object) -> None:
        self._sockets.discard(self._one)


class _Server(socketserver.ThreadingTCPServer):
    """Server whose threads `server_close` joins."""

    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], device: Device) -> None:
        self.device = device
        self.sockets = set[socket.socket]()
        super().__init__(address, _Connection)

    def open_one(self, one: socket.socket) -> _Open:
        """Keep a connection's socket while it is served."""
        return _Open(self.sockets, one)

    def close_connections(self) -> None:
        """Close the connections that are open."""
        for one in tuple(self.sockets):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class InstrumentServer:
    """A simulated instrument that listens; port 0 takes a free one."""

    def __init__(self, device: Device, host: str = "127.0.0.1", port: int = 0) -> None:
        self.device = device
        try:
            self._server = _Server((host, port), device)
        except OSError as error:
            raise BenchFault(
                f"The simulated instrument {device.idn[1]} cannot listen on {host}:{port} ({error.strerror})",
                "choose another port, or 0 for any that is free",
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL,), name=f"simulated {device.idn[1]}"
        )
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the listener."""
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    @property
    def resource(self) -> str:
        """Its VISA resource name."""
        host, port = self.address
        return f"TCPIP::{host}::{port}::SOCKET"

    def close(self) -> None:
        """Stop listening, close every connection and wait for the threads; a second time does nothing."""
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
