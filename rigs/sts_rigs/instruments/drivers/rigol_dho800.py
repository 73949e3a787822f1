"""Driver of Rigol DHO800 and DHO900 oscilloscopes.

Commands as in Rigol's programming guides of the DS1000Z and of the MSO5000, the relative whose form the DHO800
has.

The DHO800's own guide could not be read. So nothing of it is confirmed: ten divisions of time, its depths (1k
to 25M points, fewer with more channels; the rate it then reports is judged), and the limit of one read (a
million points are asked for). One byte a sample is read, so that its twelve bits serve as eight. Switch its
roll mode off at the front panel.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from sts_rigs.instruments.drivers.rigol import RigolOscilloscope

__all__ = ["RigolDho800"]

_ALL = (1_000, 10_000, 100_000, 1_000_000)
_DUAL = (*_ALL, 10_000_000)
_SINGLE = (*_DUAL, 25_000_000)


class RigolDho800(RigolOscilloscope):
    """A Rigol of the DHO800 or DHO900 family."""

    model = r"dho[89]\d{2}.*"
    kind = "a Rigol DHO800 oscilloscope"
    divisions = 10
    scales: ClassVar[tuple[float, float]] = (0.001, 10.0)
    piece = 1_000_000
    depths: ClassVar[Mapping[int, tuple[int, ...]]] = MappingProxyType({1: _SINGLE, 2: _DUAL, 3: _ALL, 4: _ALL})
