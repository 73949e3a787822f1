"""Let time pass event by event: the clock that the simulated meter, its line and the bench share."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

__all__ = ["START", "Timeline"]

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
"""The date and time at which every simulated bench begins, so that runs with one seed are one run."""


class Timeline:
    """A discrete-event clock; instants are nanoseconds since START."""

    def __init__(self) -> None:
        self._now = 0
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()

    def now(self) -> int:
        """Return the instant."""
        return self._now

    def date(self) -> datetime:
        """Return the date and time of day, in UTC."""
        return START + timedelta(microseconds=self._now // 1000)

    def at(self, instant: int, action: Callable[[], None]) -> None:
        """Do something at an instant, which is not past."""
        heapq.heappush(self._events, (max(instant, self._now), next(self._order), action))

    @property
    def next_instant(self) -> int | None:
        """When the next event happens, None if none is planned."""
        return self._events[0][0] if self._events else None

    def step(self, until: int) -> bool:
        """Let the next event happen if it comes by an instant; else let that instant come and return False."""
        if not self._events or self._events[0][0] > until:
            self._now = max(self._now, until)
            return False
        self._now, _, action = heapq.heappop(self._events)
        action()
        return True

    def wait_until(self, instant: int) -> None:
        """Let every event up to an instant happen."""
        while self.step(instant):
            pass
