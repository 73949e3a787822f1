"""A port is one run's at a time; the others are told whose, and the lock dies with its process."""

import getpass
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sts_rigs.errors import BenchFault
from sts_rigs.port.lock import PortLock, canonical_port

SINCE = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
HOLD = """
import sys
from datetime import UTC, datetime
from sts_rigs.port.lock import PortLock
lock = PortLock(sys.argv[1], datetime.now(UTC))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep these locks from those of real runs."""
    base = tmp_path / "run"
    base.mkdir(mode=0o700)
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(base))
    return base / "stsbench" / "ports"


@contextmanager
def another_process(url: str) -> Iterator[subprocess.Popen[str]]:
    """Hold a port in a process of its own."""
    command = [sys.executable, "-c", HOLD, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            yield holder
        finally:
            holder.kill()


def refusal(url: str) -> str:
    with pytest.raises(BenchFault) as caught:
        PortLock(url, SINCE)
    return str(caught.value)


def test_a_second_run_is_refused_and_told_who_has_the_port() -> None:
    with another_process("COM7") as holder:
        said = refusal("COM7")
    assert said.startswith(f"port COM7 is in use by process {holder.pid} ({getpass.getuser()}, -c, since 20")
    assert said.endswith("): wait for it or stop it")


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of another system")
def test_the_lock_dies_with_its_process() -> None:
    with another_process("COM7") as holder:
        refusal("COM7")
        holder.send_signal(signal.SIGKILL)
        holder.wait(60)
        PortLock("COM7", SINCE).release()


def test_a_lock_that_was_left_behind_names_the_new_holder() -> None:
    with another_process("COM7") as holder:
        holder.kill()
        holder.wait(60)
    lock = PortLock("COM7", SINCE)
    assert f"process {os.getpid()} " in refusal("COM7")
    lock.release()


def test_a_process_cannot_have_a_port_twice_either() -> None:
    lock = PortLock("COM7", SINCE)
    assert f"is in use by process {os.getpid()} " in refusal("com7")
    lock.release()
    lock.release()
    PortLock("COM7", SINCE).release()


def test_a_lock_that_was_released_twice_leaves_the_next_holder_alone() -> None:
    first = PortLock("COM7", SINCE)
    first.release()
    second = PortLock("COM7", SINCE)
    first.release()
    assert f"process {os.getpid()} " in refusal("COM7")
    second.release()


def test_other_ports_are_free() -> None:
    lock = PortLock("COM7", SINCE)
    PortLock("COM8", SINCE).release()
    lock.release()


@pytest.mark.parametrize("card", ["", "{", "[]", "null", '{"pid": 1}'])
def test_a_holder_that_cannot_be_read_is_another_process(folder: Path, card: str) -> None:
    lock = PortLock("COM7", SINCE)
    for path in folder.glob("*.json"):
        path.write_text(card, "utf-8")
    assert refusal("COM7") == "port COM7 is in use by another process: wait for it or stop it"
    lock.release()


@pytest.mark.skipif(os.name != "posix", reason="modes of another system")
def test_locks_are_of_their_user_alone(folder: Path) -> None:
    before = os.umask(0)
    try:
        lock = PortLock("COM7", SINCE)
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o7777 == 0o700
    modes = {path.suffix: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {".lock": 0o600, ".json": 0o600}
    lock.release()


@pytest.mark.skipif(os.name != "posix", reason="modes of another system")
def test_a_folder_that_others_can_write_in_holds_no_locks(folder: Path) -> None:
    PortLock("COM7", SINCE).release()
    folder.chmod(0o777)
    assert refusal("COM7").startswith(f"the folder {folder} is open to other users: chmod 700 {folder}")
    folder.rename(folder.with_name("elsewhere"))
    folder.with_name("elsewhere").chmod(0o700)
    folder.symlink_to(folder.with_name("elsewhere"))
    assert "is open to other users" in refusal("COM7"), "a link leads wherever its maker wants"


@pytest.mark.skipif(os.name != "posix", reason="modes of another system")
def test_a_runtime_folder_of_somebody_else_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = folder.parents[1] / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    monkeypatch.setattr("platformdirs.user_runtime_path", lambda: folder.parents[1])
    folder.parents[1].chmod(0o755)
    PortLock("COM7", SINCE).release()
    assert not folder.exists()
    assert (state / "stsbench" / "ports").is_dir()


def test_a_folder_that_cannot_be_had_is_a_fault_with_a_mend(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("in the way", "utf-8")
    said = refusal("COM7")
    assert said.startswith(f"the folder {folder} cannot be made (")
    assert said.endswith("see what is in its place, and who owns it")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("COM7", "com7"),
        ("COM12", r"\\.\COM12"),
        ("socket://Bench.lab:4001", "rfc2217://bench.lab:4001?ign_set_control"),
        ("socket://localhost:4001", "rfc2217://127.0.0.1:4001"),
        ("socket://localhost:4001", "socket://[::1]:4001"),
        ("socket://127.0.0.1:4001", "socket://[::ffff:127.0.0.1]:4001"),
        ("socket://127.0.0.1:4001", "socket://LOCALHOST.:4001"),
        ("socket://127.0.0.1:4001", "socket://meter.localhost:4001"),
        ("socket://127.0.0.1:4001", "socket://0.0.0.0:4001"),
        ("socket://[2001:db8::1]:1", "socket://[2001:DB8:0::1]:1"),
    ],
)
def test_names_of_one_port(one: str, other: str) -> None:
    assert canonical_port(one) == canonical_port(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("COM7", "COM8"),
        ("socket://lab:1", "socket://lab:2"),
        ("socket://a:1", "socket://b:1"),
        ("x://", "y://"),
        ("socket://localhost:1", "socket://localhost:2"),
        ("socket://127.0.0.1:1", "socket://127.0.0.2:1"),
        ("socket://localhost:1", "socket://notlocalhost:1"),
    ],
)
def test_names_of_two_ports(one: str, other: str) -> None:
    assert canonical_port(one) != canonical_port(other)


def test_nobody_is_asked_for_the_address_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    monkeypatch.setattr(socket, "gethostbyname", lambda *_: pytest.fail("a name was looked up"))
    assert canonical_port("socket://bench.example:4001") == "bench.example:4001"


def test_a_run_on_localhost_keeps_the_port_from_one_on_its_address() -> None:
    with another_process("socket://localhost:4001") as holder:
        assert f"is in use by process {holder.pid} (" in refusal("rfc2217://127.0.0.1:4001")


def test_an_address_that_is_none_is_its_own_name() -> None:
    assert canonical_port("socket://lab:99999") == "socket://lab:99999"


@pytest.mark.skipif(os.name != "posix", reason="device names of another system")
def test_a_link_is_the_port_that_it_leads_to(tmp_path: Path) -> None:
    link = tmp_path / "head"
    link.symlink_to("/dev/ttyUSB0")
    assert canonical_port(str(link)) == canonical_port("/dev/ttyUSB0") == "/dev/ttyUSB0"
