"""Wholesale defects of time: reaction, gaps and execution (IEC 62055-52, 6.7)."""

from dataclasses import replace

from sts62055.carrier.characters import OutgoingCharacter
from sts62055.carrier.messages import Answer
from sts62055.carrier.server import Request, Server
from sts_rigs.clock import MILLISECOND, SECOND
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import PORT, RESULTS
from sts_rigs.simulator.meter.meter import CarrierServer


@wholesale("answers-at-once", breaks="52-6.7.1", spoils="52-6.7.1 52-6.7.2")
class AnswersAtOnce(CarrierServer):
    """Every answer begins 5 ms after the request."""

    def reaction(self, request: Request) -> int:  # noqa: ARG002
        return 5 * MILLISECOND


@wholesale("answers-after-ten-seconds", breaks="52-6.7.1 52-6.6.1 52-6.6.2 52-6.6.3", spoils=PORT)
class AnswersAfterTenSeconds(CarrierServer):
    """Every answer begins ten seconds after the request."""

    def reaction(self, request: Request) -> int:  # noqa: ARG002
        return 10 * SECOND


@wholesale("answers-ever-later", breaks="52-6.7.1", spoils=PORT)
class AnswersEverLater(CarrierServer):
    """Every answer begins 50 ms later than the one before."""

    delay = 0

    def reaction(self, request: Request) -> int:
        self.delay += 50 * MILLISECOND
        return super().reaction(request) + self.delay


@wholesale("gaps-between-all-characters", breaks="52-6.7.1", spoils=PORT)
class GapsEverywhere(CarrierServer):
    """Every character of a message comes 1,7 s after the one before."""

    def characters(self, answer: Answer) -> tuple[OutgoingCharacter, ...]:
        first, *others = super().characters(answer)
        return (first, *(replace(one, gap=1700 * MILLISECOND) for one in others))


@wholesale("no-gap-allowed", breaks="52-6.7.1", spoils="52-6.7.1")
class NoGapAllowed(CarrierServer):
    """A message is dropped at the first gap of more than 20 ms between two of its characters."""

    def make_server(self) -> Server:
        return Server(self.codec, self.profile.with_value("inter_character_time", {"upper": 20}))


@wholesale("tokens-take-a-minute", breaks="52-6.7.3", spoils=RESULTS)
class TokensTakeAMinute(CarrierServer):
    """Every token is executed a minute after its ACK."""

    def execution(self) -> int:
        return 60 * SECOND
