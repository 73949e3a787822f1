"""Defects of TokenLockout (IEC 62055-52, 6.6.7)."""

from dataclasses import replace

from sts62055.carrier.messages import Answer, BreakCommand, IDRequest, Nak, ReadCommand
from sts62055.carrier.profile import Profile
from sts62055.carrier.server import Request
from sts62055.carrier.token_lockout import LockoutState
from sts_rigs.clock import SECOND
from sts_rigs.simulator.defects.catalogue import defect
from sts_rigs.simulator.meter.carrier_registers import MeterRegisters
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.lockout import MeterLockout
from sts_rigs.simulator.meter.memory import NonVolatileMemory
from sts_rigs.simulator.meter.meter import CarrierServer
from sts_rigs.simulator.meter.validation import TokenIdentifierStore

_DAY = 86_400 * SECOND
_LOCKOUT_BIT = 8


def is_locked_out(registers: MeterRegisters) -> bool:
    """Whether the meter status says so."""
    status = registers.read(registers.profile.registers["meter_status"].id)
    return bool(int(status or "0", 16) & _LOCKOUT_BIT)


@defect(
    "lockout-never",
    violates="52-6.6.7-any-acceptance 52-6.6.7-any-failure 52-6.6.7-begins 52-6.6.7-carriers",
    evidence="TokenLockout",
)
class NoLockout(MeterLockout):
    """Tokens are never locked out."""

    def is_active(self, now: int) -> bool:  # noqa: ARG002
        return False


@defect("lockout-for-ever", violates="52-6.6.7-ends", evidence="Accept")
class EndlessLockout(MeterLockout):
    """The lockout lasts a day, not ten seconds."""

    def note_failure(self, now: int) -> None:
        super().note_failure(now)
        lockout = self.memory.state.lockout
        if lockout.until > now:
            self.memory.commit(lockout=replace(lockout, until=now + _DAY))


@defect("lockout-counts-for-ever", violates="52-6.6.7-carriers 52-6.6.7-reset", evidence="TokenLockout")
class UnforgivingLockout(MeterLockout):
    """An accepted token does not begin the count of failures anew."""

    def note_acceptance(self) -> None:
        pass


@defect("lockout-not-forgiven", violates="52-6.6.7-reset-after-lockout", evidence="TokenLockout")
class UnforgottenLockout(MeterLockout):
    """The first token that is accepted after a lockout leaves the meter one failure away from the next one."""

    def note_acceptance(self) -> None:
        lockout = self.memory.state.lockout
        self.memory.commit(lockout=replace(lockout, failures=2 if lockout.failures > 2 else 0))


@defect("lockout-never-doubles", violates="52-6.6.7-carriers 52-6.6.7-doubles", evidence="is over after")
class ConstantLockout(MeterLockout):
    """Every lockout lasts as long as the first one."""

    def __init__(self, configuration: MeterConfiguration, memory: NonVolatileMemory, profile: Profile) -> None:
        first = profile.number("lockout_delay")
        super().__init__(configuration, memory, profile.with_value("lockout_delay_maximum", first))


@defect("lockout-ends-early", violates="52-6.6.7-doubles", evidence="is over after")
class ShortLockout(MeterLockout):
    """Every lockout ends when four fifths of its delay are over."""

    def note_failure(self, now: int) -> None:
        super().note_failure(now)
        lockout = self.memory.state.lockout
        if lockout.until > now:
            self.memory.commit(lockout=replace(lockout, until=now + (lockout.until - now) * 4 // 5))


@defect("lockout-delay-falls-back", violates="52-6.6.7-doubles", evidence="is over after")
class FallsBackOnceRead(CarrierServer):
    """Once the meter status was read after a lockout, the next one is as long as the first."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        profile, lockout = self.profile, registers.memory.state.lockout
        few = profile.number("lockout_threshold") - 1
        is_status = (
            isinstance(request, ReadCommand) and request.register_id == profile.registers["meter_status"].id
        )
        if is_status and lockout.failures > few and not is_locked_out(registers):
            registers.memory.commit(lockout=replace(lockout, failures=few))
        return super().answer(request, registers)


@defect("lockout-longer-by-power-cut", violates="52-6.6.7-ends", evidence="a power cut and the rest of it")
class LongerByPowerCut(MeterLockout):
    """A lockout that a power cut interrupts lasts for half of its delay longer."""

    _length = 0

    def note_failure(self, now: int) -> None:
        super().note_failure(now)
        self._length = max(self.memory.state.lockout.until - now, 0)

    def after_power_up(self, off: int) -> None:
        super().after_power_up(off)
        lockout = self.memory.state.lockout
        if lockout.until:
            self.memory.commit(lockout=replace(lockout, until=lockout.until + self._length // 2))


@defect(
    "failures-free-within-a-set",
    violates="52-6.6.7-any-acceptance",
    evidence="failures after a part of a key change",
)
class FreeWithinSet(MeterLockout):
    """Failures do not count while the meter holds a part of a key change."""

    def counts(self, apdu: Apdu | None, execution: Execution) -> bool:
        return not self.memory.state.key_sections and super().counts(apdu, execution)


@defect("lockout-doubles-for-ever", violates="52-6.6.7-doubles", evidence="expected Accept")
class GrowingLockout(MeterLockout):
    """The delay goes on doubling beyond its greatest."""

    def __init__(self, configuration: MeterConfiguration, memory: NonVolatileMemory, profile: Profile) -> None:
        far = 1000 * profile.number("lockout_delay_maximum")
        super().__init__(configuration, memory, profile.with_value("lockout_delay_maximum", far))


@defect("lockout-lost-at-power-cut", violates="52-6.6.7-survives", evidence="TokenLockout")
class LockoutInVolatileMemory(TokenIdentifierStore):
    """A power cut ends the lockout."""

    def after_power_up(self) -> None:
        self.memory.commit(lockout=LockoutState())


@defect("break-ends-lockout", violates="52-6.6.5-locked", evidence="TokenLockout")
class LockoutEndedByBreak(CarrierServer):
    """A BreakCommand ends the lockout."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        if isinstance(request, BreakCommand) and is_locked_out(registers):
            registers.memory.commit(lockout=LockoutState())
        return super().answer(request, registers)


@defect("id-request-refused-in-lockout", violates="52-6.6.2-locked", evidence="Nak")
class AnonymousInLockout(CarrierServer):
    """An IDRequest is refused while tokens are locked out."""

    def answer(self, request: Request, registers: MeterRegisters) -> Answer | None:
        is_refused = isinstance(request, IDRequest) and is_locked_out(registers)
        return Nak() if is_refused else super().answer(request, registers)
