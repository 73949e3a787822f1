"""The views of a run by name: ours, and those of the entry-point group `stsbench.views`."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from sts_reports.events import Event
from sts_reports.record import Record

__all__ = ["GROUP", "OWN_VIEWS", "View", "known_views", "make_views"]

GROUP = "stsbench.views"

OWN_VIEWS: Mapping[str, str] = MappingProxyType(
    {
        "record": "sts_reports.views.own:write_record_file",
        "html": "sts_reports.views.own:write_page",
    }
)


class View(Protocol):
    """What makes files of a run, a function in most cases."""

    def __call__(self, record: Record, events: Sequence[Event], folder: Path) -> None:
        """Write what the view is into the folder of the run."""


def known_views(plugins: Iterable[EntryPoint] | None = None) -> Sequence[EntryPoint]:
    """Return all views, ours first; plugins: the entry points to take, those installed if None."""
    own = [EntryPoint(name, value, GROUP) for name, value in OWN_VIEWS.items()]
    return [*own, *(entry_points(group=GROUP) if plugins is None else plugins)]


def make_views(
    record: Record, events: Sequence[Event], folder: Path, plugins: Iterable[EntryPoint] | None = None
) -> list[str]:
    """Make every view of a run; return a sentence for each that could not be made.

    What one of ours raises is raised, such as OSError for a full disk: without them there is no report.
    """
    problems: list[str] = []
    made: dict[str, str] = {}
    for entry in known_views(plugins):
        if made.setdefault(entry.name, entry.value) != entry.value:
            problems.append(
                f"the view '{entry.name}' of {entry.value} was not made: {made[entry.name]} has its name already"
            )
            continue
        try:
            view: View = entry.load()
            view(record, events, folder)
        except Exception as error:  # a view may be anybody's, and the others are made all the same
            if OWN_VIEWS.get(entry.name) == entry.value:
                raise
            reason = f"{type(error).__name__}: {_one_line(error)}"
            problems.append(f"the view '{entry.name}' was not made ({reason})")
    return problems


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or "no reason given"
