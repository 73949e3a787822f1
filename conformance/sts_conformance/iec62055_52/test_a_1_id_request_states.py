"""IEC 62055-52, A.1: state diagram of an IDRequest."""

from collections.abc import Callable

import pytest

from sts62055.carrier.characters import outgoing
from sts_conformance.iec62055_52.annex_a.expectations import (
    assert_answered_after_any,
    assert_silent,
    assert_transmission_error_answer,
)
from sts_conformance.iec62055_52.annex_a.spoiling import COMMANDS, CUTS, PLACES, damaged
from stsbench import BreakCommand, IDRequest, PortCarrier, Profile, requirement

_COMMAND = COMMANDS["IDRequest"]
_STRAY = {"letter": b"X", "digit": b"3", "STX": b"\x02", "ACK": b"\x06", "LF": b"\x0a"}


@requirement("52-A.1-path")
def test_an_id_request_is_served_whatever_came_before(client: PortCarrier, profile: Profile) -> None:
    assert_answered_after_any(client, profile, _COMMAND(profile))


@requirement("52-A.1-cut-off")
@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_an_id_request_without_an_end_leaves_the_server_idle(
    client: PortCarrier, profile: Profile, cut: Callable[[bytes], bytes]
) -> None:
    assert_silent(client, profile, cut(client.codec.encode(_COMMAND(profile))))


@requirement("52-A.1-damaged")
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_an_id_request_with_a_damaged_character_is_left_for_the_quiet_time(
    client: PortCarrier, profile: Profile, place: Callable[[bytes], int]
) -> None:
    frame = client.codec.encode(_COMMAND(profile))
    assert_transmission_error_answer(client, profile, damaged(frame, place(frame)), "after a damaged IDRequest")


@requirement("52-A.1-stray")
@pytest.mark.parametrize("stray", _STRAY.values(), ids=_STRAY)
def test_a_stray_character_leaves_the_server_idle(client: PortCarrier, profile: Profile, stray: bytes) -> None:
    assert_silent(client, profile, stray)
    client.exchange(BreakCommand())
    reply = client.exchange_characters(outgoing(stray + client.codec.encode(IDRequest())))
    assert reply.codes[:1] == b"/", f"an IDRequest behind a stray character got {reply.answer or reply.fault}"
