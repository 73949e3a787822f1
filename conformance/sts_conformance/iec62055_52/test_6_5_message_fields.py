"""IEC 62055-52, 6.5: message field definitions."""

from collections.abc import Callable

import pytest

from sts62055.carrier.characters import outgoing
from sts62055.carrier.client import ReplyFault
from sts62055.carrier.framing import framed
from sts62055.carrier.profile import default_profile
from sts_conformance.iec62055_52.annex_a.expectations import assert_answered, assert_unchanged
from sts_conformance.iec62055_52.annex_a.spoiling import COMMANDS, WRONG_CHECKS, with_wrong_bcc
from sts_fixtures.meter.witness import Witness
from stsbench import (
    Data,
    IDRequest,
    MeterUnderTest,
    PortCarrier,
    Profile,
    ReadCommand,
    TokenMint,
    precondition,
    requirement,
)

_READABLE = [name for name, entry in default_profile().registers.items() if entry.access == "read"]
_SPOILED_FIELDS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "registerID a digit short": ("ReadCommand", lambda body: body[:2] + body[3:]),
    "registerID a digit long": ("ReadCommand", lambda body: body[:2] + b"0" + body[2:]),
    "registerID with a letter": ("ReadCommand", lambda body: body[:2] + b"G" + body[3:]),
    "count left out": ("ReadCommand", lambda body: body[:-1]),
    "count of a letter": ("ReadCommand", lambda body: body[:-1] + b"Z"),
    "STX left out": ("ReadCommand", lambda body: body[:1] + body[2:]),
    "nothing but the letter": ("ReadCommand", lambda body: body[:1]),
    "break of another kind": ("BreakCommand", lambda body: body[:-1] + b"9"),
    "break without its kind": ("BreakCommand", lambda body: body[:-1]),
    "break with something behind it": ("BreakCommand", lambda body: body + b"0"),
}


@requirement("52-6.5-sent")
@pytest.mark.parametrize("register", _READABLE)
def test_the_bcc_of_data_is_right(client: PortCarrier, profile: Profile, register: str) -> None:
    reply = client.exchange(ReadCommand(profile.registers[register].id))
    precondition(reply.characters, "the meter did not answer", breaks="52-6.6.3-known")
    assert reply.fault is not ReplyFault.BLOCK_CHECK, f"the BCC of Data is wrong: {reply.detail}"


@requirement("52-6.5-checked")
def test_a_token_in_a_frame_with_a_wrong_bcc_is_not_executed(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint
) -> None:
    witness = Witness.of(meter, tokens)
    frame = client.codec.encode(client.token_command(witness.token.digits))
    for form in WRONG_CHECKS:
        reply = client.exchange_characters(outgoing(with_wrong_bcc(frame, form)))
        meter.let_execute()
        assert not witness.is_executed, f"the token was executed with a BCC that is {form}, after {reply.answer}"
    witness.require_unused()


@requirement("52-6.5-harmless")
@pytest.mark.usefixtures("working_credit")
@pytest.mark.parametrize(("name", "spoil"), _SPOILED_FIELDS.values(), ids=_SPOILED_FIELDS)
def test_a_field_that_is_not_of_its_form_changes_nothing(
    client: PortCarrier, meter: MeterUnderTest, profile: Profile, name: str, spoil: Callable[[bytes], bytes]
) -> None:
    frame = client.codec.encode(COMMANDS[name](profile))
    with assert_unchanged(client, profile, meter):
        client.exchange_characters(outgoing(framed(spoil(frame[1:-2]))))
        assert_answered(client, profile, IDRequest(), "after a command with a field that is not of its form")


@requirement("52-6.5-blind-spot")
def test_commands_with_the_same_bcc_are_told_apart(client: PortCarrier, profile: Profile) -> None:
    first, second = profile.registers["electricity_credit"], profile.registers["cumulative_energy"]
    alike = (ReadCommand(first.id, 1), ReadCommand(second.id, 0))
    precondition(
        len({client.codec.encode(one)[-1] for one in alike}) == 1, "no two commands of this profile are alike"
    )
    for command in alike:
        answer = client.exchange(command).answer
        precondition(isinstance(answer, Data), "the register was not read", breaks="52-6.6.3-known")
        assert isinstance(answer, Data)
        precondition(answer.register_id is not None, "Data does not name its register in this profile")
        assert answer.register_id == command.register_id
