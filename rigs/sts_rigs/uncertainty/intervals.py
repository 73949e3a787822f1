"""Budgets of times: between two recorded or counted edges, of a bit, and by the host's clock."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from sts_rigs.errors import BenchFault
from sts_rigs.uncertainty.budget import Uncertain, combine
from sts_rigs.uncertainty.components import Component, expanded, normal, rectangular, resolution

__all__ = [
    "Channel",
    "Edge",
    "Oscillator",
    "bounded_interval",
    "counted_interval",
    "host_interval",
    "recorded_bit_time",
    "recorded_interval",
]

_REPORT = "this is a mistake of the suite: report it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Oscillator:
    """Time base of an instrument; every number is relative: 2e-6 is 2 ppm.

    deviation: how much too fast it is by its certificate, taken off every time; calibration: expanded uncertainty
    of that with its k; drift: what a year may change at most, over so many years since the calibration.
    stability: half-width of all else, such as temperature, or without a calibration the maker's whole accuracy.
    """

    name: str
    source: str
    stability: float = 0.0
    deviation: float = 0.0
    calibration: float = 0.0
    k: float = 2.0
    drift: float = 0.0
    years: float = 0.0

    def __post_init__(self) -> None:
        if not (self.stability or self.calibration):
            raise BenchFault(
                f"nothing is known of the rate of {self.name}",
                "state its calibration, or the maker's accuracy as its stability",
            )

    def components(self, seconds: float) -> Iterator[Component]:
        """Yield its influences on a time that it counts."""
        rate = f"rate of {self.name}"
        calibration = expanded(rate, self.calibration, self.k, "1", self.source, estimate=-self.deviation)
        drift = rectangular(f"{rate}, drift in {self.years:.3g} a", self.drift * self.years, "1", self.source)
        stability = rectangular(f"{rate}, stability", self.stability, "1", self.source)
        for component in (calibration, drift, stability):
            if component.standard or component.estimate:
                yield component.with_sensitivity(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How one input sees its signal.

    noise: volts RMS; step: volts from one code to the next; threshold: half-width in volts of where the threshold
    truly lies (offset and gain of the channel, trigger level of a counter).
    delay: half-width in seconds of what is not known of the delay of probe or optical head, against other
    channels; asymmetry: half-width in seconds of how much more it delays one direction of edge than the other.
    """

    name: str
    source: str
    noise: float = 0.0
    step: float = 0.0
    threshold: float = 0.0
    delay: float = 0.0
    asymmetry: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Where a time begins or ends.

    unresolved: half-width in seconds of where the edge may lie between samples; slew: volts a second at the
    threshold, of any sign, None for a logic signal, whose levels are not known. BenchFault for a slew of 0, and
    for an edge of which neither is known.
    """

    channel: Channel
    rising: bool
    unresolved: float = 0.0
    slew: float | None = None

    def __post_init__(self) -> None:
        if self.slew is not None and not (math.isfinite(self.slew) and self.slew):
            raise BenchFault(
                f"an edge of {self.channel.name} has a slew of {self.slew:g} V/s",
                "record it with more samples a second or a smaller range, so that its slope is seen",
            )
        if self.slew is None and not self.unresolved:
            raise BenchFault(f"nothing is known of where an edge of {self.channel.name} lies", _REPORT)

    @classmethod
    def between_samples(cls, channel: Channel, *, rising: bool, interval: float) -> Self:
        """Return an edge of a logic capture, placed in the middle between two samples `interval` seconds apart."""
        return cls(channel=channel, rising=rising, unresolved=interval / 2)

    @property
    def seconds_per_volt(self) -> float:
        """How much later the edge crosses a threshold that is one volt higher."""
        return 0.0 if self.slew is None else math.copysign(1 / self.slew, 1 if self.rising else -1)

    def components(self, name: str, sign: float) -> Iterator[Component]:
        """Yield what spreads this edge alone."""
        channel = self.channel
        between = rectangular(f"{name}, between samples", self.unresolved, "s", channel.source)
        yield between.with_sensitivity(sign)
        if self.slew is not None:
            per_volt = sign * self.seconds_per_volt
            yield normal(f"{name}, noise", channel.noise, "V", channel.source).with_sensitivity(per_volt)
            yield resolution(f"{name}, step", channel.step, "V", channel.source).with_sensitivity(per_volt)


def recorded_interval(
    seconds: float, oscillator: Oscillator, start: Edge, stop: Edge, others: Iterable[Component] = ()
) -> Uncertain:
    """Return the time between two edges of one recording, in seconds; others: such as a repeatability.

    The two edges share the time base and, on one channel, the threshold and the delay: these act by their
    difference, so that the threshold cancels between two equal edges and doubles between opposite ones.
    """
    return combine(seconds, "s", _used([*_of_edges(seconds, oscillator, start, stop), *others]))


def recorded_bit_time(
    seconds: float, bits: int, oscillator: Oscillator, start: Edge, stop: Edge, others: Iterable[Component] = ()
) -> Uncertain:
    """Return the mean bit time over so many bits, in seconds, from the time between first and last edge.

    Edges between these two cancel. A straight line fitted to all edges is never less certain than this.
    """
    if bits < 1:
        raise BenchFault(f"a bit time was to be measured over {bits} bits", "use two edges at least one bit apart")
    return recorded_interval(seconds, oscillator, start, stop, others).times(1 / bits, "s")


def counted_interval(
    seconds: float,
    oscillator: Oscillator,
    start: Edge,
    stop: Edge,
    *,
    single_shot: float,
    digit: float,
    others: Iterable[Component] = (),
) -> Uncertain:
    """Return the time that a counter took between two edges, in seconds.

    single_shot: its resolution for one time in seconds RMS; digit: the last digit of its answer in seconds.
    """
    counter = (
        normal("single-shot resolution", single_shot, "s", oscillator.source),
        resolution("last digit", digit, "s", oscillator.source),
    )
    return combine(seconds, "s", _used([*_of_edges(seconds, oscillator, start, stop), *counter, *others]))


def host_interval(seconds: float, clock: Component, *others: Component) -> Uncertain:
    """Return a time by the computer's clock, in seconds.

    clock: what the rig file states (`expanded`), or what a comparison with a better clock found (`next_of` the
    errors, which also corrects the time); others: such as the polling interval of an adapter (`rectangular`).
    """
    return combine(seconds, "s", [clock, *others])


def bounded_interval(earliest: float, latest: float, clock: Component, *others: Component) -> Uncertain:
    """Return a time of which only two bounds in seconds were seen: their middle, and a rectangle between them."""
    if latest < earliest:
        raise BenchFault(f"a time ends {latest:g} s at the latest, but {earliest:g} s at the earliest", _REPORT)
    half = (latest - earliest) / 2
    between = rectangular("between the two instants seen", half, "s", "the event lay between two observations")
    return combine(earliest + half, "s", [between, clock, *others])


def _of_edges(seconds: float, oscillator: Oscillator, start: Edge, stop: Edge) -> Iterator[Component]:
    yield from oscillator.components(seconds)
    yield from start.components("start", -1.0)
    yield from stop.components("stop", 1.0)
    one, other = start.channel, stop.channel
    if one == other:
        shared = stop.seconds_per_volt - start.seconds_per_volt
        yield _threshold(one).with_sensitivity(shared)
        if start.rising is not stop.rising:
            yield rectangular(f"rise against fall of {one.name}", one.asymmetry, "s", one.source)
        return
    for edge, sign in ((start, -1.0), (stop, 1.0)):
        yield _threshold(edge.channel).with_sensitivity(sign * edge.seconds_per_volt)
        delay = rectangular(f"delay of {edge.channel.name}", edge.channel.delay, "s", edge.channel.source)
        yield delay.with_sensitivity(sign)


def _threshold(channel: Channel) -> Component:
    return rectangular(f"threshold of {channel.name}", channel.threshold, "V", channel.source)


def _used(components: Iterable[Component]) -> Iterator[Component]:
    """Yield the components that act, so that a budget has no empty lines."""
    return (one for one in components if one.sensitivity and (one.standard or one.estimate))
