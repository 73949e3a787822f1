"""Reach a meter through pyserial: adapters, COM ports, terminal servers and pseudo-terminals."""

import errno
import os
import re
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import serial

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, parity_bit
from sts62055.carrier.profile import Profile
from sts_rigs.clock import Clock
from sts_rigs.faults import BenchFault
from sts_rigs.port import TimeBase
from sts_rigs.rig_file import HostClockSection, PortSection

if sys.platform != "win32":
    import termios

__all__ = ["SerialPort"]

_PARITY_ERROR_MARK = b"\xff\x00"
_SWITCHING_MARGIN = 20_000_000
_POLL = 0.05
_FAILURES = (OSError, ValueError) if sys.platform == "win32" else (OSError, ValueError, termios.error)


class SerialPort:
    """A pyserial port at the profile's speed.

    With parity "driver" the port is set to 7E1 and the adapter or terminal server makes the parity bit; with
    "software" it is set to 8N1 and the eighth bit is the parity that we make and check.
    """

    def __init__(self, section: PortSection, host_clock: HostClockSection, profile: Profile, clock: Clock) -> None:
        self.name = section.url
        self.time_base = TimeBase(
            name="host clock",
            uncertainty=round(host_clock.uncertainty_ms * 1_000_000),
            source=f"the computer's clock behind {section.url}, U as stated in the rig file",
        )
        self._in_software = section.parity == "software"
        self._is_local = "://" not in section.url
        self._clock = clock
        self._character_time = profile.character_time
        self._received: deque[ReceivedCharacter] = deque()
        self._held = bytearray()
        with self._explained():
            self._serial = serial.serial_for_url(
                section.url,
                baudrate=profile.number("bit_rate"),
                bytesize=8 if self._in_software else 7,
                parity="N" if self._in_software else "E",
                stopbits=profile.number("stop_bits"),
                timeout=_POLL,
                exclusive=True if self._is_local else None,
            )
            self._marks_errors = not self._in_software and self._is_local and _mark_parity_errors(self._serial)
        self.shows_parity = self._in_software or self._marks_errors
        self.spoils_parity = self._in_software or self._is_local

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        """Send characters; return the instant at which the last one ended on the line."""
        end = self._clock.now()
        for gap, wrong, codes in _runs(characters):
            self._clock.wait_until(end + gap)
            with self._explained():
                end = self._send_run(bytes(codes), wrong)
        return end

    def receive(self, until: int) -> ReceivedCharacter | None:
        """Return the next character, or None when the instant has come without one."""
        while not self._received:
            with self._explained():
                waiting = self._serial.in_waiting
                if not waiting and self._clock.now() >= until:
                    return None
                octets = self._serial.read(max(waiting, 1))
            self._take(octets, self._clock.now())
        return self._received.popleft()

    def close(self) -> None:
        """Give the port back."""
        with suppress(*_FAILURES):
            self._serial.close()

    def _send_run(self, codes: bytes, wrong_parity: bool) -> int:
        start = self._clock.now()
        if self._in_software:
            octets = bytes(code | (parity_bit(code) ^ wrong_parity) << 7 for code in codes)
            self._serial.write(octets)
        elif wrong_parity:
            self._set_parity(serial.PARITY_ODD)
            self._serial.write(codes)
        else:
            self._serial.write(codes)
        self._serial.flush()
        end = max(start + len(codes) * self._character_time, self._clock.now())
        self._clock.wait_until(end)
        if wrong_parity and not self._in_software:
            self._clock.wait_until(end + _SWITCHING_MARGIN)
            self._set_parity(serial.PARITY_EVEN)
        return end

    def _set_parity(self, parity: str) -> None:
        """Set the parity, and again what pyserial takes back each time."""
        self._serial.parity = parity
        if self._marks_errors:
            _mark_parity_errors(self._serial)

    def _take(self, octets: bytes, now: int) -> None:
        for code, intact in self._characters(octets):
            self._received.append(ReceivedCharacter(code, intact, now - self._character_time, now))

    def _characters(self, octets: bytes) -> Iterator[tuple[int, bool]]:
        for octet in octets:
            self._held.append(octet)
            if self._marks_errors and _PARITY_ERROR_MARK.startswith(self._held):
                continue
            is_marked = self._marks_errors and self._held.startswith(_PARITY_ERROR_MARK)
            self._held.clear()
            code = octet & 0x7F
            parity_is_right = octet >> 7 == parity_bit(code) if self._in_software else octet < 0x80
            yield code, parity_is_right and not is_marked

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            raise BenchFault(*_explain(self.name, error)) from None


def _runs(characters: Sequence[OutgoingCharacter]) -> list[tuple[int, bool, bytearray]]:
    """Put together what can be sent in one piece: the gap before it, whether its parity is wrong, its codes."""
    runs: list[tuple[int, bool, bytearray]] = []
    for character in characters:
        if runs and not character.gap and character.wrong_parity == runs[-1][1]:
            runs[-1][2].append(character.code)
        else:
            runs.append((character.gap, character.wrong_parity, bytearray([character.code])))
    return runs


def _mark_parity_errors(port: serial.Serial) -> bool:
    """Ask the driver to mark characters with wrong parity; return whether it can."""
    if sys.platform == "win32":
        return False
    settings = termios.tcgetattr(port.fileno())
    settings[0] |= termios.INPCK | termios.PARMRK
    termios.tcsetattr(port.fileno(), termios.TCSANOW, settings)
    return True


_LOST = ("was lost", "check the adapter's cable, then run again")
_DISCONNECTED = ("lost its connection", "check the terminal server, then run again")
_REASONS = {
    errno.ENOENT: ("does not exist", "check the adapter's cable and the name in the rig file"),
    errno.EACCES: (
        "may not be opened by this user",
        "join the group that owns it (dialout on Linux), log in again",
    ),
    errno.EBUSY: ("is in use by another program", "close that program"),
    errno.EAGAIN: ("is in use by another run", "wait for it, or stop it"),
    errno.ECONNREFUSED: ("refused the connection", "start the terminal server, or check its address"),
    errno.ENOTTY: ("is no serial port", "check the name in the rig file"),
    errno.EINVAL: (
        "does not take the line settings",
        'write parity = "software" in the rig file, for an adapter that only does 8N1',
    ),
    errno.EIO: _LOST,
    errno.ENXIO: _LOST,
    errno.ENODEV: _LOST,
    errno.EPIPE: _DISCONNECTED,
    errno.ECONNRESET: _DISCONNECTED,
}
_SIGNS = (
    ("could not open port .*FileNotFoundError", errno.ENOENT),
    ("could not open port .*PermissionError", errno.EBUSY),
    ("socket disconnected|reader thread died", errno.ECONNRESET),
    ("PermissionError|device disconnected|returned no data|port that is not open", errno.EIO),
)
"""What pyserial says where it gives no number, on Windows above all."""


def _explain(name: str, error: Exception) -> tuple[str, str]:
    number = getattr(error, "errno", None)
    text = str(error)
    if number is None:
        number = next((code for code in _REASONS if f"[Errno {code}]" in text or os.strerror(code) in text), None)
    if number is None:
        number = next((code for sign, code in _SIGNS if re.search(sign, text)), None)
    what, mend = _REASONS.get(number or 0, (f"cannot be used ({text})", "check the port's url in the rig file"))
    return f"port {name} {what}", mend
