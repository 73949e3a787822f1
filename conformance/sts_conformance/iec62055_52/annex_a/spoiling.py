"""The five commands of Annex A, and the ways in which a line spoils a command."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.framing import ETX, framed
from sts62055.carrier.messages import BreakCommand, Command, IDRequest, ReadCommand, UndefinedCommand, WriteCommand
from sts62055.carrier.profile import Profile
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_rigs.carriers.port_carrier import PortCarrier

__all__ = [
    "COMMANDS",
    "CUTS",
    "PLACES",
    "WRONG_CHECKS",
    "damaged",
    "overlong",
    "send_what_concerns_no_token",
    "unknown_registers",
    "with_wrong_bcc",
]

_MOST_AT_ONCE = 15

COMMANDS: Mapping[str, Callable[[Profile], Command]] = MappingProxyType(
    {
        "IDRequest": lambda _: IDRequest(),
        "ReadCommand": lambda profile: ReadCommand(profile.registers["serial_number"].id),
        "WriteCommand": lambda profile: WriteCommand(profile.registers["token"].id, "1"),
        "BreakCommand": lambda _: BreakCommand(),
        "undefined command": lambda _: UndefinedCommand("Q"),
    }
)
"""A command of each diagram; the WriteCommand is one that is refused, so that it uses up no token."""

CUTS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "after its first character": lambda frame: frame[:1],
        "in its middle": lambda frame: frame[: len(frame) // 2],
        "before its last character": lambda frame: frame[:-1],
    }
)
"""What is left of a command that is cut off."""

PLACES: Mapping[str, Callable[[bytes], int]] = MappingProxyType(
    {
        "second": lambda _: 1,
        "middle": lambda frame: len(frame) // 2,
        "last": lambda frame: len(frame) - 1,
    }
)
"""Which character of a command is damaged; what becomes of the first one is not ruled."""


def damaged(frame: bytes, place: int) -> list[OutgoingCharacter]:
    """Return the characters of a frame, one of them with wrong parity."""
    characters = list(outgoing(frame))
    characters[place] = replace(characters[place], wrong_parity=True)
    return characters


_ONE_BIT_OFF = "one bit off"

WRONG_CHECKS: Mapping[str, Callable[[bytes], int]] = MappingProxyType(
    {
        _ONE_BIT_OFF: lambda frame: frame[-1] ^ 0x01,
        "its highest bit off": lambda frame: frame[-1] ^ 0x40,
        "zero": lambda _: 0,
        "the complement": lambda frame: frame[-1] ^ 0x7F,
        "without ETX": lambda frame: frame[-1] ^ ETX,
        "a sum": lambda frame: sum(frame[1:-1]) & 0x7F,
    }
)
"""What stands in the place of a BCC."""


def with_wrong_bcc(frame: bytes, form: str = _ONE_BIT_OFF) -> bytes:
    """Return a frame whose BCC is not its own; where it would be that by chance, one bit of it is off."""
    check = WRONG_CHECKS[form](frame)
    return frame[:-1] + bytes([check if check != frame[-1] else WRONG_CHECKS[_ONE_BIT_OFF](frame)])


def overlong(frame: bytes, command: Command, profile: Profile) -> bytes:
    """Return a command made longer than any message may be, with a right BCC."""
    filler = b"0" * (2 * profile.number("longest_message"))
    if isinstance(command, IDRequest):
        return frame[:2] + filler + frame[2:]
    return framed(frame[1:2] + filler + frame[2:-2])


def send_what_concerns_no_token(client: PortCarrier, profile: Profile, meter: MeterUnderTest) -> None:
    """Send the commands of Annex A, whole, with a wrong BCC and too long, and read from each register on."""
    for make in COMMANDS.values():
        command = make(profile)
        frame = client.codec.encode(command)
        for sent in (frame, with_wrong_bcc(frame), overlong(frame, command, profile)):
            client.exchange_characters(outgoing(sent))
            meter.wait(profile.longest_time("inter_character_time"))
    for entry in profile.registers.values():
        if entry.access == "read":
            client.exchange(ReadCommand(entry.id, _MOST_AT_ONCE))


def unknown_registers(profile: Profile) -> Iterator[int]:
    """Give numbers that no register of the profile has, far from those that have one."""
    known = {entry.id for entry in profile.registers.values()}
    return (number for number in range(0x7F00, 0x8000) if number not in known)
