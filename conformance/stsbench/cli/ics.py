"""The `stsbench ics` command: check a declaration before it costs a meter."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from sts_fixtures.declaration.consistency import Conflict, find_conflicts
from sts_fixtures.declaration.consistency.rule import Weight
from sts_fixtures.declaration.declared_meter import DeclaredMeter, declared_commands, read_secrets
from sts_fixtures.declaration.model import Declaration
from sts_fixtures.declaration.writing import default_answers
from sts_reports.exit_code import ExitCode
from sts_rigs.errors import FileFault
from sts_rigs.files.consent import Permission
from sts_rigs.files.rig import Rig, load_rig
from sts_rigs.files.toml import load_toml
from sts_rigs.simulator.timeline import START
from stsbench.cli.shared import AsJson, new_app, stop

__all__ = ["app"]

_KEY = re.compile(r"[a-z_]+(?:\.[a-z_0-9]+)+")

app = new_app("Check the declaration of a meter (ICS and IXIT).")


@app.callback()
def _group() -> None:
    """Check the declaration of a meter (ICS and IXIT)."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The meter's declaration (TOML).")],
    rig: Annotated[
        Path | None, typer.Option("--rig", help="The rig file (TOML) of the bench that is to test it.")
    ] = None,
    day: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day of the test; default today.")
    ] = None,
    secrets: Annotated[
        bool, typer.Option("--secrets/--no-secrets", help="Read the vending key and the tables, too.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Check a declaration: its items, its secrets, and whether items contradict each other."""
    try:
        bench = load_rig(rig) if rig else None
    except FileFault as error:
        stop(str(error))
    faults, conflicts, notes = _examine(file, bench, day.date() if day else _today(bench), with_secrets=secrets)
    conflicts.sort(key=lambda conflict: conflict.rule.weight)
    doubts = sum(conflict.rule.weight is Weight.DOUBT for conflict in conflicts)
    wrong = len(faults) + len(conflicts) - doubts
    if as_json:
        findings = [*map(_fault_as_json, faults), *(conflict.as_json() for conflict in conflicts)]
        content = {"file": str(file), "wrong": wrong, "doubts": doubts, "findings": findings, "notes": notes}
        typer.echo(json.dumps(content, indent=1, ensure_ascii=False))
    else:
        for line in (*(f"fault: {fault}" for fault in faults), *conflicts, *(f"note: {note}" for note in notes)):
            typer.echo(line)
        typer.echo(f"{file}: {wrong} wrong, {doubts} {'doubt' if doubts == 1 else 'doubts'}")
    raise typer.Exit(ExitCode.USAGE if wrong else 0)


def _examine(
    file: Path, bench: Rig | None, day: date, *, with_secrets: bool
) -> tuple[list[str], list[Conflict], list[str]]:
    """Return what a file shows to be wrong, what contradicts itself if it can be read, and what is not run."""
    try:
        declared = load_toml(file, Declaration)
    except FileFault as error:
        return _faults(file, error), [], []
    unanswered = _unanswered(declared)
    conflicts = find_conflicts(declared, day=day, interface=bench.port.interface if bench else None)
    notes: list[str] = []
    if with_secrets:
        contradicts = any(conflict.rule.weight is Weight.CONTRADICTION for conflict in conflicts)
        # A key cannot be made of items that contradict one another: that is told already.
        read = read_secrets if contradicts else DeclaredMeter
        notes = [
            f"{one}: a check does not run it, and has not seen what it prints"
            for one in declared_commands(declared, file.parent)
        ]
        try:
            read(file, declared, Permission.NEVER)
        except FileFault as error:
            return [*unanswered, *_faults(file, error)], conflicts, notes
    return unanswered, conflicts, notes


def _unanswered(declared: Declaration) -> list[str]:
    """Return what is still as `stsbench init` writes it where nobody has answered, and cannot be so."""
    if declared.meter.maker != default_answers()["meter"]["maker"]:
        return []
    what = f"meter.maker is still {declared.meter.maker!r}, which stands for an answer"
    return [f"{what}: write who makes the meter, and see that model, serial, firmware and DRN are its own, too"]


def _faults(file: Path, error: FileFault) -> list[str]:
    return [line for line in str(error).replace(f"{file}: ", "").splitlines() if line.strip()]


def _fault_as_json(fault: str) -> dict[str, object]:
    key = _KEY.match(fault)
    return {"kind": "fault", "items": {key.group(): None} if key else {}, "what": fault}


def _today(bench: Rig | None) -> date:
    return (START if bench is not None and bench.port.is_simulated else datetime.now(UTC)).date()
