"""IEC 62055-52, 6.4.8: NAK."""

from stsbench import Nak, PortCarrier, UndefinedCommand, precondition, requirement


@requirement("52-6.4.8-single")
def test_nothing_follows_nak(client: PortCarrier) -> None:
    precondition(
        isinstance(client.exchange(UndefinedCommand("Q")).answer, Nak), "no NAK came", breaks="52-6.6.6-refused"
    )
    more = client.listen()
    assert not more, f"after NAK came {len(more)} more character: {bytes(more).hex(' ')}"
