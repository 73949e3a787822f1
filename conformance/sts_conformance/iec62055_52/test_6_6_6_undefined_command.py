"""IEC 62055-52, 6.6.6: undefined command."""

from collections.abc import Callable

import pytest

from sts62055.carrier.characters import outgoing
from sts62055.carrier.codec import single_answer
from sts62055.carrier.framing import framed
from sts62055.carrier.messages import Command
from sts_conformance.iec62055_52.annex_a.expectations import assert_answered
from sts_conformance.iec62055_52.annex_a.spoiling import with_wrong_bcc
from sts_conformance.iec62055_52.token_status import tells_nothing_new
from stsbench import (
    BreakCommand,
    IDRequest,
    MeterUnderTest,
    PortCarrier,
    Profile,
    ReadCommand,
    UndefinedCommand,
    WriteCommand,
    requirement,
)

_DEFINED: dict[str, Callable[[Profile], Command]] = {
    "ReadCommand": lambda profile: ReadCommand(profile.registers["serial_number"].id),
    "WriteCommand": lambda profile: WriteCommand(profile.registers["token"].id, "12345678901234567890"),
    "BreakCommand": lambda _: BreakCommand(),
}


@requirement("52-6.6.6-refused")
@pytest.mark.parametrize("letter", ["A", "Q", "Z", "w"])
def test_an_undefined_command_is_refused(
    client: PortCarrier, meter: MeterUnderTest, profile: Profile, letter: str
) -> None:
    before = meter.token_status()
    reply = client.exchange(UndefinedCommand(letter))
    assert tells_nothing_new(meter.token_status(), before, profile)
    assert reply.answer == single_answer(profile, "undefined_command_answer")


@requirement("52-6.6.6-refused")
@pytest.mark.parametrize("command", _DEFINED.values(), ids=_DEFINED)
def test_a_command_whose_letter_is_lower_case_is_refused(
    client: PortCarrier, meter: MeterUnderTest, profile: Profile, command: Callable[[Profile], Command]
) -> None:
    body, before = client.codec.encode(command(profile))[1:-2], meter.token_status()
    reply = client.exchange_characters(outgoing(framed(body[:1].lower() + body[1:])))
    assert reply.answer == single_answer(profile, "undefined_command_answer")
    assert tells_nothing_new(meter.token_status(), before, profile)


@requirement("52-6.6.6-wrong-bcc")
def test_an_undefined_command_with_a_wrong_bcc_is_a_transmission_error(
    client: PortCarrier, profile: Profile
) -> None:
    reply = client.exchange_characters(outgoing(with_wrong_bcc(client.codec.encode(UndefinedCommand("Q")))))
    assert reply.answer == single_answer(profile, "transmission_error_answer")
    assert_answered(client, profile, IDRequest(), "after an undefined command with a wrong BCC")
