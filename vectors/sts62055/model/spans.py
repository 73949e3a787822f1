"""Spans of time: what is known of an instant that nobody saw exactly."""

from dataclasses import dataclass
from typing import Self

__all__ = ["Span"]


@dataclass(frozen=True, slots=True)
class Span:
    """An instant between two, in nanoseconds."""

    earliest: int
    latest: int

    @classmethod
    def at(cls, instant: int) -> Self:
        """Return the span of an instant that is known."""
        return cls(instant, instant)

    def later(self, least: int, most: int) -> "Span":
        """Return the span after a time that is at least and at most so long."""
        return Span(self.earliest + least, self.latest + most)

    def is_before(self, other: "Span") -> bool:
        """Whether it is surely before another one."""
        return self.latest < other.earliest
