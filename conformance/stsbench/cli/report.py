"""The `stsbench report` command: the views of a run, made anew from its journal."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sts_reports.exit_code import ExitCode
from sts_reports.journal import JOURNAL, BrokenJournal, UnreadableJournal
from sts_reports.views import write_views
from stsbench.cli.run import print_run
from stsbench.cli.shared import AsJson, new_app, new_console, print_json, stop

__all__ = ["app"]

app = new_app()


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="The folder of a run.")], as_json: AsJson = False) -> None:
    """Make record.json and index.html anew from the journal of a run, also of one that was cut off."""
    if not (folder / JOURNAL).is_file():
        what = "it is a file" if folder.is_file() else f"there is no {JOURNAL}"
        stop(f"{folder}: {what}: name the folder of a run")
    try:
        record = write_views(folder, partial(typer.echo, err=True))
    except BrokenJournal as error:
        stop(f"{error}: the journal was changed after the run, and is no evidence")
    except UnreadableJournal as error:
        stop(str(error))
    except OSError as error:
        stop(f"the report in {folder} cannot be written ({error}): see to the disk", ExitCode.BENCH_FAULT)
    if as_json:
        print_json(record)
    else:
        print_run(new_console(), folder)
