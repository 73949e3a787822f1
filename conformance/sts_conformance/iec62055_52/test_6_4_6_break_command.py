"""IEC 62055-52, 6.4.6: BreakCommand."""

from sts_conformance.iec62055_52.answers import is_answered, skip_unanswered_break
from sts_fixtures.errors import NotTested
from stsbench import BreakCommand, PortCarrier, Profile, requirement


@requirement("52-6.4.6-understood")
def test_a_break_command_is_understood(client: PortCarrier, profile: Profile) -> None:
    skip_unanswered_break(BreakCommand(), profile)
    reply = client.exchange(BreakCommand())
    if reply.is_silent and not is_answered(BreakCommand(), profile):
        raise NotTested("the meter answers no BreakCommand, which it may")
    assert not reply.is_silent, "the meter stayed silent on a BreakCommand"
