"""The history of the benchmarks: one line for a run, which names no machine; the page draws what there is."""

import json
import os
import socket
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("termios", reason="this system has no pseudo-terminals")

ROOT = Path(__file__).parents[2]
TESTS = os.pathsep.join(str(ROOT / "tests" / room) for room in ("vectors", "rigs"))
QUICK = ("--rounds", "1", "--batch", "4000", "--carrier-rounds", "2", "--exchanges", "2", "--watch-rounds", "1")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    path = tmp_path_factory.mktemp("history") / "history.jsonl"
    path.write_text('{"commit": "earlier"}\n', "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "benchmarks" / "history.py"), *QUICK, "--file", str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": TESTS, "COLUMNS": "100", "NO_COLOR": "1"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Whole tokens a second" in done.stdout
    assert "An exchange that reads the longest register" in done.stdout
    assert "campaign with line watch, against without: 1.0" in done.stdout
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def page() -> ModuleType:
    pytest.importorskip("mkdocs", reason="the extra `docs` is not installed")
    spec = spec_from_file_location("benchmark_page", ROOT / "benchmarks" / "page.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_run_appends_one_line_with_the_figures_of_all_benchmarks(lines: list[dict[str, Any]]) -> None:
    earlier, line = lines
    assert earlier == {"commit": "earlier"}
    assert set(line) == {"commit", "date", "machine", "figures"}
    assert set(line["machine"]) == {"cpu", "cores", "python", "load"}
    units = [unit for value, unit in line["figures"].values() if value > 0]
    assert units.count("tokens/s") == 2 * 3
    assert units.count("ms") == 5 + 1
    assert units.count("1") == len(units) - 6 - 6 == 1
    assert 1 < line["figures"]["campaign with line watch, against without"][0] < 1.2


def test_a_line_does_not_say_whose_machine_it_was(lines: list[dict[str, Any]]) -> None:
    assert socket.gethostname() not in json.dumps(lines)


def test_lines_of_different_machines_get_curves_of_their_own(
    lines: list[dict[str, Any]], page: ModuleType
) -> None:
    line = lines[1]
    other = {**line, "commit": "abc", "machine": {**line["machine"], "cpu": "Another CPU"}}
    picture = page.draw([line, other, line])
    assert picture.count("Another CPU") == 1
    assert picture.count(f"<!-- {page.machine_of(line)} -->") == 1
    assert all(f"| {name} |" in page.table([line]) for name in line["figures"])


def test_the_committed_history_can_be_drawn(page: ModuleType) -> None:
    lines = page.read(page.FILE)
    assert not lines or page.draw(lines).startswith("<?xml")
