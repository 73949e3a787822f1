"""IEC 62055-52, 6.4.7: ACK."""

from stsbench import Ack, BreakCommand, PortCarrier, precondition, requirement


@requirement("52-6.4.7-single")
def test_nothing_follows_ack(client: PortCarrier) -> None:
    precondition(
        isinstance(client.exchange(BreakCommand()).answer, Ack), "no ACK came", breaks="52-6.6.5-acknowledged"
    )
    more = client.listen()
    assert not more, f"after ACK came {len(more)} more character: {bytes(more).hex(' ')}"
