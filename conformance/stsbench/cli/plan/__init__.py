"""The `stsbench plan` command: rehearse a campaign on the simulated bench, and say what it will take."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from sts_conformance import register
from sts_fixtures.declaration.consistency import Conflict, find_conflicts
from sts_fixtures.declaration.consistency.rule import Weight
from sts_fixtures.declaration.declared_meter import load_declaration, simulated_meter_path
from sts_fixtures.declaration.model import Declaration
from sts_reports.verdict import Verdict
from sts_rigs.files.rig import Rig, load_rig, simulated_rig
from sts_rigs.simulator.timeline import START
from stsbench.cli.plan.content import Plan, make_plan
from stsbench.cli.plan.tables import print_plan
from stsbench.running import RunDisplay, run_cases

__all__ = ["plan"]

_USAGE = 2
_BENCH_FAULT = 4
_NOTHING = 5


class _RehearsalDisplay(RunDisplay):
    """Shows the progress of a rehearsal, whose verdicts nobody waits for."""

    def pytest_sts_verdict(
        self,
        title: str,  # noqa: ARG002 - the hook has it
        clause: str,  # noqa: ARG002 - the hook has it
        verdict: Verdict,  # noqa: ARG002 - the hook has it
        conditional: bool,  # noqa: ARG002 - the hook has it
    ) -> None:
        """Show that a case ended."""
        if not self.quiet:
            self._progress.advance()


def plan(
    rig: Annotated[
        Path | None, typer.Option("--rig", help="Rig file (TOML); without it the simulated bench.")
    ] = None,
    meter: Annotated[Path | None, typer.Option("--meter", help="The meter's declaration (TOML).")] = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", help="Your own values over the protocol profile (TOML).")
    ] = None,
    inspection: Annotated[
        Path | None,
        typer.Option("--inspection", help="Answers to what papers show (TOML); see `stsbench inspect`."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Requirement id, or its beginning: 41-7.3, 52. May be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the run.")] = 1,
    shuffle: Annotated[
        int | None, typer.Option("--shuffle", min=1, help="Run the cases in a random order with this seed.")
    ] = None,
    per_prompt: Annotated[
        float, typer.Option("--per-prompt", min=0, help="Seconds that the operator takes for each prompt.")
    ] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Say before a campaign what it takes, such as time, tokens and power cuts, and what it leaves out."""
    display = _RehearsalDisplay(Console(stderr=True), quiet=as_json)
    selected = tuple(only or ())
    arguments = ["--sts-rehearse", f"--sts-seed={seed}", *(f"--sts-only={name}" for name in selected)]
    options = {"rig": rig, "meter": meter, "profile": profile, "inspection": inspection, "shuffle": shuffle}
    arguments += [f"--sts-{name}={value}" for name, value in options.items() if value is not None]
    with tempfile.TemporaryDirectory(prefix="stsbench-plan-") as scratch:
        folder = Path(scratch) / "rehearsal"
        folder.mkdir()
        code = run_cases(arguments, folder, display)
        if not display.has_begun or display.errors:
            _stop(display.errors or [_why_nothing(code)], code)
        declared = load_declaration(meter or simulated_meter_path())
        found = make_plan(folder, register.load(), declared, selected, per_prompt)
    if found.record["faults"]:
        faults = [f"{fault['what']}: {fault['remedy']}" for fault in found.record["faults"]]
        _stop(faults, _BENCH_FAULT if any(case.cost.seconds for case in found.cases) else _USAGE)
    conflicts = _conflicts(declared.declaration, load_rig(rig) if rig else simulated_rig(), found)
    if as_json:
        _print_json(found, conflicts)
    else:
        print_plan(Console(), found, conflicts)


def _conflicts(declaration: Declaration, rig: Rig, found: Plan) -> list[Conflict]:
    """Return what contradicts itself on the day of the run, and doubts where something was not passed."""
    day = START if rig.port.is_simulated else datetime.now(UTC)
    conflicts = find_conflicts(declaration, day=day.date())
    return [one for one in conflicts if found.not_passed or one.rule.weight is Weight.CONTRADICTION]


def _print_json(found: Plan, conflicts: list[Conflict]) -> None:
    content = {**found.as_json(), "conflicts": [conflict.as_json() for conflict in conflicts]}
    typer.echo(json.dumps(content, indent=1, ensure_ascii=False))


def _why_nothing(code: int) -> str:
    if code == _NOTHING:
        return "Nothing was selected: --only takes ids, or beginnings of ids, of 'stsbench clauses'."
    return "The rehearsal did not begin."


def _stop(texts: list[str], code: int) -> NoReturn:
    for text in texts:
        typer.echo(text, err=True)
    raise typer.Exit(code if code in (_USAGE, _NOTHING) else _BENCH_FAULT)
