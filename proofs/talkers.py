"""Prove that hostile meters and instruments cost bounded time and memory: `make prove-talkers`.

Each stands behind a TCP port, floods, dawdles, never ends, closes half, resets, says everything twice or before it
was asked, or says NUL, escapes, markup and octets of eight bits; a short selection is run against it in a process
of its own. The run has to end with an exit code that is right for it, within its time, without a traceback, with
nothing of what was said reaching the terminal as a control, and with at most 50 MB above what a run takes that is
answered by nobody. The exit code is 0 if all is so, else 1.
"""

import argparse
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

__all__ = ["INSTRUMENTS", "METERS", "Talk", "Talker", "prove_talker", "rig_of", "wrong_of"]

Talk = Callable[[socket.socket], None]

_BENCH_FAULT: Final = frozenset({4})
_MEGABYTES: Final = 50.0
_SECONDS: Final = 300.0
_MARKUP: Final = b"<script>alert(1)</script>[bold red]&amp;{{7*7}}"
_ESCAPES: Final = b"\x1b[2J\x1b]0;owned\x07\x1b[31m"
_IDENTITY: Final = b"RIGOL TECHNOLOGIES,DS1104Z,DS1ZA000000001,00.04.04\n"

_METER_RIG: Final = """\
[rig]
name = "talker"
[port]
url = "socket://127.0.0.1:{port}"
parity = "software"
"""
_INSTRUMENT_RIG: Final = """\
[rig]
name = "talker"
[port]
url = "simulated"
parity = "software"
[instruments.scope]
driver = "rigol-ds1000z"
resource = "TCPIP::127.0.0.1::{port}::SOCKET"
channels = {{ meter = 1, reader = 2 }}
accuracy_ppm = 25.0
"""


_KINDS: Final = {
    "meter": (_METER_RIG, ("52-6.4.2-answered", "52-6.4.3-layout")),
    "instrument": (_INSTRUMENT_RIG, ("52-6.7.2-time",)),
}


def rig_of(kind: str) -> tuple[str, tuple[str, ...]]:
    """Return the rig file of a kind of talkers, with a place for the port, and the selection that is run."""
    return _KINDS[kind]


@dataclass(frozen=True, slots=True)
class Talker:
    """One who talks: what it does with a connection, and the exit codes that are right for a run against it."""

    name: str
    talk: Talk
    codes: frozenset[int] = _BENCH_FAULT


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run against a talker came to; megabytes: its peak."""

    name: str
    code: int
    seconds: float
    megabytes: float
    said: str


def _heard(connection: socket.socket) -> Iterator[bytes]:
    """Yield what comes until the other side has gone."""
    with suppress(OSError):
        while content := connection.recv(4096):
            yield content


def _silent(connection: socket.socket) -> None:
    for _ in _heard(connection):
        pass


def _flood(connection: socket.socket, content: bytes) -> None:
    """Say something at full speed, for as long as somebody is there."""
    many = content * (65_536 // len(content))
    with suppress(OSError):
        while True:
            connection.sendall(many)


def _slow(connection: socket.socket, content: bytes) -> None:
    """Say something for ever, an octet every 50 ms."""
    with suppress(OSError):
        while True:
            for octet in content:
                connection.sendall(bytes([octet]))
                time.sleep(0.05)


def _reply(connection: socket.socket, content: bytes) -> None:
    """Answer whatever is asked with the same."""
    with suppress(OSError):
        for _ in _heard(connection):
            connection.sendall(content)


def _reply_and(connection: socket.socket, first: bytes, then: Talk) -> None:
    """Answer once as is right, and go on otherwise."""
    with suppress(OSError):
        if connection.recv(4096):
            connection.sendall(first)
            if connection.recv(4096):
                then(connection)


def _before_asked(connection: socket.socket, content: bytes) -> None:
    connection.sendall(content * 10)
    _reply(connection, content)


def _half_close(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)
    _silent(connection)


def _reset(connection: socket.socket) -> None:
    """Reset the connection with the first octet that comes."""
    with suppress(OSError):
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _refuse(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _even(content: bytes) -> bytes:
    """Return seven-bit characters with their parity bits, as they are on a line."""
    return bytes(octet | (octet.bit_count() & 1) << 7 for octet in content)


def _message(content: bytes) -> bytes:
    return _even(b"\x02" + content + b"\x03w")


_ID: Final = _even(b"/XYZ5meter\r\n")
_DATA: Final = _message(b"006(0)")
_ENDLESS: Final = _even(b"\x02" + b"1" * 5000)
_LOOKS_LIKE_METER: Final = frozenset({1, 3, 4})

SILENT: Final = Talker("nobody answers", _silent)
METERS: Final[Sequence[Talker]] = (
    Talker("floods with noise", partial(_flood, content=b"~")),
    Talker("floods with messages", partial(_flood, content=_DATA), _LOOKS_LIKE_METER),
    Talker("floods with NUL", partial(_flood, content=b"\x00")),
    # some of them are characters of the right parity that begin a message
    Talker("floods with octets of eight bits", partial(_flood, content=bytes(range(128, 256))), _LOOKS_LIKE_METER),
    Talker("is slow and endless", partial(_slow, content=_ENDLESS), _LOOKS_LIKE_METER),
    Talker("begins a message that never ends", partial(_flood, content=_ENDLESS), _LOOKS_LIKE_METER),
    Talker("closes its half", _half_close),
    Talker("resets when asked", _reset),
    Talker("resets at once", _refuse),
    Talker("says everything twice", partial(_reply, content=_DATA * 2), _LOOKS_LIKE_METER),
    Talker("speaks before it is asked", partial(_before_asked, content=_ID), _LOOKS_LIKE_METER),
    Talker("says NUL", partial(_reply, content=b"\x00" * 100)),
    Talker("says escapes", partial(_reply, content=_even(_ESCAPES))),
    Talker("says escapes in a message", partial(_reply, content=_message(_ESCAPES)), _LOOKS_LIKE_METER),
    Talker("says markup", partial(_reply, content=_even(_MARKUP)), _LOOKS_LIKE_METER),
    Talker("says markup in a message", partial(_reply, content=_message(_MARKUP)), _LOOKS_LIKE_METER),
    Talker("says eight bits", partial(_reply, content=bytes(range(128, 256)))),
)  # fmt: skip
"""Hostile meters."""


def _known(then: Talk) -> Talk:
    return partial(_reply_and, first=_IDENTITY, then=then)


INSTRUMENTS: Final[Sequence[Talker]] = (
    Talker("floods", partial(_flood, content=b"~")),
    Talker("floods with lines", partial(_flood, content=b"1\n")),
    Talker("is slow and endless", partial(_slow, content=b"1" * 5000)),
    Talker("closes its half", _half_close),
    Talker("resets when asked", _reset),
    Talker("resets at once", _refuse),
    Talker("says everything twice", partial(_reply, content=_IDENTITY * 2)),
    Talker("speaks before it is asked", partial(_before_asked, content=_IDENTITY)),
    Talker("says NUL", partial(_reply, content=b"\x00" * 100 + b"\n")),
    Talker("says escapes", partial(_reply, content=_ESCAPES + b"\n")),
    Talker("says escapes for its model", partial(_reply, content=b"RIGOL TECHNOLOGIES," + _ESCAPES + b",1,1\n")),
    Talker("says markup", partial(_reply, content=_MARKUP + b",,,\n")),
    Talker("says eight bits", partial(_reply, content=bytes(range(128, 256)) + b"\n")),
    Talker("is known, then silent", _known(_silent)),
    Talker("is known, then floods", _known(partial(_flood, content=b"~"))),
    Talker("is known, then floods with lines", _known(partial(_flood, content=b"1\n"))),
    Talker("is known, then slow and endless", _known(partial(_slow, content=b"1" * 5000))),
    Talker("is known, then resets", _known(_refuse)),
    Talker("is known, then an endless block", _known(partial(_flood, content=b"#9999999999" + b"x" * 5000))),
    Talker("is known, then numbers without end", _known(partial(_reply, content=b"9" * 60_000 + b"\n"))),
    Talker("is known, then no numbers", _known(partial(_reply, content=b"nan\n"))),
)
"""Hostile instruments, on the simulated bench."""


@contextmanager
def _serving(talk: Talk) -> Iterator[int]:
    """Serve a talker on a TCP port meanwhile, each connection in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=_converse, args=(connection, talk), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def _converse(connection: socket.socket, talk: Talk) -> None:
    with connection, suppress(OSError):
        talk(connection)


def prove_talker(talker: Talker, rig: str, only: Sequence[str]) -> Outcome:
    """Run a selection against a talker, in a process of its own; a run that takes too long ends with -9."""
    with tempfile.TemporaryDirectory(prefix="stsbench-talkers-") as scratch, _serving(talker.talk) as port:
        Path(scratch, "rig.toml").write_text(rig.format(port=port), "utf-8")
        words = ["run", "--rig", "rig.toml", "--meter", "simulated", "--state", "state"]
        words += [word for name in only for word in ("--only", name)]
        began = time.monotonic()
        with Path(scratch, "said").open("w+b") as said:
            process = subprocess.Popen(  # noqa: S603 our own words
                [sys.executable, "-m", "stsbench", *words], stdout=said, stderr=said, cwd=scratch,
                env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
            )  # fmt: skip
            killer = threading.Timer(_SECONDS, process.kill)
            killer.start()
            _, status, used = os.wait4(process.pid, 0)
            killer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            text = said.read().decode("utf-8", "replace")
        seconds = time.monotonic() - began
        return Outcome(talker.name, process.returncode, seconds, used.ru_maxrss / 1024, text)


def wrong_of(talker: Talker, outcome: Outcome, usual: float) -> list[str]:
    """Return what is wrong with a run against a talker, in words."""
    found = {
        f"exit code {outcome.code}": outcome.code not in talker.codes,
        "a traceback": "Traceback" in outcome.said,
        "a control on the terminal": any(sign in outcome.said for sign in "\x00\x07\x1b"),
        f"{outcome.megabytes - usual:.0f} MB above the usual": outcome.megabytes - usual > _MEGABYTES,
        "nothing was said": not outcome.said.strip(),
    }
    return [text for text, is_so in found.items() if is_so]


def prove(talkers: Mapping[str, Iterable[Talker]], jobs: int) -> bool:
    """Print the table; return whether nothing is wrong."""
    console, is_right = Console(width=160), True
    table = Table(box=None, pad_edge=False)
    for column in ("talker", "exit code", "seconds", "MB", "above usual", "wrong"):
        table.add_column(column, no_wrap=column != "wrong")
    for kind in talkers:
        rig, only = rig_of(kind)
        chosen = [SILENT, *talkers[kind]]
        with ThreadPoolExecutor(jobs) as pool:
            outcomes = list(pool.map(prove_talker, chosen, repeat(rig), repeat(only)))
        usual = outcomes[0].megabytes
        for talker, outcome in zip(chosen, outcomes, strict=True):
            wrong = wrong_of(talker, outcome, usual)
            is_right = is_right and not wrong
            table.add_row(
                f"{kind} {talker.name}", str(outcome.code), f"{outcome.seconds:.0f}", f"{outcome.megabytes:.0f}",
                f"{outcome.megabytes - usual:+.0f}", "; ".join(wrong),
            )  # fmt: skip
            if wrong:
                console.print(f"{kind} {talker.name}: {outcome.said[-600:]!r}", markup=False, highlight=False)
    console.print(table)
    return is_right


def main() -> None:
    """Read the options and prove."""
    parser = argparse.ArgumentParser(description="Run against hostile meters and instruments.")
    parser.add_argument("--only", default="", help="words that are in what a talker does")
    parser.add_argument("--jobs", type=int, default=4, help="runs at a time; most wait")
    options = parser.parse_args()
    both = {"meter": METERS, "instrument": INSTRUMENTS}
    chosen = {kind: [one for one in all_ if options.only in f"{kind} {one.name}"] for kind, all_ in both.items()}
    sys.exit(0 if prove(chosen, options.jobs) else 1)


if __name__ == "__main__":
    main()
