"""IEC 62055-52, 6.4.1: general, message syntax."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sts62055.carrier.characters import outgoing
from sts62055.carrier.codec import single_answer
from sts62055.carrier.messages import Command
from sts_conformance.iec62055_52.annex_a.expectations import assert_answered, assert_silent
from sts_conformance.iec62055_52.annex_a.spoiling import COMMANDS, overlong
from stsbench import (
    BreakCommand,
    Data,
    DeclaredMeter,
    IDRequest,
    PortCarrier,
    Profile,
    precondition,
    requirement,
)


@requirement("52-6.4.1-longest")
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_message_that_is_too_long_is_dropped(
    client: PortCarrier, profile: Profile, command: Callable[[Profile], Command]
) -> None:
    assert_silent(client, profile, overlong(client.codec.encode(command(profile)), command(profile), profile))


@requirement("52-6.4.1-longest")
def test_a_damaged_character_in_a_message_that_is_too_long(client: PortCarrier, profile: Profile) -> None:
    precondition(
        client.port.spoils_parity, 'this port cannot send wrong parity: use parity = "software" or a local port'
    )
    command = COMMANDS["WriteCommand"](profile)
    characters = list(outgoing(overlong(client.codec.encode(command), command, profile)))
    late = len(characters) - 5
    characters[late] = replace(characters[late], wrong_parity=True)
    client.exchange(BreakCommand())
    reply = client.exchange_characters(characters)
    assert reply.is_silent or reply.answer == single_answer(profile, "transmission_error_answer")
    assert_answered(client, profile, IDRequest(), "after a message that is too long and damaged")


@requirement("52-6.4.1-begins-anew")
def test_soh_within_an_unfinished_message_is_treated_as_declared(
    client: PortCarrier, profile: Profile, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.soh_begins_anew
    frame = client.codec.encode(COMMANDS["ReadCommand"](profile))
    whole = client.exchange_characters(outgoing(frame))
    precondition(isinstance(whole.answer, Data), "the register was not read", breaks="52-6.6.3-known")
    reply = client.exchange_characters(outgoing(frame[: len(frame) // 2] + frame))
    is_read = isinstance(reply.answer, Data)
    assert is_read is (said == "yes"), f"declared: {said}, and it was {'' if is_read else 'not '}read"
