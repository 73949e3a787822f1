"""Wholesale defects of characters: their parity, stop bits, bit time and levels (IEC 62055-52, 6.2 and 6.3)."""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from sts62055.carrier.characters import OutgoingCharacter, parity_bit
from sts62055.carrier.messages import Ack, Answer, Nak
from sts_rigs.line.interface_levels import Level
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import PORT, SINGLE_CHARACTERS
from sts_rigs.simulator.meter.meter import CarrierServer


class OtherParity(CarrierServer):
    """Sends another parity bit than the even one."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        return tuple(replace(one, wrong_parity=self.is_wrong(one.code)) for one in characters)

    def is_wrong(self, code: int) -> bool:
        """Return whether the parity bit of a character is not the even one."""
        raise NotImplementedError


@wholesale("parity-odd", breaks="52-6.3.2", spoils=PORT)
class OddEverywhere(OtherParity):
    """Every character is sent with odd parity."""

    def is_wrong(self, code: int) -> bool:  # noqa: ARG002
        return True


@wholesale("eight-data-bits", breaks="52-6.3.2", spoils=PORT)
class EightDataBits(OtherParity):
    """Every character is sent with eight data bits and no parity, so that a 0 stands where parity belongs."""

    def is_wrong(self, code: int) -> bool:
        return parity_bit(code) == 1


@wholesale("parity-always-one", breaks="52-6.3.2", spoils=PORT)
class MarkParity(OtherParity):
    """The parity bit of every character is 1."""

    def is_wrong(self, code: int) -> bool:
        return parity_bit(code) == 0


@wholesale(
    "parity-of-single-characters-odd",
    breaks="52-6.3.2 52-6.4.7 52-6.4.8",
    spoils=f"{SINGLE_CHARACTERS} 52-6.3.2",
)
class BareSingles(CarrierServer):
    """ACK and NAK bypass the driver that adds parity, and have the wrong one."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        characters = super().characters(answer)
        if not isinstance(answer, Ack | Nak):
            return characters
        return tuple(replace(one, wrong_parity=True) for one in characters)


@wholesale("bit-clock-fast", breaks="52-6.3.3", spoils="52-6.3.2 52-6.3.3")
class FastBits(CarrierServer):
    """Every bit is 4 % too short."""

    def character_time(self) -> int:
        return super().character_time() * 96 // 100


@wholesale("half-a-stop-bit", breaks="52-6.3.2", spoils="52-6.3.2")
class HalfStopBit(CarrierServer):
    """Every stop bit is half as long as it must be."""

    def stop_shortage(self) -> int:
        return super().character_time() // 20


_OUT_OF_LIMITS: Final = MappingProxyType(
    {
        Level.WAVELENGTH: 850.0,
        Level.IRRADIANCE_ON: 120.0,
        Level.IRRADIANCE_OFF: 45.0,
        Level.TAKEN_AS_ON: 640.0,
        Level.TAKEN_AS_OFF: 6.0,
        Level.MARK_CURRENT: 6.5,
        Level.SPACE_CURRENT: 4.5,
        Level.TAKEN_AS_MARK: 10.5,
        Level.TAKEN_AS_SPACE: 1.5,
        Level.TRANSMITTER_DROP: 3.1,
        Level.RECEIVER_DROP: 4.2,
        Level.MARK_VOLTAGE: 2.6,
        Level.SPACE_VOLTAGE: 2.1,
    }
)


@wholesale("levels-out-of-limits", breaks="52-6.2", spoils="52-6.2")
class WrongLevels(CarrierServer):
    """No level of the interface is within its limits."""

    def level(self, level: Level) -> float:
        return _OUT_OF_LIMITS[level]
