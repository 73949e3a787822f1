"""Frames of messages in a stream of characters: where each begins and ends (IEC 62055-52, 6.4.1)."""

from collections.abc import Collection
from enum import Enum, auto

from sts62055.carrier.layouts import block_check

__all__ = [
    "ACK",
    "CLIENT_OPENINGS",
    "ETX",
    "NAK",
    "SERVER_OPENINGS",
    "SOH",
    "STX",
    "MessageReader",
    "Part",
    "framed",
]

SOH, STX, ETX, ACK, NAK = 0x01, 0x02, 0x03, 0x06, 0x15
"""The codes of the control characters that begin or end a message."""

_LF, _SLASH = 0x0A, 0x2F

SERVER_OPENINGS = frozenset({SOH, _SLASH})
"""The characters that begin a message to a server."""

CLIENT_OPENINGS = frozenset({STX, _SLASH, ACK, NAK})
"""The characters that begin a message to a client."""


def framed(body: bytes) -> bytes:
    """Return a command frame around any body: SOH, body, ETX, BCC."""
    frame = bytes([SOH]) + body + bytes([ETX])
    return frame + bytes([block_check(frame)])


class Part(Enum):
    """Place of a character in a message."""

    OUTSIDE = auto()
    INSIDE = auto()
    LAST = auto()
    TOO_MANY = auto()


class MessageReader:
    """Collector of the characters of one message; it never holds more than the longest one."""

    def __init__(self, openings: Collection[int], longest: int) -> None:
        self._openings = openings
        self._longest = longest
        self._codes = bytearray()

    @property
    def codes(self) -> bytes:
        """The characters of the message so far."""
        return bytes(self._codes)

    def feed(self, code: int) -> Part:
        """Take a character. After LAST or TOO_MANY, `clear` makes ready for the next message."""
        if not self._codes and code not in self._openings:
            return Part.OUTSIDE
        if len(self._codes) >= self._longest:
            return Part.TOO_MANY
        self._codes.append(code)
        return Part.LAST if self._is_complete() else Part.INSIDE

    def clear(self) -> None:
        """Forget the message."""
        self._codes.clear()

    def _is_complete(self) -> bool:
        opening, last = self._codes[0], self._codes[-1]
        if opening in (ACK, NAK):
            return True
        if opening == _SLASH:
            return last == _LF
        return len(self._codes) > 2 and self._codes[-2] == ETX
