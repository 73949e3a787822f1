"""Open serial ports of the rigs for tests, in both parity modes."""

from typing import Any, Literal

from sts62055.carrier.characters import ReceivedCharacter
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import ReadCommand
from sts62055.carrier.profile import default_profile
from sts_rigs.clock import Clock, HostClock
from sts_rigs.files.rig import HostClockSection, PortSection
from sts_rigs.port.serial import SerialPort

PROFILE = default_profile()
SECOND = 1_000_000_000
MILLISECOND = 1_000_000
READ_SERIAL_NUMBER = Codec(PROFILE).encode(ReadCommand(0x2006, 0))
ON_THE_WIRE = bytes.fromhex("81 D2 82 B2 30 30 36 30 03 E7")
"""The same with even parity in bit 7, as published."""

Parity = Literal["driver", "software"]


def open_port(url: str, parity: Parity, clock: Clock | None = None, **facts: Any) -> SerialPort:
    """Open a port of a rig."""
    section = PortSection(url=url, parity=parity)
    return SerialPort(section, HostClockSection(**facts), PROFILE, clock or HostClock())


def receive(port: SerialPort, seconds: float = 10) -> ReceivedCharacter | None:
    """Return the next character, waiting long enough for a busy computer."""
    return port.receive(port._clock.now() + round(seconds * SECOND))


def receive_codes(port: SerialPort, count: int) -> list[tuple[int, bool]]:
    """Return the codes of the next characters, and whether each is intact."""
    characters = [receive(port) for _ in range(count)]
    return [(character.code, character.intact) for character in characters if character]
