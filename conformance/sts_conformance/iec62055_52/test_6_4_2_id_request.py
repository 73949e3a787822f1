"""IEC 62055-52, 6.4.2: IDRequest."""

from sts62055.carrier.characters import outgoing
from stsbench import BreakCommand, DeclaredMeter, IDRequest, PortCarrier, precondition, requirement

_PLACE_OF_ADDRESS = 2
_ADDRESS = b"12345678"


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


@requirement("52-6.4.2-address")
def test_an_id_request_with_an_address_gets_what_is_declared(client: PortCarrier, declared: DeclaredMeter) -> None:
    said = declared.declaration.traits.id_request_with_address
    plain = client.codec.encode(IDRequest())
    usual = client.exchange(IDRequest())
    precondition(usual.codes[:1] == b"/", "an IDRequest is not answered", breaks="52-6.4.2-answered")
    reply = client.exchange_characters(outgoing(plain[:_PLACE_OF_ADDRESS] + _ADDRESS + plain[_PLACE_OF_ADDRESS:]))
    is_answered = reply.codes[:1] == b"/"
    assert is_answered is (said == "yes"), f"declared: {said}, and it was {'' if is_answered else 'not '}answered"
