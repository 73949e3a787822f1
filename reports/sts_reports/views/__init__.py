"""Make everything that is made from a run's journal: the record, and the views of it."""

from pathlib import Path
from typing import Any

from sts_reports.record import write_record
from sts_reports.views.html import write_html
from sts_reports.views.pictures import draw_record

__all__ = ["PAGE", "write_views"]

PAGE = "index.html"


def write_views(folder: Path) -> dict[str, Any]:
    """Make record.json and the page of a run, and return the record."""
    record = write_record(folder)
    write_html(record, folder / PAGE, draw_record(record, folder))
    return record
