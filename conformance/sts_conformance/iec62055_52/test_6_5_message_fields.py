"""IEC 62055-52, 6.5: message field definitions."""

import pytest

from sts62055.application.results import Accept
from sts62055.carrier.characters import outgoing
from sts62055.carrier.client import ReplyFault
from sts62055.carrier.messages import ReadCommand
from sts62055.carrier.profile import Profile, default_profile
from sts_fixtures import requirement
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint
from sts_rigs.token_carrier import VirtualTokenCarrier

_READABLE = [name for name, entry in default_profile().registers.items() if entry.access == "read"]


@requirement("52-6.5-sent")
@pytest.mark.parametrize("register", _READABLE)
def test_the_bcc_of_data_is_right(client: VirtualTokenCarrier, profile: Profile, register: str) -> None:
    reply = client.exchange(ReadCommand(profile.registers[register].id))
    given(reply.characters, "the meter did not answer: see 52-6.6.3-known")
    assert reply.fault is not ReplyFault.BLOCK_CHECK, f"the BCC of Data is wrong: {reply.detail}"


@requirement("52-6.5-checked")
def test_a_token_in_a_frame_with_a_wrong_bcc_is_not_executed(
    client: VirtualTokenCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    token = tokens.credit(kwh=1)
    before = meter.credit()
    frame = client.codec.encode(client.token_command(token.digits))
    reply = client.exchange_characters(outgoing(frame[:-1] + bytes([frame[-1] ^ 0x01])))
    meter.wait(profile.longest_time("execution_time"))
    assert meter.credit() == before, f"the token was executed, after {reply.answer}"
    assert meter.enter(token).result is Accept
