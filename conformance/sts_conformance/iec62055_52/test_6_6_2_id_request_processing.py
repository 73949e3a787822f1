"""IEC 62055-52, 6.6.2: IDRequestProcessing."""

from sts62055.carrier.messages import Ack, IDRequest
from sts62055.carrier.profile import Profile
from sts_fixtures import requirement
from sts_fixtures.errors import precondition
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_fixtures.tokens.mint import TokenMint
from sts_rigs.carriers.port_carrier import PortCarrier


@requirement("52-6.6.2-repeated")
def test_every_id_request_is_answered(client: PortCarrier) -> None:
    for _ in range(3):
        reply = client.exchange(IDRequest())
        assert reply.codes[:1] == b"/", f"an IDRequest was answered by {reply.answer or reply.fault}"


@requirement("52-6.6.2-busy")
def test_an_id_request_is_answered_while_a_token_is_processed(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    token = tokens.smallest_effect()
    written = client.exchange(client.token_command(token.digits))
    precondition(isinstance(written.answer, Ack), "the token was not acknowledged: see 52-6.6.4-acknowledged")
    reply = client.exchange(IDRequest())
    meter.wait(profile.longest_time("execution_time"))
    assert reply.codes[:1] == b"/", f"an IDRequest was answered by {reply.answer or reply.fault}"
