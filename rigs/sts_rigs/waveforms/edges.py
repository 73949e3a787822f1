"""Edges of a recorded signal: instants, directions, and what the samples leave unresolved."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sts_rigs.errors import BenchFault
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["Edges", "Thresholds", "analogue_edges", "logic_edges"]

_CHUNK = 1 << 20
"""How many samples are looked at together, so that a long recording needs little more memory than its edges."""

_MOST_EDGES: Final = 2_000_000
"""More than half an hour without a pause has at the speed of the standard."""

Positions = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The levels of a hysteresis: up to `low` the signal is low, from `high` on it is high, between as before.

    In the unit of the waveform; BenchFault if low is not below high.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise BenchFault(
                f"the threshold for low, {self.low:g}, is not below the one for high, {self.high:g}",
                "give two thresholds between the two levels of the signal, the lower one first",
            )

    @property
    def middle(self) -> float:
        """The level whose crossing is the instant of an edge."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The edges of one signal in order of time, one element of each array for each edge.

    times: seconds from the trigger; rising: which way; slews: unit/s through the hysteresis, negative for falling,
    infinite for a logic capture; unresolved: seconds on either side of the time in which the edge may be for what
    the samples tell, without noise. begin and end: the times of the first and the last sample.
    """

    times: Floats
    rising: Flags
    slews: Floats
    unresolved: Floats
    begin: float
    end: float
    initially_high: bool

    def __len__(self) -> int:
        return len(self.times)

    def inverted(self) -> "Edges":
        """Return the edges of the same signal with high and low exchanged."""
        return replace(self, rising=~self.rising, slews=-self.slews, initially_high=not self.initially_high)

    def high_at(self, instants: Floats) -> Flags:
        """Return whether the signal is high at each of some instants, after an edge at the instant itself."""
        levels = np.concatenate(([self.initially_high], self.rising))
        return np.asarray(levels[np.searchsorted(self.times, instants, "right")])

    def without_pulses(self, shorter: float) -> "Edges":
        """Return the edges without the pulses shorter than `shorter` seconds: a hysteresis in time.

        Of pulses in a row the shortest goes first: the spike, and not what it leaves of the level around it.
        """
        kept = np.arange(len(self.times))
        while True:
            pulses = np.diff(self.times[kept])
            around = np.concatenate(([np.inf], pulses, [np.inf]))
            going = np.flatnonzero((pulses < shorter) & (pulses <= around[:-2]) & (pulses < around[2:]))
            if not len(going):
                break
            kept = np.delete(kept, np.concatenate((going, going + 1)))
        columns = {name: getattr(self, name)[kept] for name in ("times", "rising", "slews", "unresolved")}
        return replace(self, **columns)


def logic_edges(blocks: Iterable[NDArray[Any]], interval: float, start: float = 0.0) -> Edges:
    """Return the edges of a logic capture that comes in blocks of samples, in which 0 is low and all else high.

    interval: seconds from one sample to the next; start: the time of the first one. An edge is somewhere between
    two samples, so that its time is the middle of the two, and half an interval is unresolved. BenchFault for more
    edges than any recording of a line has.
    """
    found: list[Positions] = []
    count, edges, initially_high, high = 0, 0, False, False
    for block in blocks:
        for piece in _pieces(block):
            flags = piece != 0
            if not count:
                initially_high = high = bool(flags[0])
            if bool(flags[0]) != high:
                found.append(np.array([count]))
            found.append(np.flatnonzero(flags[1:] != flags[:-1]) + (count + 1))
            edges += len(found[-1])
            if edges > _MOST_EDGES:
                raise BenchFault(
                    f"the signal has more than {_MOST_EDGES} edges, as no line of this protocol has",
                    "see that it is the right file and channel, or record less of it",
                )
            high = bool(flags[-1])
            count += len(flags)
    positions = _joined(found)
    rising = np.arange(len(positions)) % 2 == int(initially_high)
    return Edges(
        times=np.asarray(start + (positions - 0.5) * interval, np.float64),
        rising=rising,
        slews=np.where(rising, np.inf, -np.inf),
        unresolved=np.full(len(positions), interval / 2),
        begin=start,
        end=start + interval * max(count - 1, 0),
        initially_high=initially_high,
    )


def analogue_edges(waveform: Waveform, thresholds: Thresholds) -> Edges:
    """Return the edges of a waveform through thresholds in its unit, interpolated linearly between samples.

    An edge is where the signal crosses the middle of the hysteresis. Unresolved is half an interval where no
    sample lies within the hysteresis, plus half the time from the first to the last of several crossings.
    """
    samples = waveform.samples
    highs, lows, middles = _Visits(), _Visits(), _Visits()
    for first in range(0, len(samples) - 1, _CHUNK):
        piece = samples[first : first + _CHUNK + 1]
        highs.look(_beyond(piece, waveform, thresholds.high, up=True), first)
        lows.look(_beyond(piece, waveform, thresholds.low, up=False), first)
        middles.look(_beyond(piece, waveform, thresholds.middle, up=True), first)
    arrivals = np.concatenate((highs.begins + 1, lows.begins + 1))
    order = np.argsort(arrivals, kind="stable")
    rising = np.arange(len(arrivals))[order] < len(highs.begins)
    after = arrivals[order]
    settled = highs.initially or lows.initially
    initially_high = highs.initially if settled or not len(rising) else bool(rising[0])
    kept = rising != np.append(initially_high, rising[:-1])
    rising, after = rising[kept], after[kept]
    before = np.where(rising, _last_before(lows.ends, after), _last_before(highs.ends, after))
    crossings = middles.switches
    if not len(after):
        first_crossing = last_crossing = np.empty(0)
    else:
        first_crossing = _crossed(waveform, thresholds, crossings[np.searchsorted(crossings, before)])
        last_crossing = _crossed(waveform, thresholds, crossings[np.searchsorted(crossings, after) - 1])
    unseen = np.where(after - before == 1, 0.5, 0.0)
    rise = (samples[after].astype(np.float64) - samples[before].astype(np.float64)) * waveform.scale
    return Edges(
        times=waveform.start + (first_crossing + last_crossing) / 2 * waveform.interval,
        rising=rising,
        slews=rise / ((after - before) * waveform.interval),
        unresolved=(unseen + (last_crossing - first_crossing) / 2) * waveform.interval,
        begin=waveform.start,
        end=waveform.start + waveform.duration,
        initially_high=initially_high,
    )


class _Visits:
    """Where a signal comes into a range and leaves it, gathered from chunks that share a sample with the next."""

    def __init__(self) -> None:
        self.initially = False
        self._switches: list[Positions] = []
        self._begins: list[Flags] = []

    def look(self, inside: Flags, first: int) -> None:
        """Take the next chunk: whether each sample is inside; `first` is the number of its first sample."""
        if not first:
            self.initially = bool(inside[0])
        places = np.flatnonzero(inside[1:] != inside[:-1])
        self._switches.append(places + first)
        self._begins.append(inside[places + 1])

    @property
    def switches(self) -> Positions:
        """The last sample before each coming and leaving."""
        return _joined(self._switches)

    @property
    def begins(self) -> Positions:
        """The last sample before each coming."""
        return self.switches[self._coming()]

    @property
    def ends(self) -> Positions:
        """The last sample before each leaving."""
        return self.switches[~self._coming()]

    def _coming(self) -> Flags:
        return np.concatenate([np.empty(0, np.bool_), *self._begins])


def _pieces(block: NDArray[Any]) -> Iterator[NDArray[Any]]:
    return (block[first : first + _CHUNK] for first in range(0, len(block), _CHUNK))


def _joined(found: list[Positions]) -> Positions:
    return np.concatenate([np.empty(0, np.int64), *found])


def _beyond(piece: NDArray[Any], waveform: Waveform, level: float, up: bool) -> Flags:
    """Return which samples are at a level or beyond it, in the recorder's numbers: no sample is converted."""
    number = (level - waveform.offset) / waveform.scale
    return np.asarray(piece >= number if up == (waveform.scale > 0) else piece <= number)


def _last_before(positions: Positions, places: Positions) -> Positions:
    """Return the last position before each place; any number where there is none."""
    return np.append(positions, -1)[np.searchsorted(positions, places) - 1]


def _crossed(waveform: Waveform, thresholds: Thresholds, places: Positions) -> Floats:
    """Return where between a sample and the next the line through both crosses the middle, in samples."""
    number = (thresholds.middle - waveform.offset) / waveform.scale
    here = waveform.samples[places].astype(np.float64)
    there = waveform.samples[places + 1].astype(np.float64)
    return np.asarray(places + (number - here) / (there - here))
