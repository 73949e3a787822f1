"""Meters without a brain: they answer, and execute nothing. A suite that passes them asks for nothing."""

from functools import cached_property
from random import Random

from sts62055.application.results import REFUSALS, Accept, CRCError, TokenResult
from sts62055.carrier.codec import Codec
from sts62055.carrier.messages import Ack, Answer, Data, IDRequest, Nak, ReadCommand, WriteCommand
from sts62055.carrier.profile import Profile
from sts62055.carrier.server import Request, process
from sts_rigs.simulator.defects.catalogue import brainless
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.meter import CarrierServer
from sts_rigs.simulator.meter.process import ApplicationProcess

_WIDTH = 8
_CODES = tuple(sorted({*REFUSALS, *TokenResult}))


@brainless("accepts-everything")
class AcceptsEverything(ApplicationProcess):
    """Every token is accepted, and none is executed."""

    def is_locked_out(self, digits: str, now: int, *, carrier: str) -> bool:  # noqa: ARG002
        return False

    def run(self, digits: str, now: int, *, carrier: str, waited: bool) -> Execution:  # noqa: ARG002
        return Execution(Accept)


@brainless("refuses-everything")
class RefusesEverything(AcceptsEverything):
    """Every token is refused as one with a wrong CRC."""

    def run(self, digits: str, now: int, *, carrier: str, waited: bool) -> Execution:  # noqa: ARG002
        return Execution(CRCError)


@brainless("random-results")
class RandomResults(AcceptsEverything):
    """Every token gets a result at random, and none is executed."""

    @cached_property
    def _random(self) -> Random:
        return Random(1)

    def run(self, digits: str, now: int, *, carrier: str, waited: bool) -> Execution:  # noqa: ARG002
        return Execution(self._random.choice(_CODES))


@brainless("naks-everything", RefusesEverything)
class NaksEverything(CarrierServer):
    """Everything but an IDRequest is answered by NAK."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return process(request, registers, self.profile) if isinstance(request, IDRequest) else Nak()


@brainless("acknowledges-everything", AcceptsEverything)
class AcknowledgesEverything(CarrierServer):
    """Everything but an IDRequest is answered by ACK."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        return process(request, registers, self.profile) if isinstance(request, IDRequest) else Ack()


@brainless("reads-zero", AcceptsEverything)
class ReadsZero(CarrierServer):
    """Whatever register is read holds 0, and whatever is written is acknowledged."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        match request:
            case ReadCommand(first, count):
                return Data(first, tuple(self.text(first + place) for place in range(count or 1)))
            case WriteCommand():
                return Ack()
        return process(request, registers, self.profile)

    def text(self, register: int) -> str:
        """Return what a register holds, as wide as it is."""
        return "0" * self.width(register)

    def width(self, register: int) -> int:
        """Return how many digits a register has."""
        return next((entry.width for entry in self.profile.registers.values() if entry.id == register), _WIDTH)


@brainless("echoes", AcceptsEverything)
class Echoes(ReadsZero):
    """Whatever register is read holds what was written last, whatever it was written to."""

    def __init__(self, configuration: MeterConfiguration, profile: Profile, codec: Codec, random: Random) -> None:
        super().__init__(configuration, profile, codec, random)
        self._written = "0"

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        if isinstance(request, WriteCommand):
            self._written = request.data or "0"
        return super().answer(request, registers)

    def text(self, register: int) -> str:
        return self._written.rjust(_WIDTH * 3, "0")[-self.width(register) :]
