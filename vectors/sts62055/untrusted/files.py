"""Regular files of a limited size: no pipe is waited for, no device is opened, and no folder is read."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from sts62055.untrusted.errors import Refused

__all__ = ["MOST_TEXT", "open_file", "read_file", "read_text"]

MOST_TEXT: Final = 1 << 20
"""More bytes than any file has that a person writes: the largest register has a tenth of it."""

_NO_FILE: Final = "it is a pipe, a device or a socket and no regular file: keep what it gives in a file"
_WITHOUT_WAITING: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_file(path: Path, most: int) -> BinaryIO:
    """Open a regular file of at most so many bytes for reading.

    Raises OSError where that cannot be done, IsADirectoryError for a folder, and Refused for anything else that is
    no file, or too large.
    """
    try:
        # a look first: some devices do something as soon as they are opened
        _require_file(path, path.stat(), most)
        descriptor = os.open(path, os.O_RDONLY | _WITHOUT_WAITING)
    except ValueError as error:
        if isinstance(error, Refused):
            raise
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None  # a NUL in its name
    try:
        _require_file(path, os.fstat(descriptor), most)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_file(path: Path, most: int) -> bytes:
    """Return what is in a regular file of at most so many bytes; raises as `open_file` does."""
    with open_file(path, most) as file:
        content = file.read(most + 1)
    if len(content) <= most:
        return content
    del content  # files of /proc, and those that grow, have more than they say
    raise _too_large(most)


def read_text(path: Path, most: int = MOST_TEXT) -> str:
    """Return the text of a file, in UTF-8 with or without a mark; raises as `open_file` does."""
    try:
        return read_file(path, most).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("it is not UTF-8 text: save it as UTF-8") from None


def _require_file(path: Path, found: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise Refused(_NO_FILE)
    if found.st_size > most:
        raise _too_large(most)


def _too_large(most: int) -> Refused:
    size = f"{most >> 20} MiB" if most >> 20 else f"{most >> 10} KiB"
    return Refused(f"it is larger than {size}, as no file of its kind is: see that it is the right file")
