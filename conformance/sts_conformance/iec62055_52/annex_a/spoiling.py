"""The five commands of Annex A, and the ways in which a line spoils a command."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.framing import framed
from sts62055.carrier.messages import BreakCommand, Command, IDRequest, ReadCommand, UndefinedCommand, WriteCommand
from sts62055.carrier.profile import Profile

__all__ = ["COMMANDS", "CUTS", "PLACES", "damaged", "overlong", "unknown_registers", "with_wrong_bcc"]

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


def with_wrong_bcc(frame: bytes) -> bytes:
    """Return a frame whose BCC is not its own."""
    return frame[:-1] + bytes([frame[-1] ^ 0x01])


def overlong(frame: bytes, command: Command, profile: Profile) -> bytes:
    """Return a command made longer than any message may be, with a right BCC."""
    filler = b"0" * (2 * profile.number("longest_message"))
    if isinstance(command, IDRequest):
        return frame[:2] + filler + frame[2:]
    return framed(frame[1:2] + filler + frame[2:-2])


def unknown_registers(profile: Profile) -> Iterator[int]:
    """Give numbers that no register of the profile has, far from those that have one."""
    known = {entry.id for entry in profile.registers.values()}
    return (number for number in range(0x7F00, 0x8000) if number not in known)
