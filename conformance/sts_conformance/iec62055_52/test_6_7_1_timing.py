"""IEC 62055-52, 6.7.1: inter-message and inter-character timing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.codec import single_answer
from sts62055.carrier.messages import Command
from sts_conformance.iec62055_52.answers import require_answers, require_usual_answers, with_answer
from stsbench import (
    MILLISECOND,
    BreakCommand,
    DeclaredMeter,
    IDRequest,
    LineTimer,
    MeterUnderTest,
    PortCarrier,
    Profile,
    ReadCommand,
    TokenMint,
    UndefinedCommand,
    WriteCommand,
    precondition,
    requirement,
)

_KINDS: dict[str, Callable[[Profile], Command]] = {
    "IDRequest": lambda _: IDRequest(),
    "ReadCommand": lambda profile: ReadCommand(profile.registers["serial_number"].id),
    "several registers": lambda profile: ReadCommand(profile.registers["electricity_credit"].id, 2),
    "malformed WriteCommand": lambda profile: WriteCommand(profile.registers["token"].id, "1"),
    "BreakCommand": lambda _: BreakCommand(),
    "undefined command": lambda _: UndefinedCommand("Q"),
}
_IN_SEVERAL_CHARACTERS = {
    "IDResponse": _KINDS["IDRequest"],
    "Data": _KINDS["ReadCommand"],
    "Data of several registers": _KINDS["several registers"],
}
_WELL_WITHIN, _WELL_BELOW = 0.85, 0.4


@requirement("52-6.7.1-reaction", measures="reaction time")
@pytest.mark.parametrize("command", _KINDS.values(), ids=_KINDS)
def test_reaction_time(
    line: LineTimer, profile: Profile, declared: DeclaredMeter, command: Callable[[Profile], Command]
) -> None:
    limits = "fast_reaction_time" if declared.declaration.implements.fast_reaction else "reaction_time"
    sent = with_answer(command(profile), profile)
    observed = list(line.exchanges(sent))
    require_usual_answers(sent, profile, (one.reply for one in observed))
    reactions = [one.times.reaction() for one in observed]
    line.measure("reaction time", reactions, within=profile.time_limits(limits))


@requirement("52-6.7.1-reaction", measures="reaction time")
def test_reaction_time_of_a_token(
    client: PortCarrier,
    meter: MeterUnderTest,
    tokens: TokenMint,
    line: LineTimer,
    profile: Profile,
    declared: DeclaredMeter,
) -> None:
    limits = "fast_reaction_time" if declared.declaration.implements.fast_reaction else "reaction_time"
    observed = line.exchange(client.token_command(tokens.surest().digits))
    precondition(
        observed.reply.answer == single_answer(profile, "write_answer"),
        "the token was not acknowledged",
        breaks="52-6.6.4-acknowledged",
    )
    line.measure("reaction time", [observed.times.reaction()], within=profile.time_limits(limits))
    meter.let_execute()


@requirement("52-6.7.1-gaps-sent", measures="gap between characters")
@pytest.mark.parametrize("command", _IN_SEVERAL_CHARACTERS.values(), ids=_IN_SEVERAL_CHARACTERS)
def test_no_gap_within_an_answer(line: LineTimer, profile: Profile, command: Callable[[Profile], Command]) -> None:
    sent = command(profile)
    observed = list(line.exchanges(sent))
    require_answers(sent, profile, (one.reply for one in observed), characters=2)
    require_usual_answers(sent, profile, (one.reply for one in observed))
    gaps = [one.times.longest_gap() for one in observed]
    line.measure("gap between characters", gaps, within=profile.time_limits("inter_character_time"))


@requirement("52-6.7.1-gaps-taken")
@pytest.mark.parametrize("place", [1, 5, -1], ids=["after SOH", "in the register", "before BCC"])
def test_a_gap_in_a_command_is_taken(client: PortCarrier, profile: Profile, place: int) -> None:
    command = ReadCommand(profile.registers["serial_number"].id)
    expected = client.exchange(command).answer
    precondition(expected is not None, "the register cannot be read", breaks="52-6.6.3-known")
    gap = round(profile.longest_time("inter_character_time") * _WELL_WITHIN)
    reply = client.exchange_characters(_with_gap(client.codec.encode(command), place, gap))
    assert not reply.is_silent, f"the meter stayed silent on a command with a gap of {gap / MILLISECOND:g} ms"
    assert reply.answer == expected


@requirement("52-6.7.1-gaps-taken")
def test_a_command_that_comes_slowly_is_taken(client: PortCarrier, profile: Profile) -> None:
    command = ReadCommand(profile.registers["serial_number"].id)
    expected = client.exchange(command).answer
    precondition(expected is not None, "the register cannot be read", breaks="52-6.6.3-known")
    gap = round(profile.longest_time("inter_character_time") * _WELL_BELOW)
    first, *others = outgoing(client.codec.encode(command))
    reply = client.exchange_characters([first, *(replace(one, gap=gap) for one in others)])
    assert not reply.is_silent, f"the meter stayed silent on a command with {gap / MILLISECOND:g} ms between all"
    assert reply.answer == expected


@requirement("52-6.7.1-unfinished")
def test_an_unfinished_command_is_dropped(client: PortCarrier, profile: Profile) -> None:
    whole = client.codec.encode(ReadCommand(profile.registers["serial_number"].id))
    half = client.exchange_characters(outgoing(whole[: len(whole) // 2]))
    assert half.is_silent, f"half a command was answered by {half.codes.hex(' ')}"
    reply = client.exchange(IDRequest())
    assert not reply.is_silent, "the meter stayed silent on the message after an unfinished one"
    assert reply.codes[:1] == b"/"


def _with_gap(codes: bytes, place: int, gap: int) -> list[OutgoingCharacter]:
    characters = list(outgoing(codes))
    characters[place] = replace(characters[place], gap=gap)
    return characters
