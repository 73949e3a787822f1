"""IEC 62055-52, A.5: state diagram of an undefined command."""

from collections.abc import Callable

import pytest

from sts_conformance.iec62055_52.annex_a.expectations import (
    assert_answered_after_any,
    assert_silent,
    assert_transmission_error_answer,
)
from sts_conformance.iec62055_52.annex_a.spoiling import COMMANDS, CUTS, PLACES, damaged
from stsbench import PortCarrier, Profile, requirement

_COMMAND = COMMANDS["undefined command"]


@requirement("52-A.5-path")
def test_an_undefined_command_is_served_whatever_came_before(client: PortCarrier, profile: Profile) -> None:
    assert_answered_after_any(client, profile, _COMMAND(profile))


@requirement("52-A.5-cut-off")
@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_an_undefined_command_without_an_end_leaves_the_server_idle(
    client: PortCarrier, profile: Profile, cut: Callable[[bytes], bytes]
) -> None:
    assert_silent(client, profile, cut(client.codec.encode(_COMMAND(profile))))


@requirement("52-A.5-damaged")
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_an_undefined_command_with_a_damaged_character_is_left_for_the_quiet_time(
    client: PortCarrier, profile: Profile, place: Callable[[bytes], int]
) -> None:
    frame = client.codec.encode(_COMMAND(profile))
    assert_transmission_error_answer(
        client, profile, damaged(frame, place(frame)), "after a damaged undefined command"
    )
