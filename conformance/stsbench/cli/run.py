"""The `stsbench run` command: judge a meter."""

import time
from pathlib import Path

import typer
from rich.console import Console

from sts_fixtures.campaign.options import RunRequest
from sts_reports.exit_code import ExitCode
from sts_reports.record import UnreadableRecord, load_record
from sts_reports.verdict import Verdict
from sts_reports.views import PAGE
from sts_reports.views.terminal import LiveProgress, print_record
from stsbench.cli.shared import AsJson, new_app, new_console, print_json, stop, stopping, takes_request
from stsbench.running import CampaignNotRun, run_cases

__all__ = ["RunDisplay", "app", "print_run"]

app = new_app()


class RunDisplay:
    """A listener that shows the progress of a campaign, and its verdicts."""

    def __init__(self, console: Console) -> None:
        self._progress = LiveProgress(console)
        self._is_shown = False

    def pytest_sts_begin(self, total: int) -> None:
        """Begin to show progress."""
        self._is_shown = True
        self._progress.begin(total)

    def pytest_sts_case(self, title: str, clause: str) -> None:
        """Show the case that runs."""
        self._progress.case(title, clause)

    def pytest_sts_verdict(
        self, title: str, clause: str, verdict: Verdict, reason: str, conditional: bool
    ) -> None:
        """Show a verdict."""
        self._progress.verdict(title, clause, verdict, reason, conditional=conditional)

    def pytest_sts_asking(self, is_asking: bool) -> None:
        """Make room for a question to the operator."""
        (self._progress.pause if is_asking else self._progress.resume)()

    def pytest_sts_told(self, text: str) -> None:
        """Show a sentence."""
        self._progress.tell(text)

    def pytest_unconfigure(self) -> None:
        """Take the progress away, however the campaign ended."""
        if self._is_shown:
            self._progress.end()


class Told:
    """A listener that shows on standard error what is to be seen at once, and nothing else."""

    def pytest_sts_told(self, text: str) -> None:
        """Show a sentence."""
        typer.echo(text, err=True)


@app.command()
@takes_request()
def run(request: RunRequest, as_json: AsJson = False) -> None:
    """Judge a meter: the simulated one, or the one that a rig file and a declaration describe."""
    console = new_console(stderr=as_json)
    started = time.monotonic()
    try:
        result = run_cases(request, listeners=[Told() if as_json else RunDisplay(console)])
    except CampaignNotRun as error:
        stop(str(error), error.code)
    for problem in result.problems:
        typer.echo(problem, err=True)
    if as_json:
        with stopping(UnreadableRecord, code=ExitCode.BENCH_FAULT):
            print_json(result.record)
    else:
        print_run(console, result.folder, wall_seconds=time.monotonic() - started)
    raise typer.Exit(result.code)


def print_run(console: Console, folder: Path, wall_seconds: float | None = None) -> None:
    """Print the table and the conclusion of a run, how much time it stood for, and where its files are."""
    with stopping(UnreadableRecord, code=ExitCode.BENCH_FAULT):
        record = load_record(folder)
    print_record(console, record)
    simulated = record["simulated"]
    if simulated is not None:
        minutes, seconds = divmod(round(simulated["line_seconds"]), 60)
        took = "" if wall_seconds is None else f" in {wall_seconds:.1f} s"
        console.print(
            f"Simulated {minutes} min {seconds} s of line time, {simulated['characters']} characters{took}.",
            highlight=False,
        )
    console.print(f"Report: {folder / PAGE}", highlight=False, soft_wrap=True)
