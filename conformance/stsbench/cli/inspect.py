"""The `stsbench inspect` command: write the form for the requirements that a person answers from papers."""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Annotated

import typer

from sts_conformance import register
from sts_fixtures.declaration.declared_meter import DeclaredMeter, load_declaration, simulated_meter_path
from sts_fixtures.declaration.writing import toml_value
from sts_fixtures.register import Register, Requirement
from sts_fixtures.register.inspection import VERDICTS, InspectedMeterSection, is_by_inspection
from sts_fixtures.register.selection import reason_not_applicable
from sts_reports.exit_code import ExitCode
from sts_rigs.errors import FileFault
from stsbench.cli.shared import new_app

__all__ = ["app"]

app = new_app()

_WIDTH = 110


@app.command()
def inspect(
    meter: Annotated[
        Path | None,
        typer.Option("--meter", help="The meter's declaration (TOML); without it the simulated meter's."),
    ] = None,
    schema: Annotated[
        str | None, typer.Option("--schema", help="Where the schema is, for editors: a path or an address.")
    ] = None,
) -> None:
    """Write a form (TOML) for what only papers, or a look at the meter, can show; `run --inspection` reads it."""
    try:
        declared = load_declaration(meter or simulated_meter_path())
    except FileFault as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.USAGE) from None
    sys.stdout.write("\n".join(_form(register.load(), declared, schema)) + "\n")


def _form(whole: Register, meter: DeclaredMeter, schema: str | None) -> Iterator[str]:
    if schema:
        yield f"#:schema {schema}"
    yield "# What only papers, or a look at the meter, can show: one answer for each requirement."
    yield f"# verdict: {', '.join(VERDICTS)}; an answer without one is not answered."
    yield "# reference: which document shows it, and where in it."
    yield "# An answer may have a remark, and its own by and date."
    yield ""
    yield "# Who answers, and when (as 2026-11-20)."
    yield 'by = ""'
    yield 'date = ""'
    yield ""
    yield "# The meter that is inspected."
    yield "[meter]"
    for name in InspectedMeterSection.model_fields:
        yield f"{name} = {toml_value(getattr(meter.declaration.meter, name))}"
    for requirement in filter(is_by_inspection, whole):
        yield ""
        yield from _question(requirement, reason_not_applicable(requirement, meter))


def _question(requirement: Requirement, excluded: str | None) -> Iterator[str]:
    where = (
        f"{requirement.clause} {requirement.clause_title}" if requirement.is_numbered else requirement.clause_title
    )
    yield from _comment(f"{requirement.standard}, {where}. {requirement.text} ({requirement.strength})")
    if excluded:
        yield from _comment(f"{requirement.id} does not apply: {excluded}.")
        return
    yield from _comment(f"By inspection: {requirement.because}.")
    yield "[[answer]]"
    yield f"requirement = {toml_value(requirement.id)}"
    yield 'verdict = ""'
    yield 'reference = ""'


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)]
