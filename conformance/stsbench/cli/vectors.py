"""The `stsbench vectors` command: look after the library of test vectors (IEC 62055-41)."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from sts62055 import library
from sts62055.library.lint import NoVectors, count, lint
from sts_reports.exit_code import ExitCode
from stsbench.cli.shared import AsJson, new_app

__all__ = ["app"]

_RESULTS = ("valid", "invalid", "conditional")

app = new_app("Look after the library of test vectors.")


@app.callback()
def _vectors() -> None:
    """Look after the library of test vectors."""


@app.command("lint")
def lint_command(
    folder: Annotated[
        Path | None,
        typer.Argument(help="The folder of the JSON files; without it the library that ships with us."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check form, ids, flags and every value of the vectors; exit code 1 if anything is wrong."""
    chosen = folder or Path(library.__file__).parent
    try:
        problems = lint(chosen)
        counts = count(chosen)
    except NoVectors as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(ExitCode.USAGE) from None
    totals = {"vectors": counts.total(), **{result: counts[result] for result in _RESULTS}}
    if as_json:
        rows = [
            {"file": str(problem.path), "place": problem.place, "problem": problem.what} for problem in problems
        ]
        sys.stdout.write(json.dumps({**totals, "problems": rows}, indent=1, ensure_ascii=False) + "\n")
    else:
        lines = [str(problem) for problem in problems]
        told = ", ".join(f"{totals[result]} {result}" for result in _RESULTS)
        lines.append(f"{totals['vectors']} vectors ({told}), {_plural(len(problems), 'problem')}")
        sys.stdout.write("\n".join(lines) + "\n")
    raise typer.Exit(ExitCode.DOES_NOT_CONFORM if problems else 0)


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
