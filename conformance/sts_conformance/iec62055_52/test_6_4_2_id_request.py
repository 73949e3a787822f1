"""IEC 62055-52, 6.4.2: IDRequest."""

from stsbench import BreakCommand, IDRequest, PortCarrier, precondition, requirement


@requirement("52-6.4.2-answered")
def test_an_id_request_is_understood(client: PortCarrier) -> None:
    client.exchange(BreakCommand())
    reply = client.exchange(IDRequest())
    echo = client.codec.encode(IDRequest())
    precondition(
        not reply.codes.startswith(echo), "the line gives back what is sent: set echo = true in the rig file"
    )
    assert not reply.is_silent, "the meter stayed silent on an IDRequest"
    assert reply.codes[:1] == b"/", "the answer to an IDRequest does not begin with /"
