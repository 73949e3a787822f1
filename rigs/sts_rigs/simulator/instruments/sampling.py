"""Sampling of the true signal as an instrument sees it: voltage, trigger instants, ADC codes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sts_rigs.clock import SECOND
from sts_rigs.simulator.signal import Signal

__all__ = ["Channel", "Imperfections", "Probe", "Window", "codes", "crossing", "voltages"]

_BLOCK = 1 << 14
"""Samples that share one generator of noise, so that a record is the same however it is fetched."""


@dataclass(frozen=True, slots=True)
class Imperfections:
    """Imperfections of an instrument.

    noise: RMS volts at the probe's tip; rise_time: 0 % to 100 % of an edge in ns, linear, centred on the signal's
    change; time_base_ppm: how much its clock is fast; dead_time: ns after arming in which it does not trigger;
    gain_error: relative error of its voltages.
    """

    noise: float = 0.0
    rise_time: float = 0.0
    time_base_ppm: float = 0.0
    dead_time: int = 0
    gain_error: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe on a signal: volts of level 0 and of level 1 at its tip; it divides them by `ratio`.

    An optical receiver that inverts has `low` above `high`, or `inverted`. Not ideal about it and its input:
    error: volts at the tip that are seen too much; delay: ns on the way; asymmetry: ns by which a rising edge is
    delayed more than a falling one, one half being added and one taken off.
    """

    signal: Signal
    low: float = 0.0
    high: float = 5.0
    inverted: bool = False
    ratio: float = 1.0
    error: float = 0.0
    delay: float = 0.0
    asymmetry: float = 0.0

    def volts(self, level: int) -> float:
        """Return the volts at the tip for a level of the signal."""
        return self.high if bool(level) != self.inverted else self.low

    def changes(self, begin: float, end: float) -> tuple[int, list[tuple[float, int]]]:
        """Return the level at first, and what changes behind the probe from `begin` on and before `end`."""
        widest = abs(self.delay) + abs(self.asymmetry)
        first = int(np.floor(begin - widest)) - 1
        changes = self.signal.changes(first, int(np.ceil(end + widest)) + 1)
        seen = [(instant + self._late(level), level) for instant, level in changes]
        before = sum(instant < begin for instant, _ in seen)
        level = seen[before - 1][1] if before else self.signal.level(first - 1)
        return level, [(instant, level) for instant, level in seen[before:] if instant < end]

    def _late(self, level: int) -> float:
        rises = self.volts(level) > self.volts(1 - level)
        return self.delay + (self.asymmetry / 2 if rises else -self.asymmetry / 2)


@dataclass(frozen=True, slots=True)
class Channel:
    """How one input turns volts into codes: volts of one code, volts of code 0, the lowest and the highest code.

    factor: the attenuation that was told to the instrument.
    """

    volts_per_code: float
    volts_of_zero: float
    lowest: int
    highest: int
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """Samples of a record: true instant of the trigger in ns, first sample after it and interval in s, count."""

    trigger: float
    start: float
    interval: float
    first: int
    count: int
    stride: int = 1


def voltages(
    probe: Probe, window: Window, imperfections: Imperfections, stream: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return the volts at the tip at each sample of a window.

    stream: the record's number, which settles where the samples fall, and the channel's, which settles the noise.
    """
    index = window.first + window.stride * np.arange(window.count, dtype=np.float64)
    phase = np.random.default_rng([imperfections.seed, *stream[:1]]).random() - 0.5
    nominal = window.start + (index + phase) * window.interval
    relative = nominal * SECOND / (1.0 + imperfections.time_base_ppm * 1e-6)
    volts = _tip(probe, window.trigger, relative, imperfections.rise_time) * (1.0 + imperfections.gain_error)
    volts += probe.error
    if imperfections.noise:
        volts += imperfections.noise * _noise(window, (imperfections.seed, *stream))
    return volts


def codes(volts: NDArray[np.float64], probe: Probe, channel: Channel) -> NDArray[np.int32]:
    """Return what the converter makes of volts at the tip; it clips at the ends of its range."""
    shown = volts * (channel.factor / probe.ratio)
    raw = np.rint((shown - channel.volts_of_zero) / channel.volts_per_code)
    return np.clip(raw, channel.lowest, channel.highest).astype(np.int32)


def crossing(
    probe: Probe, level: float, *, rising: bool, begin: int, until: int, imperfections: Imperfections
) -> float | None:
    """Return the first instant in ns, from `begin` to `until`, at which the tip passes a level, if one does."""
    for instant, to_level in probe.changes(begin, until + 1)[1]:
        before, after = probe.volts(1 - to_level) + probe.error, probe.volts(to_level) + probe.error
        if (after > before) == rising and min(before, after) < level <= max(before, after):
            return instant + ((level - before) / (after - before) - 0.5) * imperfections.rise_time
    return None


def _tip(probe: Probe, origin: float, relative: NDArray[np.float64], rise_time: float) -> NDArray[np.float64]:
    """Return the volts at instants relative to `origin`: the signal's steps, each spread over the rise time."""
    half = rise_time / 2.0
    begin = int(np.floor(origin + relative[0] - half)) - 1 if len(relative) else int(origin)
    end = int(np.ceil(origin + relative[-1] + half)) + 2 if len(relative) else int(origin)
    initial, changes = probe.changes(begin, end)
    levels = np.array([initial, *(level for _, level in changes)])
    volts = np.where(levels == 1, probe.volts(1), probe.volts(0))
    instants = np.array([instant - origin for instant, _ in changes], dtype=np.float64)
    if not rise_time:
        return volts[np.searchsorted(instants, relative, side="right")]
    knots = np.concatenate(([begin - 1.0 - origin], instants, [end + 1.0 - origin]))
    area = np.concatenate(([0.0], np.cumsum(np.diff(knots) * (volts - volts[0]))))
    mean = (np.interp(relative + half, knots, area) - np.interp(relative - half, knots, area)) / rise_time
    return np.asarray(volts[0] + mean)


def _noise(window: Window, stream: tuple[int, ...]) -> NDArray[np.float64]:
    """Return standard normal numbers that depend on the sample's place in the record only."""
    position = window.first // window.stride
    blocks = range(position // _BLOCK, (position + window.count - 1) // _BLOCK + 1)
    if not window.count:
        return np.zeros(0)
    numbers = np.concatenate(
        [np.random.default_rng([*stream, window.stride, block]).standard_normal(_BLOCK) for block in blocks]
    )
    skip = position - blocks[0] * _BLOCK
    return numbers[skip : skip + window.count]
