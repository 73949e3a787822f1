"""Campaigns in this process: pytest runs the cases, and what it says goes to listeners instead of the terminal."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from sts_conformance.case_index import pytest_words
from sts_fixtures.campaign.options import RunRequest
from sts_fixtures.campaign.run_folder import new_run_folder
from sts_fixtures.declaration.declared_meter import declaration_path
from sts_fixtures.declaration.model import Declaration
from sts_fixtures.plugin.session import run_pytest
from sts_reports.exit_code import ExitCode
from sts_reports.journal import JOURNAL, JournalLost, unborn
from sts_reports.record import Record, load_record
from sts_rigs.errors import BenchFault, DiskFault, FileFault
from sts_rigs.files.failures import keep_failure, keep_traceback
from sts_rigs.files.toml import load_toml

__all__ = ["CampaignNotRun", "CampaignResult", "run_campaign", "run_cases"]


class CampaignNotRun(Exception):
    """A campaign could not be run, or was not brought to its end: why, and the exit code that says so."""

    def __init__(self, code: ExitCode, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.code = code
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """What a campaign came to: its exit code and its folder; problems: a sentence for each view not made."""

    code: ExitCode
    folder: Path
    problems: tuple[str, ...] = ()

    @property
    def record(self) -> Record:
        """The record of the run."""
        return load_record(self.folder)


def run_campaign(**options: Any) -> Record:
    """Run a campaign in this process and return its record; CampaignNotRun tells why there is none.

    The options are those of `stsbench run`, by the names of the fields of RunRequest: rig, meter, only ...
    """
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in options.items()
    }
    return run_cases(RunRequest(**given)).record


def run_cases(
    request: RunRequest, *, cases: Sequence[str] = ("",), listeners: Sequence[object] = ()
) -> CampaignResult:
    """Run the cases of this package in a folder of their own; CampaignNotRun tells why that was not done.

    cases: paths or node ids within the package, everything by default; listeners: pytest plugins that learn what
    goes on by the hooks of `sts_fixtures.plugin.hookspecs`.
    """
    try:
        declaration = load_toml(declaration_path(request.meter), Declaration)
        made = [] if request.out.exists() else [request.out]
        folder = request.folder or new_run_folder(request.out, declaration)
    except DiskFault as error:
        raise CampaignNotRun(ExitCode.BENCH_FAULT, [str(error)]) from None
    except (FileFault, BenchFault) as error:
        raise CampaignNotRun(ExitCode.USAGE, [str(error)]) from None
    made += [] if request.folder else [folder, unborn(folder)]
    failure = _Failure(folder)
    code = _run_pytest(replace(request, folder=folder), cases, [failure, _AllureFollows(), *listeners])
    if failure.code is None and not failure.has_begun:
        failure.code = ExitCode.NOTHING_SELECTED if code == ExitCode.NOTHING_SELECTED else ExitCode.SUITE_FAILED
    if failure.code is None:
        return CampaignResult(ExitCode(code), folder, tuple(failure.problems))
    if not failure.has_begun:
        _remove(made)
    raise CampaignNotRun(failure.code, failure.errors or [_WORDS[failure.code]])


_ALLURE = "allure-results"
_WORDS = {
    ExitCode.NOTHING_SELECTED: (
        "Nothing was selected: --only takes ids, or beginnings of ids, of 'stsbench clauses'."
    ),
    ExitCode.SUITE_FAILED: "The suite itself failed before the first case: report it.",
}


class _AllureFollows:
    """A pytest plugin that has Allure's results follow the folder of the run, which has its name now."""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Keep where the results go."""
        self._option = config.option

    @pytest.hookimpl(tryfirst=True)
    def pytest_sts_begin(self, folder: Path) -> None:
        """Name the new place."""
        from allure_commons import plugin_manager
        from allure_commons.logger import AllureFileLogger

        before, place = unborn(folder.absolute()) / _ALLURE, folder.absolute() / _ALLURE
        if Path(self._option.allure_report_dir).absolute() != before:
            return
        self._option.allure_report_dir = str(place)
        for plugin in plugin_manager.get_plugins():
            if isinstance(plugin, AllureFileLogger) and vars(plugin)["_report_dir"] == before:
                vars(plugin)["_report_dir"] = place
        place.mkdir(exist_ok=True)


@dataclass(eq=False)  # pytest keeps plugins in sets
class _Failure:
    """A pytest plugin that keeps what kept a campaign from its end; code: None while nothing did."""

    folder: Path
    has_begun: bool = False
    code: ExitCode | None = None
    errors: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def pytest_sts_end(self, problems: list[str]) -> None:
        """Keep which views of the run could not be made."""
        self.problems = problems

    def pytest_sts_begin(self) -> None:
        """Note that the campaign has begun."""
        self.has_begun = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what went wrong before any case could run."""
        if report.failed:
            self._take(ExitCode.USAGE, f"{report.nodeid}: it cannot be collected ({_last_line(report.longrepr)})")

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep why the plugin stopped; the user's own Ctrl-C needs no words."""
        if isinstance(excinfo.value, pytest.exit.Exception):
            self._take(ExitCode(excinfo.value.returncode or ExitCode.SUITE_FAILED), str(excinfo.value.msg))

    def pytest_sts_unreported(self, text: str, code: ExitCode) -> None:
        """Keep why there is no report, unless a loss before it tells that."""
        if self.code is None:
            self._take(code, text)

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Keep what went wrong in the suite itself, and its traceback in the folder of the run."""
        error = excinfo.value
        if isinstance(error, OSError) or (self.has_begun and not self.folder.exists()):
            # another plugin, such as that of Allure, met it before the journal did
            reason = error if self.folder.exists() or not self.has_begun else "its folder was deleted"
            self._take(ExitCode.BENCH_FAULT, str(JournalLost(self.folder / JOURNAL, str(reason))))
            return True
        if not self.has_begun:  # the folder goes with a run that did not begin
            self._take(ExitCode.SUITE_FAILED, keep_failure(error))
            return True
        self._take(ExitCode.SUITE_FAILED, keep_traceback(error, self.folder))
        return True

    def _take(self, code: ExitCode, text: str) -> None:
        self.code = self.code or code
        self.errors.append(text)


def _run_pytest(request: RunRequest, cases: Sequence[str], plugins: Sequence[object]) -> int:
    folder = request.folder or Path()
    place = folder if folder.exists() else unborn(folder)
    own = [
        *pytest_words(*cases),
        "-p",
        "allure_pytest.plugin",
        f"--alluredir={place / _ALLURE}",
    ]
    return run_pytest([*own, *request.words(prefix="--sts-")], plugins)


def _last_line(longrepr: object) -> str:
    return next((line.strip("E ") for line in reversed(str(longrepr).splitlines()) if line.startswith("E ")), "")


def _remove(made: Sequence[Path]) -> None:
    """Leave no folders of a run that did not begin; the last one that was made holds what pytest left there."""
    for folder in reversed(made):
        shutil.rmtree(folder, ignore_errors=True)
