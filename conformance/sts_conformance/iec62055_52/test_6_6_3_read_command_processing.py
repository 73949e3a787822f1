"""IEC 62055-52, 6.6.3: ReadCommandProcessing."""

from collections.abc import Callable

import pytest

from sts62055.carrier.characters import outgoing
from sts62055.carrier.codec import single_answer
from sts62055.carrier.framing import framed
from sts_conformance.iec62055_52.annex_a.spoiling import unknown_registers
from sts_conformance.iec62055_52.processing import READS, process_meanwhile
from stsbench import (
    Accept,
    Data,
    DeclaredMeter,
    MeterUnderTest,
    PortCarrier,
    Profile,
    ReadCommand,
    TokenMint,
    precondition,
    requirement,
)

_MOST = 15
_LOOKS = 3
_LAST = 0xFFFF
_RANGES: dict[str, Callable[[Profile], tuple[int, int]]] = {
    "the one before the first and the first": lambda profile: (_readable(profile)[0] - 1, 2),
    "the first and those behind it": lambda profile: (_readable(profile)[0], _MOST),
    "two that are there and one that is not": lambda profile: (profile.registers["electricity_credit"].id, 3),
    "tokenStatus and the token": lambda profile: (profile.registers["token_status"].id, 2),
    "beyond the last number": lambda profile: (profile.registers["token_status"].id, _MOST),
    "the token and beyond": lambda profile: (profile.registers["token"].id, 2),
    "none that is there": lambda profile: (next(unknown_registers(profile)), _MOST),
}


def _readable(profile: Profile) -> list[int]:
    return sorted(entry.id for entry in profile.registers.values() if entry.access == "read")


@requirement("52-6.6.3-known")
def test_a_readable_register_is_answered_by_data(client: PortCarrier, profile: Profile) -> None:
    reply = client.exchange(ReadCommand(profile.registers["serial_number"].id))
    assert reply.codes[:1] == b"\x02", f"expected Data, got {reply.answer or reply.fault}"


@requirement("52-6.6.3-unknown")
def test_a_register_that_does_not_exist_is_refused(client: PortCarrier, profile: Profile) -> None:
    answer = client.exchange(ReadCommand(next(unknown_registers(profile)))).answer
    assert answer == single_answer(profile, "unreadable_register_answer")


@requirement("52-6.6.3-write-only")
def test_the_token_register_cannot_be_read(client: PortCarrier, profile: Profile) -> None:
    answer = client.exchange(ReadCommand(profile.registers["token"].id)).answer
    assert not isinstance(answer, Data), f"the token register was read: {answer}"
    assert answer == single_answer(profile, "unreadable_register_answer")


@requirement("52-6.6.3-range-with-unknown")
@pytest.mark.parametrize("bounds", _RANGES.values(), ids=_RANGES)
def test_a_range_with_a_register_that_is_not_there_is_refused_as_a_whole(
    client: PortCarrier, profile: Profile, bounds: Callable[[Profile], tuple[int, int]]
) -> None:
    first, count = bounds(profile)
    refused = single_answer(profile, "unreadable_register_answer")
    precondition(
        any(_is_not_there(client, profile, number) for number in range(first, first + count)),
        "the meter has a register of its own at each number of this range",
    )
    assert client.exchange(ReadCommand(first, count)).answer == refused


def _is_not_there(client: PortCarrier, profile: Profile, number: int) -> bool:
    """Whether a register cannot be read: for one that the profile does not know, the meter says so itself."""
    if number in _readable(profile):
        return False
    if number > _LAST or number == profile.registers["token"].id:
        return True
    return client.exchange(ReadCommand(number)).answer == single_answer(profile, "unreadable_register_answer")


@requirement("52-6.4.4-malformed")
def test_a_read_command_of_wrong_form_gets_what_is_declared(
    client: PortCarrier, profile: Profile, declared: DeclaredMeter
) -> None:
    body = client.codec.encode(ReadCommand(profile.registers["serial_number"].id))[1:-2]
    reply = client.exchange_characters(outgoing(framed(body[:-1])))
    assert not isinstance(reply.answer, Data), f"it was answered by {reply.answer}"
    found = "silence" if reply.is_silent else "answered"
    assert found == declared.declaration.traits.malformed_read


@requirement("52-6.6.3-busy")
@pytest.mark.usefixtures("working_credit")
def test_a_register_that_is_read_while_a_token_is_processed_is_as_before_or_as_after(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    token, before = tokens.credit(kwh=1), meter.credit()
    written = client.exchange(client.token_command(token.digits))
    precondition(written.answer == single_answer(profile, "write_answer"), "the token was not acknowledged")
    seen = [client.read_number("electricity_credit") for _ in range(_LOOKS)]
    meter.let_execute()
    odd = [credit for credit in seen if credit not in (before, before + token.units)]
    assert not odd, (
        f"the credit was {odd[0]} while a token was processed, {before} before and {meter.credit()} after"
    )


@requirement("52-6.6.3-busy")
def test_a_token_is_processed_whatever_is_read_meanwhile(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    for what, read in READS.items():
        said = process_meanwhile(client, meter, tokens.smallest_effect(), read(profile), profile)
        assert said is Accept, f"tokenStatus tells {said} of a good token, after {what} while it was processed"
