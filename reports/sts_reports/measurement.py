"""Measured values against their limits, with uncertainty and a decision rule (ILAC-G8)."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from statistics import NormalDist
from typing import Annotated, Any, Literal, Self

from pydantic import FiniteFloat, PlainSerializer, ValidatorFunctionWrapHandler, WrapValidator

from sts_reports.verdict import Verdict

__all__ = ["BudgetLine", "DecisionRule", "Measurement", "Statement", "chance_of", "chances", "worst_of"]


class DecisionRule(StrEnum):
    """How uncertainty counts near a limit, by ILAC-G8, 4.2; chosen before the run.

    `simple` ignores it; `guarded` keeps a guard band on both sides of a limit and decides nothing inside it;
    `nonbinary` decides there too, but calls what it says conditional.
    """

    SIMPLE = "simple"
    GUARDED = "guarded"
    NONBINARY = "nonbinary"


class Statement(StrEnum):
    """What a rule says of one measurement, from the best to the worst."""

    PASS = "pass"  # noqa: S105 - a statement
    CONDITIONAL_PASS = "conditional pass"  # noqa: S105 - likewise
    INCONCLUSIVE = "inconclusive"
    CONDITIONAL_FAIL = "conditional fail"
    FAIL = "fail"

    @property
    def verdict(self) -> Verdict:
        """The verdict that it counts as."""
        return _VERDICTS[self]

    @property
    def is_conditional(self) -> bool:
        """Whether the value lies inside the guard band of a rule that decides there nevertheless."""
        return self in (Statement.CONDITIONAL_PASS, Statement.CONDITIONAL_FAIL)


_VERDICTS = {
    Statement.PASS: Verdict.PASS,
    Statement.CONDITIONAL_PASS: Verdict.PASS,
    Statement.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    Statement.CONDITIONAL_FAIL: Verdict.FAIL,
    Statement.FAIL: Verdict.FAIL,
}
_BADNESS = list(Statement)
_AS_GOOD_AS_UNLIMITED = 1000
"""Degrees of freedom from which k is 2.00."""

_ZONES: dict[DecisionRule, tuple[tuple[Statement, float], ...]] = {
    DecisionRule.SIMPLE: ((Statement.PASS, 0.0), (Statement.FAIL, math.inf)),
    DecisionRule.GUARDED: ((Statement.PASS, -1.0), (Statement.INCONCLUSIVE, 1.0), (Statement.FAIL, math.inf)),
    DecisionRule.NONBINARY: (
        (Statement.PASS, -1.0),
        (Statement.CONDITIONAL_PASS, 0.0),
        (Statement.CONDITIONAL_FAIL, 1.0),
        (Statement.FAIL, math.inf),
    ),
}
"""What each rule says of a value up to so many guard bands beyond its limit; negative is inside."""

_SAYS = {
    Statement.PASS: "is within",
    Statement.CONDITIONAL_PASS: "is conditionally within",
    Statement.INCONCLUSIVE: "cannot be decided against",
    Statement.CONDITIONAL_FAIL: "is conditionally outside of",
    Statement.FAIL: "is outside of",
}


def _read_freedom(kept: Any, read: ValidatorFunctionWrapHandler) -> float:
    return math.inf if kept is None else read(kept)


def _finite(number: float) -> float | None:
    return None if math.isinf(number) else number


DegreesOfFreedom = Annotated[
    FiniteFloat,
    WrapValidator(_read_freedom, json_schema_input_type=float | None),
    PlainSerializer(_finite, return_type=float | None),
]
"""Degrees of freedom of a standard uncertainty; without end they are null in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One component of an uncertainty budget (GUM).

    evaluation: type A (by statistics) or B (by other knowledge); estimate and standard_uncertainty are in the
    component's own `unit`; contribution, in the measurement's unit, is |sensitivity| times standard_uncertainty.
    """

    component: str
    evaluation: Literal["A", "B"]
    distribution: str
    unit: str
    estimate: float
    standard_uncertainty: float
    sensitivity: float
    contribution: float
    degrees_of_freedom: DegreesOfFreedom
    source: str

    def as_json(self) -> dict[str, Any]:
        """Return what the record keeps; degrees of freedom without end are null."""
        return asdict(self) | {"degrees_of_freedom": _finite(self.degrees_of_freedom)}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Return the line of what `as_json` gave."""
        return cls(**{**content, "degrees_of_freedom": _number(content["degrees_of_freedom"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A value with its expanded uncertainty U, in one unit with its limits; None is no limit.

    source: what measured it and why its uncertainty is what it is; k: coverage factor of U; degrees_of_freedom:
    of the combined standard uncertainty U / k; guard_ratio: r of the guard band w = r x U, without effect under
    `simple`; repeats: of how many values this one is the worst, and values: all of them, in their order;
    recording: the name of the recording that shows it, and at: where on it, in seconds.
    ValueError if a number cannot be judged.
    """

    quantity: str
    unit: str
    value: float
    uncertainty: float
    lower: float | None
    upper: float | None
    source: str
    rule: DecisionRule
    k: float = 2
    degrees_of_freedom: DegreesOfFreedom = math.inf
    budget: tuple[BudgetLine, ...] = ()
    guard_ratio: float = 1.0
    repeats: int = 1
    values: tuple[float, ...] = ()
    recording: str = ""
    at: float | None = None

    def __post_init__(self) -> None:
        limits = [limit for limit in (self.lower, self.upper) if limit is not None]
        if not all(map(math.isfinite, (self.value, self.uncertainty, self.guard_ratio, self.k, *limits))):
            raise ValueError(f"{self.quantity}: value, uncertainty, k and limits must be finite numbers")
        if self.uncertainty < 0 or self.guard_ratio < 0 or self.k <= 0 or not self.degrees_of_freedom > 0:
            raise ValueError(f"{self.quantity}: uncertainty and guard band below 0, or k or freedom not above it")
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"{self.quantity}: the lower limit {self.lower} is above the upper one {self.upper}")

    @property
    def guard_band(self) -> float:
        """How near to a limit a value is in doubt, in `unit`; 0 under a rule that ignores uncertainty."""
        return 0.0 if self.rule is DecisionRule.SIMPLE else self.guard_ratio * self.uncertainty

    @property
    def excess(self) -> float:
        """How far the value is beyond its nearest limit, in `unit`; below 0 inside, -inf without limits."""
        below = -math.inf if self.lower is None else self.lower - self.value
        above = -math.inf if self.upper is None else self.value - self.upper
        return max(below, above)

    @property
    def statement(self) -> Statement:
        """What the rule says."""
        guard, excess = self.guard_band, self.excess
        for statement, guards in _ZONES[self.rule]:
            # a band of 0 times an end at infinity would be no number
            if guards == math.inf or excess <= guards * guard:
                return statement
        raise AssertionError("the last zone has no end")

    @property
    def verdict(self) -> Verdict:
        """PASS or FAIL where the rule can decide, INCONCLUSIVE where it cannot."""
        return self.statement.verdict

    @property
    def is_conditional(self) -> bool:
        """Whether the verdict must be shown with its mark: P* or F*."""
        return self.statement.is_conditional

    @property
    def reason(self) -> str:
        """The sentence behind the verdict."""
        limits = _limits(self.lower, self.upper, self.unit)
        freedom = self.degrees_of_freedom
        known = f"k = {self.k:.3g}" + (
            "" if freedom >= _AS_GOOD_AS_UNLIMITED else f", {math.floor(freedom)} degrees of freedom"
        )
        result = f"{self.quantity} {self.value:.6g} {self.unit} +- {self.uncertainty:.3g} {self.unit} ({known})"
        if self.repeats > 1:
            result += f", worst of {self.repeats},"
        ratio = "" if self.guard_ratio == 1 else f" with r = {self.guard_ratio:g}"
        why = f", being inside the guard band of {self.guard_band:.3g} {self.unit}" if self.is_conditional else ""
        return f"{result} {_SAYS[self.statement]} {limits}{why}, rule '{self.rule}'{ratio}, by {self.source}"

    def as_json(self) -> dict[str, Any]:
        """Return what the record keeps, with what follows from it for views that decide nothing."""
        return asdict(self) | {
            "degrees_of_freedom": _finite(self.degrees_of_freedom),
            "budget": [line.as_json() for line in self.budget],
            "values": list(self.values),
            "guard_band": self.guard_band,
            "statement": str(self.statement),
            "conditional": self.is_conditional,
            "verdict": str(self.verdict),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Return the measurement of what `as_json` gave; what follows from it is left aside."""
        fields = {name: value for name, value in content.items() if name in cls.__dataclass_fields__}
        fields["rule"] = DecisionRule(fields["rule"])
        fields["degrees_of_freedom"] = _number(fields["degrees_of_freedom"])
        fields["budget"] = tuple(map(BudgetLine.from_json, fields["budget"]))
        fields["values"] = tuple(fields["values"])
        return cls(**fields)


def worst_of(measurements: Iterable[Measurement]) -> Measurement:
    """Return the repeat with the worst statement, among these the one farthest beyond or nearest to a limit.

    ValueError if there is none, or if they are not repeats: one quantity, unit, rule, guard ratio and limits.
    """
    repeats = list(measurements)
    kinds = {(one.quantity, one.unit, one.rule, one.guard_ratio, one.lower, one.upper) for one in repeats}
    if len(kinds) != 1:
        raise ValueError("the worst of repeats needs at least one value, and one quantity with one pair of limits")
    worst = max(repeats, key=lambda one: (_BADNESS.index(one.statement), one.excess))
    values = tuple(value for one in repeats for value in one.values or (one.value,))
    return replace(worst, repeats=len(values), values=values)


def chances(
    distance: float, uncertainty: float, rule: DecisionRule, *, guard_ratio: float = 1.0, k: float = 2
) -> dict[Statement, float]:
    """Return the chance of each statement of a rule on a true value so far beyond its one limit.

    The measured value is normal about the true one with a standard deviation of uncertainty / k; a negative
    distance is inside. All in one unit; ValueError for an uncertainty or k that is not above 0.
    """
    if not (uncertainty > 0 and k > 0):
        raise ValueError("a chance needs an uncertainty and a coverage factor above 0")
    excess = NormalDist(distance, uncertainty / k)
    found: dict[Statement, float] = {}
    below = 0.0
    for statement, guards in _ZONES[rule]:
        up_to = 1.0 if guards == math.inf else excess.cdf(guards * guard_ratio * uncertainty)
        found[statement] = up_to - below
        below = up_to
    return found


def chance_of(
    verdict: Verdict,
    distance: float,
    uncertainty: float,
    rule: DecisionRule,
    *,
    guard_ratio: float = 1.0,
    k: float = 2,
) -> float:
    """Return the chance of one verdict on a true value so far beyond its one limit; see `chances`."""
    found = chances(distance, uncertainty, rule, guard_ratio=guard_ratio, k=k)
    return sum(chance for statement, chance in found.items() if statement.verdict is verdict)


def _limits(lower: float | None, upper: float | None, unit: str) -> str:
    if lower is None or upper is None:
        sides = [
            f"{word} {limit:g} {unit}"
            for word, limit in (("at least", lower), ("at most", upper))
            if limit is not None
        ]
        return f"its limit, {sides[0]}" if sides else "no limit"
    return f"{lower:g} to {upper:g} {unit}"


def _number(kept: float | None) -> float:
    return math.inf if kept is None else kept
