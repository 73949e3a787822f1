"""Waveform of one recorded signal: samples at equal intervals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Waveform"]


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Samples of one signal.

    samples: the recorder's own numbers, of any integer or float type; 0 and 1 for a logic capture.
    interval: seconds from one sample to the next; start: seconds from the trigger to the first sample.
    scale and offset: level = samples * scale + offset, in `unit`; step: the recorder's resolution in `unit`.
    """

    samples: NDArray[Any]
    interval: float
    start: float
    scale: float = 1.0
    offset: float = 0.0
    unit: str = "V"

    @property
    def step(self) -> float:
        """The smallest difference between two levels, in `unit`."""
        return abs(self.scale)

    @property
    def duration(self) -> float:
        """Seconds from the first sample to the last."""
        return self.interval * max(len(self.samples) - 1, 0)

    def levels(self) -> NDArray[np.float64]:
        """Return the levels in `unit`."""
        return self.samples.astype(np.float64) * self.scale + self.offset
