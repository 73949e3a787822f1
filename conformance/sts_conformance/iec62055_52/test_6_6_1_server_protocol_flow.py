"""IEC 62055-52, 6.6.1: server protocol flow."""

from collections.abc import Callable, Sequence
from itertools import product

import pytest

from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.client import Reply
from sts62055.carrier.messages import Command, Data, IDResponse
from sts_conformance.iec62055_52.annex_a.expectations import assert_unchanged
from sts_conformance.iec62055_52.annex_a.spoiling import (
    COMMANDS,
    CUTS,
    damaged,
    overlong,
    send_what_concerns_no_token,
    unknown_registers,
    with_wrong_bcc,
)
from sts_conformance.iec62055_52.answers import is_answered, require_answers
from sts_fixtures.meter.portrait import registers_of
from stsbench import (
    SECOND,
    MeterUnderTest,
    PortCarrier,
    Profile,
    ReadCommand,
    TokenMint,
    WriteCommand,
    precondition,
    requirement,
)

_LONG = 5 * SECOND
_COMMANDS: dict[str, Callable[[Profile], Command]] = {
    **COMMANDS,
    "ReadCommand of no register": lambda profile: ReadCommand(next(unknown_registers(profile))),
    "ReadCommand of the token": lambda profile: ReadCommand(profile.registers["token"].id),
    "ReadCommand beyond the last register": lambda _: ReadCommand(0xFFFF, 15),
    "WriteCommand to no register": lambda profile: WriteCommand(next(unknown_registers(profile)), "00"),
    "WriteCommand to the credit": lambda profile: _write(profile, "electricity_credit", 0x1000),
    "WriteCommand to the power limit": lambda profile: _write(profile, "maximum_power_limit", 0x1000),
    "WriteCommand to tokenStatus": lambda profile: _write(profile, "token_status", 1),
}
_SPOILED: dict[str, Callable[[bytes], Sequence[OutgoingCharacter]]] = {
    "with a wrong BCC": lambda frame: outgoing(with_wrong_bcc(frame)),
    "cut off": lambda frame: outgoing(CUTS["before its last character"](frame)),
    "with a damaged character": lambda frame: damaged(frame, len(frame) // 2),
}


def _write(profile: Profile, register: str, value: int) -> WriteCommand:
    entry = profile.registers[register]
    return WriteCommand(entry.id, entry.encode(value))


@requirement("52-6.6.1-one-answer")
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_message_gets_one_answer(
    client: PortCarrier, profile: Profile, command: Callable[[Profile], Command]
) -> None:
    sent = command(profile)
    reply = client.exchange(sent)
    if is_answered(sent, profile):
        require_answers(sent, profile, [reply])
    more = client.listen()
    assert not more, f"behind the answer came {len(more)} more character: {more.hex(' ')}"


@requirement("52-6.6.1-one-answer")
def test_an_idle_meter_says_nothing(client: PortCarrier, meter: MeterUnderTest) -> None:
    client.listen()
    meter.wait(_LONG)
    said = client.listen()
    assert not said, f"without being asked the meter said {said.hex(' ')}"


@requirement("52-6.6.1-start-up")
def test_the_meter_answers_after_its_start_up(
    client: PortCarrier, meter: MeterUnderTest, profile: Profile
) -> None:
    commands = [COMMANDS[name](profile) for name in ("IDRequest", "ReadCommand", "BreakCommand")]
    served = [command for command in commands if not client.exchange(command).is_silent]
    precondition(served, "the meter answers nothing", breaks="52-6.6.3-known")
    meter.cut_power()
    assert not client.exchange(served[0]).is_silent, "nothing came after power on"


@requirement("52-6.6.1-harmless")
@pytest.mark.usefixtures("working_credit")
@pytest.mark.parametrize("command", _COMMANDS.values(), ids=_COMMANDS)
def test_a_command_that_is_refused_changes_no_register(
    client: PortCarrier, meter: MeterUnderTest, profile: Profile, command: Callable[[Profile], Command]
) -> None:
    with assert_unchanged(client, profile, meter):
        client.exchange(command(profile))


@requirement("52-6.6.1-harmless")
@pytest.mark.usefixtures("working_credit")
@pytest.mark.parametrize("spoil", _SPOILED.values(), ids=_SPOILED)
def test_a_spoiled_write_changes_no_register(
    client: PortCarrier,
    meter: MeterUnderTest,
    profile: Profile,
    spoil: Callable[[bytes], Sequence[OutgoingCharacter]],
) -> None:
    with assert_unchanged(client, profile, meter):
        for register in ("electricity_credit", "maximum_power_limit"):
            client.exchange_characters(spoil(client.codec.encode(_write(profile, register, 0x1000))))


@requirement("52-6.6.1-harmless")
@pytest.mark.usefixtures("working_credit")
def test_an_overlong_write_changes_no_register(
    client: PortCarrier, meter: MeterUnderTest, profile: Profile
) -> None:
    command = _write(profile, "electricity_credit", 0x1000)
    with assert_unchanged(client, profile, meter):
        client.exchange_characters(outgoing(overlong(client.codec.encode(command), command, profile)))


@requirement("52-6.6.1-harmless")
def test_no_message_without_a_token_changes_a_register(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    meter.leave_tampered(tokens)
    before = registers_of(meter)
    send_what_concerns_no_token(client, profile, meter)
    after = registers_of(meter)
    changed = [
        f"{place[0]}: {value} before and {after[place]} after"
        for place, value in before.items()
        if after[place] != value
    ]
    assert not changed, "; ".join(changed)


@requirement("52-6.6.1-any-sequence")
def test_a_command_is_answered_alike_whatever_came_before_it(
    client: PortCarrier, profile: Profile, meter: MeterUnderTest
) -> None:
    """Each command is sent whole and spoiled in each way, and what is asked after it gets the answer of before."""
    asked = [COMMANDS[name](profile) for name in ("ReadCommand", "WriteCommand", "IDRequest")]
    alone = [_told(client.exchange(command)) for command in asked]
    precondition(isinstance(alone[0], Data), "a register was not read", breaks="52-6.6.3-known")
    precondition(alone[2] is IDResponse, "an IDRequest was not answered", breaks="52-6.6.2-repeated")
    ways = {"whole": outgoing, **_SPOILED}
    for (name, command), (how, spoil) in product(COMMANDS.items(), ways.items()):
        for after, answer in zip(asked, alone, strict=True):
            client.exchange_characters(spoil(client.codec.encode(command(profile))))
            meter.wait(profile.longest_time("inter_character_time"))
            seen = client.exchange(after)
            assert _told(seen) == answer, (
                f"a {type(after).__name__} got {seen.answer or seen.fault} after a {name} {how}, and not before it"
            )


def _told(reply: Reply) -> object:
    """Return what is to be the same in two answers: an identification may tell a state of the meter."""
    return type(reply.answer) if isinstance(reply.answer, IDResponse) else reply.answer or reply.fault
