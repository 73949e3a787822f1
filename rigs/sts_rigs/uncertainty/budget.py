"""Budget: components combined into a result with expanded uncertainty; the arithmetic of the GUM is GTC's."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, Self

from sts_rigs.uncertainty.components import Component

__all__ = ["COVERAGE_PERCENT", "BudgetLine", "Uncertain", "combine"]

COVERAGE_PERCENT: Final = 100 * math.erf(math.sqrt(2))
"""The coverage probability of every U: 95.45 %, for which k is 2 with unlimited degrees of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One component as it went into a result.

    estimate and standard_uncertainty are in the component's own `unit`, contribution is in the result's.
    """

    component: str
    evaluation: Literal["A", "B"]
    distribution: str
    unit: str
    estimate: float
    standard_uncertainty: float
    sensitivity: float
    contribution: float
    degrees_of_freedom: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """A result: value, standard and expanded uncertainty in `unit`, k, degrees of freedom (inf if unlimited)."""

    value: float
    unit: str
    standard: float
    degrees_of_freedom: float
    k: float
    expanded: float
    lines: tuple[BudgetLine, ...]

    def times(self, factor: float, unit: str) -> Self:
        """Return the result multiplied by an exact factor above 0, such as 1000, "ms" for seconds."""
        return replace(
            self,
            value=self.value * factor,
            unit=unit,
            standard=self.standard * factor,
            expanded=self.expanded * factor,
            lines=tuple(
                replace(line, sensitivity=line.sensitivity * factor, contribution=line.contribution * factor)
                for line in self.lines
            ),
        )


def combine(value: float, unit: str, components: Iterable[Component]) -> Uncertain:
    """Return a value, corrected by what the components estimate, with its uncertainty.

    The components are independent of each other: what two edges share is one component, with the difference
    of their sensitivities. Degrees of freedom are by Welch and Satterthwaite (GUM, G.4).
    """
    # half a second of start-up, which commands that measure nothing should not pay
    import GTC  # type: ignore[import-untyped]

    members = tuple(components)
    result = GTC.constant(value)
    for one in members:
        known = GTC.ureal(one.estimate, one.standard, one.degrees_of_freedom, label=one.name)
        result = result + one.sensitivity * known
    freedom, standard = float(GTC.dof(result)), float(GTC.uncertainty(result))
    k = float(GTC.reporting.k_factor(freedom, COVERAGE_PERCENT))
    return Uncertain(
        value=float(GTC.value(result)),
        unit=unit,
        standard=standard,
        degrees_of_freedom=freedom,
        k=k,
        expanded=k * standard,
        lines=tuple(map(_line, members)),
    )


def _line(component: Component) -> BudgetLine:
    return BudgetLine(
        component=component.name,
        evaluation=component.evaluation,
        distribution=component.distribution,
        unit=component.unit,
        estimate=component.estimate,
        standard_uncertainty=component.standard,
        sensitivity=component.sensitivity,
        contribution=abs(component.sensitivity) * component.standard,
        degrees_of_freedom=component.degrees_of_freedom,
        source=component.source,
    )
