"""Discrete-event clock that the simulated meter, its line and the bench share."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

__all__ = ["START", "Timeline"]

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
"""The date and time at which every simulated bench begins, so that runs with one seed are one run."""


class Timeline:
    """Discrete-event clock; instants are nanoseconds since START."""

    def __init__(self, now: int = 0) -> None:
        self._now = now
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()

    def now(self) -> int:
        """Return the present instant."""
        return self._now

    def date(self) -> datetime:
        """Return the date and time of day, in UTC."""
        return START + timedelta(microseconds=self._now // 1000)

    def at(self, instant: int, action: Callable[[], None]) -> None:
        """Schedule an event at an instant, which is not past."""
        heapq.heappush(self._events, (max(instant, self._now), next(self._order), action))

    @property
    def next_instant(self) -> int | None:
        """The instant of the next event, None if none is scheduled."""
        return self._events[0][0] if self._events else None

    def step(self, until: int) -> bool:
        """Execute the next event if it is due by an instant; else advance to that instant and return False."""
        if not self._events or self._events[0][0] > until:
            self._now = max(self._now, until)
            return False
        self._now, _, action = heapq.heappop(self._events)
        action()
        return True

    def wait_until(self, instant: int) -> None:
        """Execute every event up to an instant, and advance to it."""
        while self.step(instant):
            pass
