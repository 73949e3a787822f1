"""IEC 62055-52, 6.6.2: IDRequestProcessing."""

from stsbench import Ack, IDRequest, MeterUnderTest, PortCarrier, TokenMint, precondition, requirement


@requirement("52-6.6.2-repeated")
def test_every_id_request_is_answered(client: PortCarrier) -> None:
    for _ in range(3):
        reply = client.exchange(IDRequest())
        assert reply.codes[:1] == b"/", f"an IDRequest was answered by {reply.answer or reply.fault}"


@requirement("52-6.6.2-busy")
def test_an_id_request_is_answered_while_a_token_is_processed(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint
) -> None:
    token = tokens.surest()
    written = client.exchange(client.token_command(token.digits))
    precondition(isinstance(written.answer, Ack), "the token was not acknowledged", breaks="52-6.6.4-acknowledged")
    reply = client.exchange(IDRequest())
    meter.let_execute()
    assert reply.codes[:1] == b"/", f"an IDRequest was answered by {reply.answer or reply.fault}"
