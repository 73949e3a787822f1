"""IEC 62055-52, 6.7.3: message execution."""

from collections.abc import Callable
from typing import NamedTuple

from sts_conformance.iec62055_52.processing import process_meanwhile, reads_and_token
from sts_rigs.clock import MILLISECOND
from stsbench import (
    Accept,
    LineTimer,
    MeterUnderTest,
    MintedToken,
    NotReady,
    PortCarrier,
    Profile,
    TokenMint,
    TokenOutcome,
    precondition,
    requirement,
)

_PLACED_LOOKS = 3
_MARGIN = 50 * MILLISECOND


class Kind(NamedTuple):
    """A kind of token: how one is minted, the requirement by which the meter executes it, and what that needs."""

    mint: Callable[[TokenMint], MintedToken]
    known_by: str
    needs: str | None = None


_CREDIT = Kind(lambda tokens: tokens.credit(kwh="0.1"), "41-8.4-adds")
_KINDS = (
    Kind(lambda tokens: tokens.display(0), "41-8.5-all"),
    Kind(lambda tokens: tokens.usual_power_limit(), "41-8.6-limit", "maximum_power_limit"),
    Kind(lambda tokens: tokens.clear_tamper_condition(), "41-8.10-clears", "tamper_detection"),
)


@requirement("52-6.7.3-execution", measures="execution time")
def test_execution_time_of_a_credit(
    meter: MeterUnderTest, tokens: TokenMint, client: PortCarrier, line: LineTimer, profile: Profile
) -> None:
    measure_execution(meter, tokens, _CREDIT, client, line, profile)


@requirement("52-6.7.3-every-kind", measures="execution time")
def test_execution_time_of_every_kind_of_token(
    meter: MeterUnderTest, tokens: TokenMint, client: PortCarrier, line: LineTimer, profile: Profile
) -> None:
    for kind in _KINDS:
        if kind.needs is None or meter.declared.meets(kind.needs):
            measure_execution(meter, tokens, kind, client, line, profile)


@requirement("52-6.7.3-every-kind")
def test_a_token_comes_to_its_end_whatever_is_sent_meanwhile(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    """Whether that is in time is judged by the line watch, which sees every look at tokenStatus."""
    for what, command in reads_and_token(client, tokens, profile):
        said = process_meanwhile(client, meter, tokens.surest(), command, profile)
        assert said is not NotReady, f"tokenStatus stayed 'not ready' after {what} while a token was processed"


def measure_execution(
    meter: MeterUnderTest, tokens: TokenMint, kind: Kind, client: PortCarrier, line: LineTimer, profile: Profile
) -> None:
    """Enter a token and judge how long it took; the time of one that is refused is not that of its execution.

    Where the looks at tokenStatus leave it open on which side of the limit the end was, others are entered and
    looked at as late before the limit as an answer can still come in time: a meter that is ready then has kept it.
    """
    limits = profile.time_limits("execution_time")
    outcome = execute(meter, kind.mint(tokens), kind)
    for _ in range(_PLACED_LOOKS):
        if limits.upper is None or not outcome.busy_from <= limits.upper < outcome.ready_by:
            break
        with client.looking_after(max(round(limits.upper) - client.longest_look - _MARGIN, 0)):
            outcome = execute(meter, kind.mint(tokens), kind)
    line.measure_between("execution time", outcome.busy_from, outcome.ready_by, within=limits)


def execute(meter: MeterUnderTest, token: MintedToken, kind: Kind) -> TokenOutcome:
    """Enter a token that a good meter executes, and return what came of it; else the case is INCONCLUSIVE."""
    outcome = meter.enter(token)
    precondition(
        outcome.acknowledged is not None, "the token was not acknowledged", breaks="52-6.6.4-acknowledged"
    )
    assert outcome.result is not NotReady, "tokenStatus stayed 'not ready'"
    precondition(
        outcome.result is Accept,
        f"{token.what} got {outcome.result}, and so was not executed",
        breaks=kind.known_by,
    )
    return outcome
