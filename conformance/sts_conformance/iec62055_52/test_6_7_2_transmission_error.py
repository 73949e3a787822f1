"""IEC 62055-52, 6.7.2: transmission error."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.codec import single_answer
from sts62055.carrier.messages import Command
from sts62055.carrier.profile import Limits
from sts_conformance.iec62055_52.annex_a.expectations import assert_transmission_error_answer
from sts_conformance.iec62055_52.annex_a.spoiling import COMMANDS, WRONG_CHECKS, damaged, with_wrong_bcc
from stsbench import (
    DeclaredMeter,
    LineTimer,
    PortCarrier,
    Profile,
    ReadCommand,
    precondition,
    requirement,
)


def frame_with_a_wrong_bcc(client: PortCarrier, profile: Profile) -> bytes:
    """Return a ReadCommand whose BCC is not its own."""
    return with_wrong_bcc(client.codec.encode(ReadCommand(profile.registers["serial_number"].id)))


def limits_of(declared: DeclaredMeter, profile: Profile) -> Limits:
    """Return the limits of the reaction time for this meter."""
    return profile.time_limits(
        "fast_reaction_time" if declared.declaration.implements.fast_reaction else "reaction_time"
    )


@requirement("52-6.7.2-bcc")
def test_a_wrong_bcc_is_answered_as_a_transmission_error(client: PortCarrier, profile: Profile) -> None:
    reply = client.exchange_characters(outgoing(frame_with_a_wrong_bcc(client, profile)))
    assert reply.answer == single_answer(profile, "transmission_error_answer")


@requirement("52-6.7.2-bcc")
@pytest.mark.parametrize("form", WRONG_CHECKS)
@pytest.mark.parametrize("name", ["BreakCommand", "ReadCommand"])
def test_any_wrong_bcc_of_any_command_is_one(client: PortCarrier, profile: Profile, name: str, form: str) -> None:
    expected = single_answer(profile, "transmission_error_answer")
    frame = client.codec.encode(COMMANDS[name](profile))
    reply = client.exchange_characters(outgoing(with_wrong_bcc(frame, form)))
    assert reply.answer == expected, f"got {reply.answer or reply.fault} to a BCC that is {form}"


@requirement("52-6.7.2-time", measures="reaction time to a wrong BCC")
def test_the_time_of_the_answer_to_a_wrong_bcc(
    client: PortCarrier, line: LineTimer, profile: Profile, declared: DeclaredMeter
) -> None:
    observed = list(line.exchanges(outgoing(frame_with_a_wrong_bcc(client, profile))))
    precondition(
        all(one.reply.answer == single_answer(profile, "transmission_error_answer") for one in observed),
        "a wrong BCC was not answered as a transmission error",
        breaks="52-6.7.2-bcc",
    )
    reactions = [one.times.reaction() for one in observed]
    line.measure("reaction time to a wrong BCC", reactions, within=limits_of(declared, profile))


@requirement("52-6.7.2-time", measures="reaction time to wrong parity")
def test_the_time_of_the_answer_to_wrong_parity(
    client: PortCarrier, line: LineTimer, profile: Profile, declared: DeclaredMeter
) -> None:
    precondition(
        client.port.spoils_parity, 'this port cannot send wrong parity: use parity = "software" or a local port'
    )
    characters = list(outgoing(client.codec.encode(ReadCommand(profile.registers["serial_number"].id))))
    characters[1] = replace(characters[1], wrong_parity=True)
    observed = list(line.exchanges(characters))
    precondition(
        all(one.reply.answer == single_answer(profile, "transmission_error_answer") for one in observed),
        "wrong parity was not answered as a transmission error",
        breaks="52-A.2-damaged",
    )
    quiet, usual = profile.time("quiet_time"), limits_of(declared, profile)
    latest = None if usual.upper is None else quiet + usual.upper
    reactions = [one.times.reaction() for one in observed]
    line.measure("reaction time to wrong parity", reactions, within=Limits(quiet, latest))


@requirement("52-6.7.2-until-quiet")
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_what_comes_before_the_line_is_quiet_is_not_served(
    client: PortCarrier, profile: Profile, command: Callable[[Profile], Command]
) -> None:
    spoiled = client.codec.encode(COMMANDS["ReadCommand"](profile))
    first, *rest = outgoing(client.codec.encode(command(profile)))
    second = [replace(first, gap=profile.time("quiet_time") // 2), *rest]
    characters = [*damaged(spoiled, 1), *second]
    assert_transmission_error_answer(
        client, profile, characters, "a message behind a damaged one, before the line was quiet"
    )


@requirement("52-6.7.2-until-quiet")
def test_a_second_damaged_character_begins_the_quiet_time_anew(client: PortCarrier, profile: Profile) -> None:
    spoiled = damaged(client.codec.encode(COMMANDS["ReadCommand"](profile)), 1)
    again = OutgoingCharacter(spoiled[-1].code, gap=profile.time("quiet_time") // 2, wrong_parity=True)
    assert_transmission_error_answer(client, profile, [*spoiled, again], "two damaged characters")
