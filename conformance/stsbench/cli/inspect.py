"""The `stsbench inspect` command: write the form for the requirements that a person answers from documents."""

import sys
from pathlib import Path
from textwrap import wrap
from typing import Annotated

import tomlkit
import typer
from tomlkit import TOMLDocument

from sts_conformance import register
from sts_fixtures.declaration.declared_meter import DeclaredMeter, declaration_path, load_declaration
from sts_fixtures.register import Register, Requirement
from sts_fixtures.register.inspection import VERDICTS, InspectedMeterSection, is_by_inspection
from sts_fixtures.register.selection import reason_not_applicable
from sts_reports.exit_code import ExitCode
from sts_rigs.errors import FileFault
from sts_rigs.files.consent import Permission
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
    """Write a form (TOML) for what only documents, or a look at the meter, show; `run --inspection` reads it."""
    try:
        declared = load_declaration(declaration_path(meter), Permission.NEVER)
    except FileFault as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.USAGE) from None
    sys.stdout.write(_form(register.load(), declared, schema))


def _form(whole: Register, meter: DeclaredMeter, schema: str | None) -> str:
    questions = [
        _question(requirement, reason_not_applicable(requirement, meter))
        for requirement in filter(is_by_inspection, whole)
    ]
    first_line = f"#:schema {schema}\n" if schema else ""
    return first_line + "\n".join(map(tomlkit.dumps, (_head(meter), *questions)))


def _head(meter: DeclaredMeter) -> TOMLDocument:
    head = tomlkit.document()
    _comment(head, "What only documents, or a look at the meter, can show: one answer for each requirement.")
    _comment(head, f"verdict: {', '.join(VERDICTS)}; an answer without one is not answered.")
    _comment(head, "reference: which document shows it, and where in it.")
    _comment(head, "An answer may have a remark, and its own by and date.")
    head.add(tomlkit.nl())
    _comment(head, "Who answers, and when (as 2026-11-20).")
    head.update({"by": "", "date": ""})
    head.add(tomlkit.nl())
    _comment(head, "The meter that is inspected.")
    head["meter"] = {name: getattr(meter.declaration.meter, name) for name in InspectedMeterSection.model_fields}
    return head


def _question(requirement: Requirement, excluded: str | None) -> TOMLDocument:
    question = tomlkit.document()
    where = (
        f"{requirement.clause} {requirement.clause_title}" if requirement.is_numbered else requirement.clause_title
    )
    _comment(question, f"{requirement.standard}, {where}. {requirement.text} ({requirement.strength})")
    if excluded:
        _comment(question, f"{requirement.id} does not apply ({excluded}).")
        return question
    _comment(question, f"By inspection: {requirement.because}.")
    question["answer"] = [{"requirement": requirement.id, "verdict": "", "reference": ""}]
    return question


def _comment(document: TOMLDocument, text: str) -> None:
    for line in wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False):
        document.add(tomlkit.comment(line))
    document.add(tomlkit.ws(""))  # else tomlkit sets a blank line between a comment and its table
