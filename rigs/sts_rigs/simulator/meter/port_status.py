"""What the tokenStatus register of the simulated meter says, and for how long (IEC 62055-52, 7.8)."""

from sts62055.application.results import CarrierStatus, NotReady, TokenStatus
from sts_rigs.simulator.meter.traits import PortTraits

__all__ = ["PortStatus"]


class PortStatus:
    """The status of the last token that the port tells of."""

    def __init__(self, traits: PortTraits) -> None:
        self._traits = traits
        self._status: TokenStatus = CarrierStatus.RESERVED
        self._since: int | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a token that the port tells of is being executed."""
        return self._status is NotReady

    def set(self, status: TokenStatus, now: int | None = None) -> None:
        """Take the status of a token at an instant in nanoseconds, or one that is of no token."""
        self._status, self._since = status, now

    def read(self, now: int) -> TokenStatus:
        """Return what the register says at an instant."""
        if self.is_busy:
            return NotReady
        if self._since is None:
            return self._status
        if 0 < self._traits.status_lasts < now - self._since:
            self.set(CarrierStatus.RESERVED)
        status = self._status
        if self._traits.status_is_read_once:
            self.set(CarrierStatus.RESERVED)
        return status
