"""IEC 62055-52, 6.4.6: BreakCommand."""

from sts_conformance.iec62055_52.answers import skip_unanswered_break
from stsbench import BreakCommand, PortCarrier, Profile, requirement


@requirement("52-6.4.6-understood")
def test_a_break_command_is_understood(client: PortCarrier, profile: Profile) -> None:
    skip_unanswered_break(BreakCommand(), profile)
    reply = client.exchange(BreakCommand())
    assert not reply.is_silent, "the meter stayed silent on a BreakCommand"
