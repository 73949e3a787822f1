"""What the tokenStatus register of the simulated meter says, and for how long (IEC 62055-52, 7.8)."""

from sts62055.application.results import CarrierStatus, NotReady, TokenStatus
from sts_rigs.simulator.meter.traits import PortTraits

__all__ = ["PortStatus"]


class PortStatus:
    """The status of the last token that the port tells of."""

    def __init__(self, traits: PortTraits) -> None:
        self._traits = traits
        self._status: TokenStatus = CarrierStatus.RESERVED
        self._since = 0

    @property
    def is_busy(self) -> bool:
        """Whether a token that the port tells of is being executed."""
        return self._status is NotReady

    def set(self, status: TokenStatus, now: int) -> None:
        """Take the status of a token, at an instant in nanoseconds."""
        self._status, self._since = status, now

    def read(self, now: int) -> TokenStatus:
        """Return what the register says at an instant."""
        if self.is_busy:
            return NotReady
        if 0 < self._traits.status_lasts < now - self._since:
            self._status = CarrierStatus.RESERVED
        status = self._status
        if self._traits.status_is_read_once:
            self._status = CarrierStatus.RESERVED
        return status
