"""Keep what a meter must not forget when the power goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sts62055.carrier.token_lockout import LockoutState
from sts_rigs.virtual.configuration import HeldKey

__all__ = ["MeterState", "NonVolatileMemory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """The content of the memory; credit and energy in 0,1 kWh, power in watts, instants in nanoseconds.

    key: what a key change brought, None for the key from the factory; key_sections: the 44 content bits of each
    part of an unfinished key change by its subclass, and key_sections_at: when the last one came.
    """

    token_identifiers: tuple[int, ...]
    credit: int = 0
    energy: int = 0
    power_limit: int = 0
    is_tampered: bool = False
    lockout: LockoutState = field(default_factory=LockoutState)
    key: HeldKey | None = None
    key_sections: Mapping[int, int] = field(default_factory=dict)
    key_sections_at: int = 0


class NonVolatileMemory:
    """One state that changes as a whole or not at all."""

    def __init__(self, state: MeterState) -> None:
        self.state = state

    def commit(self, **changes: Any) -> None:
        """Change some of it at once."""
        self.state = replace(self.state, **changes)
