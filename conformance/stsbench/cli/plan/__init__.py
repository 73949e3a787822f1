"""The `stsbench plan` command: rehearse a campaign on the simulated bench, and say what it will take."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sts_fixtures.campaign.options import RunRequest
from sts_fixtures.declaration.consistency import Conflict, find_conflicts
from sts_fixtures.declaration.consistency.rule import Weight
from sts_fixtures.declaration.declared_meter import declaration_path, load_declaration
from sts_fixtures.declaration.model import Declaration
from sts_fixtures.plugin.listing import CollectedCases
from sts_reports.exit_code import ExitCode
from sts_reports.verdict import Verdict
from sts_rigs.files.consent import Permission
from sts_rigs.files.rig import Rig, load_rig, simulated_rig
from sts_rigs.simulator.timeline import START
from stsbench.cli.plan.content import Plan, make_plan
from stsbench.cli.plan.tables import print_plan
from stsbench.cli.run import RunDisplay
from stsbench.cli.shared import AsJson, new_app, new_console, print_json, stop, takes_request
from stsbench.running import CampaignNotRun, run_cases

__all__ = ["app"]

app = new_app()


class _RehearsalDisplay(RunDisplay):
    """Shows the progress of a rehearsal, whose verdicts nobody waits for."""

    def pytest_sts_verdict(
        self,
        title: str,  # noqa: ARG002 - the hook has it
        clause: str,  # noqa: ARG002 - the hook has it
        verdict: Verdict,  # noqa: ARG002 - the hook has it
        reason: str,  # noqa: ARG002 - the hook has it
        conditional: bool,  # noqa: ARG002 - the hook has it
    ) -> None:
        """Show that a case ended."""
        self._progress.advance()


@app.command()
@takes_request(
    "rig",
    "meter",
    "profile",
    "inspection",
    "cases",
    "edition",
    "only",
    "seed",
    "shuffle",
    "night",
    "allow_commands",
)
def plan(
    request: RunRequest,
    per_prompt: Annotated[
        float, typer.Option("--per-prompt", min=0, help="Seconds that the operator takes for each prompt.")
    ] = 30,
    as_json: AsJson = False,
) -> None:
    """Rehearse a campaign: what it takes, such as time, tokens and power cuts, and what it leaves out."""
    collected = CollectedCases()
    displays = [] if as_json else [_RehearsalDisplay(new_console(stderr=True))]
    with tempfile.TemporaryDirectory(prefix="stsbench-plan-") as scratch:
        folder = Path(scratch) / "rehearsal"
        folder.mkdir()
        try:
            run_cases(replace(request, rehearse=True, folder=folder), listeners=[collected, *displays])
        except CampaignNotRun as error:
            stop(str(error), error.code)
        declared = load_declaration(declaration_path(request.meter), Permission.NEVER)
        found = make_plan(folder, collected.register, declared, request.only, per_prompt)
    if found.record["faults"]:
        has_begun = any(case.cost.seconds for case in found.cases)
        faults = "\n".join(f"{fault['what']}: {fault['remedy']}" for fault in found.record["faults"])
        stop(faults, ExitCode.BENCH_FAULT if has_begun else ExitCode.USAGE)
    conflicts = _conflicts(declared.declaration, load_rig(request.rig) if request.rig else simulated_rig(), found)
    if as_json:
        print_json({**found.as_json(), "conflicts": [conflict.as_json() for conflict in conflicts]})
    else:
        print_plan(new_console(), found, conflicts)


def _conflicts(declaration: Declaration, rig: Rig, found: Plan) -> list[Conflict]:
    """Return what contradicts itself on the day of the run, and doubts where something was not passed."""
    day = START if rig.port.is_simulated else datetime.now(UTC)
    conflicts = find_conflicts(declaration, day=day.date())
    return [one for one in conflicts if found.not_passed or one.rule.weight is Weight.CONTRADICTION]
