"""Budgets of levels read from a multimeter, and of values that a person states with their U."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sts_rigs.errors import BenchFault
from sts_rigs.uncertainty.budget import Uncertain, combine
from sts_rigs.uncertainty.components import Component, expanded, rectangular, resolution, scatter_of_mean

__all__ = ["MultimeterAccuracy", "multimeter_level", "stated_value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MultimeterAccuracy:
    """The accuracy of a multimeter on one range: +- (percent of reading + percent of range).

    full_scale: the range, and digit: the last digit shown, in the unit of the readings.
    k: the coverage factor at which the maker or a certificate states it; None where it only says limits.
    """

    of_reading: float
    of_range: float
    full_scale: float
    source: str
    digit: float = 0.0
    k: float | None = None

    def component(self, reading: float, unit: str) -> Component:
        """Return its influence on one reading: both parts at once, as the maker adds them up."""
        limit = (self.of_reading * abs(reading) + self.of_range * self.full_scale) / 100
        if self.k is None:
            return rectangular("accuracy of the multimeter", limit, unit, self.source)
        return expanded("accuracy of the multimeter", limit, self.k, unit, self.source)


def multimeter_level(readings: Sequence[float], unit: str, accuracy: MultimeterAccuracy) -> Uncertain:
    """Return the level behind one reading or the mean of several, in their unit.

    BenchFault for no reading, or one that is no number or beyond the range.
    """
    beyond = [reading for reading in readings if not abs(reading) <= 1.2 * accuracy.full_scale]
    if not readings or beyond:
        raise BenchFault(
            f"the multimeter read {beyond or 'nothing'} on its range of {accuracy.full_scale:g} {unit}",
            "check its leads and its range, and measure again",
        )
    mean = math.fsum(readings) / len(readings)
    digit = resolution("last digit", accuracy.digit, unit, accuracy.source)
    components = [accuracy.component(mean, unit), digit]
    if len(readings) > 1:
        components.append(scatter_of_mean("repeated readings", readings, unit, accuracy.source))
    return combine(mean, unit, components)


def stated_value(
    value: float,
    uncertainty: float,
    k: float,
    unit: str,
    source: str,
    *,
    degrees_of_freedom: float = math.inf,
) -> Uncertain:
    """Return a value that an operator states with its U and k."""
    stated = expanded("as stated", uncertainty, k, unit, source, degrees_of_freedom=degrees_of_freedom)
    return combine(value, unit, [stated])
