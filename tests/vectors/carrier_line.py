"""Put characters on an imagined line: when each comes, and what the time between them does."""

from collections.abc import Iterable
from dataclasses import replace

from sts62055.carrier.characters import ReceivedCharacter
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import (
    Ack,
    Answer,
    BreakCommand,
    Command,
    Data,
    IDRequest,
    IDResponse,
    Nak,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
)
from sts62055.carrier.profile import Profile, default_profile
from sts62055.carrier.server import Request, Server

PROFILE = default_profile()
CODEC = Codec(PROFILE)
CHARACTER_TIME = PROFILE.character_time
SECOND = 1_000_000_000

COMMAND_FRAMES: dict[Command, str] = {
    IDRequest(): "2F 3F 21 0D 0A",
    ReadCommand(0x2010, 1): "01 52 02 32 30 31 30 31 03 61",
    ReadCommand(0x2006, 0): "01 52 02 32 30 30 36 30 03 67",
    WriteCommand(0xFFFF, "12345678901234567890"): (
        "01 57 02 46 46 46 46 28 31 32 33 34 35 36 37 38 39 30 31 32 33 34 35 36 37 38 39 30 29 03 57"
    ),
    BreakCommand(): "01 42 30 03 71",
    UndefinedCommand("X"): "01 58 03 5B",
}
"""The worked frames of the standard's facts, and one of each other command."""

ANSWER_FRAMES: dict[Answer, str] = {
    IDResponse.of(
        manufacturer="ABC",
        table_id=0x0001,
        foin=0xF01D,
        protocol_version=0x10,
        server_status=0x0A,
        software_version=0x2345,
    ): ("2F 41 42 43 33 30 30 30 31 46 30 31 44 31 30 30 41 32 33 34 35 0D 0A"),
    Ack(): "06",
    Nak(): "15",
    Data(0x2010, ("0000007B",)): "02 32 30 31 30 28 30 30 30 30 30 30 37 42 29 03 74",
    Data(0x2010, ("00000001", "00000002")): (
        "02 32 30 31 30 28 30 30 30 30 30 30 30 31 29 28 30 30 30 30 30 30 30 32 29 03 03"
    ),
}
"""One of each answer; the BCC of the last one is itself the code of ETX."""


def changed(profile: Profile = PROFILE, **values: object) -> Profile:
    """Return a profile with other values for some of its parameters."""
    parameters = {name: replace(profile.parameters[name], value=value) for name, value in values.items()}
    return replace(profile, parameters={**profile.parameters, **parameters})


def heard(codes: bytes, at: int = 0, gap: int = 0, damaged: int | None = None) -> list[ReceivedCharacter]:
    """Return characters with gaps between them, the first starting at an instant, one of them damaged."""
    starts = range(at, at + len(codes) * (CHARACTER_TIME + gap), CHARACTER_TIME + gap)
    return [
        ReceivedCharacter(code, place != damaged, start, start + CHARACTER_TIME)
        for place, (code, start) in enumerate(zip(codes, starts, strict=True))
    ]


def let_pass(server: Server, until: int) -> list[Request]:
    """Let time pass for a server; return what it asked for, answered at once."""
    requests = []
    while (deadline := server.deadline) is not None and deadline <= until:
        request = server.expire(deadline)
        assert server.deadline != deadline, "the server let its deadline pass"
        if request is not None:
            requests.append(request)
            server.answered()
    return requests


def play(server: Server, characters: Iterable[ReceivedCharacter]) -> list[Request]:
    """Let a server hear characters, each when it ends; return what it asked for, answered at once."""
    requests = []
    for character in characters:
        requests += let_pass(server, character.end)
        request = server.receive(character)
        if request is not None:
            requests.append(request)
            server.answered()
    return requests
