"""IEC 62055-52, 6.4.6: BreakCommand."""

from sts_conformance.iec62055_52.annex_a.expectations import assert_answered
from sts_conformance.iec62055_52.answers import is_answered
from stsbench import BreakCommand, IDRequest, PortCarrier, Profile, requirement


@requirement("52-6.4.6-understood")
def test_a_break_command_is_understood(client: PortCarrier, profile: Profile) -> None:
    reply = client.exchange(BreakCommand())
    may_be_silent = not is_answered(BreakCommand(), profile)
    assert may_be_silent or not reply.is_silent, "the meter stayed silent on a BreakCommand"
    if reply.is_silent:
        assert_answered(client, profile, IDRequest(), "after a BreakCommand that it does not answer")
