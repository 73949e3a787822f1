"""The `stsbench explore` command: random sequences of events, judged by the model, shrunk where they fail."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from sts_fixtures.campaign.options import RunRequest
from sts_fixtures.campaign.settings import WrongOption
from sts_fixtures.campaign.signals import stopping_like_ctrl_c
from sts_fixtures.exploring.budget import Budget
from sts_fixtures.exploring.exploration import Progress as Show
from sts_fixtures.exploring.script import load_script
from sts_reports.exit_code import ExitCode
from sts_reports.journal import JournalLost
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.simulator.defects import UnknownDefect
from stsbench.cli.shared import AsJson, naming, new_app, new_console, print_json, stopping, takes_request
from stsbench.exploring import Explorer, Outcome

__all__ = ["app"]

app = new_app()

_WHOLE = 1000
_WRONG = (FileFault, WrongOption, UnknownDefect)


@app.command()
@takes_request(
    "rig", "meter", "profile", "defect", "defects", "seed", "out", "state", "date", "recover", "allow_commands"
)
def explore(
    request: RunRequest,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            metavar="LIMITS",
            help="What may be used: such as 30min,200tids or 5000sequences; without it 1000 sequences on the "
            "simulated bench, and 30 minutes and 240 TIDs on a real meter.",
        ),
    ] = None,
    failures: Annotated[int, typer.Option("--failures", min=1, help="End after so many failures.")] = 1,
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="FILE", help="Perform the sequence of this file instead.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge a meter by random sequences of events: tokens, power cuts, tampering, loads, waits.

    The model says after each what may be seen. What fails is shrunk to the shortest sequence that still fails, and
    written as a file for --replay. On the simulated bench each sequence has a fresh meter. A real meter is never
    reset; only what its bench does without an operator is done to it, and at the end its key is changed back.
    """
    console = new_console(stderr=as_json)
    explorer = Explorer(request, tell=lambda text: typer.echo(text, err=True))
    with (
        stopping(*_WRONG),
        stopping(BenchFault, JournalLost, code=ExitCode.BENCH_FAULT),
        stopping_like_ctrl_c(),
    ):
        if replay is not None:
            _replay(explorer, replay, as_json)
        with naming("--budget"):
            limits = None if budget is None else Budget.parse(budget)
        with _progress(Console(stderr=True)) as show:
            outcome = explorer.explore(limits, most=failures, progress=show)
    if as_json:
        print_json(outcome.as_json())
    else:
        _print(console, outcome)
    raise typer.Exit(_code(outcome))


def _replay(explorer: Explorer, path: Path, as_json: bool) -> NoReturn:
    trial = explorer.replay(load_script(path))
    if as_json:
        accusations = [
            {"requirement": one.requirement, "finding": one.reason, "by": one.by} for one in trial.accusations
        ]
        print_json({"accusations": accusations, "steps": len(trial.sequence), "fault": trial.fault})
    else:
        for one in trial.accusations:
            typer.echo(f"FAIL {one.requirement}: {one.reason} ({one.by})")
        typer.echo(trial.fault or f"{len(trial.sequence)} steps were performed.")
    if trial.fault:
        raise typer.Exit(ExitCode.BENCH_FAULT)
    raise typer.Exit(ExitCode.DOES_NOT_CONFORM if trial.accusations else ExitCode.CONFORMS)


def _code(outcome: Outcome) -> ExitCode:
    explored = outcome.explored
    if explored.failures:
        return ExitCode.DOES_NOT_CONFORM
    if explored.faults or outcome.loss:
        return ExitCode.BENCH_FAULT
    return ExitCode.UNDECIDED if explored.is_interrupted else ExitCode.CONFORMS


@contextmanager
def _progress(console: Console) -> Iterator[Show]:
    """Show how much of the budget is used, and the time left, where the output is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("exploring", total=_WHOLE)
        yield lambda used, what: progress.update(task, completed=min(used, 1) * _WHOLE, description=what)


def _print(console: Console, outcome: Outcome) -> None:
    explored = outcome.explored
    for failure, script in zip(explored.failures, outcome.scripts, strict=True):
        console.print(f"FAIL {failure.accusation.requirement}: {failure.accusation.reason}", markup=False)
        for number, step in enumerate(failure.sequence, 1):
            console.print(f"  {number:2}  {step}", highlight=False, markup=False)
        told = f"Found after {failure.found_after} sequences, {failure.drawn} steps"
        seen = (
            f"shrunk to {len(failure.sequence)} in {failure.trials} trials"
            if failure.is_confirmed
            else ("and not seen again when the same was done once more")
        )
        console.print(f"{told}, {seen}: {script}", highlight=False, soft_wrap=True)
    for fault in dict.fromkeys([*explored.faults, *([outcome.loss] if outcome.loss else [])]):
        console.print(f"ERROR {fault}", markup=False)
    console.print(_table(outcome))
    reached = sum(rule in outcome.coverage.rules for rule in outcome.rules)
    console.print(
        f"{explored.sequences} sequences, {explored.steps} steps, {outcome.identifiers} TIDs in "
        f"{outcome.seconds:.0f} s; {len(explored.failures)} failures. Reached {reached} of {len(outcome.rules)} "
        f"rules, {len(outcome.coverage.counts)} pairs of rule and class of states.",
        highlight=False,
    )
    console.print(f"Kept in: {outcome.folder}", highlight=False, soft_wrap=True)


def _table(outcome: Outcome) -> Table:
    """Return the coverage clause by clause: rules reached and not reached, and in how many classes of states."""
    table = Table(box=None, pad_edge=False)
    for column in ("clause", "rules", "reached", "state classes", "not reached"):
        table.add_column(column, justify="left" if column in ("clause", "not reached") else "right")
    by_clause: dict[str, list[str]] = defaultdict(list)
    for rule in outcome.rules:
        standard, clause, *_ = rule.split("-")
        by_clause[f"{standard} {clause}"].append(rule)
    for clause, rules in by_clause.items():
        reached = [rule for rule in rules if rule in outcome.coverage.rules]
        classes = {of_state for rule, of_state in outcome.coverage.counts if rule in reached}
        missing = " ".join(rule for rule in rules if rule not in reached)
        table.add_row(clause, str(len(rules)), str(len(reached)), str(len(classes)), missing)
    return table
