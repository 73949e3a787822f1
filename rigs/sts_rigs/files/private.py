"""Folders of this user alone, in which the suite keeps what others must neither read nor prepare."""

import os
import stat
import sys
import warnings
from pathlib import Path

import platformdirs

from sts_rigs.errors import BenchFault

__all__ = ["is_private", "private_folder", "private_state", "runtime_folder"]

_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PROGRAM = "stsbench"


def private_state(name: str) -> Path:
    """Return where the suite keeps something for this user from run to run; it may not be there yet."""
    return platformdirs.user_state_path(_PROGRAM) / name


def runtime_folder(name: str) -> Path:
    """Return where the suite keeps something for this user on this computer; it may not be there yet.

    A home may be shared between computers, and what the system makes for one login is not: that is taken where it
    is this user's alone.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder that is not this user's alone, which is seen here
        base = platformdirs.user_runtime_path()
    return base / _PROGRAM / name if is_private(base) else private_state(name)


def private_folder(path: Path) -> Path:
    """Make a folder that only this user may open, if need be, and return it; BenchFault if others may."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        remedy = "see what is in its place, and who owns it"
        raise BenchFault(f"the folder {path} cannot be made ({error.strerror})", remedy) from None
    if not is_private(path):
        remedy = f"chmod 700 {path}, or remove it if it is not yours"
        raise BenchFault(f"the folder {path} is open to other users", remedy)
    return path


def is_private(path: Path) -> bool:
    """Whether something is a folder that only this user may open."""
    try:
        found = path.lstat()
    except OSError:
        return False
    # on Windows, folders of a user are closed to others
    is_open = sys.platform != "win32" and (found.st_uid != os.getuid() or bool(found.st_mode & _OPEN_TO_OTHERS))
    return stat.S_ISDIR(found.st_mode) and not is_open
