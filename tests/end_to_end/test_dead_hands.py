"""A bench whose devices say that all is done, and reach no meter: nothing is said of the meter."""

import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import tomlkit

from conftest import COMMAND, Stsbench

CASES = {
    "cover": "52-6.8.3-tamper",
    "power": "52-6.8.3-after-restart",
    "display": "41-8.5-test-4-key-revision",
}
UNSEEN = {"cover": "no tampering was ever seen", "power": "never seen silent", "display": "one and the same"}


class Dead(socketserver.StreamRequestHandler):
    """Says that all is done, and that a display shows what it always shows."""

    def handle(self) -> None:
        line = self.rfile.readline().decode()
        self.wfile.write(b"ok 0\n" if line.startswith("display") else b"ok\n")


@contextmanager
def dead_device() -> Iterator[str]:
    """Serve a device that does nothing; give its address."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Dead) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"socket://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@contextmanager
def rig_with(folder: Path, **actions: object) -> Iterator[Path]:
    """Serve a good meter, and give a rig file for it with some other actions."""
    path = folder / "sim.toml"
    command = [*COMMAND, "simulate", "--tcp", "127.0.0.1:0", "--rig-out", path]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as simulation:
        while not path.exists() or not path.read_text("utf-8"):
            assert simulation.poll() is None
            time.sleep(0.05)
        rig = tomlkit.parse(path.read_text("utf-8"))
        rig["actions"].update(actions)  # type: ignore[union-attr]
        path.write_text(tomlkit.dumps(rig), "utf-8")
        yield path
        simulation.terminate()


def run(stsbench: Stsbench, folder: Path, hand: str, **actions: object) -> tuple[int, str, str]:
    """Run the case of a hand; return the exit code, the verdict and the reason."""
    with rig_with(folder, **actions) as rig:
        words = ("--meter", "simulated", "--state", folder / "state", "--only", CASES[hand], "--json")
        result = stsbench("run", "--rig", rig, *words)
    (case,) = result.json["cases"]
    assert not [one for one in result.json["findings"] if one["verdict"] == "FAIL"]
    return result.code, case["verdict"], case["reason"]


@pytest.mark.real_time
@pytest.mark.parametrize("hand", CASES)
def test_a_hand_that_reaches_no_meter_accuses_none(stsbench: Stsbench, tmp_path: Path, hand: str) -> None:
    with dead_device() as device:
        code, verdict, reason = run(stsbench, tmp_path, hand, **{hand: device})
    assert (code, verdict) == (3, "INCONCLUSIVE"), reason
    assert UNSEEN[hand] in reason
    assert f'actions.seen_to_act = ["{hand}"]' in reason


@pytest.mark.real_time
def test_a_hand_that_somebody_has_seen_act_is_believed(stsbench: Stsbench, tmp_path: Path) -> None:
    with dead_device() as device:
        code, verdict, _ = run(stsbench, tmp_path, "cover", cover=device, seen_to_act=["cover"])
    assert (code, verdict) == (1, "FAIL")


@pytest.mark.real_time
def test_a_power_switch_that_acts_is_seen_to_act(stsbench: Stsbench, tmp_path: Path) -> None:
    assert run(stsbench, tmp_path, "power") == (0, "PASS", "")
