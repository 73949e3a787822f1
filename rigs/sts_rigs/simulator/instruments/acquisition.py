"""Acquisition of a simulated oscilloscope: armed, triggered, complete, and its samples."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from sts_rigs.clock import MILLISECOND, SECOND
from sts_rigs.simulator.instruments.sampling import (
    Channel,
    Imperfections,
    Probe,
    Window,
    codes,
    crossing,
    voltages,
)
from sts_rigs.simulator.signal import Signal

__all__ = ["Acquisition", "Record", "State"]

_AUTO_WAIT = 100 * MILLISECOND
"""How long an instrument waits for a trigger before it takes its own, in ns, where its sweep is automatic."""


_PART = 1 << 20
"""Samples that are made at once, so that a record of many millions does not need many times their memory."""
_NOWHERE = Probe(Signal(), low=0.0, high=0.0)
"""What an input that nothing is connected to sees."""


class State(Enum):
    """State of an acquisition."""

    PRETRIGGER = "samples before the trigger are taken"
    WAITING = "ready for the trigger"
    TRIGGERED = "samples after the trigger are taken"
    COMPLETE = "everything is there"
    STOPPED = "stopped before it was complete"


@dataclass(frozen=True, slots=True)
class Record:
    """Settings of a record at the time of arming.

    interval: seconds between samples; start: seconds from the trigger to the first sample, usually negative;
    level: volts as shown, that is at the factor of the source.
    """

    channels: Mapping[int, Channel]
    interval: float
    points: int
    start: float
    source: int
    level: float
    rising: bool
    automatic: bool = False

    @property
    def end(self) -> float:
        """Seconds from the trigger to the end of the last sample."""
        return self.start + self.points * self.interval


class Acquisition:
    """One acquisition; `number` tells it from the others of its instrument."""

    def __init__(
        self, record: Record, probes: Mapping[int, Probe], imperfections: Imperfections, armed: int, number: int
    ) -> None:
        self.record = record
        self.number = number
        self._probes = probes
        self._imperfections = imperfections
        self._ready = armed + max(imperfections.dead_time, round(max(-record.start, 0.0) * SECOND))
        self._searched = self._ready
        self._stopped = False
        self.trigger: float | None = None

    def state(self, now: int) -> State:
        """Return the state at an instant."""
        if self._stopped:
            return State.STOPPED
        if self.trigger is None and now >= self._ready:
            self.trigger = self._search(now)
        if self.trigger is None:
            return State.WAITING if now >= self._ready else State.PRETRIGGER
        return State.COMPLETE if now >= self.trigger + self.record.end * SECOND else State.TRIGGERED

    def stop(self, now: int) -> None:
        """Stop the acquisition; an incomplete record is lost."""
        self._stopped = self.state(now) is not State.COMPLETE

    def samples(
        self, channel: int, first: int, count: int, stride: int = 1, *, overloaded: bool = False
    ) -> NDArray[np.int32]:
        """Return codes of a channel from sample `first` (from 0) on, every `stride`-th one."""
        record = self.record
        count = max(0, min(count, -((first - record.points) // stride)))
        setup = record.channels[channel]
        parts = [
            self._codes(channel, first + begin * stride, min(_PART, count - begin), stride)
            for begin in range(0, count, _PART)
        ]
        raw = np.concatenate([np.zeros(0, np.int32), *parts])
        if overloaded:
            return np.where(2 * raw > setup.lowest + setup.highest, setup.highest, setup.lowest).astype(np.int32)
        return raw

    def _codes(self, channel: int, first: int, count: int, stride: int) -> NDArray[np.int32]:
        record = self.record
        window = Window(self.trigger or 0.0, record.start, record.interval, first, count, stride)
        probe = self._probes.get(channel, _NOWHERE)
        volts = voltages(probe, window, self._imperfections, (self.number, channel))
        return codes(volts, probe, record.channels[channel])

    def _search(self, now: int) -> float | None:
        record, probe = self.record, self._probes.get(self.record.source)
        force = self._ready + _AUTO_WAIT
        until = min(now, force) if record.automatic else now
        found = None
        if probe is not None:
            factor = record.channels[record.source].factor if record.source in record.channels else 1.0
            level = record.level * probe.ratio / factor
            found = crossing(
                probe,
                level,
                rising=record.rising,
                begin=self._searched,
                until=until,
                imperfections=self._imperfections,
            )
        self._searched = max(self._searched, until + 1)
        if found is None and record.automatic and now >= force:
            return float(force)
        return found
