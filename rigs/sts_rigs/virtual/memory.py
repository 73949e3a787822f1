"""Keep what a meter must not forget when the power goes."""

from dataclasses import dataclass, field, replace
from typing import Any

from sts62055.carrier.token_lockout import LockoutState

__all__ = ["MeterState", "NonVolatileMemory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """The content of the memory; credit and energy in 0,1 kWh, power in watts, instants in nanoseconds."""

    token_identifiers: tuple[int, ...]
    credit: int = 0
    energy: int = 0
    power_limit: int = 0
    is_tampered: bool = False
    lockout: LockoutState = field(default_factory=LockoutState)


class NonVolatileMemory:
    """One state that changes as a whole or not at all."""

    def __init__(self, state: MeterState) -> None:
        self.state = state

    def commit(self, **changes: Any) -> None:
        """Change some of it at once."""
        self.state = replace(self.state, **changes)
