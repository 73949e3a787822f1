"""Serial port over pyserial: adapters, COM ports, terminal servers and pseudo-terminals."""

import errno
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import serial

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, parity_bit
from sts62055.carrier.profile import Profile
from sts_rigs.clock import MILLISECOND, SECOND, Clock
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import HostClockSection, PortSection
from sts_rigs.port import TimeBase, require_break
from sts_rigs.port.echo import EchoFilter
from sts_rigs.port.lock import PortLock
from sts_rigs.port.serial_errors import FAILURES, explain_failure, require_break_support, sends_break

if sys.platform != "win32":
    import termios

__all__ = ["SerialPort", "parity_abilities", "time_base_of"]

_PARITY_ERROR_MARK = b"\xff\x00"
_SWITCHING_MARGIN = 20 * MILLISECOND
_POLL = 0.05
_NO_SUCH_LINE = (errno.ENOTTY, errno.EINVAL)


class SerialPort:
    """A pyserial port at the profile's speed.

    With parity "driver" the port is set to 7E1 and the adapter or terminal server makes the parity bit; with
    "software" it is set to 8N1 and the eighth bit is the parity that we make and check. The port is locked for
    this process until it is closed, and its echo of what is sent is removed.
    """

    def __init__(self, section: PortSection, host_clock: HostClockSection, profile: Profile, clock: Clock) -> None:
        self.name = section.url
        self.time_base = time_base_of(section, host_clock)
        self._in_software = section.parity == "software"
        self._is_local = _is_local(section)
        self._clock = clock
        self._character_bits = profile.character_bits
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
        self.sends_break = sends_break(section.url)
        self.proves_break = False

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        """Send characters; return the instant at which the last one ended on the line."""
        end = self._clock.now()
        for gap, wrong, held, codes in _runs(characters):
            self._clock.wait_until(end + gap)
            if held:
                end = self.send_break(held)
                continue
            with self._explained():
                end = self._send_run(bytes(codes), wrong)
            self._echo.sent(bytes(codes), end)
        return end

    def send_break(self, duration: int) -> int:
        """Hold the line at space for nanoseconds; return the instant at which that ended.

        BenchFault where the port cannot: a socket:// and a pseudo-terminal carry characters only.
        """
        require_break(duration, self._character_time)
        require_break_support(self.name)
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

    def set_bit_rate(self, bit_rate: int) -> None:
        """Send and receive at another speed from now on, in Bd; BenchFault where the port cannot.

        A socket:// carries characters and no speed, and some adapters know the usual speeds only.
        """
        if self.name.startswith("socket://"):
            raise BenchFault(f"port {self.name} has no speed, being a raw socket", "use a local adapter")
        was, self._bit_rate = self._bit_rate, bit_rate
        try:
            with self._explained():
                self._serial.baudrate = bit_rate
        except BenchFault:
            self._bit_rate = was
            raise
        if self._marks_errors:
            _mark_parity_errors(self._serial)
        self._character_time = self._character_bits * SECOND // bit_rate

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
        """Close the port."""
        with suppress(*FAILURES):
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
                    self._clock.wait_until(self._clock.now() + section.settle_ms * MILLISECOND)
                    self._serial.reset_input_buffer()
        except BaseException:
            self.close()
            raise

    def _require_bit_rate(self) -> None:
        """Read the speed back: a driver that cannot do it keeps another one, and says nothing."""
        if sys.platform != "win32" and self._is_local:
            wanted = getattr(termios, f"B{self._bit_rate}", None)
            if wanted is not None and termios.tcgetattr(self._serial.fileno())[4:6] != [wanted, wanted]:
                raise ValueError(f"the driver kept another baud rate than {self._bit_rate}")

    def _set_lines(self, lines: Mapping[str, bool]) -> None:
        """Set RTS and DTR once more: while it opens, pyserial ignores lines that it cannot set."""
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
        """Set the parity, and again the marking of errors, which pyserial resets each time."""
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
        except FAILURES as error:
            raise explain_failure(
                error, self.name, self._bit_rate, is_in_software=self._in_software, is_opening=is_opening
            ) from None


def time_base_of(section: PortSection, host_clock: HostClockSection) -> TimeBase:
    """Return the time base of a port of a rig file."""
    return TimeBase(
        name="host clock",
        uncertainty=round(host_clock.uncertainty_ms * MILLISECOND),
        source=f"the computer's clock behind {section.url}, U as stated in the rig file",
    )


def parity_abilities(section: PortSection) -> tuple[bool, bool]:
    """Return whether a port shows wrong parity, and whether it can send it, as far as the rig file tells."""
    in_software = section.parity == "software"
    return in_software or (_is_local(section) and sys.platform != "win32"), in_software or _is_local(section)


def _is_local(section: PortSection) -> bool:
    return "://" not in section.url


@contextmanager
def _quiet_pyserial() -> Iterator[None]:
    """Suppress what pyserial's rfc2217 reader prints beside its error: a warning, a thread's traceback."""
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


def _runs(characters: Sequence[OutgoingCharacter]) -> list[tuple[int, bool, int, bytearray]]:
    """Group characters that can be sent at once: gap before them, whether their parity is wrong, break, codes."""
    runs: list[tuple[int, bool, int, bytearray]] = []
    for character in characters:
        is_alike = runs and not character.gap and (character.wrong_parity, character.held) == runs[-1][1:3]
        if is_alike and not character.held:
            runs[-1][3].append(character.code)
        else:
            runs.append((character.gap, character.wrong_parity, character.held, bytearray([character.code])))
    return runs


def _mark_parity_errors(port: serial.Serial) -> bool:
    """Ask the driver to mark characters with wrong parity; return whether it can."""
    if sys.platform != "win32":
        settings = termios.tcgetattr(port.fileno())
        settings[0] |= termios.INPCK | termios.PARMRK
        termios.tcsetattr(port.fileno(), termios.TCSANOW, settings)
    return sys.platform != "win32"
