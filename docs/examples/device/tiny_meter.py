"""A device behind the simulated line: it identifies itself, has three registers, and knows one token.

It stands for a maker's firmware, built for the host: nothing in it is the suite's but the interface. A class like
it is the bridge to firmware in another language, too.
"""

from collections.abc import Callable
from functools import reduce
from operator import xor

from sts_rigs.simulator.device import OutgoingCharacter, ReceivedCharacter, Surroundings

MILLISECOND = 1_000_000
REACTION = 240 * MILLISECOND
EXECUTION = 400 * MILLISECOND
START_UP = 800 * MILLISECOND

SOH, STX, ETX, ACK, NAK = b"\x01", b"\x02", b"\x03", b"\x06", b"\x15"
ID_REQUEST = b"/?!\r\n"
ID_RESPONSE = b"/VMT30001020310000100\r\n"

SERIAL_NUMBER, SUPPLY_GROUP, TOKEN_STATUS, TOKEN = b"2006", b"2016", b"FFFE", b"FFFF"
ACCEPT, CRC_ERROR, NOT_READY = 0x01, 0x0D, 0x10
TEST_OF_ALL = b"56493153725450313471"
"""The token of test number 0, which every meter takes."""


class TinyMeter:
    """A meter with a port and nothing else."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._life = 0
        self._is_on = True
        self._received = b""
        self._status = ACCEPT

    def receive(self, character: ReceivedCharacter) -> None:
        """Take a character; answer where a command is complete."""
        if not self._is_on:
            return
        code = bytes([character.code])
        if code in (b"/", SOH) and not self._received:
            self._received = code
        elif self._received:
            self._received += code
        if not character.intact:
            self._received = b""
        elif self._received.endswith(b"\r\n") or ETX in self._received[:-1]:
            command, self._received = self._received, b""
            self._after(REACTION, lambda: self._answer(command))

    def switch_off(self) -> None:
        """Lose whatever was going on."""
        self._is_on = False
        self._life += 1
        self._received = b""
        self._surroundings.go_silent()

    def switch_on(self) -> None:
        """Be ready a moment later."""
        if not self._is_on:
            self._after(START_UP, self._start)

    def _start(self) -> None:
        self._is_on = True
        self._status = NOT_READY

    def _answer(self, command: bytes) -> None:
        answer = ID_RESPONSE if command == ID_REQUEST else self._executed(command)
        self._surroundings.transmit([OutgoingCharacter(code) for code in answer])

    def _executed(self, command: bytes) -> bytes:
        body, check = command[1:-1], command[-1]
        if command[:1] != SOH or check != block_check(body):
            return NAK
        match body[:2], body[2:-1]:
            case b"R\x02", data:
                return self._read(data[:4], data[4:])
            case b"W\x02", data:
                return self._write(data[:4], data[5:-1])
            case b"B0", b"":
                return ACK
        return NAK

    def _read(self, register: bytes, count: bytes) -> bytes:
        values = {
            SERIAL_NUMBER: b"%016X" % self.serial_number,
            SUPPLY_GROUP: b"%06X" % self.supply_group,
            TOKEN_STATUS: b"%02X" % self._status,
        }
        if register not in values or count not in (b"", b"0", b"1"):
            return NAK
        body = register + b"(" + values[register] + b")" + ETX
        return STX + body + bytes([block_check(body)])

    def _write(self, register: bytes, digits: bytes) -> bytes:
        if register != TOKEN or len(digits) != len(TEST_OF_ALL) or not digits.isdigit():
            return NAK
        self._status = NOT_READY
        self._after(EXECUTION, lambda: self._take(digits))
        return ACK

    def _take(self, digits: bytes) -> None:
        self._status = ACCEPT if digits == TEST_OF_ALL else CRC_ERROR

    @property
    def serial_number(self) -> int:
        """The number on the front of the meter."""
        return 12345678903

    @property
    def supply_group(self) -> int:
        """The number of the group of meters that it is supplied with."""
        return 123457

    def _after(self, delay: int, action: Callable[[], None]) -> None:
        """Do something after so many nanoseconds, unless the power goes before."""
        life = self._life
        self._surroundings.at(self._surroundings.now() + delay, lambda: action() if life == self._life else None)


def block_check(body: bytes) -> int:
    """Return the BCC of what stands between the first character of a message and its BCC."""
    return reduce(xor, body)
