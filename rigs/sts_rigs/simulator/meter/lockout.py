"""Token lockout of the meter (IEC 62055-52, 6.6.7)."""

from dataclasses import replace

from sts62055.application.results import Accept, CRCError, TokenResult, TokenStatus, ValidationResult
from sts62055.carrier.profile import Profile
from sts62055.carrier.token_lockout import LockoutState, TokenLockout
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.credit_registers import CURRENCY
from sts_rigs.simulator.meter.extraction import Apdu
from sts_rigs.simulator.meter.functions import Execution
from sts_rigs.simulator.meter.memory import NonVolatileMemory
from sts_rigs.simulator.meter.part import Part
from sts_rigs.simulator.meter.traits import Counted

__all__ = ["MeterLockout"]

_RESERVED_CLASS = 3
_PARTS = frozenset({TokenResult.FIRST_KCT, TokenResult.SECOND_KCT, TokenResult.THIRD_KCT, TokenResult.FOURTH_KCT})


class MeterLockout(Part):
    """TokenLockout in the non-volatile memory, so that it survives a power cut (IEC 62055-52, 6.6.7)."""

    def __init__(self, configuration: MeterConfiguration, memory: NonVolatileMemory, profile: Profile) -> None:
        super().__init__(configuration, memory)
        self.rule = TokenLockout(profile)

    def concerns(self, *, carrier: str) -> bool:
        """Return whether the lockout applies to a carrier: the port always, others if shared or alone."""
        return carrier == "port" or self.configuration.is_lockout_shared or not self.configuration.has_port

    def is_active(self, now: int) -> bool:
        """Return whether tokens are locked out at an instant."""
        return self.configuration.has_lockout and self.rule.is_active(self.memory.state.lockout, now)

    def note(self, apdu: Apdu | None, execution: Execution, now: int) -> None:
        """Take note of what became of a token, None for digits that are none."""
        if self.counts(apdu, execution):
            self.note_failure(now)
        elif apdu is not None and self.is_reset_by(apdu, execution.result):
            self.note_acceptance()

    def counts(self, apdu: Apdu | None, execution: Execution) -> bool:
        """Return whether what became of a token is a failure that counts."""
        traits, result = self.configuration.traits.lockout, execution.result
        if apdu is None:
            return Counted.OVERSIZED in traits.counts
        if result is Accept or result in _PARTS:
            return False
        if apdu.token_class == 1:
            return Counted.DISPLAY in traits.counts
        if not execution.is_authentic and apdu.token_class != _RESERVED_CLASS:
            is_strange = not self.configuration.currencies and apdu.token_class == 0 and apdu.subclass in CURRENCY
            if is_strange and result is not CRCError:
                return Counted.CONTENT in traits.counts
            return traits.counts_strange_currency or not is_strange
        kind = Counted.VALIDATION if isinstance(result, ValidationResult) else Counted.CONTENT
        return kind in traits.counts

    def is_reset_by(self, apdu: Apdu, result: TokenStatus) -> bool:
        """Return whether a result begins the count anew."""
        traits = self.configuration.traits.lockout
        if result in _PARTS:
            return traits.resets_on_key_part
        return result is Accept and (apdu.token_class != 1 or traits.resets_on_display)

    def note_failure(self, now: int) -> None:
        """Count a failure; too many start a lockout."""
        self.memory.commit(lockout=self.rule.after_failure(self.memory.state.lockout, now))

    def note_acceptance(self) -> None:
        """Reset the count of failures."""
        self.memory.commit(lockout=self.rule.after_acceptance(self.memory.state.lockout))

    def after_power_up(self, off: int) -> None:
        """Restore the lockout after a power cut that lasted for some nanoseconds."""
        traits = self.configuration.traits.lockout
        if not traits.survives:
            self.memory.commit(lockout=LockoutState())
        elif traits.time_stands_still:
            lockout = self.memory.state.lockout
            self.memory.commit(lockout=replace(lockout, until=lockout.until + off))
