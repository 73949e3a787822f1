"""Failures of the suite itself: one sentence for its user, and the traceback in a file of theirs alone."""

import errno
import os
import tempfile
import traceback
from pathlib import Path
from typing import Final

from sts62055.untrusted.errors import plain
from sts_rigs.errors import BenchFault, DiskFault
from sts_rigs.files.private import private_folder, private_state

__all__ = ["TRACEBACKS", "is_of_computer", "keep_failure", "keep_traceback"]

TRACEBACKS: Final = "suite-failure.txt"
"""The file of tracebacks in the folder of a run."""


_OF_COMPUTER: Final = frozenset({*DiskFault.NUMBERS, errno.EACCES, errno.EMFILE, errno.ENFILE, errno.ENOMEM})


def is_of_computer(error: BaseException) -> bool:
    """Whether an error is a fault of this computer, such as of its disk, and no mistake of the suite."""
    return isinstance(error, OSError) and error.errno in _OF_COMPUTER


def keep_failure(error: BaseException) -> str:
    """Keep the traceback of an error in a private file, and return the sentence that tells of both."""
    if is_of_computer(error):
        text = f"this computer failed ({plain(str(error))}): see to its disk; else report it, with your command"
    else:
        text = (
            f"the suite itself failed ({type(error).__name__}: {plain(str(error))}): report it, with your command"
        )
    try:
        folder = private_folder(private_state("failures"))
        handle, path = tempfile.mkstemp(prefix="failure-", suffix=".txt", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("".join(traceback.format_exception(error)))
    except (BenchFault, OSError):
        return text
    return f"{text} and {path}, where it stands in full"


def keep_traceback(error: BaseException, folder: Path) -> str:
    """Keep the traceback of an error in the folder of a run, and return the sentence that tells of both."""
    text = f"the suite itself failed ({type(error).__name__}: {plain(str(error))}): report it"
    where = folder / TRACEBACKS
    try:
        with where.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write("".join([*traceback.format_exception(error), "\n"]))
    except OSError:
        return text
    return f"{text} with {where}"
