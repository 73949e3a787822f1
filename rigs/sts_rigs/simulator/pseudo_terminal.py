"""Pseudo-terminal as the simulated meter's end of the line; there are none on Windows."""

import os
import sys
import termios
import time
import tty
from contextlib import suppress

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter

assert sys.platform != "win32"  # noqa: S101 mypy leaves out what follows on Windows

__all__ = ["PseudoTerminal"]


class PseudoTerminal:
    """Pseudo-terminal that acts as a port with a driver that makes the parity.

    It has no parity bits of its own: a character that comes while the other side is set to odd parity counts as
    wrong, and one that goes out with wrong parity has its eighth bit set.
    """

    parity = "driver"

    def __init__(self) -> None:
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
        is_odd = bool(termios.tcgetattr(self._ours)[2] & termios.PARODD)
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
        termios.tcsetattr(self._ours, termios.TCSANOW, self._fresh)
        time.sleep(0.01)
