"""Failures of serial ports in words: what happened and the remedy, by errno and by pyserial's messages."""

import errno
import os
import re
import socket
import sys
from urllib.parse import urlsplit

from sts_rigs.errors import BenchFault

if sys.platform != "win32":
    import termios

__all__ = ["FAILURES", "explain_failure", "hangs_up", "require_break_support", "sends_break"]

FAILURES: tuple[type[Exception], ...] = (OSError, ValueError, OverflowError, NotImplementedError, re.error)
"""What pyserial raises for a port that fails."""
if sys.platform != "win32":
    FAILURES += (termios.error,)

_PSEUDO_TERMINAL = re.compile("/dev/(pts/|tty[p-za-e][0-9a-f])")
_OTHER_WAY = 'use a local adapter or "rfc2217://" for what needs breaks'
_REAL_PORT = "use an adapter for what needs breaks"
_LOST = ("was lost", "check the adapter's cable, then run again")
_DISCONNECTED = ("lost its connection", "check the terminal server, then run again")
_TURNED_AWAY = (
    "was closed by the terminal server at once",
    "look there whether somebody else uses it, and whether its adapter is plugged in",
)
_REASONS = {
    errno.ENOENT: ("does not exist", "check the adapter's cable and the name in the rig file"),
    errno.EACCES: (
        "may not be opened by this user",
        "join the group that owns it (dialout on Linux), log in again",
    ),
    errno.EBUSY: ("is in use by another program", "close that program"),
    errno.EAGAIN: ("is in use by another program", "close that program"),
    errno.ECONNREFUSED: ("refused the connection", "start the terminal server, or check its address"),
    errno.ETIMEDOUT: ("does not answer", "check the terminal server and its address"),
    errno.ENOTTY: ("is no serial port", "check the name in the rig file"),
    errno.EISDIR: ("is a folder and no serial port", "check the name in the rig file"),
    errno.EPROTONOSUPPORT: (
        "does not speak RFC 2217",
        'switch RFC 2217 on in the terminal server, or write "socket://" in the url',
    ),
    errno.EOPNOTSUPP: ("does not take RTS or DTR", "remove rts and dtr from [port] in the rig file"),
    errno.EIO: _LOST,
    errno.ENXIO: _LOST,
    errno.ENODEV: _LOST,
    errno.EPIPE: _DISCONNECTED,
    errno.ECONNRESET: _DISCONNECTED,
}
_SIGNS = (
    ("could not open port .*FileNotFoundError", errno.ENOENT),
    ("could not open port .*PermissionError", errno.EBUSY),
    ("could not open port .*OSError.* 121\\)", errno.ETIMEDOUT),
    ("could not open port .*OSError.* 123\\)", errno.ENOENT),
    ("does not seem to support RFC2217", errno.EPROTONOSUPPORT),
    ("does not accept parameter change|rejected value for option|Cannot configure port.* 87\\)", errno.EINVAL),
    ("waiting for option 'control'", errno.EOPNOTSUPP),
    ("ould not open port .*timed out", errno.ETIMEDOUT),
    ("socket disconnected|reader thread died", errno.ECONNRESET),
    ("(ClearCommError|ReadFile|WriteFile|GetOverlappedResult) failed", errno.EIO),
    ("PermissionError|device disconnected|returned no data|port that is not open", errno.EIO),
)
"""Messages of pyserial that come without an errno, on Windows above all."""


_OF_BIT_RATE = re.compile("baud ?rate|signed integer|int too large", re.IGNORECASE)
"""Messages for a speed that is refused, or out of the range of every driver."""


def require_break_support(url: str) -> None:
    """Raise BenchFault for a port that carries characters only: a socket:// and a pseudo-terminal."""
    if url.startswith("socket://"):
        raise BenchFault(f"port {url} cannot send a break, being a raw socket", _OTHER_WAY)
    if "://" not in url and _PSEUDO_TERMINAL.match(os.path.realpath(url)):
        raise BenchFault(f"port {url} cannot send a break, being a pseudo-terminal", _REAL_PORT)


def sends_break(url: str) -> bool:
    """Return whether a port is known to send a break, by its url: a server behind rfc2217:// may drop it."""
    if "://" in url:
        return False
    try:
        require_break_support(url)
    except BenchFault:
        return False
    return True


def explain_failure(
    error: Exception, url: str, bit_rate: int, *, is_in_software: bool, is_opening: bool
) -> BenchFault:
    """Return a failure of the port at a speed in Bd as a fault with its remedy.

    is_in_software: the port is set to 8N1; is_opening: it failed while it was opened.
    """
    what, remedy = _explain(error, bit_rate, is_in_software=is_in_software)
    unheard = is_opening and (what, remedy) == _REASONS[errno.EPROTONOSUPPORT] and hangs_up(url)
    if unheard or (is_opening and (what, remedy) == _DISCONNECTED):
        what, remedy = _TURNED_AWAY
    return BenchFault(f"port {url} {what}", remedy)


def hangs_up(url: str) -> bool:
    """Return whether a server ends a connection at once, which pyserial may report as a missing answer."""
    address = urlsplit(url)
    if not address.hostname or not address.port:
        return False
    try:
        with socket.create_connection((address.hostname, address.port), timeout=1) as connection:
            while connection.recv(1024):
                pass
    except ConnectionResetError:
        return True
    except OSError:
        return False
    return True


def _explain(error: Exception, bit_rate: int, *, is_in_software: bool) -> tuple[str, str]:
    """Return what happened to a port at a speed in Bd, and the remedy."""
    number = getattr(error, "errno", None)
    text = str(error)
    if isinstance(error, NotImplementedError | OverflowError | ValueError) and _OF_BIT_RATE.search(text):
        return (
            f"does not do the baud rate {bit_rate}",
            "use an adapter that does, or correct bit_rate in the lab's own values over the profile",
        )
    if number is None:
        number = next(
            (code for code in (*_REASONS, errno.EINVAL) if f"[Errno {code}]" in text or os.strerror(code) in text),
            None,
        )
    if number is None:
        number = next((code for sign, code in _SIGNS if re.search(sign, text)), None)
    if number == errno.EINVAL:
        return _refused_settings(bit_rate, is_in_software=is_in_software)
    return _REASONS.get(number or 0, (f"cannot be used ({text})", "check the port's url in the rig file"))


def _refused_settings(bit_rate: int, *, is_in_software: bool) -> tuple[str, str]:
    """Return the words for a driver that does not tell which setting it refused."""
    if is_in_software:
        return f"does not take {bit_rate} Bd, 8N1", f"use an adapter that does the baud rate {bit_rate}"
    return (
        f"does not take {bit_rate} Bd, 7E1",
        (
            'write parity = "software" in the rig file, for an adapter that only does 8N1; '
            f"if that is refused too, use one that does the baud rate {bit_rate}"
        ),
    )
