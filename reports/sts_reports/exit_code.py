"""The exit codes of every command, in one table."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from sts_reports.verdict import Verdict, worst

__all__ = ["ExitCode", "exit_code"]


class ExitCode(IntEnum):
    """What a command came to; a traceback never exits with 1."""

    CONFORMS = 0
    DOES_NOT_CONFORM = 1
    USAGE = 2
    UNDECIDED = 3
    BENCH_FAULT = 4
    NOTHING_SELECTED = 5
    SUITE_FAILED = 6

    @property
    def meaning(self) -> str:
        """What the code says, in a few words."""
        return _MEANINGS[self]


_MEANINGS: Final = {
    ExitCode.CONFORMS: "conforms, or done",
    ExitCode.DOES_NOT_CONFORM: "does not conform",
    ExitCode.USAGE: "wrong usage or files",
    ExitCode.UNDECIDED: "inconclusive, not tested, or interrupted",
    ExitCode.BENCH_FAULT: "bench fault",
    ExitCode.NOTHING_SELECTED: "nothing selected",
    ExitCode.SUITE_FAILED: "the suite itself failed",
}

_OF_VERDICT: Final = {
    Verdict.PASS: ExitCode.CONFORMS,
    Verdict.FAIL: ExitCode.DOES_NOT_CONFORM,
    Verdict.INCONCLUSIVE: ExitCode.UNDECIDED,
    Verdict.NOT_TESTED: ExitCode.UNDECIDED,
    Verdict.ERROR: ExitCode.BENCH_FAULT,
}


def exit_code(verdicts: Iterable[Verdict]) -> ExitCode:
    """Return the exit code of a run over the verdicts of its requirements; without those that do not apply."""
    found = [verdict for verdict in verdicts if verdict is not Verdict.NOT_APPLICABLE]
    return _OF_VERDICT[worst(found)] if found else ExitCode.NOTHING_SELECTED
