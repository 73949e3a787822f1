"""Result of one check of a bench: status, observation, remedy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sts_rigs.errors import BenchFault, FileFault

__all__ = ["Check", "Status", "guarded", "not_checked"]


class Status(StrEnum):
    """Status of a part of the bench."""

    OK = "ok"
    WARNING = "warning"
    RED = "red"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, status, what was seen, and the remedy unless all is well.

    figures: what was measured, by name with its unit, for scripts.
    """

    name: str
    health: Status
    seen: str
    remedy: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the check as a JSON object."""
        return {**asdict(self), "health": str(self.health)}


def not_checked(name: str, why: str) -> Check:
    """Return the placeholder of a check that cannot be made because another one failed."""
    return Check(name, Status.NOT_CHECKED, f"not checked: {why}")


def guarded(name: str, checks: Iterable[Check]) -> Iterator[Check]:
    """Yield checks; turn an exception between them into a red check of this name."""
    try:
        yield from checks
    except BenchFault as fault:
        yield Check(name, Status.RED, fault.what, fault.remedy)
    except FileFault as fault:
        yield Check(name, Status.RED, str(fault), "correct the file")
    except Exception as error:
        yield Check(name, Status.RED, f"the check itself failed ({type(error).__name__}: {error})", "report it")
