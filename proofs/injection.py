"""Injection of faults at call sites: files, locks, ports, devices for actions and instruments.

The calls are replaced for the whole process; they do as usual unless an injector is at work. A point is a kind of
call at a place in our code: the frames of ours behind it, the innermost first. Each is hit at its first call.
"""

import builtins
import errno
import fcntl
import io
import os
import socket
import sys
import sysconfig
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from types import FrameType, MappingProxyType
from typing import Any, Final

import pyvisa
from pyvisa.constants import StatusCode
from pyvisa.resources import MessageBasedResource

__all__ = ["FAULTS", "Injector", "Point", "injecting", "install"]

DEPTH: Final = 2
"""How many frames of ours tell one place from another: a line that many call fails for each of them."""

_OURS: Final = ("stsbench", "sts_reports", "sts_rigs", "sts_fixtures", "sts62055", "sts_conformance")
_VIEWS: Final = ("allure_pytest", "allure_commons")
"""What writes into the folder of a run, too."""

_HELPERS: Final = ("filelock", "platformdirs", "serial", "pyvisa", "pyvisa_py", "numpy", "tomlkit", "injection")
_HELPERS_ALSO: Final = ("fault_bench",)
_STDLIB: Final = sysconfig.get_path("stdlib")
_SITE: Final = sysconfig.get_path("purelib")

LASTING: Final = frozenset({errno.ENOSPC, errno.EROFS, errno.EFBIG})
"""What stays: a disk that is full is so for the next write, too."""

_LASTS_FOR: Final = frozenset({"open to write", "write", "fsync", "replace", "mkdir", "remove", "close"})

FAULTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "open to read": ("EACCES", "EIO", "EMFILE", "mistake"),
        "open to write": ("ENOSPC", "EROFS", "EACCES", "EIO", "EMFILE", "mistake"),
        "read": ("EIO", "short", "garbage", "memory"),
        "write": ("ENOSPC", "EIO", "EFBIG", "EROFS", "short", "mistake"),
        "close": ("EIO", "ENOSPC"),
        "fsync": ("EIO", "ENOSPC", "EINVAL"),
        "replace": ("EACCES", "EIO", "ENOSPC", "EROFS"),
        "mkdir": ("ENOSPC", "EROFS", "EACCES"),
        "remove": ("EACCES", "EIO", "EROFS"),
        "stat": ("EACCES", "EIO"),
        "list": ("EACCES", "EIO"),
        "chmod": ("EPERM", "EROFS"),
        "lock": ("ENOLCK", "ENOSYS", "EIO"),
        "port open": ("ENOENT", "EACCES", "EBUSY", "EIO", "mistake"),
        "port read": ("EIO", "gone", "silent", "late", "short", "garbage", "mistake"),
        "port look": ("EIO", "ENODEV"),
        "port write": ("EIO", "gone", "timeout", "short"),
        "port flush": ("EIO",),
        "port close": ("EIO",),
        "action connect": ("ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH"),
        "action send": ("EPIPE", "ECONNRESET"),
        "action read": ("ECONNRESET", "late", "short", "garbage"),
        "instrument open": ("gone", "timeout", "ECONNREFUSED", "EIO"),
        "instrument read": ("timeout", "gone", "ECONNRESET", "short", "garbage", "late", "mistake"),
        "instrument write": ("timeout", "gone", "ECONNRESET"),
    }
)
"""What can go wrong with each kind of call; a name of errno raises that, the others are acted out by the call."""


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A kind of call at a place: the lines of ours behind it, the innermost first."""

    call: str
    place: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.call} at {' < '.join(self.place)}"


@dataclass(slots=True)
class Injector:
    """Has the first call at a point fail; without a point it counts all that come by.

    counts: how often each point was met; hit: what was hit, with what was kept of it by `look` just before.
    """

    point: Point | None = None
    fault: str = ""
    look: Callable[[], Any] = lambda: None
    counts: Counter[Point] = field(default_factory=Counter)
    subjects: dict[Point, str] = field(default_factory=dict)
    is_hit: bool = False
    seen: Any = None
    lasting: int = 0
    thread: int = field(default_factory=threading.get_ident)
    _is_busy: bool = False

    def meet(self, call: str, subject: object = "") -> str:
        """Return the fault that a call has to have, "" for none; raise the errno that it is to fail with."""
        if self._is_busy or self.thread != threading.get_ident():
            return ""
        self._is_busy = True
        try:
            fault = self._fault_of(call, subject)
        finally:
            self._is_busy = False
        number = getattr(errno, fault, None)
        if number is not None:
            raise OSError(number, os.strerror(number))
        if fault == "mistake":
            raise LookupError("a mistake of the suite, by injection")
        if fault == "memory":
            raise MemoryError
        return fault

    def _fault_of(self, call: str, subject: object) -> str:
        place = _place(sys._getframe(2))
        if not place:
            return ""
        is_kept_from = _LASTS_FOR - ({"remove"} if self.lasting != errno.EROFS else set())
        if self.lasting and call in is_kept_from and _is_of_run(subject):
            return errno.errorcode[self.lasting]
        point = Point(call, place)
        self.counts[point] += 1
        self.subjects.setdefault(point, str(subject))
        if point != self.point or self.is_hit:
            return ""
        self.is_hit, self.seen = True, self.look()
        number = errno.ENOSPC if (call, self.fault) == ("write", "short") else getattr(errno, self.fault, 0)
        if number in LASTING and call in _LASTS_FOR:
            self.lasting = number
        return self.fault


def _is_of_run(subject: object) -> bool:
    """Whether a lasting fault concerns a file: the disk of the runs and ledgers, and not that of all else."""
    return "/failures/" not in str(subject) and not isinstance(subject, int)


_at_work: list[Injector] = []


@contextmanager
def injecting(injector: Injector) -> Iterator[Injector]:
    """Have an injector at work meanwhile."""
    _at_work.append(injector)
    try:
        yield injector
    finally:
        _at_work.clear()


def meet(call: str, subject: object = "") -> str:
    """Ask the injector at work, if one is, for the fault of a call."""
    return _at_work[-1].meet(call, subject) if _at_work else ""


def _place(frame: FrameType | None) -> tuple[str, ...]:
    """Return the lines of ours behind a call; none where it is not ours, but pytest's or that of an import."""
    place: list[str] = []
    while frame is not None and len(place) < DEPTH:
        name = str(frame.f_globals.get("__name__", ""))
        top = name.partition(".")[0]
        if top in _OURS or top in _VIEWS:
            place.append(f"{name}:{frame.f_code.co_name}:{frame.f_lineno}")
        elif (not place and top not in (*_HELPERS, *_HELPERS_ALSO) and not _is_library(frame)) or name.startswith(
            "importlib._bootstrap"
        ):
            return ()
        frame = frame.f_back
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith("importlib._bootstrap"):
            return ()
        frame = frame.f_back
    return tuple(place)


def _is_library(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith((_STDLIB, "<frozen")) and not file.startswith(_SITE)


class _File(io.FileIO):
    """A file whose reads, writes and end may fail."""

    def write(self, octets: Any) -> int:
        if meet("write", self.name) == "short" and len(octets) > 1:
            return super().write(bytes(octets)[: len(octets) // 2])
        return super().write(octets)

    def readinto(self, buffer: Any) -> int:
        return self._spoiled(super().readinto(buffer), buffer)

    def readall(self) -> bytes:
        octets = super().readall()
        fault = meet("read", self.name)
        return octets[: len(octets) // 2] if fault == "short" else _garbage(octets) if fault else octets

    def close(self) -> None:
        was_open, writes = not self.closed, self.writable() if not self.closed else False
        super().close()
        if was_open and writes:
            meet("close", self.name)

    def _spoiled(self, count: int, buffer: Any) -> int:
        fault = meet("read", self.name)
        if fault == "short":
            return count // 2
        if fault == "garbage":
            buffer[:count] = _garbage(bytes(buffer[:count]))
        return count


def _garbage(octets: bytes) -> bytes:
    """Return other octets in their place, of which some are no text."""
    return bytes((octet ^ (0xFF if place % 7 == 3 else 0x11)) & 0xFF for place, octet in enumerate(octets))


_open = io.open


def _opened(
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Any = None,
) -> Any:
    """Open a file as `open` does, with ours at its bottom while an injector is at work."""
    given = (file, mode, buffering, encoding, errors, newline, closefd, opener)
    if not _at_work or not _place(sys._getframe(1)):
        return _open(*given)
    writes = bool(set(mode) & set("wxa+"))
    if not isinstance(file, int):
        meet("open to write" if writes else "open to read", file)
    plain = mode.replace("b", "").replace("t", "")
    raw = _File(file, plain, closefd, opener)
    if buffering == 0:
        return raw
    kind = io.BufferedRandom if "+" in mode else io.BufferedWriter if writes else io.BufferedReader
    buffered = kind(raw)  # type: ignore[arg-type, operator]
    if "b" in mode:
        return buffered
    return io.TextIOWrapper(buffered, io.text_encoding(encoding), errors, newline)  # type: ignore[arg-type]


def _opened_descriptor(path: Any, flags: int, *rest: Any, **more: Any) -> int:
    writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    meet("open to write" if writes else "open to read", path)
    return _os_open(path, flags, *rest, **more)


_os_open = os.open

_CALLS: Final = {
    "fsync": ("fsync",),
    "replace": ("replace", "rename"),
    "mkdir": ("mkdir",),
    "remove": ("unlink", "remove", "rmdir"),
    "stat": ("stat", "lstat", "fstat"),
    "list": ("scandir", "listdir"),
    "chmod": ("chmod", "fchmod"),
}


def install() -> None:
    """Put the calls that can fail in place of those that are there, for good."""
    builtins.open = io.open = _opened  # type: ignore[assignment]
    sys.modules["_io"].open = _opened  # type: ignore[attr-defined]
    os.open = _opened_descriptor
    for call, names in _CALLS.items():
        for name in names:
            setattr(os, name, _failing(call, getattr(os, name)))
    fcntl.flock = _failing("lock", fcntl.flock)
    MessageBasedResource.write = _visa_write(MessageBasedResource.write)  # type: ignore[method-assign]
    MessageBasedResource.read_bytes = _visa_read(MessageBasedResource.read_bytes)  # type: ignore[method-assign]
    manager: Any = pyvisa.ResourceManager
    manager.open_resource = _visa_open(manager.open_resource)


def _failing(call: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def failing(*arguments: Any, **more: Any) -> Any:
        meet(call, arguments[0] if arguments else "")
        return function(*arguments, **more)

    return failing


_VISA: Final = {"timeout": StatusCode.error_timeout, "gone": StatusCode.error_connection_lost}


def _meet_visa(call: str) -> str:
    fault = meet(call)
    if fault in _VISA:
        raise pyvisa.VisaIOError(_VISA[fault])
    return fault


def _visa_open(function: Callable[..., Any]) -> Callable[..., Any]:
    def open_resource(self: Any, *arguments: Any, **more: Any) -> Any:
        _meet_visa("instrument open")
        return function(self, *arguments, **more)

    return open_resource


def _visa_write(function: Callable[..., Any]) -> Callable[..., Any]:
    def write(self: Any, *arguments: Any, **more: Any) -> Any:
        _meet_visa("instrument write")
        return function(self, *arguments, **more)

    return write


def _visa_read(function: Callable[..., Any]) -> Callable[..., Any]:
    def read_bytes(self: Any, *arguments: Any, **more: Any) -> bytes:
        fault = _meet_visa("instrument read")
        octets = bytes(function(self, *arguments, **more))
        if fault == "late":
            raise pyvisa.VisaIOError(StatusCode.error_timeout)  # and it comes in the next answer's place
        return octets[: len(octets) // 2] if fault == "short" else _garbage(octets) if fault else octets

    return read_bytes


def refused(call: str) -> OSError:
    """Return the error of a connection that nobody takes."""
    return ConnectionRefusedError(errno.ECONNREFUSED, f"{call}: {os.strerror(errno.ECONNREFUSED)}")


def connecting(connect: Callable[[tuple[str, int]], Any | None]) -> None:
    """Have connections asked for at `connect` first; None from it for those that are not its."""
    usual = socket.create_connection

    def create_connection(address: Any, *arguments: Any, **more: Any) -> Any:
        return connect(address) or usual(address, *arguments, **more)

    socket.create_connection = create_connection
