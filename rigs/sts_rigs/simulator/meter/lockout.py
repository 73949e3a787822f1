"""Token lockout of the meter (IEC 62055-52, 6.6.7)."""

from sts62055.carrier.profile import Profile
from sts62055.carrier.token_lockout import TokenLockout
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.memory import NonVolatileMemory
from sts_rigs.simulator.meter.part import Part

__all__ = ["MeterLockout"]


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

    def note_failure(self, now: int) -> None:
        """Count an authentication failure; too many start a lockout."""
        self.memory.commit(lockout=self.rule.after_failure(self.memory.state.lockout, now))

    def note_acceptance(self) -> None:
        """Reset the count of failures."""
        self.memory.commit(lockout=self.rule.after_acceptance(self.memory.state.lockout))
