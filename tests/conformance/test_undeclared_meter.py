"""A real port without a declaration is refused before anything is sent: the published test key is not its key."""

import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Stsbench


@pytest.fixture
def port() -> Iterator[tuple[str, int]]:
    """Return the name of a port, and the end on which what is sent to it arrives."""
    tty = pytest.importorskip("tty", reason="this system has no pseudo-terminals")
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield os.ttyname(theirs), ours
    os.close(ours)
    os.close(theirs)


def rig(folder: Path, url: str, more: str = "") -> Path:
    path = folder / "bench.toml"
    path.write_text(f'[rig]\nname = "bench"\n[port]\nurl = "{url}"\nparity = "software"\n{more}', "utf-8")
    return path


def test_nothing_is_sent_to_a_meter_that_nobody_declared(
    stsbench: Stsbench, tmp_path: Path, port: tuple[str, int]
) -> None:
    url, end = port
    result = stsbench("run", "--rig", rig(tmp_path, url), "--state", tmp_path / "state")
    assert (result.code, result.out) == (2, "")
    assert result.err.strip() == (
        f"{tmp_path / 'bench.toml'} has the port {url!r}, and no declaration says which meter is behind it: name "
        "that with --meter FILE, or behind `stsbench simulate` with --meter simulated"
    )
    assert select.select([end], [], [], 0.2)[0] == []
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    "url", ["COM7", "socket://127.0.0.1:9", "rfc2217://127.0.0.1:9", "hwgrep://USB", "loop://", "none"]
)
def test_every_port_is_real_that_we_do_not_simulate(stsbench: Stsbench, tmp_path: Path, url: str) -> None:
    result = stsbench("run", "--rig", rig(tmp_path, url))
    assert result.code == 2
    assert "no declaration says which meter is behind it" in result.err


def test_the_word_for_the_simulated_meter_is_a_declaration(
    stsbench: Stsbench, tmp_path: Path, port: tuple[str, int]
) -> None:
    words = ["run", "--rig", rig(tmp_path, port[0]), "--meter", "simulated", "--only", "52-6.4.2"]
    result = stsbench(*words, "--state", tmp_path)
    assert (result.code, "nothing answered on port" in result.out) == (4, True)
    assert select.select([port[1]], [], [], 0.2)[0] == [port[1]]


def test_what_we_simulate_needs_no_declaration(stsbench: Stsbench, tmp_path: Path) -> None:
    assert stsbench("run", "--rig", rig(tmp_path, "simulated"), "--only", "52-6.4.3").code == 0
    record = stsbench("run", "--meter", "simulated", "--only", "52-6.4.3", "--json").json
    assert record["meter"]["maker"] == stsbench("run", "--only", "52-6.4.3", "--json").json["meter"]["maker"]
    assert "--meter simulated" in record["again"]


def test_a_plan_sends_nothing_and_is_made_all_the_same(stsbench: Stsbench, tmp_path: Path) -> None:
    assert stsbench("plan", "--rig", rig(tmp_path, "/dev/ttyUSB0"), "--only", "52-6.4.3").code == 0
