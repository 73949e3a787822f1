"""The views of a run, made from its journal: the record, the page, and those of other packages."""

from collections.abc import Callable
from pathlib import Path

from sts_reports.journal import JOURNAL, read_journal
from sts_reports.record import Record, build_record
from sts_reports.views.registry import make_views

__all__ = ["PAGE", "write_views"]

PAGE = "index.html"
"""The name of the page in the folder of a run."""


def write_views(folder: Path, tell: Callable[[str], None]) -> Record:
    """Make every view of a run and return its record; tell: takes a sentence for each view that could not be made.

    UnreadableJournal if the journal in the folder is none of this form, or was changed; OSError if record or page
    cannot be written, which leaves those of before.
    """
    events = list(read_journal(folder / JOURNAL))
    record = build_record(events)
    for problem in make_views(record, events, folder):
        tell(problem)
    return record
