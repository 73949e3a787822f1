"""A token that is processed while the meter is asked something else (6.6.3, 6.7.3)."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from sts62055.application.results import NotReady, TokenStatus
from sts62055.carrier.codec import single_answer
from sts62055.carrier.messages import Command, ReadCommand
from sts62055.carrier.profile import Profile
from sts_fixtures.errors import precondition
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_fixtures.tokens.mint import MintedToken, TokenMint
from sts_rigs.carriers.port_carrier import PortCarrier

__all__ = ["READS", "process_meanwhile", "reads_and_token"]

_LONG_OVER: Final = 2
"""After how many times its longest execution a token is given up."""

READS: Final[Mapping[str, Callable[[Profile], Command]]] = MappingProxyType(
    {
        "the token register was read": lambda profile: ReadCommand(profile.registers["token"].id),
        "the serial number was read": lambda profile: ReadCommand(profile.registers["serial_number"].id),
        "the credit and the cumulative energy were read": lambda profile: ReadCommand(
            profile.registers["electricity_credit"].id, 2
        ),
    }
)
"""What may be asked of a meter that processes a token, without any effect."""


def reads_and_token(client: PortCarrier, tokens: TokenMint, profile: Profile) -> Iterator[tuple[str, Command]]:
    """Yield what is sent while a token is processed: reads, and another token."""
    yield from ((what, read(profile)) for what, read in READS.items())
    yield "another token was written", client.token_command(tokens.display(0).digits)


def process_meanwhile(
    client: PortCarrier, meter: MeterUnderTest, token: MintedToken, meanwhile: Command, profile: Profile
) -> TokenStatus | None:
    """Write a token, send a command while it is processed, and return what tokenStatus tells once it is done.

    That is NotReady where the token is given up, and None for a reserved code.
    """
    written = client.exchange(client.token_command(token.digits))
    precondition(
        written.answer == single_answer(profile, "write_answer"),
        "a token was not acknowledged",
        breaks="52-6.6.4-acknowledged",
    )
    given_up = meter.now() + _LONG_OVER * profile.longest_time("execution_time")
    client.exchange(meanwhile)
    status: TokenStatus | None = NotReady
    while status is NotReady and meter.now() < given_up:
        status = profile.token_status(meter.token_status())
    return status
