"""IEC 62055-52, 6.6.4: WriteCommandProcessing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sts62055.carrier.characters import outgoing
from sts62055.carrier.codec import single_answer
from sts62055.carrier.framing import framed
from sts62055.carrier.profile import default_profile
from sts_conformance.iec62055_52.annex_a.spoiling import unknown_registers
from sts_conformance.iec62055_52.token_status import tells_nothing_new
from stsbench import (
    Accept,
    MeterUnderTest,
    PortCarrier,
    Profile,
    TokenMint,
    WriteCommand,
    precondition,
    requirement,
)

_MALFORMED: dict[str, Callable[[str], str]] = {
    "a character less": lambda good: good[:-1],
    "a character more": lambda good: good + "1",
    "a letter": lambda good: good[:-1] + "X",
    "the character behind 9 for a digit": lambda good: good[:-1] + ":",
    "the character before 0 for a digit": lambda good: f"{good[:10]}/{good[11:]}",
    "a blank": lambda good: f"{good[:10]} {good[11:]}",
    "nothing": lambda good: good[:0],
}
_SPOILED_FIELDS: dict[str, Callable[[bytes], bytes]] = {
    "registerID a digit short": lambda body: body[:2] + body[3:],
    "registerID a digit long": lambda body: body[:2] + b"F" + body[2:],
    "registerID with a letter": lambda body: body[:2] + b"G" + body[3:],
    "no registerID": lambda body: body[:2] + body[6:],
    "STX left out": lambda body: body[:1] + body[2:],
    "( left out": lambda body: body.replace(b"(", b""),
    ") left out": lambda body: body.replace(b")", b""),
    "something behind )": lambda body: body + b"0",
}
_READ_ONLY = [name for name, entry in default_profile().registers.items() if entry.access == "read"]


@requirement("52-6.6.4-acknowledged")
def test_a_token_is_acknowledged(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    reply = client.exchange(client.token_command(tokens.surest().digits))
    meter.let_execute()
    assert reply.answer == single_answer(profile, "write_answer"), f"a token was answered by {reply.answer}"


@requirement("52-6.6.4-malformed")
@pytest.mark.parametrize("spoil", _MALFORMED.values(), ids=_MALFORMED)
def test_what_is_no_token_is_refused(
    client: PortCarrier, meter: MeterUnderTest, profile: Profile, spoil: Callable[[str], str]
) -> None:
    good = client.token_command("12345678901234567890")
    before = meter.token_status()
    reply = client.exchange(replace(good, data=spoil(good.data)))
    assert reply.answer == single_answer(profile, "refused_write_answer")
    assert tells_nothing_new(meter.token_status(), before, profile)


@requirement("52-6.6.4-fields")
@pytest.mark.parametrize("spoil", _SPOILED_FIELDS.values(), ids=_SPOILED_FIELDS)
def test_a_write_command_with_a_field_that_is_not_of_its_form_is_refused(
    client: PortCarrier, meter: MeterUnderTest, profile: Profile, spoil: Callable[[bytes], bytes]
) -> None:
    body = client.codec.encode(client.token_command("12345678901234567890"))[1:-2]
    before = meter.token_status()
    reply = client.exchange_characters(outgoing(framed(spoil(body))))
    refusals = ("refused_write_answer", "transmission_error_answer")
    assert reply.answer in [single_answer(profile, name) for name in refusals]
    assert tells_nothing_new(meter.token_status(), before, profile)


@requirement("52-6.6.4-unknown")
def test_a_register_that_does_not_exist_cannot_be_written(client: PortCarrier, profile: Profile) -> None:
    reply = client.exchange(WriteCommand(next(unknown_registers(profile)), "00"))
    assert reply.answer == single_answer(profile, "refused_write_answer")


@requirement("52-6.6.4-read-only")
@pytest.mark.parametrize("register", _READ_ONLY)
def test_a_register_that_is_read_only_cannot_be_written(
    client: PortCarrier, profile: Profile, register: str
) -> None:
    entry = profile.registers[register]
    before = client.read(register)
    reply = client.exchange(WriteCommand(entry.id, _another(before)))
    after = client.read(register)
    if after != before:
        client.exchange(WriteCommand(entry.id, before))
    assert reply.answer == single_answer(profile, "refused_write_answer")
    if register == "token_status":
        assert tells_nothing_new(int(after, 16), int(before, 16), profile), f"tokenStatus was written: {after}"
    else:
        assert after == before


@requirement("52-6.6.4-busy")
@pytest.mark.usefixtures("working_credit")
def test_a_token_is_refused_while_another_is_processed(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    first, second = tokens.credit(kwh=1), tokens.credit(kwh=2)
    before = meter.credit()
    written = client.exchange(client.token_command(first.digits))
    precondition(written.answer == single_answer(profile, "write_answer"), "the first token was not acknowledged")
    reply = client.exchange(client.token_command(second.digits))
    meter.let_execute()
    credit = meter.credit()
    precondition(credit in (before + 10, before + 30), "the first token was not executed", breaks="41-8.4-adds")
    if credit == before + 10:
        assert reply.answer == single_answer(profile, "refused_write_answer")
        precondition(meter.enter(second).result is Accept, "the second token was used up", breaks="41-7.3.7-used")


def _another(text: str) -> str:
    """Return another value of a register, as long as this one."""
    return text[:-2] + ("01" if text[-2:] != "01" else "02")
