"""The two levels of a recorded signal, and refusal of a recording that has not two."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sts_rigs.errors import BenchFault
from sts_rigs.waveforms.edges import Thresholds
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["Levels", "find_levels"]

_CHUNK = 1 << 20
_BINS = 1024
_SMALLEST_SWING = 8
"""Steps of the recorder between the levels: fewer, and its rounding alone makes an edge uncertain."""
_FEWEST = 4
"""Samples that make a level: fewer are a spike."""
_SWING_TO_NOISE = 12.0
"""Swing over the deviation of the noise: with less, noise alone may cross a hysteresis of a fifth of the swing."""
_MOST_BETWEEN = 1 / 3
"""Samples between the levels, as a share of those at the rarer level: more are a third level, or no edges."""
_MOST_CLIPPED = 0.01
"""Samples at the end of the recorder's range, as a share of those at the level: fewer are an overshoot."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The low and the high level, and the deviation of the larger noise on them; in the waveform's unit."""

    low: float
    high: float
    noise: float

    def thresholds(self, hysteresis: float = 0.2) -> Thresholds:
        """Return thresholds around the middle, apart by a share of the swing."""
        middle, apart = (self.low + self.high) / 2, (self.high - self.low) * hysteresis
        return Thresholds(middle - apart / 2, middle + apart / 2)


def find_levels(waveform: Waveform, limits: tuple[float, float] | None = None) -> Levels:
    """Return the two levels of a waveform: the median of the samples in each outer third of its range.

    limits: the ends of the recorder's range, in the unit of the waveform; those of an integer type are limits too.
    BenchFault if there are not two levels: a flat line, a clipped signal, much noise, a third level.
    """
    lowest, highest = _range(waveform)
    values, counts = _histogram(waveform.samples, lowest, highest)
    third = (highest - lowest) / 3
    below, above = values < lowest + third, values > highest - third
    rarer = min(int(counts[below].sum()), int(counts[above].sum()))
    between = int(counts.sum() - counts[below].sum() - counts[above].sum())
    unit = waveform.unit
    if rarer < _FEWEST:
        ends = " and ".join(f"{_level(waveform, number):.4g} {unit}" for number in (lowest, highest))
        raise BenchFault(
            f"of the two levels {ends} one has only {rarer} samples",
            "a spike is no level: record while the line carries characters, at a higher sample rate",
        )
    (low, low_noise), (high, high_noise) = (_centre(values[part], counts[part]) for part in (below, above))
    swing, noise = (high - low) * waveform.step, max(low_noise, high_noise) * waveform.step
    if swing < _SWING_TO_NOISE * noise:
        raise BenchFault(
            f"the noise of {noise:.4g} {unit} is too large for levels that are {swing:.4g} {unit} apart",
            "connect the probe's earth close to the line, or limit the bandwidth of the channel",
        )
    if between > _MOST_BETWEEN * rarer:
        raise BenchFault(
            f"the signal has no two levels: {between} samples lie between them, and {rarer} at one of them",
            "look whether two senders are on the line at once, or raise the sample rate",
        )
    for number, upper in _ends_of_range(waveform, limits, lowest, highest):
        at_end = int(counts[values >= number].sum() if upper else counts[values <= number].sum())
        if at_end > _MOST_CLIPPED * int(counts[above if upper else below].sum()):
            raise BenchFault(
                f"the signal is clipped: {at_end} samples are at {_level(waveform, number):.4g} {unit}, an end of "
                "the recorder's range",
                "choose a larger range for the channel",
            )
    levels = sorted((_level(waveform, low), _level(waveform, high)))
    return Levels(levels[0], levels[1], noise)


def _range(waveform: Waveform) -> tuple[float, float]:
    """Return the lowest and the highest sample, in the recorder's numbers; BenchFault if they are one level."""
    samples = waveform.samples
    if not len(samples):
        raise BenchFault("the recording has no samples", "record again")
    lowest, highest = _extremes(samples)
    if not np.isfinite(highest - lowest):
        raise BenchFault("the recording has samples that are not numbers", "export it again from the recorder")
    coarse = np.issubdtype(samples.dtype, np.integer) and not _is_logic(lowest, highest)
    if lowest == highest or (coarse and highest - lowest < _SMALLEST_SWING):
        spread, level = (highest - lowest) * waveform.step, _level(waveform, lowest)
        raise BenchFault(
            f"the signal is flat: it stays within {spread:.4g} {waveform.unit} of {level:.4g} {waveform.unit}",
            "connect the probe to a line that moves, or choose a smaller range for the channel",
        )
    return lowest, highest


def _level(waveform: Waveform, number: float) -> float:
    return number * waveform.scale + waveform.offset


def _is_logic(lowest: float, highest: float) -> bool:
    return (lowest, highest) == (0.0, 1.0)


def _ends_of_range(
    waveform: Waveform, limits: tuple[float, float] | None, lowest: float, highest: float
) -> Iterator[tuple[float, bool]]:
    """Return the ends of the recorder's range, in its own numbers, and whether each is the upper one."""
    kind = waveform.samples.dtype
    if np.issubdtype(kind, np.integer) and not _is_logic(lowest, highest):
        yield float(np.iinfo(kind).min), False
        yield float(np.iinfo(kind).max), True
    if limits is not None:
        lower, upper = sorted((limit - waveform.offset) / waveform.scale for limit in limits)
        yield lower, False
        yield upper, True


def _chunks(samples: NDArray[Any]) -> Iterator[NDArray[Any]]:
    return (samples[first : first + _CHUNK] for first in range(0, len(samples), _CHUNK))


def _extremes(samples: NDArray[Any]) -> tuple[float, float]:
    pairs = [(float(chunk.min()), float(chunk.max())) for chunk in _chunks(samples)]
    return float(np.min([low for low, _ in pairs])), float(np.max([high for _, high in pairs]))


def _histogram(
    samples: NDArray[Any], lowest: float, highest: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the values that occur, to a thousandth of their range, and how often; all integers of a small one."""
    whole = not np.issubdtype(samples.dtype, np.floating) and highest - lowest < _BINS
    bins = int(highest - lowest) + 1 if whole else _BINS
    margin = 0.5 if whole else 0.0
    counts, bounds = np.zeros(bins, np.int64), np.linspace(lowest - margin, highest + margin, bins + 1)
    for chunk in _chunks(samples):
        counts += np.histogram(chunk.astype(np.float64), bins, (float(bounds[0]), float(bounds[-1])))[0]
    values = (bounds[:-1] + bounds[1:]) / 2
    if not whole:
        values[0], values[-1] = lowest, highest
    return values, counts


def _centre(values: NDArray[np.float64], counts: NDArray[np.int64]) -> tuple[float, float]:
    """Return the median and the deviation, as half the width of the central 68 % of the samples."""
    shares = np.cumsum(counts) / counts.sum()
    lower, median, upper = (float(values[np.searchsorted(shares, share)]) for share in (0.16, 0.5, 0.84))
    return median, (upper - lower) / 2
