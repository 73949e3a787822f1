"""Tell the time: nanoseconds since the run began, from the wall clock of a real bench."""

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "HostClock"]


class Clock(Protocol):
    """What everything that needs the time is given; instants are whole nanoseconds since the run began."""

    def now(self) -> int:
        """Return the instant."""

    def wait_until(self, instant: int) -> None:
        """Return when the instant has come; at once if it has passed."""

    def date(self) -> datetime:
        """Return the date and time of day, in UTC."""


class HostClock:
    """The clock of this computer."""

    def __init__(self) -> None:
        self._origin = time.monotonic_ns()

    def now(self) -> int:
        """Return the instant."""
        return time.monotonic_ns() - self._origin

    def wait_until(self, instant: int) -> None:
        """Return when the instant has come; at once if it has passed."""
        time.sleep(max(instant - self.now(), 0) / 1e9)

    def date(self) -> datetime:
        """Return the date and time of day, in UTC."""
        return datetime.now(UTC)
