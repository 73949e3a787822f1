"""The six verdicts of a case, a requirement or a clause."""

from collections.abc import Iterable
from enum import StrEnum

__all__ = ["Verdict", "worst"]


class Verdict(StrEnum):
    """The six verdicts, in the order in which one outweighs another: what was proven stays when a bench breaks."""

    NOT_APPLICABLE = "NOT_APPLICABLE"
    PASS = "PASS"  # noqa: S105 - a verdict
    NOT_TESTED = "NOT_TESTED"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"
    FAIL = "FAIL"

    @property
    def letter(self) -> str:
        """The short form for tables: P, F, I, N/A, N/T, E."""
        return _LETTERS[self]

    def outweighs(self, other: "Verdict") -> bool:
        """Whether it is the worse one of two, for a case as for a requirement or a clause."""
        return _ORDER.index(self) > _ORDER.index(other)


_LETTERS = {
    Verdict.NOT_APPLICABLE: "N/A",
    Verdict.PASS: "P",
    Verdict.NOT_TESTED: "N/T",
    Verdict.INCONCLUSIVE: "I",
    Verdict.FAIL: "F",
    Verdict.ERROR: "E",
}
_ORDER = list(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that outweighs the others; NOT_TESTED for none at all."""
    return max(verdicts, key=_ORDER.index, default=Verdict.NOT_TESTED)
