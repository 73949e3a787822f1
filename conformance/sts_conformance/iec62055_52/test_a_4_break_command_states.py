"""IEC 62055-52, A.4: state diagram of a BreakCommand."""

from collections.abc import Callable

import pytest

from sts62055.carrier.characters import outgoing
from sts62055.carrier.codec import single_answer
from sts_conformance.iec62055_52.annex_a.expectations import (
    assert_answered,
    assert_answered_after_any,
    assert_silent,
    assert_transmission_error_answer,
)
from sts_conformance.iec62055_52.annex_a.spoiling import COMMANDS, CUTS, PLACES, damaged, with_wrong_bcc
from sts_conformance.iec62055_52.answers import answers_break
from stsbench import Ack, IDRequest, MeterUnderTest, PortCarrier, Profile, TokenMint, precondition, requirement

_COMMAND = COMMANDS["BreakCommand"]


@requirement("52-A.4-path")
def test_a_break_command_is_served_whatever_came_before(client: PortCarrier, profile: Profile) -> None:
    assert_answered_after_any(client, profile, _COMMAND(profile))


@requirement("52-A.4-cut-off")
@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_break_command_without_an_end_leaves_the_server_idle(
    client: PortCarrier, profile: Profile, cut: Callable[[bytes], bytes]
) -> None:
    assert_silent(client, profile, cut(client.codec.encode(_COMMAND(profile))))


@requirement("52-A.4-damaged")
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_break_command_with_a_damaged_character_is_left_for_the_quiet_time(
    client: PortCarrier, profile: Profile, place: Callable[[bytes], int]
) -> None:
    frame = client.codec.encode(_COMMAND(profile))
    assert_transmission_error_answer(client, profile, damaged(frame, place(frame)), "after a damaged BreakCommand")


@requirement("52-A.4-wrong-bcc")
def test_a_break_command_with_a_wrong_bcc_is_a_transmission_error(client: PortCarrier, profile: Profile) -> None:
    reply = client.exchange_characters(outgoing(with_wrong_bcc(client.codec.encode(_COMMAND(profile)))))
    assert reply.answer == single_answer(profile, "transmission_error_answer")
    assert_answered(client, profile, IDRequest(), "after a BreakCommand with a wrong BCC")


@requirement("52-A.4-while-processing")
def test_a_break_command_is_served_while_a_token_is_processed(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    written = client.exchange(client.token_command(tokens.surest().digits))
    precondition(isinstance(written.answer, Ack), "the token was not acknowledged", breaks="52-6.6.4-acknowledged")
    reply = client.exchange(_COMMAND(profile))
    meter.let_execute()
    assert answers_break(reply, profile), f"a BreakCommand was answered by {reply.answer or reply.fault}"
