"""Token lockout of the meter (IEC 62055-52, 6.6.7)."""

from sts62055.carrier.profile import Profile
from sts62055.carrier.token_lockout import TokenLockout
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.meter.memory import NonVolatileMemory
from sts_rigs.simulator.meter.part import Part

__all__ = ["MeterLockout"]


class MeterLockout(Part):
    """IEC 62055-52, 6.6.7, over the meter's memory: it survives a power cut."""

    def __init__(self, configuration: MeterConfiguration, memory: NonVolatileMemory, profile: Profile) -> None:
        super().__init__(configuration, memory)
        self.rule = TokenLockout(profile)

    def concerns(self, *, carrier: str) -> bool:
        """Whether a token counts and is locked out: that of a port always, one keyed in as the maker wants it."""
        return carrier == "port" or self.configuration.is_lockout_shared or not self.configuration.has_port

    def is_active(self, now: int) -> bool:
        """Whether tokens are locked out."""
        return self.configuration.has_lockout and self.rule.is_active(self.memory.state.lockout, now)

    def note_failure(self, now: int) -> None:
        """Count a failure; too many begin a lockout."""
        self.memory.commit(lockout=self.rule.after_failure(self.memory.state.lockout, now))

    def note_acceptance(self) -> None:
        """Forget the failures."""
        self.memory.commit(lockout=self.rule.after_acceptance(self.memory.state.lockout))
