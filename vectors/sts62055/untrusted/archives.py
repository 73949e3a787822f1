"""Zip archives of a limited count and size of members, each expanded piece by piece to no more than it may be."""

import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from sts62055.untrusted.errors import Refused
from sts62055.untrusted.files import open_file

__all__ = ["Archive", "ArchiveLimits", "BrokenArchive", "open_archive"]

_PIECE: Final = 1 << 22
_HARMLESS: Final = 1 << 28
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that expand to as much as was asked for at a time."""

_IS_ENCRYPTED: Final = 0x1
_END: Final = struct.Struct("<4s4H2LH")
_END_SIGN: Final = b"PK\x05\x06"
_LONG_END_SIGN: Final = b"PK\x06\x07"
_LONG_END: Final = 20
_LONGEST_COMMENT: Final = 0xFFFF
_DIRECTORY: Final = 1 << 20
"""More bytes than the directory of any archive has that is read here: each member takes some 60 of them."""

_DAMAGES: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeDecodeError,
)


class BrokenArchive(Refused):
    """An archive that is none, or whose members cannot be read."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may have: bytes as it is, bytes of all members when they are expanded, and members.

    ratio: to how many times its size it may expand beyond a size that does no harm.
    """

    size: int
    expanded: int
    members: int
    ratio: float = math.inf


class Archive:
    """An open archive within its limits."""

    def __init__(self, archive: zipfile.ZipFile, limits: ArchiveLimits, size: int) -> None:
        self._archive = archive
        members = archive.infolist()
        if len(members) > limits.members:
            raise Refused(f"it holds {len(members)} files, and {limits.members} at most are read")
        expanded = sum(member.file_size for member in members)
        most = min(limits.expanded, max(_HARMLESS, limits.ratio * size))
        if expanded > most:
            raise Refused(
                f"it expands to {expanded >> 20} MiB, and {int(most) >> 20} MiB at most are read: record less "
                "of the line, or at a lower rate"
            )
        for member in members:
            if member.compress_type not in _METHODS or member.flag_bits & _IS_ENCRYPTED:
                raise BrokenArchive("a file in it is encrypted, or packed otherwise than deflated")
        self.names = tuple(archive.namelist())

    def read(self, name: str, most: int) -> bytes:
        """Return a member of at most so many bytes; KeyError where there is none of that name."""
        if self._archive.getinfo(name).file_size > most:
            raise Refused(f"{name} in it is larger than {most >> 10} KiB, as no such file is")
        return b"".join(self.pieces(name))

    def pieces(self, name: str, size: int = _PIECE) -> Iterator[bytes]:
        """Return what is in a member, in pieces of a size; it is never more than the directory says."""
        with _broken(), self._archive.open(name) as member:
            while piece := member.read(size):
                yield piece


@contextmanager
def open_archive(path: Path, limits: ArchiveLimits) -> Iterator[Archive]:
    """Open an archive; OSError where it cannot be read, BrokenArchive where it is none, Refused beyond a limit."""
    with open_file(path, limits.size) as file:
        size = _require_small_directory(file)
        with _broken():
            opened = zipfile.ZipFile(file)
        with opened:
            yield Archive(opened, limits, size)


@contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except _DAMAGES as error:
        raise BrokenArchive(f"it is damaged ({error})") from None


def _require_small_directory(file: BinaryIO) -> int:
    """Return the size of an archive; refuse a directory of millions of members, which would be kept in memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_COMMENT - _END.size))
    tail = file.read()
    file.seek(0)
    place = tail.rfind(_END_SIGN)
    if place < 0 or len(tail) - place < _END.size:
        raise BrokenArchive("it is no zip archive")
    directory = _END.unpack_from(tail, place)[5]
    is_long = tail[max(0, place - _LONG_END) : place].startswith(_LONG_END_SIGN)  # another record says how large
    if directory > _DIRECTORY or is_long:
        raise Refused("it holds more files than any archive of its kind")
    return size
