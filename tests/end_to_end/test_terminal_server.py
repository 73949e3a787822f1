"""The same campaign through what stands between a bench and a meter gives the same verdicts.

An echoing line: a proxy in front of the simulated meter gives back all that is sent. A terminal server: ser2net,
with RFC 2217, in front of the simulated meter's pseudo-terminal.
"""

import gc
import os
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from conftest import COMMAND, Result, Stsbench
from sts62055.carrier.characters import outgoing
from sts62055.carrier.profile import default_profile
from sts_rigs.clock import HostClock
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import HostClockSection, PortSection
from sts_rigs.port.serial import SerialPort

PART = ["52-6.3.2", "52-6.3.3", "52-6.4.3", "52-6.4.4", "52-6.7.1-reaction", "52-6.7.1-gaps-sent"]
SIMULATED = ["--meter", "simulated"]
ONLY = [word for name in PART for word in ("--only", name)]
SER2NET = shutil.which("ser2net", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

UNDECIDED_BY_THE_CLOCK = "cannot be decided"
BEYOND_THE_PORT = ("only an instrument shows", "is not known to carry a break", "takes a port that sends at")
"""Why a port that is no local adapter leaves a case NOT_TESTED."""
UNSEEN_PARITY = ("this port does not show parity", "this port cannot send wrong parity")

MINUTE = 60
SECOND = 1_000_000_000


def wait_for(what: Callable[[], object], name: str) -> None:
    """Wait until something is there; a busy computer has a minute."""
    end = time.monotonic() + MINUTE
    while not what():
        assert time.monotonic() < end, f"{name} did not come"
        time.sleep(0.05)


@contextmanager
def simulated_meter(folder: Path, *way: str) -> Iterator[Path]:
    """Run the simulated meter; yield its rig file."""
    rig = folder / "sim.toml"
    with subprocess.Popen([*COMMAND, "simulate", *way, "--rig-out", rig], stdout=subprocess.DEVNULL) as meter:
        try:
            wait_for(lambda: rig.exists() and "[actions]" in rig.read_text("utf-8"), "the simulated meter")
            yield rig
        finally:
            meter.terminate()


def url_in(rig: Path) -> str:
    return next(line.split('"')[1] for line in rig.read_text("utf-8").splitlines() if line.startswith("url"))


def rig_with(rig: Path, url: str, more: str = "") -> Path:
    """Write a rig file for the same meter behind another port."""
    text = rig.read_text("utf-8").replace(f'url = "{url_in(rig)}"', f'url = "{url}"\n{more}')
    changed = rig.with_name("rig.toml")
    changed.write_text(text, "utf-8")
    return changed


def reasons(result: Result) -> dict[str, tuple[str, str]]:
    return {case["id"]: (case["verdict"], case["reason"]) for case in result.json["cases"]}


def differences(seen: Result, expected: Result) -> dict[str, tuple[str, str]]:
    """Return the cases whose verdicts differ, with what was seen and its reason."""
    before, after = reasons(expected), reasons(seen)
    assert before.keys() == after.keys()
    untested = [reason for verdict, reason in before.values() if verdict == "NOT_TESTED"]
    assert {verdict for verdict, _ in before.values()} - {"NOT_TESTED", "NOT_APPLICABLE"} == {"PASS"}
    assert all(any(reason in one for reason in BEYOND_THE_PORT) for one in untested)
    different = {name: after[name] for name in before if after[name][0] != before[name][0]}
    beyond = {name for name, seen in different.items() if seen[0] == "NOT_TESTED"}
    assert all(any(reason in different[name][1] for reason in BEYOND_THE_PORT) for name in beyond)
    return {name: seen for name, seen in different.items() if name not in beyond}


def assert_only(different: dict[str, tuple[str, str]], *allowed: str) -> None:
    unexplained = {
        name: (verdict, reason)
        for name, (verdict, reason) in different.items()
        if verdict != "INCONCLUSIVE" or not any(text in reason for text in allowed)
    }
    assert not unexplained


@pytest.fixture(scope="module")
def virtually(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Run the same part of the campaign on the simulated bench."""
    folder = tmp_path_factory.mktemp("simulated")
    done = subprocess.run(
        [*COMMAND, "run", "--json", *ONLY], capture_output=True, text=True, timeout=300, cwd=folder, check=False
    )
    return Result(done.returncode, done.stdout, done.stderr)


# -- an echoing line -------------------------------------------------------------------------------------------


class EchoingLine:
    """A proxy in front of a socket:// port that gives back all that is sent, before it passes it on."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("socket://").rpartition(":")
        self._meter = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self.echoed = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(MINUTE)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                bench, _ = self._listener.accept()
                with bench, socket.create_connection(self._meter) as meter:
                    self._pass_on(bench, meter)

    def _pass_on(self, bench: socket.socket, meter: socket.socket) -> None:
        with suppress(OSError):
            while True:
                for ready in select.select([bench, meter], [], [])[0]:
                    octets = ready.recv(4096)
                    if not octets:
                        return
                    bench.sendall(octets)
                    if ready is bench:
                        self.echoed += len(octets)
                        meter.sendall(octets)


@pytest.fixture
def echoing(tmp_path: Path) -> Iterator[tuple[Path, EchoingLine]]:
    with simulated_meter(tmp_path, "--tcp", "127.0.0.1:0") as rig:
        line = EchoingLine(url_in(rig))
        try:
            yield rig, line
        finally:
            line.close()


@pytest.mark.parametrize(
    "echo", ["", pytest.param("echo = true", marks=pytest.mark.matrix)], ids=["learnt", "stated"]
)
def test_an_echoing_line_gives_the_same_verdicts(
    stsbench: Stsbench, virtually: Result, echoing: tuple[Path, EchoingLine], tmp_path: Path, echo: str
) -> None:
    rig, line = echoing
    result = stsbench(
        "run", "--rig", rig_with(rig, line.url, echo), *SIMULATED, "--state", tmp_path, "--json", *ONLY
    )
    assert line.echoed > 100
    assert_only(differences(result, virtually), UNDECIDED_BY_THE_CLOCK)


def test_an_echo_that_nobody_takes_off_does_not_go_unnoticed(
    stsbench: Stsbench, echoing: tuple[Path, EchoingLine], tmp_path: Path
) -> None:
    rig, line = echoing
    changed = rig_with(rig, line.url, "echo = false")
    result = stsbench("run", "--rig", changed, *SIMULATED, "--state", tmp_path, "--json", "--only", "52-6.4.4")
    assert line.echoed
    assert result.json["cases"]
    assert not result.with_verdict("PASS")
    assert result.code != 0


def test_a_line_that_should_echo_and_does_not_is_a_bench_fault(stsbench: Stsbench, tmp_path: Path) -> None:
    with simulated_meter(tmp_path, "--tcp", "127.0.0.1:0") as rig:
        changed = rig_with(rig, url_in(rig), "echo = true")
        result = stsbench("run", "--rig", changed, *SIMULATED, "--state", tmp_path, "--json", "--only", "52-6.4.2")
    assert result.code == 4
    assert "write echo = false if it does not echo" in result.out
    assert "Traceback" not in result.out + result.err


# -- one run at a time -----------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="a signal of another system")
def test_a_second_run_is_refused_until_the_first_one_is_gone(stsbench: Stsbench, tmp_path: Path) -> None:
    with simulated_meter(tmp_path, "--tcp", "127.0.0.1:0") as rig:
        run = ["run", "--rig", rig, *SIMULATED, "--state", tmp_path, "--json", "--only"]
        command = [*COMMAND, *run, "52-6.7.1"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tmp_path) as first:
            try:
                journals = tmp_path / "runs"
                wait_for(
                    lambda: any(path.stat().st_size > 2000 for path in journals.glob("*/journal.jsonl")),
                    "the first run's journal",
                )
                assert first.poll() is None
                second = stsbench(*run, "52-6.4.2")
                assert first.poll() is None
            finally:
                first.send_signal(signal.SIGKILL)
            first.wait(MINUTE)
        assert second.code == 4
        assert f"is in use by process {first.pid} (" in second.err
        assert "wait for it or stop it" in second.err
        third = stsbench(*run, "52-6.4.2")
    assert third.code == 0, third.out + third.err


# -- a terminal server -----------------------------------------------------------------------------------------


@contextmanager
def ser2net(folder: Path, device: str) -> Iterator[str]:
    """Run ser2net with RFC 2217 in front of a device; yield the url of its port."""
    assert SER2NET is not None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    configuration = folder / "ser2net.yaml"
    configuration.write_text(
        "%YAML 1.1\n---\nconnection: &meter\n"
        f"  accepter: telnet(rfc2217),tcp,127.0.0.1,{port}\n"
        f"  connector: serialdev(nouucplock),{device},2400e71,local\n",
        "utf-8",
    )
    log = folder / "ser2net.log"
    with log.open("wb") as file:
        server = subprocess.Popen([SER2NET, "-n", "-d", "-c", configuration], stdout=file, stderr=file)
    try:
        wait_for(lambda: server.poll() is not None or answers(port), "ser2net")
        assert server.poll() is None, log.read_text("utf-8")
        yield f"rfc2217://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(MINUTE)


def answers(port: int) -> bool:
    """Whether somebody listens on a port, found without a connection, which would open the device."""
    wanted = f"0100007F:{port:04X} 00000000:0000 0A"
    return wanted in Path("/proc/net/tcp").read_text("ascii")


needs_ser2net = pytest.mark.skipif(
    SER2NET is None or not Path("/proc/net/tcp").exists(),
    reason="the ser2net program is not here: apt-get install ser2net (Linux)",
)


@needs_ser2net
def test_a_terminal_server_gives_the_same_verdicts(stsbench: Stsbench, virtually: Result, tmp_path: Path) -> None:
    with simulated_meter(tmp_path, "--pty") as rig, ser2net(tmp_path, url_in(rig)) as url:
        changed = rig_with(rig, url)
        result = stsbench("run", "--rig", changed, *SIMULATED, "--state", tmp_path, "--json", *ONLY)
    different = differences(result, virtually)
    assert_only(different, UNDECIDED_BY_THE_CLOCK, *UNSEEN_PARITY)
    of_parity = {name for name, (_, reason) in different.items() if reason.startswith(UNSEEN_PARITY)}
    assert of_parity == {
        name
        for name in reasons(virtually)
        if name.startswith("test_6_3_2")
        and not any(word in name for word in ("stop_bit", "break_in", "after_a_break"))
    }, "parity through rfc2217 is INCONCLUSIVE by design: its protocol carries no parity bit"
    passed = {name for name, (verdict, _) in reasons(result).items() if verdict == "PASS"}
    assert passed >= {name for name in reasons(virtually) if name.startswith(("test_6_4", "test_6_3_4"))}


@needs_ser2net
def test_a_terminal_server_without_rts_says_so(stsbench: Stsbench, tmp_path: Path) -> None:
    with simulated_meter(tmp_path, "--pty") as rig, ser2net(tmp_path, url_in(rig)) as url:
        changed = rig_with(rig, url, "rts = true")
        result = stsbench("run", "--rig", changed, *SIMULATED, "--state", tmp_path, "--json", "--only", "52-6.4.2")
    assert result.code == 4
    assert f"port {url} does not take RTS or DTR: remove rts and dtr from [port]" in result.err


@needs_ser2net
def test_a_device_that_is_unplugged_behind_a_terminal_server_is_a_fault(tmp_path: Path) -> None:
    with ExitStack() as stack:
        meter = stack.enter_context(ExitStack())
        rig = meter.enter_context(simulated_meter(tmp_path, "--pty"))
        clock = HostClock()
        url = stack.enter_context(ser2net(tmp_path, url_in(rig)))
        port = SerialPort(PortSection(url=url), HostClockSection(), default_profile(), clock)
        stack.callback(port.close)
        port.send(outgoing(b"/?!\r\n"))
        assert port.receive(clock.now() + MINUTE * SECOND) is not None
        meter.close()
        with pytest.raises(BenchFault, match=f"^port {url} lost its connection: check the terminal server"):
            list(iter(lambda: port.receive(clock.now() + MINUTE * SECOND), None))


@needs_ser2net
@pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning"
)  # pyserial leaves one where it was turned away
def test_a_terminal_server_that_serves_somebody_else_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with simulated_meter(tmp_path, "--pty") as rig, ser2net(tmp_path, url_in(rig)) as url:
        first = SerialPort(PortSection(url=url), HostClockSection(), default_profile(), HostClock())
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):  # as on another computer: our lock is not seen
            monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
        try:
            with pytest.raises(BenchFault) as caught:
                SerialPort(PortSection(url=url), HostClockSection(), default_profile(), HostClock())
        finally:
            first.close()
    gc.collect()
    assert caught.value.what == f"port {url} was closed by the terminal server at once"
    assert "somebody else uses it" in caught.value.remedy
    assert "Traceback" not in capfd.readouterr().err
