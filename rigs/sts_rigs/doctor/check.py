"""Say what one check of a bench found: how it is, what was seen, and what to do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sts_rigs.errors import BenchFault, FileFault

__all__ = ["Check", "Status", "guarded", "not_checked"]


class Status(StrEnum):
    """How something on the bench is."""

    OK = "ok"
    WARNING = "warning"
    RED = "red"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, how it went, what was seen, and what to do unless all is well.

    figures: what was measured, by name with its unit, for scripts.
    """

    name: str
    health: Status
    seen: str
    remedy: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**asdict(self), "health": str(self.health)}


def not_checked(name: str, why: str) -> Check:
    """Return what stands for a check that cannot be made because of another one."""
    return Check(name, Status.NOT_CHECKED, f"not checked: {why}")


def guarded(name: str, checks: Iterable[Check]) -> Iterator[Check]:
    """Yield checks, and let whatever goes wrong between them be a red one of this name."""
    try:
        yield from checks
    except BenchFault as fault:
        yield Check(name, Status.RED, fault.what, fault.remedy)
    except FileFault as fault:
        yield Check(name, Status.RED, str(fault), "correct the file")
    except Exception as error:
        yield Check(name, Status.RED, f"the check itself failed ({type(error).__name__}: {error})", "report it")
