"""Durations within one exchange, by the port's clock (IEC 62055-52, 6.3.2, 6.3.3 and 6.7)."""

from dataclasses import dataclass
from typing import Protocol

from sts62055.carrier.client import Reply
from sts62055.carrier.profile import Profile
from sts_rigs.clock import SECOND
from sts_rigs.port import TimeBase
from sts_rigs.uncertainty.budget import Uncertain
from sts_rigs.uncertainty.components import Component, expanded
from sts_rigs.uncertainty.intervals import host_interval

__all__ = ["LineTimes", "ObservedExchange", "PortTimes", "TimedValue", "clock_of"]


@dataclass(frozen=True, slots=True)
class TimedValue:
    """A measured time, in seconds or bits, and the recording that shows it, if any: where on it, in seconds."""

    time: Uncertain
    recording: str = ""
    at: float | None = None


class LineTimes(Protocol):
    """The times of one exchange in seconds; each is None where the meter sent too little to show it."""

    source: str

    def reaction(self) -> TimedValue | None:
        """Return the time from the end of the client's last character to the start of the server's first."""

    def longest_gap(self) -> TimedValue | None:
        """Return the longest time from the end of a character of the answer to the start of the next (6.7.1)."""

    def bit_time(self) -> TimedValue | None:
        """Return the mean bit time of the answer (6.3.3)."""

    def shortest_stop(self) -> TimedValue | None:
        """Return the shortest stop of a character that another one follows, in bits; None if it cannot be seen."""


@dataclass(frozen=True, slots=True)
class ObservedExchange:
    """The reply of one exchange, and its times."""

    reply: Reply
    times: LineTimes


class PortTimes:
    """Times by the clock behind a port: of whole characters, never of their bits."""

    def __init__(self, reply: Reply, time_base: TimeBase, profile: Profile) -> None:
        self.source = f"{time_base.name}: {time_base.source}"
        self._reply = reply
        self._time_base = time_base
        self._bits = profile.character_bits

    def reaction(self) -> TimedValue | None:
        """Return the time from the end of the client's last character to the start of the server's first."""
        return None if self._reply.reaction is None else self._interval(self._reply.reaction)

    def longest_gap(self) -> TimedValue | None:
        """Return the longest time from the end of a character of the answer to the start of the next."""
        return self._interval(self._reply.longest_gap) if len(self._reply.characters) > 1 else None

    def bit_time(self) -> TimedValue | None:
        """Return the mean bit time; None where the meter pauses, so that its characters do not show it."""
        characters = self._reply.characters
        if len(characters) < 2 or self._reply.longest_gap > self._time_base.uncertainty:
            return None
        whole = self._interval(characters[-1].end - characters[0].end)
        bits = (len(characters) - 1) * self._bits
        return TimedValue(whole.time.times(1 / bits, "s"))

    def shortest_stop(self) -> TimedValue | None:
        """Return None: a port does not show bits."""
        return None

    def _interval(self, nanoseconds: int) -> TimedValue:
        return TimedValue(host_interval(nanoseconds / SECOND, clock_of(self._time_base)))


def clock_of(time_base: TimeBase) -> Component:
    """Return the uncertainty of a port's clock as a component of a budget, in seconds."""
    return expanded(time_base.name, time_base.uncertainty / SECOND, 2, "s", time_base.source)
