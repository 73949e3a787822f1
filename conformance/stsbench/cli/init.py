"""The `stsbench init` command: ask for a meter's declaration item by item, and write it."""

import json
import shlex
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer

from sts_fixtures.declaration.model import Declaration
from sts_fixtures.declaration.writing import (
    Answers,
    answers_with_found,
    default_answers,
    toml_text,
    toml_value,
)
from sts_reports.exit_code import ExitCode
from sts_reports.record import UnreadableRecord, load_record
from stsbench.cli.interview import interview
from stsbench.cli.shared import new_app, stop

__all__ = ["app"]

app = new_app()

_SCHEMA = "declaration.schema.json"


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="Where to write the declaration.")] = Path("meter.toml"),
    defaults: Annotated[bool, typer.Option("--defaults", help="Write sensible values without asking.")] = False,
    run: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="RUN",
            help="Take the declaration of a run, and what it found open in it.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if there is one.")] = False,
) -> None:
    """Ask for everything that a declaration says of a meter, and write it; secrets only by where they are."""
    if file.exists() and not force:
        stop(f"{file}: there is such a file already: name another one, or add --force to overwrite it")
    if not file.parent.is_dir():
        stop(f"{file}: there is no folder {file.parent}: make it first")
    if defaults and run is not None:
        stop("--defaults and --from exclude each other: leave one of them out")
    if not defaults and run is None and not sys.stdin.isatty():
        stop("there is no terminal to ask at: add --defaults, and edit the file that is written")
    try:
        answers: Answers = _of_run(run) if run else default_answers() if defaults else interview(input, typer.echo)
        _write(file, toml_text(answers, _SCHEMA))
        schema = _write_schema(file.parent)
    except (KeyboardInterrupt, EOFError):
        stop(f"\nstopped: {file} was not written", ExitCode.UNDECIDED)
    except OSError as error:
        stop(f"{file}: it cannot be written ({error.strerror}): check the permissions of its folder")
    typer.echo(f"{file} is written{f', with {schema} for your editor' if schema else ''}.")
    typer.echo(f"Check it with: stsbench ics check {shlex.quote(str(file))}")


def _of_run(folder: Path) -> Answers:
    """Return what a run's record says of its meter."""
    try:
        record = load_record(folder)
    except UnreadableRecord as error:
        stop(str(error))
    found = {one["item"]: one["option"] for one in record["traits"] if one["item"]}
    for item, option in found.items():
        typer.echo(f"traits.{item} = {toml_value(option)}: the meter showed it")
    return answers_with_found(record["declaration"], found)


def _write(file: Path, text: str) -> None:
    """Write a file at once or not at all."""
    with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, prefix=f".{file.name}.", delete=False) as new:
        part = Path(new.name)
        try:
            new.write(text)
            new.close()
            part.chmod(0o644)
            part.replace(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _write_schema(folder: Path) -> Path | None:
    """Write the schema that the first line names, unless there is one; return it if it is new."""
    path = folder / _SCHEMA
    if path.exists():
        return None
    _write(path, json.dumps(Declaration.model_json_schema(), indent=2) + "\n")
    return path
