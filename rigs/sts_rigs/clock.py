"""Clocks: instants in nanoseconds since the run began, and the units of time as nanoseconds."""

import time
from datetime import UTC, datetime
from typing import Final, Protocol

__all__ = ["MICROSECOND", "MILLISECOND", "SECOND", "Clock", "HostClock"]

MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000


class Clock(Protocol):
    """Source of time; instants are whole nanoseconds since the run began."""

    def now(self) -> int:
        """Return the present instant."""

    def wait_until(self, instant: int) -> None:
        """Block until an instant; return at once if it has passed."""

    def date(self) -> datetime:
        """Return the date and time of day, in UTC."""


class HostClock:
    """Clock of this computer."""

    def __init__(self) -> None:
        self._origin = time.monotonic_ns()

    def now(self) -> int:
        """Return the present instant."""
        return time.monotonic_ns() - self._origin

    def wait_until(self, instant: int) -> None:
        """Block until an instant; return at once if it has passed."""
        time.sleep(max(instant - self.now(), 0) / SECOND)

    def date(self) -> datetime:
        """Return the date and time of day, in UTC."""
        return datetime.now(UTC)
