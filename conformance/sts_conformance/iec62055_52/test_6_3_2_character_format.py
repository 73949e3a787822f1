"""IEC 62055-52, 6.3.2: character format."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.messages import Command
from sts62055.carrier.profile import Limits
from sts_conformance.iec62055_52.answers import is_usual, require_answers, with_answer
from sts_fixtures.errors import NotTested
from sts_fixtures.meter.witness import Witness
from stsbench import (
    BreakCommand,
    IDRequest,
    LineTimer,
    MeterUnderTest,
    MintedToken,
    PortCarrier,
    Profile,
    ReadCommand,
    TokenMint,
    precondition,
    requirement,
    seen_by_instrument,
)

_COMMANDS: dict[str, Callable[[Profile], Command]] = {
    "IDResponse": lambda _: IDRequest(),
    "ACK": lambda _: BreakCommand(),
    "NAK": lambda profile: ReadCommand(_unknown_register(profile)),
    "Data": lambda profile: ReadCommand(profile.registers["serial_number"].id),
}


@requirement("52-6.3.2-parity")
@pytest.mark.parametrize("command", _COMMANDS.values(), ids=_COMMANDS)
def test_every_character_of_an_answer_has_even_parity(
    client: PortCarrier, profile: Profile, command: Callable[[Profile], Command]
) -> None:
    precondition(
        client.port.shows_parity, 'this port does not show parity: use parity = "software" or a local port'
    )
    sent = with_answer(command(profile), profile)
    reply = client.exchange(sent)
    require_answers(sent, profile, [reply])
    damaged = "".join(f" {character.code:02X}h" for character in reply.damaged)
    assert not damaged, f"wrong parity or stop bit in{damaged}"


@requirement("52-6.3.2-stop", measures="stop bit")
@pytest.mark.parametrize("name", ["IDResponse", "Data"])
def test_every_character_has_a_whole_stop_bit(line: LineTimer, profile: Profile, name: str) -> None:
    sent = _COMMANDS[name](profile)
    observed = list(line.exchanges(sent))
    require_answers(sent, profile, (one.reply for one in observed), characters=2)
    stops = [one.times.shortest_stop() for one in observed]
    seen_by_instrument(stops, "how long a stop bit is")
    line.measure("stop bit", stops, within=Limits(profile.ratio("shortest_stop_bit"), None))


@requirement("52-6.3.2-damaged")
@pytest.mark.parametrize("part", ["register", "data", "BCC"])
def test_a_command_with_a_damaged_character_is_not_executed(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, part: str
) -> None:
    precondition(
        client.port.spoils_parity, 'this port cannot send wrong parity: use parity = "software" or a local port'
    )
    witness = Witness.of(meter, tokens)
    characters, place = _characters_of(client, witness.token, part)
    characters[place] = replace(characters[place], wrong_parity=True)
    client.exchange_characters(characters)
    meter.let_execute()
    assert not witness.is_executed, "the token was executed although a character had wrong parity"
    witness.require_unused()


@requirement("52-6.3.2-framing")
@pytest.mark.parametrize("part", ["register", "data", "BCC"])
def test_a_command_with_a_break_in_it_is_not_executed(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile, part: str
) -> None:
    """A break is all that an ordinary port can send without a stop bit: it stands before one of the characters."""
    witness = Witness.of(meter, tokens)
    characters, place = _characters_of(client, witness.token, part)
    characters.insert(place, _break(client, profile))
    client.exchange_characters(characters)
    meter.let_execute()
    is_executed = witness.is_executed
    precondition(
        not is_executed or client.port.proves_break,
        "the token was executed, and nothing shows that this port's break was on the line: look at it with an "
        "oscilloscope",
    )
    assert not is_executed, "the token was executed although a break stood between its characters"
    witness.require_unused()


@requirement("52-6.3.2-break")
@pytest.mark.parametrize("characters", [2, 100])
def test_a_message_after_a_break_is_answered(client: PortCarrier, profile: Profile, characters: int) -> None:
    """What is answered to the break itself is free."""
    client.exchange_characters([_break(client, profile, characters)])
    client.listen()
    reply = client.exchange(IDRequest())
    assert is_usual(reply, IDRequest(), profile), (
        f"an IDRequest after a break of {characters} characters got {reply.answer or reply.detail or reply.fault}"
    )


def _characters_of(client: PortCarrier, token: MintedToken, part: str) -> tuple[list[OutgoingCharacter], int]:
    """Return the characters of the command that enters a token, and where a part of it begins."""
    command = client.token_command(token.digits)
    frame = client.codec.encode(command)
    data = frame.index(command.data.encode("ascii"))
    place = {"register": frame.index(f"{command.register_id:X}".encode("ascii")), "data": data, "BCC": -1}[part]
    return list(outgoing(frame)), place


def _break(client: PortCarrier, profile: Profile, characters: int = 2) -> OutgoingCharacter:
    """Return a break as long as so many characters; NotTested where the port cannot send one."""
    if not client.port.sends_break:
        raise NotTested("this port is not known to carry a break: use a local adapter")
    return OutgoingCharacter(0, held=characters * profile.character_time)


def _unknown_register(profile: Profile) -> int:
    known = {entry.id for entry in profile.registers.values()}
    return next(number for number in count() if number not in known)
