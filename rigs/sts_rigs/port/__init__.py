"""The port: a stream of characters with line settings and a time base."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts_rigs.errors import BenchFault

__all__ = ["MissingPort", "Port", "TimeBase", "require_break"]


@dataclass(frozen=True, slots=True)
class TimeBase:
    """Source of a port's times.

    uncertainty: expanded uncertainty (k = 2) of an interval between two characters, in nanoseconds; source: why.
    """

    name: str
    uncertainty: int
    source: str


class Port(Protocol):
    """Port of the meter.

    Every method raises BenchFault when the port is lost. sends_break: whether it is known to send one;
    proves_break: whether each that it sent was on the line.
    """

    name: str
    time_base: TimeBase
    shows_parity: bool
    spoils_parity: bool
    sends_break: bool
    proves_break: bool

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        """Send characters, with the breaks among them; return the instant at which the last one ended."""

    def send_break(self, duration: int) -> int:
        """Hold the line at space for nanoseconds; return the instant at which that ended.

        BenchFault where this port cannot; ValueError for less than a character, which is no break.
        """

    def set_bit_rate(self, bit_rate: int) -> None:
        """Send and receive at another speed from now on, in Bd; BenchFault where this port cannot."""

    def receive(self, until: int) -> ReceivedCharacter | None:
        """Return the next character, or None when the instant has come without one."""

    def close(self) -> None:
        """Close the port."""


class MissingPort:
    """Placeholder of the port on a bench that does not reach the meter's."""

    name = "none"
    time_base = TimeBase("none", 0, "there is no port")
    shows_parity = False
    spoils_parity = False
    sends_break = False
    proves_break = False

    def send(self, characters: Sequence[OutgoingCharacter]) -> NoReturn:  # noqa: ARG002 - as a port has it
        """Raise BenchFault."""
        raise BenchFault("the bench does not reach the meter's port", "name it in port.url of the rig file")

    def send_break(self, duration: int) -> NoReturn:  # noqa: ARG002 - as a port has it
        """Raise BenchFault."""
        self.send(())

    def set_bit_rate(self, bit_rate: int) -> NoReturn:  # noqa: ARG002 - as a port has it
        """Raise BenchFault."""
        self.send(())

    def receive(self, until: int) -> None:
        """Return None."""

    def close(self) -> None:
        """Do nothing."""


def require_break(duration: int, character_time: int) -> None:
    """Raise ValueError for a break that is no longer than a character: it would be read as one."""
    if duration <= character_time:
        raise ValueError(f"a break of {duration} ns is no longer than a character of {character_time} ns")
