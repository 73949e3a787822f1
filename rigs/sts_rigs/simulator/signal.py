"""True signal of one side of the simulated line: its changes of level over time (IEC 62055-52, 6.3)."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

__all__ = ["Signal"]


class Signal:
    """Logic levels over time: 1 (mark) before the first change; instants in nanoseconds, ascending."""

    def __init__(self) -> None:
        self._instants: list[int] = []
        self._levels: list[int] = []

    def change(self, instant: int, level: int) -> None:
        """Set the level from an instant on, in place of every change from that instant on."""
        while self._instants and self._instants[-1] >= instant:
            self._instants.pop()
            self._levels.pop()
        if (self._levels[-1] if self._levels else 1) != level:
            self._instants.append(instant)
            self._levels.append(level)

    def draw(self, start: int, changes: Sequence[tuple[int, int]]) -> None:
        """Set several levels: nanoseconds after `start`, ascending, and the level from there, each another one."""
        (first, level), *others = changes
        self.change(start + first, level)
        self._instants.extend(start + after for after, _ in others)
        self._levels.extend(level for _, level in others)

    def level(self, instant: int) -> int:
        """Return the level at an instant."""
        place = bisect_right(self._instants, instant)
        return self._levels[place - 1] if place else 1

    def changes(self, begin: int, end: int) -> Sequence[tuple[int, int]]:
        """Return the changes from `begin` on and before `end`: instant and the level from there."""
        first, last = bisect_left(self._instants, begin), bisect_left(self._instants, end)
        return list(zip(self._instants[first:last], self._levels[first:last], strict=True))
