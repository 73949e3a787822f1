"""IEC 62055-52, 6.6.4: WriteCommandProcessing."""

import pytest

from sts62055.application.results import Accept
from sts62055.carrier.messages import WriteCommand, single_answer
from sts62055.carrier.profile import Profile
from sts_fixtures import requirement
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint
from sts_rigs.token_carrier import VirtualTokenCarrier

_MALFORMED = {
    "19 digits": "1234567890123456789",
    "21 digits": "123456789012345678901",
    "a letter": "1234567890123456789A",
    "a blank": "1234567890 123456789",
    "nothing": "",
}


@requirement("52-6.6.4-acknowledged")
def test_a_token_is_acknowledged(
    client: VirtualTokenCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    reply = client.exchange(WriteCommand(profile.registers["token"].id, meter.harmless(tokens).digits))
    meter.wait(profile.longest_time("execution_time"))
    assert reply.answer == single_answer(profile, "write_answer"), f"a token was answered by {reply.answer}"


@requirement("52-6.6.4-malformed")
@pytest.mark.parametrize("text", _MALFORMED.values(), ids=_MALFORMED)
def test_what_is_no_token_is_refused(
    client: VirtualTokenCarrier, meter: MeterUnderTest, profile: Profile, text: str
) -> None:
    before = meter.token_status()
    reply = client.exchange(WriteCommand(profile.registers["token"].id, text))
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
    register_id = profile.registers["token"].id
    first, second = tokens.credit(kwh=1), tokens.credit(kwh=2)
    before = meter.credit()
    written = client.exchange(WriteCommand(register_id, first.digits))
    given(written.answer == single_answer(profile, "write_answer"), "the first token was not acknowledged")
    reply = client.exchange(WriteCommand(register_id, second.digits))
    meter.wait(profile.longest_time("execution_time"))
    credit = meter.credit()
    given(credit in (before + 10, before + 30), "the first token was not executed: see 41-8.4-adds")
    if credit == before + 10:
        assert reply.answer == single_answer(profile, "refused_write_answer")
        given(meter.enter(second).result is Accept, "the second token was used up: see 41-7.3.8")
