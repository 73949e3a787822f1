"""IEC 62055-52, 6.4.8: NAK."""

from sts62055.carrier.messages import Nak, UndefinedCommand
from sts_fixtures import requirement
from sts_fixtures.errors import precondition
from sts_rigs.carriers.port_carrier import PortCarrier


@requirement("52-6.4.8-single")
def test_nothing_follows_nak(client: PortCarrier) -> None:
    precondition(
        isinstance(client.exchange(UndefinedCommand("Q")).answer, Nak), "no NAK came: see 52-6.6.6-refused"
    )
    more = client.listen()
    assert not more, f"after NAK came {len(more)} more character: {bytes(more).hex(' ')}"
