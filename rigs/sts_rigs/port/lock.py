"""Lock of a port: one run of this user at a time on this computer, and another is told who has it.

It lies in a folder of this user alone: in one that others write in, they could put a link in its place. A run of
another user is kept off by the system, which gives a serial port to one program.
"""

import getpass
import json
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from sts62055.untrusted import parse_json, read_file
from sts_rigs.errors import BenchFault
from sts_rigs.files.private import private_folder, runtime_folder

__all__ = ["PortLock", "canonical_port"]

_LARGEST_CARD = 1 << 14
_THIS_COMPUTER = "localhost"
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class _Holder:
    """Holder of a port, written beside the lock, which nobody else can read on Windows."""

    pid: int
    user: str
    command: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} ({self.user}, {self.command}, since {self.since})"


class PortLock:
    """A lock on a port, held until it is released or its process ends, however it ends."""

    def __init__(self, url: str, since: datetime) -> None:
        """Take the lock; BenchFault names the process that has it."""
        folder = private_folder(runtime_folder("ports"))
        stem = sha256(canonical_port(url).encode()).hexdigest()[:32]
        self._card = folder / f"{stem}.json"
        self._lock = FileLock(folder / f"{stem}.lock", timeout=0, mode=_PRIVATE, thread_local=False)
        try:
            self._lock.acquire()
        except (Timeout, RuntimeError):
            raise BenchFault(f"port {url} is in use by {_read(self._card)}", "wait for it or stop it") from None
        except OSError as error:
            what = f"port {url} cannot be kept for this run ({self._lock.lock_file}: {error.strerror})"
            raise BenchFault(what, "see to that folder: it is yours alone") from None
        with suppress(OSError):
            _write(self._card, since)

    def release(self) -> None:
        """Release the port; do nothing if that was done before."""
        if self._lock.is_locked:
            with suppress(OSError):
                self._card.unlink(missing_ok=True)
            self._lock.release()


def canonical_port(url: str) -> str:
    """Return the one name of a port that has several: links below /dev, COM names, addresses of servers."""
    if "://" in url:
        try:
            address = urlsplit(url)
            return f"{_host(address.hostname or '')}:{address.port}" if address.port else url
        except ValueError:
            return url
    if "/" in url and not url.startswith("//"):
        return os.path.realpath(url)
    return url.upper().removeprefix("\\\\.\\")


def _host(name: str) -> str:
    """Return a host's name, one for all names of this computer that need no looking up (RFC 6761, 6.3)."""
    name = name.lower().removesuffix(".")
    if name == _THIS_COMPUTER or name.endswith(f".{_THIS_COMPUTER}"):
        return _THIS_COMPUTER
    try:
        address = ip_address(name)
    except ValueError:
        return name
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    # Others of 127.0.0.0/8 may well be other servers.
    is_this = address.is_unspecified or str(address) in ("127.0.0.1", "::1")
    return _THIS_COMPUTER if is_this else str(address)


def _write(card: Path, since: datetime) -> None:
    holder = _Holder(os.getpid(), _user(), Path(sys.argv[0]).name, since.astimezone().isoformat(" ", "seconds"))
    handle, draft = tempfile.mkstemp(dir=card.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(holder), file)
    Path(draft).replace(card)


def _read(card: Path) -> str:
    """Read who has the port, as far as it is written: its holder may be writing it."""
    try:
        return str(_Holder(**parse_json(read_file(card, _LARGEST_CARD))))
    except (OSError, ValueError, TypeError):
        return "another process"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown user"
