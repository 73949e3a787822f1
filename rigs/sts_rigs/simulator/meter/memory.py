"""Non-volatile memory of the simulated meter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sts62055.carrier.token_lockout import LockoutState
from sts_rigs.clock import SECOND
from sts_rigs.simulator.meter.configuration import HeldKey

__all__ = ["TENTH", "Condition", "MeterState", "NonVolatileMemory"]

TENTH = 360_000 * SECOND
"""0,1 kWh in watt nanoseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """The content of the memory; credit in 0,1 kWh, power in watts, instants in nanoseconds.

    other_credit: that of the registers of Table 28 but the first; begun: what is used up of the last tenth of
    credit, and drawn: what was drawn in all, in watt nanoseconds; granted and owed: emergency credit that is left,
    and that was used; is_closed: the load switch; is_tripped: it opened on too much load;
    key: what a key change brought, None for the key from the factory; key_sections: the 44 content bits of each
    part of an unfinished key change by its subclass, and key_sections_at: when the last one came.
    """

    token_identifiers: tuple[int, ...]
    credit: int = 0
    other_credit: Mapping[int, int] = field(default_factory=dict)
    begun: int = 0
    drawn: int = 0
    granted: int = 0
    owed: int = 0
    power_limit: int = 0
    unbalance_limit: int = 0
    is_closed: bool = False
    is_tripped: bool = False
    is_tampered: bool = False
    lockout: LockoutState = field(default_factory=LockoutState)
    key: HeldKey | None = None
    key_sections: Mapping[int, int] = field(default_factory=dict)
    key_sections_at: int = 0

    @property
    def energy(self) -> int:
        """The energy that was drawn in all, in whole 0,1 kWh."""
        return self.drawn // TENTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a meter is in when nobody looks: its memory, whether it has power, and the loads behind its switch."""

    state: MeterState
    is_powered: bool = True
    loads: tuple[int, ...] = ()


class NonVolatileMemory:
    """One state that changes as a whole or not at all; tell: learns of each change."""

    def __init__(self, state: MeterState) -> None:
        self.state = state
        self.tell: Callable[[], None] = _nobody

    def commit(self, **changes: Any) -> None:
        """Change some values at once."""
        self.state = replace(self.state, **changes)
        self.tell()


def _nobody() -> None:
    """Be nobody, to whom changes matter."""
