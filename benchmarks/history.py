"""The history of the benchmarks: measure everything once, and append it to history.jsonl; run by `make bench`.

A line holds the commit, the day, the kind of machine and the figures, and nothing that tells whose machine it was.
"""

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

import carrier
import tokens
import watch

ROOT = Path(__file__).parents[1]
FILE = ROOT / "benchmarks" / "history.jsonl"
_DIGITS = 4
_COMMIT_DIGITS = 12


def machine() -> dict[str, Any]:
    """Return the kind of this machine, and its load: the mean number of busy cores of the last minute."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def commit() -> str:
    """Return the commit that is checked out, with a plus if files differ from it; `unknown` without git."""
    try:
        name = _git("rev-parse", f"--short={_COMMIT_DIGITS}", "HEAD")
        return (
            f"{name}+" if _git("status", "--porcelain", "--untracked-files=no", "--", ".", f":!{FILE}") else name
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def line_of(figures: Mapping[str, tuple[float, str]], kind: Mapping[str, Any]) -> str:
    """Return a line of the history: figures are values with their units, by name."""
    rounded = {name: [float(f"{value:.{_DIGITS}g}"), unit] for name, (value, unit) in figures.items()}
    day = datetime.now(UTC).date().isoformat()
    return json.dumps({"commit": commit(), "date": day, "machine": kind, "figures": rounded}) + "\n"


def measure(arguments: argparse.Namespace, console: Console) -> dict[str, tuple[float, str]]:
    """Run all benchmarks, print what they found, and return their figures."""
    made = tokens.measure(arguments.rounds, arguments.batch)
    console.print(tokens.table_of(made, arguments.rounds))
    rounds, exchanges = arguments.carrier_rounds, arguments.exchanges
    exchanged = [figure.summary() for figure in carrier.figures(rounds, exchanges)]
    console.print(carrier.table_of(exchanged, carrier.conditions_of(rounds, exchanges)))
    rates = {
        f"{told['name']}, {way.replace('_', ' ')}": (told[way], "tokens/s")
        for told in made
        for way in ("one_by_one", "plain", "batch")
    }
    watched = watch.figures(arguments.watch_rounds)
    for name, (value, unit) in watched.items():
        console.print(f"{name}: {value:.4g} {unit}".removesuffix(" 1"))
    return rates | {told["name"]: (told["median_ms"], "ms") for told in exchanged} | watched


def main() -> None:
    """Measure, print, and append."""
    parser = argparse.ArgumentParser(description="Run the benchmarks, and keep their figures.")
    parser.add_argument("--file", type=Path, default=FILE, help="where the line goes")
    parser.add_argument("--rounds", type=int, default=tokens.ROUNDS, help="rounds of tokens")
    parser.add_argument("--batch", type=int, default=tokens.BATCH, help="tokens in a batch")
    parser.add_argument("--carrier-rounds", type=int, default=carrier.ROUNDS, help="rounds of exchanges")
    parser.add_argument("--exchanges", type=int, default=carrier.EXCHANGES, help="exchanges in real time")
    parser.add_argument("--watch-rounds", type=int, default=watch.ROUNDS, help="rounds of the line watch")
    arguments, console, kind = parser.parse_args(), Console(), machine()
    figures = measure(arguments, console)
    with arguments.file.open("a", encoding="utf-8", newline="\n") as history:
        history.write(line_of(figures, kind))
    console.print(f"appended to {arguments.file}; {kind['load']} of {kind['cores']} cores were busy before")


def _cpu_model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name"))
    return next(names, platform.machine())


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return done.stdout.strip()


if __name__ == "__main__":
    main()
