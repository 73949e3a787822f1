"""Driver of Rigol DS1000Z and MSO1000Z oscilloscopes.

Commands from Rigol's "DS1000Z Programming Guide", "MSO1000Z/DS1000Z Programming Guide" and "DS1000Z User's
Guide". Read there: the reading of the internal memory in pieces, the preamble, twelve divisions of time, memory
= rate * time per division * 12, and the depths with one channel. The sister guide of the DS1000Z-E gives 125
000 points of two bytes as the most of one read, which is 250 000 of one byte.

Not confirmed: that the memory's depth can be set only while it runs; its depths with two to four channels; that
a positive :TIMebase:MAIN:OFFSet moves the trigger to the left (the preamble's start is judged).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from sts_rigs.instruments.drivers.rigol import RigolOscilloscope

__all__ = ["RigolDs1000z"]

_SINGLE = (12_000, 120_000, 1_200_000, 12_000_000, 24_000_000)
_DUAL = (6_000, 60_000, 600_000, 6_000_000, 12_000_000)
_ALL = (3_000, 30_000, 300_000, 3_000_000, 6_000_000)


class RigolDs1000z(RigolOscilloscope):
    """A Rigol of the 1000Z families."""

    model = r"(ds|mso)1\d{3}z.*"
    kind = "a Rigol DS1000Z oscilloscope"
    divisions = 12
    scales: ClassVar[tuple[float, float]] = (0.001, 10.0)
    piece = 250_000
    depths: ClassVar[Mapping[int, tuple[int, ...]]] = MappingProxyType({1: _SINGLE, 2: _DUAL, 3: _ALL, 4: _ALL})
