"""IEC 62055-52, 6.6.4: WriteCommandProcessing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sts62055.application.results import Accept
from sts62055.carrier.messages import WriteCommand, single_answer
from sts62055.carrier.profile import Profile
from sts_fixtures import requirement
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint
from sts_rigs.token_carrier import VirtualTokenCarrier

_MALFORMED: dict[str, Callable[[str], str]] = {
    "a character less": lambda good: good[:-1],
    "a character more": lambda good: good + "1",
    "a letter": lambda good: good[:-1] + "X",
    "a blank": lambda good: f"{good[:10]} {good[11:]}",
    "nothing": lambda good: good[:0],
}


@requirement("52-6.6.4-acknowledged")
def test_a_token_is_acknowledged(
    client: VirtualTokenCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    reply = client.exchange(client.token_command(meter.harmless(tokens).digits))
    meter.wait(profile.longest_time("execution_time"))
    assert reply.answer == single_answer(profile, "write_answer"), f"a token was answered by {reply.answer}"


@requirement("52-6.6.4-malformed")
@pytest.mark.parametrize("spoil", _MALFORMED.values(), ids=_MALFORMED)
def test_what_is_no_token_is_refused(
    client: VirtualTokenCarrier, meter: MeterUnderTest, profile: Profile, spoil: Callable[[str], str]
) -> None:
    good = client.token_command("12345678901234567890")
    before = meter.token_status()
    reply = client.exchange(replace(good, data=spoil(good.data)))
    assert reply.answer == single_answer(profile, "refused_write_answer")
    assert meter.token_status() == before


@requirement("52-6.6.4-read-only")
def test_the_credit_cannot_be_written(
    client: VirtualTokenCarrier, meter: MeterUnderTest, profile: Profile
) -> None:
    register = profile.registers["electricity_credit"]
    before = meter.credit()
    reply = client.exchange(WriteCommand(register.id, register.encode(before + 1000)))
    assert reply.answer == single_answer(profile, "refused_write_answer")
    assert meter.credit() == before


@requirement("52-6.6.4-busy")
def test_a_token_is_refused_while_another_is_processed(
    client: VirtualTokenCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    first, second = tokens.credit(kwh=1), tokens.credit(kwh=2)
    before = meter.credit()
    written = client.exchange(client.token_command(first.digits))
    given(written.answer == single_answer(profile, "write_answer"), "the first token was not acknowledged")
    reply = client.exchange(client.token_command(second.digits))
    meter.wait(profile.longest_time("execution_time"))
    credit = meter.credit()
    given(credit in (before + 10, before + 30), "the first token was not executed: see 41-8.4-adds")
    if credit == before + 10:
        assert reply.answer == single_answer(profile, "refused_write_answer")
        given(meter.enter(second).result is Accept, "the second token was used up: see 41-7.3.8")
