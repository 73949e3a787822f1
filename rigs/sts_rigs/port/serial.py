"""Reach a meter through pyserial: adapters, COM ports, terminal servers and pseudo-terminals."""

import errno
import os
import re
import socket
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import serial

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, parity_bit
from sts62055.carrier.profile import Profile
from sts_rigs.clock import Clock
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import HostClockSection, PortSection
from sts_rigs.port import TimeBase, require_break
from sts_rigs.port.echo import EchoFilter
from sts_rigs.port.lock import PortLock

if sys.platform != "win32":
    import termios

__all__ = ["SerialPort", "parity_abilities", "time_base_of"]

_PARITY_ERROR_MARK = b"\xff\x00"
_SWITCHING_MARGIN = 20_000_000
_MILLISECOND = 1_000_000
_POLL = 0.05
_NO_SUCH_LINE = (errno.ENOTTY, errno.EINVAL)
_FAILURES: tuple[type[Exception], ...] = (OSError, ValueError, OverflowError, NotImplementedError)
if sys.platform != "win32":
    _FAILURES += (termios.error,)


class SerialPort:
    """A pyserial port at the profile's speed.

    With parity "driver" the port is set to 7E1 and the adapter or terminal server makes the parity bit; with
    "software" it is set to 8N1 and the eighth bit is the parity that we make and check. The port is kept for this
    process until it is closed, and what it echoes of our own sending is taken off.
    """

    def __init__(self, section: PortSection, host_clock: HostClockSection, profile: Profile, clock: Clock) -> None:
        self.name = section.url
        self.time_base = time_base_of(section, host_clock)
        self._in_software = section.parity == "software"
        self._is_local = _is_local(section)
        self._clock = clock
        self._character_time = profile.character_time
        self._bit_rate = profile.number("bit_rate")
        self._received: deque[ReceivedCharacter] = deque()
        self._held = bytearray()
        self._echo = EchoFilter(section.url, section.echo)
        self._lock = PortLock(section.url, clock.date())
        try:
            self._open(section, profile)
        except BaseException:
            self._lock.release()
            raise
        self.shows_parity = self._in_software or self._marks_errors
        self.spoils_parity = self._in_software or self._is_local

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        """Send characters; return the instant at which the last one ended on the line."""
        end = self._clock.now()
        for gap, wrong, codes in _runs(characters):
            self._clock.wait_until(end + gap)
            with self._explained():
                end = self._send_run(bytes(codes), wrong)
            self._echo.sent(bytes(codes), end)
        return end

    def send_break(self, duration: int) -> int:
        """Hold the line at space for nanoseconds; return the instant at which that ended.

        BenchFault where the port cannot: a socket:// and a pseudo-terminal carry characters only.
        """
        require_break(duration, self._character_time)
        if self.name.startswith("socket://"):
            raise BenchFault(f"port {self.name} cannot send a break, being a raw socket", _OTHER_WAY)
        if self._is_local and _PSEUDO_TERMINAL.match(os.path.realpath(self.name)):
            raise BenchFault(f"port {self.name} cannot send a break, being a pseudo-terminal", _REAL_PORT)
        with self._explained():
            self._serial.flush()
            self._serial.break_condition = True
            try:
                self._clock.wait_until(self._clock.now() + duration)
            finally:
                self._serial.break_condition = False
        end = self._clock.now()
        self._echo.sent_break(end)
        return end

    def receive(self, until: int) -> ReceivedCharacter | None:
        """Return the next character, or None when the instant has come without one."""
        while not self._received:
            try:
                with self._explained():
                    waiting = self._serial.in_waiting
                    now = self._clock.now()
                    if not waiting and (mistaken := self._echo.expire(now)):
                        self._received.extend(mistaken)
                        break
                    if not waiting and now >= until:
                        return None
                    octets = self._serial.read(max(waiting, 1))
            except BenchFault:
                # What came before the port was lost is given first; the port fails again at the next call.
                self._received.extend(self._echo.give_back())
                if not self._received:
                    raise
                break
            self._take(octets, self._clock.now())
        return self._received.popleft()

    def close(self) -> None:
        """Give the port back."""
        with suppress(*_FAILURES):
            self._serial.close()
        self._lock.release()

    def _open(self, section: PortSection, profile: Profile) -> None:
        lines = {name: level for name in ("rts", "dtr") if (level := getattr(section, name)) is not None}
        with self._explained(is_opening=True):
            self._serial = serial.serial_for_url(
                _pyserial_url(section),
                do_not_open=True,
                baudrate=self._bit_rate,
                bytesize=8 if self._in_software else 7,
                parity="N" if self._in_software else "E",
                stopbits=profile.number("stop_bits"),
                timeout=_POLL,
                exclusive=True if self._is_local else None,
            )
            for line, level in lines.items():
                setattr(self._serial, line, level)
            with _quiet_pyserial():
                self._serial.open()
        try:
            self._set_lines(lines)
            with self._explained(is_opening=True):
                self._require_bit_rate()
                self._marks_errors = not self._in_software and self._is_local and _mark_parity_errors(self._serial)
                if section.settle_ms:
                    self._clock.wait_until(self._clock.now() + section.settle_ms * _MILLISECOND)
                    self._serial.reset_input_buffer()
        except BaseException:
            self.close()
            raise

    def _require_bit_rate(self) -> None:
        """Read the speed back: a driver that cannot do it keeps another one, and says nothing."""
        if sys.platform == "win32" or not self._is_local:
            return
        wanted = getattr(termios, f"B{self._bit_rate}", None)
        if wanted is not None and termios.tcgetattr(self._serial.fileno())[4:6] != [wanted, wanted]:
            raise ValueError(f"the driver kept another baud rate than {self._bit_rate}")

    def _set_lines(self, lines: Mapping[str, bool]) -> None:
        """Set RTS and DTR once more: while it opens, pyserial keeps quiet about lines that it cannot set."""
        for line, level in lines.items():
            with self._explained():
                try:
                    if self.name.startswith("socket://"):
                        raise OSError(errno.ENOTTY, "a socket has no such line")
                    setattr(self._serial, line, level)
                except OSError as error:
                    if error.errno not in _NO_SUCH_LINE:
                        raise
                    what = f"port {self.name} has no {line.upper()} line"
                    raise BenchFault(what, f"remove {line} from [port] in the rig file") from None

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
            character = ReceivedCharacter(code, intact, now - self._character_time, now)
            self._received.extend(self._echo.received(character))

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
    def _explained(self, *, is_opening: bool = False) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            what, remedy = _explain(error, self._bit_rate, is_in_software=self._in_software)
            unheard = is_opening and (what, remedy) == _REASONS[errno.EPROTONOSUPPORT] and _hangs_up(self.name)
            if unheard or (is_opening and (what, remedy) == _DISCONNECTED):
                what, remedy = _TURNED_AWAY
            raise BenchFault(f"port {self.name} {what}", remedy) from None


def time_base_of(section: PortSection, host_clock: HostClockSection) -> TimeBase:
    """Return how well a port of a rig file knows the time."""
    return TimeBase(
        name="host clock",
        uncertainty=round(host_clock.uncertainty_ms * _MILLISECOND),
        source=f"the computer's clock behind {section.url}, U as stated in the rig file",
    )


def parity_abilities(section: PortSection) -> tuple[bool, bool]:
    """Return whether a port shows wrong parity, and whether it spoils parity, as far as the rig file tells."""
    in_software = section.parity == "software"
    return in_software or (_is_local(section) and sys.platform != "win32"), in_software or _is_local(section)


def _is_local(section: PortSection) -> bool:
    return "://" not in section.url


@contextmanager
def _quiet_pyserial() -> Iterator[None]:
    """Keep to ourselves what pyserial's rfc2217 reader says beside its error: a warning, a thread's traceback."""
    hook = threading.excepthook

    def keep_quiet(failure: threading.ExceptHookArgs) -> None:
        if failure.thread is None or not failure.thread.name.startswith("pySerial"):
            hook(failure)

    threading.excepthook = keep_quiet
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        threading.excepthook = hook


def _pyserial_url(section: PortSection) -> str:
    """Return the url; where RTS and DTR do not matter, a terminal server need not confirm that it has them."""
    if not section.url.startswith("rfc2217://") or section.rts is not None or section.dtr is not None:
        return section.url
    return f"{section.url}{'&' if '?' in section.url else '?'}ign_set_control"


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
"""What pyserial says where it gives no number, on Windows above all."""


_OF_BIT_RATE = re.compile("baud ?rate|signed integer|int too large", re.IGNORECASE)
"""What is said where a speed is refused, or is a number that no driver can be told."""


def _hangs_up(url: str) -> bool:
    """Whether a server ends a connection at once: pyserial may tell that as an answer that did not come."""
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
            "use an adapter that does, or remedy bit_rate in the lab's own values over the profile",
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
    """Return what is said where a driver does not tell which of its settings it refused."""
    if is_in_software:
        return f"does not take {bit_rate} Bd, 8N1", f"use an adapter that does the baud rate {bit_rate}"
    return (
        f"does not take {bit_rate} Bd, 7E1",
        (
            'write parity = "software" in the rig file, for an adapter that only does 8N1; '
            f"if that is refused too, use one that does the baud rate {bit_rate}"
        ),
    )
