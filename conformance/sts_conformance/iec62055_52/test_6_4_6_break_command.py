"""IEC 62055-52, 6.4.6: BreakCommand."""

from stsbench import BreakCommand, PortCarrier, requirement


@requirement("52-6.4.6-understood")
def test_a_break_command_is_understood(client: PortCarrier) -> None:
    reply = client.exchange(BreakCommand())
    assert not reply.is_silent, "the meter stayed silent on a BreakCommand"
