"""Characters on the line: their parity bit and their times (IEC 62055-52, 6.3.2)."""

from dataclasses import dataclass

__all__ = ["CONTROL_NAMES", "OutgoingCharacter", "ReceivedCharacter", "describe", "outgoing", "parity_bit"]

CONTROL_NAMES = {0x01: "SOH", 0x02: "STX", 0x03: "ETX", 0x06: "ACK", 0x15: "NAK", 0x0D: "CR", 0x0A: "LF"}
"""The control characters that have a meaning in a message."""


@dataclass(frozen=True, slots=True)
class ReceivedCharacter:
    """A character that came in.

    code: 0 to 127; intact: whether parity and stop bit were right; start and end: nanoseconds on the clock of the
    port, from the start of the start bit to the end of the stop bit.
    """

    code: int
    intact: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OutgoingCharacter:
    """A character to send: code 0 to 127, silence before it in nanoseconds, what to spoil.

    held: for how many nanoseconds the line is held at space in its place, as in a break, which has code 0 and no
    stop bit; 0 for a character.
    """

    code: int
    gap: int = 0
    wrong_parity: bool = False
    held: int = 0

    @property
    def is_damaged(self) -> bool:
        """Whether its parity or its stop bit is wrong on purpose."""
        return self.wrong_parity or self.held > 0


def outgoing(codes: bytes) -> tuple[OutgoingCharacter, ...]:
    """Return codes as characters without gaps or faults."""
    return tuple(map(OutgoingCharacter, codes))


def parity_bit(code: int) -> int:
    """Return the even parity of a 7-bit character: 0 or 1."""
    return code.bit_count() & 1


def describe(codes: bytes) -> str:
    """Return characters as people read them: control characters by name, blanks and others by number."""
    text = ""
    for code in codes:
        if code in CONTROL_NAMES or not 0x20 < code < 0x7F:
            text += f" {CONTROL_NAMES.get(code, f'{code:02X}h')} "
        else:
            text += chr(code)
    return " ".join(text.split())
