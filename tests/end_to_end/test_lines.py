"""A line of eight bits without parity gives the same verdicts; a line that is lost leaves all that it carried.

The line of eight bits is a pseudo-terminal, which knows no parity, and behind it the simulated meter's raw octets,
which carry the parity in their eighth bit: as through an adapter that only does 8N1.
"""

import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import pytest
from test_terminal_server import (
    UNDECIDED_BY_THE_CLOCK,
    assert_only,
    differences,
    reasons,
    rig_with,
    simulated_meter,
    url_in,
)

from conftest import COMMAND, Result, Stsbench
from sts_reports.events import Event, ExchangeDone, FaultFound
from sts_reports.journal import read_journal

SIMULATED = ["--meter", "simulated"]
ONLY = [word for name in ("52-6.3.2", "52-6.4.4") for word in ("--only", name)]
MINUTE = 60
STX = 0x02


class Near(Protocol):
    """The end of a line that the bench opens: its url, and how to read, write and end it."""

    url: str

    def fileno(self) -> int: ...
    def read(self) -> bytes: ...
    def write(self, octets: bytes) -> None: ...
    def close(self) -> None: ...


class Plug:
    """A pseudo-terminal: an adapter that does 8N1 only, and that can be unplugged."""

    def __init__(self) -> None:
        tty = pytest.importorskip("tty", reason="this system has no pseudo-terminals")
        self._ours, theirs = os.openpty()
        tty.setraw(theirs)
        self.url = os.ttyname(theirs)
        self._theirs = theirs

    def fileno(self) -> int:
        return self._ours

    def read(self) -> bytes:
        return os.read(self._ours, 4096)

    def write(self, octets: bytes) -> None:
        os.write(self._ours, octets)

    def close(self) -> None:
        for handle in (self._ours, self._theirs):
            os.close(handle)


class Server:
    """A raw TCP port: a terminal server that can hang up."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._end: socket.socket = self._listener

    def fileno(self) -> int:
        return self._end.fileno()

    def read(self) -> bytes:
        if self._end is self._listener:
            self._end, _ = self._listener.accept()
            return b""
        return self._end.recv(4096)

    def write(self, octets: bytes) -> None:
        self._end.sendall(octets)

    def close(self) -> None:
        self._end.close()
        self._listener.close()


class Bridge:
    """Passes octets between a near end and the simulated meter, and keeps them.

    cut: with which answer with data the line is lost, after three of its characters; None for never.
    """

    def __init__(self, near: Near, meter: str, cut: int | None = None) -> None:
        host, _, port = meter.removeprefix("socket://").rpartition(":")
        self._meter = socket.create_connection((host, int(port)))
        self._near = near
        self._cut = cut
        self._stop, self._stopper = os.pipe()
        self.to_meter = bytearray()
        self.to_bench = bytearray()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        os.write(self._stopper, b".")
        self._thread.join(MINUTE)
        self._meter.close()
        for handle in (self._stop, self._stopper):
            os.close(handle)

    def _serve(self) -> None:
        with suppress(OSError):
            while not self._is_over():
                ready = select.select([self._near, self._meter, self._stop], [], [])[0]
                if self._stop in ready:
                    break
                if self._near in ready:
                    octets = self._near.read()
                    self.to_meter += octets
                    self._meter.sendall(octets)
                if self._meter in ready and (octet := self._meter.recv(1)):
                    self.to_bench += octet
                    self._near.write(octet)
            time.sleep(0.5)  # what was written last has to be read before the line goes
        self._near.close()

    def _is_over(self) -> bool:
        text = bytes(octet & 0x7F for octet in self.to_bench)
        return self._cut is not None and text.count(STX) == self._cut and len(text) - text.rindex(STX) == 3


@contextmanager
def bridged(folder: Path, near: Near, cut: int | None = None) -> Iterator[tuple[Path, Bridge]]:
    """Run the simulated meter behind a near end; yield a rig file for it, and the bridge."""
    with simulated_meter(folder, "--tcp", "127.0.0.1:0") as rig:
        bridge = Bridge(near, url_in(rig), cut)
        try:
            yield rig_with(rig, near.url, "patience_ms = 2000"), bridge
        finally:
            bridge.close()


@pytest.fixture(scope="module")
def directly(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Run the same selection on the simulated bench."""
    folder = tmp_path_factory.mktemp("simulated")
    done = subprocess.run(
        [*COMMAND, "run", "--json", *ONLY], capture_output=True, text=True, timeout=300, cwd=folder, check=False
    )
    return Result(done.returncode, done.stdout, done.stderr)


# -- eight bits ------------------------------------------------------------------------------------------------


def test_a_line_of_eight_bits_gives_the_same_verdicts_with_parity_in_software(
    stsbench: Stsbench, directly: Result, tmp_path: Path
) -> None:
    with bridged(tmp_path, Plug()) as (rig, bridge):
        result = stsbench("run", "--rig", rig, *SIMULATED, "--state", tmp_path, "--json", *ONLY)
    assert_only(differences(result, directly), UNDECIDED_BY_THE_CLOCK)
    of_parity = {
        name: verdict
        for name, (verdict, _) in reasons(result).items()
        if name.startswith("test_6_3_2") and "stop_bit" not in name and "break" not in name
    }
    assert of_parity
    assert set(of_parity.values()) == {"PASS"}
    assert {octet >> 7 for octet in bridge.to_meter} == {octet >> 7 for octet in bridge.to_bench} == {0, 1}


def test_a_line_of_eight_bits_that_is_taken_for_one_with_parity_is_a_fault_that_says_so(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    with bridged(tmp_path, Plug()) as (rig, _):
        rig.write_text(rig.read_text("utf-8").replace('parity = "software"', 'parity = "driver"'), "utf-8")
        result = stsbench("run", "--rig", rig, *SIMULATED, "--state", tmp_path, "--json", "--only", "52-6.4.2")
    assert result.code == 4
    assert 'parity = "software" if the adapter only does 8N1' in result.json["summary"]["conclusion"]


# -- a line that is lost ---------------------------------------------------------------------------------------


def journal_of(folder: Path) -> list[Event]:
    """Return the lines of the only run; BrokenJournal if one does not follow the one before."""
    (run,) = (folder / "runs").iterdir()
    return list(read_journal(run / "journal.jsonl"))


@pytest.mark.parametrize(
    ("kind", "says"),
    [(Plug, "was lost: check the adapter's cable"), (Server, "lost its connection: check the terminal server")],
    ids=["unplugged", "hung up"],
)
def test_a_line_that_is_lost_within_an_answer_leaves_every_character_in_the_journal(
    stsbench: Stsbench, tmp_path: Path, kind: type[Plug | Server], says: str
) -> None:
    near = kind()
    with bridged(tmp_path, near, cut=24) as (rig, bridge):
        result = stsbench(
            "run", "--rig", rig, *SIMULATED, "--state", tmp_path, "--json", "--only", "52-6.4.2",
            "--only", "52-6.4.4", "--only", "52-6.5-sent",
        )  # fmt: skip
    assert result.code == 4
    assert "Traceback" not in result.out + result.err
    verdicts = [case["verdict"] for case in result.json["cases"]]
    at = verdicts.index("ERROR")
    assert "PASS" in verdicts[:at]
    assert result.json["cases"][at]["reason"].startswith(f"port {near.url} {says}")
    assert verdicts[at + 1 :] == ["NOT_TESTED"] * (len(verdicts) - at - 1)
    assert "NOT_TESTED" in verdicts

    lines = journal_of(tmp_path)
    exchanges = [line for line in lines if isinstance(line, ExchangeDone)]
    sent = b"".join(one.sent.codes for one in exchanges)
    came = b"".join(one.stray.codes + one.received.codes for one in exchanges)
    assert sent == bytes(octet & 0x7F for octet in bridge.to_meter)
    assert came == bytes(octet & 0x7F for octet in bridge.to_bench)
    last = exchanges[-1]
    assert len(last.received.codes) == 3
    assert last.answer_text.endswith("the port was lost while the answer was awaited")
    assert [line.what.startswith(f"port {near.url}") for line in lines if isinstance(line, FaultFound)] == [True]
    assert lines[-1].kind == "end"
