"""Run the cases with pytest, with our own display in place of pytest's."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

import sts_conformance
from sts_reports.record import load_record
from sts_reports.verdict import Verdict
from sts_reports.views import PAGE
from sts_reports.views.terminal import LiveProgress, print_record

__all__ = ["RunDisplay", "run_cases"]

_CASES = Path(sts_conformance.__file__).parent


@dataclass
class RunDisplay:
    """A pytest plugin that shows the run and makes its views at the end."""

    console: Console
    quiet: bool = False
    has_begun: bool = False
    errors: list[str] = field(default_factory=list)

    def pytest_sts_begin(self, total: int) -> None:
        """Begin to show progress."""
        self.has_begun = True
        self._progress = LiveProgress(self.console)
        if not self.quiet:
            self._progress.begin(total)

    def pytest_sts_case(self, title: str, clause: str) -> None:
        """Show the case that runs."""
        self._progress.case(title, clause)

    def pytest_sts_verdict(self, title: str, clause: str, verdict: Verdict, conditional: bool) -> None:
        """Show a verdict."""
        if not self.quiet:
            self._progress.verdict(title, clause, verdict, conditional=conditional)

    def pytest_sts_asking(self, is_asking: bool) -> None:
        """Make room for a question to the operator."""
        if not self.quiet:
            (self._progress.pause if is_asking else self._progress.resume)()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what went wrong before any case could run."""
        if report.failed:
            self.errors.append(str(report.longrepr))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep why the plugin stopped; the user's own Ctrl-C needs no words."""
        if isinstance(excinfo.value, pytest.exit.Exception):
            self.errors.append(str(excinfo.value.msg))

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep what went wrong in the suite itself."""
        self.errors.append(str(excrepr))

    def pytest_sts_end(self) -> None:
        """Take the progress away."""
        if not self.quiet:
            self._progress.end()


def run_cases(arguments: Sequence[str], folder: Path, display: RunDisplay, cases: Sequence[str] = ("",)) -> int:
    """Run the cases of this package with the plugin's options; return the exit code of architecture.md.

    cases: paths or node ids within the package, everything by default.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    own = [
        *(str(_CASES / case) for case in cases),
        "-c",
        str(_CASES / "pytest.ini"),
        f"--rootdir={_CASES}",
        "--capture=no",
        "-p",
        "no:terminal",
        "-p",
        "no:cacheprovider",
        "-p",
        "sts_fixtures.plugin",
        "-p",
        "allure_pytest.plugin",
        f"--alluredir={folder / 'allure-results'}",
        f"--sts-folder={folder}",
    ]
    return int(pytest.main([*own, *arguments], plugins=[display]))


def print_run(console: Console, folder: Path, wall_seconds: float | None = None) -> None:
    """Print the table and the conclusion of a run, how much time it stood for, and where its files are."""
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
