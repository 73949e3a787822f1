"""IEC 62055-52, A.5: state diagram of an undefined command."""

from collections.abc import Callable

import pytest

from sts62055.carrier.profile import Profile
from sts_conformance.iec62055_52.annex_a import (
    COMMANDS,
    CUTS,
    PLACES,
    damaged,
    drops,
    serves_after,
    waits_for_quiet,
)
from sts_fixtures import requirement
from sts_rigs.carriers.port_carrier import VirtualTokenCarrier

_COMMAND = COMMANDS["undefined command"]


@requirement("52-A.5-path")
def test_an_undefined_command_is_served_whatever_came_before(
    client: VirtualTokenCarrier, profile: Profile
) -> None:
    serves_after(client, profile, _COMMAND(profile))


@requirement("52-A.5-cut-off")
@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_an_undefined_command_without_an_end_leaves_the_server_idle(
    client: VirtualTokenCarrier, profile: Profile, cut: Callable[[bytes], bytes]
) -> None:
    drops(client, profile, cut(client.codec.encode(_COMMAND(profile))))


@requirement("52-A.5-damaged")
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_an_undefined_command_with_a_damaged_character_is_left_for_the_quiet_time(
    client: VirtualTokenCarrier, profile: Profile, place: Callable[[bytes], int]
) -> None:
    frame = client.codec.encode(_COMMAND(profile))
    waits_for_quiet(client, profile, damaged(frame, place(frame)), "after a damaged undefined command")
