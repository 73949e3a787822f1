"""Components of a budget: influences with their standard uncertainty, of type A or B (GUM)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Literal, Self

from sts_rigs.errors import BenchFault

__all__ = [
    "Component",
    "expanded",
    "next_of",
    "normal",
    "rectangular",
    "resolution",
    "scatter_of_mean",
    "scatter_of_one",
    "triangular",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """An influence that adds sensitivity x estimate to the result.

    estimate: its best value, 0 for one that only spreads; standard: its standard uncertainty; both in `unit`.
    sensitivity: how much the result changes for one `unit` of it.
    BenchFault for an uncertainty that is no finite number of 0 or more, or for degrees of freedom below 1.
    """

    name: str
    evaluation: Literal["A", "B"]
    distribution: str
    unit: str
    standard: float
    source: str
    degrees_of_freedom: float = math.inf
    estimate: float = 0.0
    sensitivity: float = 1.0

    def __post_init__(self) -> None:
        numbers = (self.standard, self.estimate, self.sensitivity)
        if not all(map(math.isfinite, numbers)) or self.standard < 0 or not self.degrees_of_freedom >= 1:
            raise BenchFault(
                f"the uncertainty of {self.name} cannot be {self.standard:g} {self.unit} with "
                f"{self.degrees_of_freedom:g} degrees of freedom, estimate {self.estimate:g}, "
                f"sensitivity {self.sensitivity:g}",
                f"correct what states it: {self.source}",
            )

    def with_sensitivity(self, sensitivity: float) -> Self:
        """Return the component with another sensitivity."""
        return replace(self, sensitivity=sensitivity)


def rectangular(name: str, half_width: float, unit: str, source: str, *, estimate: float = 0.0) -> Component:
    """Return what may be anything from -half_width to half_width about its estimate; type B."""
    return Component(
        name=name,
        evaluation="B",
        distribution="rectangular",
        unit=unit,
        standard=half_width / math.sqrt(3),
        source=source,
        estimate=estimate,
    )


def triangular(name: str, half_width: float, unit: str, source: str) -> Component:
    """Return what is never beyond half_width and likeliest at 0, as the sum of two equal rectangles; type B."""
    return Component(
        name=name,
        evaluation="B",
        distribution="triangular",
        unit=unit,
        standard=half_width / math.sqrt(6),
        source=source,
    )


def resolution(name: str, step: float, unit: str, source: str) -> Component:
    """Return what rounding to multiples of a step leaves open: half a step to either side; type B."""
    return rectangular(name, step / 2, unit, source)


def normal(name: str, standard: float, unit: str, source: str) -> Component:
    """Return noise of a known standard deviation; type B."""
    return Component(name=name, evaluation="B", distribution="normal", unit=unit, standard=standard, source=source)


def expanded(
    name: str,
    uncertainty: float,
    k: float,
    unit: str,
    source: str,
    *,
    estimate: float = 0.0,
    degrees_of_freedom: float = math.inf,
) -> Component:
    """Return what a certificate or a person states as an expanded uncertainty with its k; type B."""
    if not (math.isfinite(k) and k > 0):
        raise BenchFault(f"the coverage factor of {name} cannot be {k:g}", f"correct what states it: {source}")
    return Component(
        name=name,
        evaluation="B",
        distribution="normal" if math.isinf(degrees_of_freedom) else "t",
        unit=unit,
        standard=uncertainty / k,
        source=source,
        degrees_of_freedom=degrees_of_freedom,
        estimate=estimate,
    )


def scatter_of_mean(name: str, values: Sequence[float], unit: str, source: str) -> Component:
    """Return how uncertain the mean of at least two repeated values is, s / sqrt(n); type A."""
    return _repeated(name, values, unit, source, 1 / math.sqrt(len(values) or 1))


def scatter_of_one(name: str, values: Sequence[float], unit: str, source: str) -> Component:
    """Return how uncertain one value is of which at least two were taken, s; type A."""
    return _repeated(name, values, unit, source, 1.0)


def next_of(name: str, errors: Sequence[float], unit: str, source: str) -> Component:
    """Return the correction that at least two errors call for, and how well it foretells the next one; type A.

    The estimate is minus their mean; the spread is that of one more value about it, s x sqrt(1 + 1 / n).
    """
    spread = _repeated(name, errors, unit, source, math.sqrt(1 + 1 / (len(errors) or 1)))
    return replace(spread, estimate=-fmean(errors))


def _repeated(name: str, values: Sequence[float], unit: str, source: str, factor: float) -> Component:
    if len(values) < 2:
        raise BenchFault(f"{name} was measured {len(values)} times", "repeat it at least twice to see its scatter")
    return Component(
        name=name,
        evaluation="A",
        distribution="t",
        unit=unit,
        standard=stdev(values) * factor,
        source=f"{source}, {len(values)} values",
        degrees_of_freedom=len(values) - 1,
    )
