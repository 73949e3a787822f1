"""Faults of the bench and of files, each with its remedy; never a verdict on the meter."""

import errno
from collections.abc import Iterable
from itertools import islice
from typing import Final

from sts62055.untrusted.errors import plain

__all__ = ["BenchFault", "DiskFault", "FileFault", "InstrumentFault", "InstrumentLost"]

_MOST_REASONS: Final = 30
_LONGEST_REASON: Final = 1000


class BenchFault(Exception):
    """The bench cannot go on: what happened, and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


class DiskFault(BenchFault):
    """A disk of this computer does not keep what it is given: it is full, read-only or broken."""

    NUMBERS: Final = frozenset({errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EROFS})
    """Errors that are the disk's, and not those of a wrong path."""


class InstrumentFault(BenchFault):
    """An instrument could not serve one case; the bench as such goes on."""


class InstrumentLost(BenchFault):
    """What a case needs was lost in an earlier one."""


class FileFault(Exception):
    """A file that a person wrote cannot be used: every reason names its place and the remedy.

    Of endless reasons the first ones are told, each on one line, since they repeat what is in the file.
    """

    def __init__(self, path: object, reasons: Iterable[str]) -> None:
        told = [plain(reason, _LONGEST_REASON) for reason in islice(reasons, _MOST_REASONS)]
        super().__init__("\n".join(f"{path}: {reason}" for reason in told))
