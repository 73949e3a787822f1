"""The `stsbench report` command: the views of a run, made anew from its journal."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sts_reports.journal import BrokenJournal
from sts_reports.views import write_views
from stsbench.cli.run import print_run
from stsbench.cli.shared import AsJson, new_app, print_json, stop

__all__ = ["app"]

app = new_app()


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="The folder of a run.")], as_json: AsJson = False) -> None:
    """Make record.json and index.html anew from the journal of a run, also of one that was cut off."""
    try:
        record = write_views(folder)
    except (FileNotFoundError, NotADirectoryError):
        stop(f"{folder}: there is no journal.jsonl: name the folder of a run")
    except BrokenJournal as error:
        stop(f"{error}: the journal was changed after the run, and is no evidence")
    if as_json:
        print_json(record)
    else:
        print_run(Console(), folder)
