"""The instants at which the power is cut to find what a token leaves half done."""

from sts62055.carrier.messages import Ack
from sts_fixtures.errors import NotTested, precondition
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_fixtures.tokens.mint import MintedToken
from sts_rigs.carriers.port_carrier import PortCarrier
from sts_rigs.clock import MILLISECOND

__all__ = ["cut_within", "instants", "require_cuts_at_once"]

_CUTS_WHILE_BUSY = 15
_CUTS_AFTERWARDS = 10


def instants(busy: int, longest: int) -> list[int]:
    """Return nanoseconds after ACK at which to cut: close together while the meter is busy, then to its limit."""
    while_busy = [busy * number // _CUTS_WHILE_BUSY for number in range(_CUTS_WHILE_BUSY)]
    rest = max(longest + longest // 10 - busy, 0)
    return while_busy + [busy + rest * number // _CUTS_AFTERWARDS for number in range(1, _CUTS_AFTERWARDS + 1)]


def require_cuts_at_once(meter: MeterUnderTest) -> None:
    """Require that a device cuts the power, at the instant that a case wants; else NotTested."""
    if not meter.cuts_power_at_once:
        raise NotTested(
            'an operator cannot cut the power at an instant: name a device or "source" in actions.power'
        )


def cut_within(meter: MeterUnderTest, client: PortCarrier, token: MintedToken, after: int) -> str:
    """Write a token, cut the power so many nanoseconds after its ACK, and return when that was, in words."""
    reply = client.exchange(client.token_command(token.digits))
    precondition(isinstance(reply.answer, Ack), "the meter did not take the token", breaks="52-6.6.4-acknowledged")
    meter.cut_power(at=reply.characters[-1].end + after)
    return f"the power was cut {after // MILLISECOND} ms after ACK"
