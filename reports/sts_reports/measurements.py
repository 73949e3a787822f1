"""Hold a measured value against its limits with its uncertainty and a decision rule (ILAC-G8)."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from sts_reports.verdicts import Verdict

__all__ = ["DecisionRule", "Measurement"]


class DecisionRule(StrEnum):
    """How uncertainty counts: `simple` ignores it, `guarded` keeps it away from the limits on both sides."""

    SIMPLE = "simple"
    GUARDED = "guarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A value with its expanded uncertainty (k = 2), in one unit with its limits; None is no limit.

    source: what measured it and why its uncertainty is what it is.
    """

    quantity: str
    unit: str
    value: float
    uncertainty: float
    lower: float | None
    upper: float | None
    source: str
    rule: DecisionRule
    k: int = 2

    @property
    def verdict(self) -> Verdict:
        """PASS or FAIL where the rule can decide, INCONCLUSIVE where it cannot."""
        guard = 0.0 if self.rule is DecisionRule.SIMPLE else self.uncertainty
        if self._is_within(guard):
            return Verdict.PASS
        return Verdict.FAIL if not self._is_within(-guard) else Verdict.INCONCLUSIVE

    @property
    def reason(self) -> str:
        """The sentence behind the verdict."""
        limits = f"{_shown(self.lower, '-inf')} to {_shown(self.upper, 'inf')} {self.unit}"
        result = (
            f"{self.quantity} {self.value:.6g} {self.unit} +- {self.uncertainty:.3g} {self.unit} (k = {self.k})"
        )
        says = {
            Verdict.PASS: "is within",
            Verdict.FAIL: "is outside of",
            Verdict.INCONCLUSIVE: "cannot be decided against",
        }[self.verdict]
        return f"{result} {says} {limits}, rule '{self.rule}', by {self.source}"

    def as_json(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        return asdict(self) | {"verdict": str(self.verdict)}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Take up what the journal kept."""
        fields = {name: value for name, value in content.items() if name in cls.__dataclass_fields__}
        return cls(**{**fields, "rule": DecisionRule(fields["rule"])})

    def _is_within(self, guard: float) -> bool:
        above = self.lower is None or self.value - guard >= self.lower
        below = self.upper is None or self.value + guard <= self.upper
        return above and below


def _shown(limit: float | None, otherwise: str) -> str:
    return otherwise if limit is None else f"{limit:g}"
