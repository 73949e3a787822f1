"""Files of which only the latest content counts, whole after a kill at any instant: the old one or the new one."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from sts62055.untrusted import read_file

__all__ = ["LatestLine", "latest_line", "replace_file"]

_PRIVATE: Final = 0o600
_MOST_LINES: Final = 128


def replace_file(path: Path, content: bytes, mode: int, *, is_durable: bool) -> None:
    """Write a file anew, with a mode: beside the old one, whose name it then takes. OSError if that cannot be.

    is_durable: it outlasts a power cut of the computer, too.
    """
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        fresh.chmod(mode)
        file.write(content)
        if is_durable:
            file.flush()
            os.fsync(file.fileno())
    fresh.replace(path)
    if is_durable:
        with suppress(OSError):  # systems that cannot do this for a folder
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


class LatestLine:
    """A private file whose last whole line counts: a run keeps thousands, and to replace a file takes long."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = _MOST_LINES

    def keep(self, line: bytes) -> None:
        """Keep a line in place of those before; OSError if that cannot be."""
        if self._lines >= _MOST_LINES:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            replace_file(self._path, line + b"\n", _PRIVATE, is_durable=False)
            self._lines = 0
        else:
            with self._path.open("ab", buffering=0) as file:
                file.write(line + b"\n")
        self._lines += 1


def latest_line(path: Path, largest: int) -> bytes:
    """Return the last whole line of a file; ValueError if it has none, or more octets than the largest has."""
    *whole, _ = read_file(path, largest).split(b"\n")
    if not whole:
        raise ValueError("no line of it is whole")
    return whole[-1]
