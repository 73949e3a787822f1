"""The benchmark of the carrier client, in a tiny version: what it says, never how fast it was."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("termios", reason="this system has no pseudo-terminals")

ROOT = Path(__file__).parents[2]
CHARACTERS = 10 + 25
CHARACTERS_MS = CHARACTERS * 10 / 2400 * 1000
REACTION_MS = 20
ROUNDING_MS = 0.001


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "COLUMNS": "100", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "benchmarks" / "carrier.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )


def test_the_two_figures_with_a_bound_say_how_they_stand_to_it() -> None:
    done = run("--rounds", "2", "--exchanges", "2", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}
    bounds = {name: figure["bound_ms"] for name, figure in figures.items() if "bound_ms" in figure}
    assert bounds == {"processor, instant meter": 0.5, "pseudo-terminal, excess": 5.0}
    for name, bound in bounds.items():
        figure = figures[name]
        assert 0 < figure["median_ms"] <= figure["high_ms"]
        assert figure["ratio"] == pytest.approx(figure["median_ms"] / bound)
        assert figure["verdict"] == ("within" if figure["median_ms"] <= bound else "above")
    medians = {name: figure["median_ms"] for name, figure in figures.items()}
    exchange, excess, reaction = (
        medians[f"pseudo-terminal, {name}"] for name in ("exchange", "excess", "reaction")
    )
    assert reaction >= REACTION_MS - ROUNDING_MS, "the responder answers no sooner than it says"
    assert exchange - excess >= CHARACTERS_MS + REACTION_MS - ROUNDING_MS, "the line's own time is no excess"


def test_people_get_a_table() -> None:
    done = run("--rounds", "2", "--exchanges", "2")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("processor, instant meter", "processor, simulated bench", "pseudo-terminal, excess"):
        assert name in done.stdout
    assert sum(line.rstrip(" │").endswith(("within", "above")) for line in done.stdout.splitlines()) == 2


def test_one_value_has_no_median_and_no_spread() -> None:
    done = run("--exchanges", "1")
    assert done.returncode == 2
    assert "need two rounds and two exchanges" in done.stderr
