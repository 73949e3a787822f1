"""Wrong files and ports that cannot be used: one sentence that names them, what to do, and the right exit code."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import Result, Stsbench

USAGE, BENCH_FAULT = 2, 4
CONFIRMED = '[confirmed]\nby = "A. Tester"\ndocument = "IEC 62055-52"\nedition = "1.0"\n'
OTHERWISE = "import io, os, sys\nopened, opened_file = os.open, io.open\n"
MAIN = "from stsbench.cli import main\nmain()\n"


def rig_text(url: str, more: str = "") -> str:
    return f'[rig]\nname = "bench"\n[port]\nurl = "{url}"\npatience_ms = 2000\n{more}'


def assert_one_sentence(result: Result, code: int, *says: str) -> None:
    text = " ".join((result.out + result.err).split())
    assert result.code == code, text
    for words in says:
        assert words in text
    assert "Traceback" not in text


@pytest.fixture
def terminal() -> Iterator[str]:
    """Give the name of a pseudo-terminal at which nobody answers."""
    tty = pytest.importorskip("tty", reason="this system has no pseudo-terminals")
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


# -- files -----------------------------------------------------------------------------------------------------


def folder_in_the_way(path: Path) -> None:
    path.mkdir()


def latin(path: Path) -> None:
    path.write_bytes(b"# caf\xe9\n")


def broken(path: Path) -> None:
    path.write_text("[x\n", "utf-8")


@pytest.mark.parametrize(
    ("option", "make", "says"),
    [
        ("--profile", lambda _: None, "there is no such file: check the path"),
        ("--profile", folder_in_the_way, "it is a folder: name a file in it"),
        ("--profile", broken, "not valid TOML"),
        ("--rig", folder_in_the_way, "it is a folder: name a file in it"),
        ("--rig", latin, "it is not UTF-8 text: save it as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    stsbench: Stsbench, tmp_path: Path, option: str, make: Callable[[Path], None], says: str
) -> None:
    make(tmp_path / "wrong.toml")
    result = stsbench("run", option, "wrong.toml")
    assert_one_sentence(result, USAGE, "wrong.toml: ", says)
    assert not list((tmp_path / "runs").glob("*"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (f"{CONFIRMED}[parameter.bit_rat]\nvalue = 2400\n", "did you mean 'bit_rate'?"),
        (f"{CONFIRMED}[parameter.bit_rate]\nvalue = 0\n", "it is a whole number above 0, and not 0"),
    ],
)
def test_a_wrong_overlay_is_refused(stsbench: Stsbench, tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "lab.toml").write_text(content, "utf-8")
    assert_one_sentence(stsbench("run", "--profile", "lab.toml"), USAGE, "lab.toml: ", says)
    assert not list((tmp_path / "runs").glob("*"))


# -- ports -----------------------------------------------------------------------------------------------------


def run_on(stsbench: Stsbench, folder: Path, url: str, *more: object, facts: str = "") -> Result:
    (folder / "rig.toml").write_text(rig_text(url, facts), "utf-8")
    only = ["--only", "52-6.4.2", "--only", "52-6.4.4"]
    return stsbench("run", "--rig", "rig.toml", "--meter", "simulated", *only, "--state", folder, *more)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("/", "is a folder and no serial port: check the name in the rig file"),
        ("rfc2217://127.0.0.1:{free}", "refused the connection: start the terminal server"),
    ],
)
def test_a_port_that_cannot_be_used_is_a_bench_fault(
    stsbench: Stsbench, tmp_path: Path, url: str, says: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    url = url.format(free=free)
    result = run_on(stsbench, tmp_path, url, "--json")
    assert_one_sentence(result, BENCH_FAULT, f"port {url} ", says)
    assert not result.out
    assert not (tmp_path / "runs").exists(), "a run without a bench leaves nothing behind"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("127.0.0.1:7001", 'the address of a server: write "socket://127.0.0.1:7001"'),
        ("bench.lab:7001", 'write "socket://bench.lab:7001" or "rfc2217://bench.lab:7001"'),
        ("socket://127.0.0.1", 'has no port number: write "socket://host:port"'),
        ("socket://127.0.0.1:0", "has no port number"),
        ("rfc2217://lab:99999", 'no port number from 1 to 65535: write "rfc2217://host:port"'),
        ("socket://lab:meter", "no port number from 1 to 65535"),
        ("socket://:7001", "names no host"),
        ("wire://lab:1", "wire:// is no port"),
        ("spy:///dev/ttyUSB0?file=mine.txt", "spy:// is no port"),
        ("alt://ttyUSB0?class=VTIMESerial", "alt:// is no port"),
    ],
)
def test_what_is_no_name_of_a_port_is_refused_before_it_is_opened(
    stsbench: Stsbench, tmp_path: Path, url: str, says: str
) -> None:
    assert_one_sentence(run_on(stsbench, tmp_path, url), USAGE, "rig.toml: port.url: ", says)
    assert_one_sentence(stsbench("monitor", "--port", url), USAGE, "--port: ", says)
    assert not (tmp_path / "runs").exists()


def test_a_baud_rate_that_is_refused_is_named(stsbench: Stsbench, tmp_path: Path, terminal: str) -> None:
    bit_rate = 4_000_000_000
    (tmp_path / "lab.toml").write_text(f"{CONFIRMED}[parameter.bit_rate]\nvalue = {bit_rate}\n", "utf-8")
    result = run_on(stsbench, tmp_path, terminal, "--profile", "lab.toml", facts='parity = "software"\n')
    says = f"port {terminal} does not do the baud rate {bit_rate}: use an adapter that does, or correct bit_rate"
    assert_one_sentence(result, BENCH_FAULT, says)


def test_a_port_that_another_program_has_is_a_bench_fault(
    stsbench: Stsbench, tmp_path: Path, terminal: str
) -> None:
    import serial

    with serial.Serial(terminal, exclusive=True):
        result = run_on(stsbench, tmp_path, terminal)
    says = f"port {terminal} is in use by another program: close that program"
    assert_one_sentence(result, BENCH_FAULT, says)


# -- without permission: the user root may do anything, so that the system's refusal is put in its place ------


def run_denied(folder: Path, denied: str, *arguments: object) -> Result:
    """Run the command where a file or device is refused."""
    refuse = (
        "def refuse(function):\n"
        "    def open(path, *rest, **more):\n"
        f"        if str(path) == {denied!r}:\n"
        "            raise PermissionError(13, 'Permission denied', str(path))\n"
        "        return function(path, *rest, **more)\n"
        "    return open\n"
        "os.open, io.open = refuse(opened), refuse(opened_file)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", OTHERWISE + refuse + MAIN, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_a_port_that_this_user_may_not_open(tmp_path: Path, terminal: str) -> None:
    (tmp_path / "rig.toml").write_text(rig_text(terminal), "utf-8")
    words = ["run", "--rig", "rig.toml", "--meter", "simulated", "--only", "52-6.4.2", "--state", tmp_path]
    result = run_denied(tmp_path, terminal, *words)
    says = f"port {terminal} may not be opened by this user: join the group that owns it (dialout on Linux)"
    assert_one_sentence(result, BENCH_FAULT, says)


def test_a_file_that_this_user_may_not_read(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(rig_text("simulated"), "utf-8")
    result = run_denied(tmp_path, "mine.toml", "run", "--rig", "mine.toml")
    assert_one_sentence(result, USAGE, "mine.toml: it cannot be read (Permission denied): check its permissions")
