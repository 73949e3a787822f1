"""Wholesale defects of memory and power: what a power cut takes, and what comes back (IEC 62055-41, 7.3.8, 8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sts62055.carrier.characters import ReceivedCharacter
from sts62055.carrier.server import Request, Server
from sts_rigs.clock import SECOND
from sts_rigs.simulator.defects.catalogue import wholesale
from sts_rigs.simulator.defects.wholesale.reach import PORT, TOKENS
from sts_rigs.simulator.meter.memory import MeterState
from sts_rigs.simulator.meter.meter import CarrierServer
from sts_rigs.simulator.meter.metering import Metering
from sts_rigs.simulator.meter.process import MemoryWriting
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

_KEPT = "31 41-7.3.8 41-8.4 41-8.6 41-8.9 41-8.10 52-6.6.7 52-6.8.3"
_RESTART = "31 41-7.3.8 41-8 52-6.6 52-6.8.3 52-A"

# -- memory ----------------------------------------------------------------------------------------------------


@wholesale("memory-never-written", breaks="41-7.3.8 41-8.4 41-8.6", spoils=TOKENS)
class NothingWritten(MemoryWriting):
    """Every token is judged, and nothing that it changes is written."""

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:  # noqa: ARG002
        return ()


@wholesale("memory-written-late", breaks="41-7.3.8 52-6.7.3", spoils=f"{_KEPT} 52-6.7.3")
class WrittenLate(MemoryWriting):
    """What a token changes is written five seconds later, and its result is shown then."""

    def steps(self, changes: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, Any]]]:
        return ((5 * SECOND, changes),)


@wholesale("everything-lost-in-power-cut", breaks="41-7.3.8 41-8.4 41-8.6 41-8.9", spoils=_KEPT)
class EverythingLost(Metering):
    """A power cut takes the memory back to what it was at manufacture."""

    def after_power_up(self) -> None:
        self.memory.state = MeterState(token_identifiers=(self.configuration.oldest_token,))


@wholesale("credit-lost-in-power-cut", breaks="41-8.4 41-7.3.8", spoils="31 41-8.4 41-7.3.8")
class CreditLost(Metering):
    """A power cut takes all credit."""

    def after_power_up(self) -> None:
        self.memory.commit(credit=0)


@wholesale("credit-doubled-by-power-cut", breaks="41-8.4 41-7.3.8", spoils="31 41-8.4 41-7.3.8")
class CreditDoubled(Metering):
    """A power cut adds the credit to itself, out of both halves of the memory."""

    def after_power_up(self) -> None:
        self.memory.commit(credit=min(2 * self.memory.state.credit, self.configuration.credit_limit))


@wholesale("store-erased-by-power-cut", breaks="41-7.3.8 41-7.3.7 41-8.4", spoils=TOKENS)
class StoreErased(TokenIdentifierStore):
    """A power cut sets the TokenIdentifier store to all ones, and every token is old from then on."""

    def after_power_up(self) -> None:
        self.memory.commit(token_identifiers=(0xFFFFFF,))


@wholesale("tamper-forgotten-in-power-cut", breaks="41-8.10 52-6.8.3", spoils="31 41-8.10 52-6.8.3")
class TamperForgotten(Metering):
    """A power cut clears the tamper condition."""

    def after_power_up(self) -> None:
        self.memory.commit(is_tampered=False)


# -- power -----------------------------------------------------------------------------------------------------


class EveryOtherServer(Server):
    """Hears nothing after every other power cut."""

    is_deaf = False

    def reset(self) -> None:
        super().reset()
        self.is_deaf = not self.is_deaf

    def receive(self, character: ReceivedCharacter) -> Request | None:
        return None if self.is_deaf else super().receive(character)


@wholesale("port-dead-after-power-cut", breaks="52-6.6.1 52-6.6.2 52-6.8.3 41-7.3.8 41-8.4", spoils=_RESTART)
class DeadAfterCut(CarrierServer):
    """After a power cut the port is dead until the power has come a second time."""

    def make_server(self) -> Server:
        return EveryOtherServer(self.codec, self.profile)


@wholesale("start-up-takes-a-minute", breaks="52-6.6.1 52-6.6.2 52-6.8.3 41-7.3.8 41-8.4", spoils=_RESTART)
class SlowStart(CarrierServer):
    """The meter starts for a minute longer than it says."""

    def start_up(self) -> int:
        return super().start_up() + 60 * SECOND


@wholesale("never-starts-again", breaks="52-6.6.1 52-6.6.2 52-6.8.3 41-7.3.8 41-8.4", spoils=PORT)
class NeverStartsAgain(CarrierServer):
    """After a power cut the meter does nothing any more."""

    def start_up(self) -> int:
        return 10**9 * SECOND
