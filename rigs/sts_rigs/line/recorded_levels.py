"""Levels of the meter's interface (IEC 62055-52, 6.2), read out of a recording."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import SignalSection
from sts_rigs.line.interface_levels import Level
from sts_rigs.line.recording import Recording
from sts_rigs.line.timing import TimedValue
from sts_rigs.uncertainty.budget import combine
from sts_rigs.uncertainty.components import expanded, rectangular, resolution, scatter_of_mean
from sts_rigs.waveforms.levels import find_levels
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["recorded_level"]

_PARTS = 10
_COVERAGE_FACTOR = 2.0


def recorded_level(recording: Recording, level: Level, signal: SignalSection) -> TimedValue | None:
    """Return a level of the meter's answer, from a recording of its signal, calibrated as [signal] says.

    None if [signal] is not about this level, or the recording shows no levels but ones and zeros; BenchFault if it
    has not two levels.
    """
    if signal.per_volt is None or signal.per_volt_uncertainty is None or level.state is None:
        return None
    if signal.unit != level.unit or _is_logic(recording.meter.waveform):
        return None
    # before, the meter's input may see the reader: light that strays into the receiver
    waveform = _from(recording.meter.waveform, recording.asked)
    held = _held(waveform, is_upper=(level.state == "mark") is not signal.inverted)
    volts = float(np.median(held))
    medians = [float(np.median(part)) for part in np.array_split(held, min(_PARTS, len(held)))]
    source = recording.meter.channel.source
    budget = [
        expanded(
            "calibration of the receiver or shunt",
            signal.per_volt_uncertainty,
            _COVERAGE_FACTOR,
            "1",
            "per_volt_uncertainty in [signal] of the rig file",
        ).with_sensitivity(volts),
        rectangular("offset and gain of the input", signal.threshold, "V", source),
        resolution("resolution of the input", waveform.step, "V", source),
        scatter_of_mean("the level from part to part", medians, "V", recording.source),
    ]
    found = combine(volts, "V", budget).times(signal.per_volt, level.unit)
    return TimedValue(found, recording.name, waveform.start)


def _held(waveform: Waveform, *, is_upper: bool) -> NDArray[np.float64]:
    """Return the samples at the upper or the lower level in V, in their order; BenchFault if it has not two."""
    levels, volts = find_levels(waveform), waveform.levels()
    third = (levels.high - levels.low) / 3
    return volts[volts > levels.high - third] if is_upper else volts[volts < levels.low + third]


def _is_logic(waveform: Waveform) -> bool:
    samples = waveform.samples
    return bool(np.issubdtype(samples.dtype, np.integer) and samples.min() >= 0 and samples.max() <= 1)


def _from(waveform: Waveform, instant: float) -> Waveform:
    """Return what was recorded from an instant on, in seconds from the trigger."""
    first = max(int(np.ceil((instant - waveform.start) / waveform.interval)), 0)
    if first >= len(waveform.samples):
        raise BenchFault(
            f"the recording ends before the meter's answer: {waveform.start + waveform.duration:.4g} s",
            "record longer, or more samples",
        )
    return replace(waveform, samples=waveform.samples[first:], start=waveform.start + first * waveform.interval)
