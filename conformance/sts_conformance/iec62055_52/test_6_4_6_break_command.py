"""IEC 62055-52, 6.4.6: BreakCommand."""

from sts62055.carrier.messages import BreakCommand
from sts_fixtures import requirement
from sts_rigs.carriers.port_carrier import PortCarrier


@requirement("52-6.4.6-understood")
def test_a_break_command_is_understood(client: PortCarrier) -> None:
    reply = client.exchange(BreakCommand())
    assert not reply.is_silent, "the meter stayed silent on a BreakCommand"
