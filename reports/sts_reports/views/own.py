"""Our own views: the record as JSON, and the page."""

from collections.abc import Sequence
from pathlib import Path

from sts_reports.events import Event
from sts_reports.record import Record, write_record
from sts_reports.views import PAGE
from sts_reports.views.html import write_html
from sts_reports.views.pictures import draw_record

__all__ = ["write_page", "write_record_file"]


def write_record_file(record: Record, events: Sequence[Event], folder: Path) -> None:  # noqa: ARG001 - as a view has it
    """Write record.json."""
    write_record(folder, record)


def write_page(record: Record, events: Sequence[Event], folder: Path) -> None:  # noqa: ARG001 - as a view has it
    """Write index.html with its pictures."""
    write_html(record, folder / PAGE, draw_record(record, folder))
