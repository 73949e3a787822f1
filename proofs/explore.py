"""Prove that explorations find what needs a sequence, and accuse no good meter: `make prove-explore`.

Each defect of `sequence_defects` is found within --within sequences, and its sequence is shrunk to at most one
step more than the shortest that is known. Then --sequences random sequences go to good meters: the simulated one
as it is declared, and conforming variants; none may FAIL or be an ERROR. --only NAME for some of the defects, or
"good" for the good meters alone; --seed for other sequences. The exit code is 0 if all of that holds.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import sequence_defects
from processes import campaign_processes
from rich.console import Console
from rich.progress import track
from rich.table import Table

from sts_fixtures.declaration.variants import variant
from sts_fixtures.exploring.budget import Budget
from sts_fixtures.exploring.script import ScriptFile
from stsbench import RunRequest
from stsbench.exploring import Explorer

DEFECTS: Final = Path(sequence_defects.__file__)
GOOD: Final = "good"
EACH: Final = 100
"""How many sequences one good meter takes."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an exploration found of a defect, or of a good meter.

    after: how many sequences it took, 0 for nothing found; steps: the shortest sequence that it came to.
    """

    name: str
    requirement: str
    after: int
    steps: tuple[str, ...]
    trials: int
    seconds: float
    is_known_shown: bool
    faults: tuple[str, ...] = ()


def explored(name: str, within: int, seed: int) -> Found:
    """Explore a meter with a defect."""
    began = time.monotonic()
    known = ScriptFile(format=1, steps=list(sequence_defects.SHORTEST[name]))
    with tempfile.TemporaryDirectory(prefix="stsbench-explore-") as scratch:
        explorer = Explorer(RunRequest(defect=name, defects=DEFECTS, seed=seed, out=Path(scratch)))
        is_known_shown = bool(explorer.replay(known).accusations)
        outcome = explorer.explore(Budget(sequences=within))
    seconds = time.monotonic() - began
    faults = tuple(outcome.explored.faults)
    for one in outcome.explored.failures:
        steps = tuple(map(str, one.sequence))
        return Found(
            name, one.accusation.requirement, one.found_after, steps, one.trials, seconds, is_known_shown, faults
        )
    return Found(name, "", 0, (), 0, seconds, is_known_shown, faults)


def judged(number: int, seed: int) -> list[str]:
    """Explore a good meter, every other one a variant; return what accused it or went wrong."""
    own = seed * 100_000 + number
    with tempfile.TemporaryDirectory(prefix="stsbench-explore-") as scratch:
        folder = Path(scratch)
        if number % 2:
            files = variant(own).write(folder / "files")
            request = RunRequest(rig=files.rig, meter=files.meter, profile=files.profile, allow_commands=True)
        else:
            request = RunRequest()
        explorer = Explorer(replace(request, seed=own, out=folder / "runs"))
        outcome = explorer.explore(Budget(sequences=EACH), most=EACH)
    what = f"variant {own}" if number % 2 else f"the simulated meter, seed {own}"
    found = [f"{what}: ERROR {fault}" for fault in outcome.explored.faults]
    for one in outcome.explored.failures:
        steps = "; ".join(map(str, one.sequence))
        found.append(f"{what}: FAIL {one.accusation.requirement}: {one.accusation.reason} after {steps}")
    return found


def main() -> None:
    """Read the options and prove."""
    parser = argparse.ArgumentParser(description="Explore defective meters and good ones.")
    names = [*sequence_defects.SHORTEST, GOOD]
    parser.add_argument("--only", nargs="+", default=names, choices=names, metavar="NAME")
    parser.add_argument("--within", type=int, default=2000, help="sequences for each defect")
    parser.add_argument("--sequences", type=int, default=20_000, help="sequences for good meters in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    options = parser.parse_args()
    console = Console(width=160, highlight=False)
    is_proven = True
    defects = [name for name in options.only if name != GOOD]
    with campaign_processes(options.jobs, 8) as pool:
        if defects:
            work = partial(explored, within=options.within, seed=options.seed)
            done = pool.imap_unordered(work, defects)
            found = list(track(done, "defects", len(defects), console=Console(stderr=True)))
            is_proven &= _tell_found(console, found)
        if GOOD in options.only:
            began, accused = time.monotonic(), 0
            work_good = partial(judged, seed=options.seed)
            done_good = pool.imap_unordered(work_good, range(options.sequences // EACH))
            total = options.sequences // EACH
            for told in track(done_good, "good meters", total, console=Console(stderr=True)):
                accused += bool(told)
                for one in told:
                    console.print(one, markup=False, soft_wrap=True)
            meters, seconds = options.sequences // EACH, time.monotonic() - began
            console.print(
                f"{meters * EACH} sequences of {meters} good meters: {accused} of them accused ({seconds:.0f} s)"
            )
            is_proven &= not accused
    sys.exit(0 if is_proven else 1)


def _tell_found(console: Console, found: Sequence[Found]) -> bool:
    """Print what was found of the defects; return whether that is as it should be."""
    table = Table(box=None, pad_edge=False)
    for column in ("defect", "requirement", "found after", "steps", "known", "trials", "seconds", ""):
        table.add_column(column, justify="left" if column in ("defect", "requirement", "") else "right")
    is_proven = True
    for one in sorted(found, key=lambda one: one.name):
        known = len(sequence_defects.SHORTEST[one.name])
        is_short = 0 < len(one.steps) <= known + 1
        wrong = "" if is_short else "not found" if not one.after else "too long"
        wrong = wrong or ("" if one.is_known_shown else "the known sequence shows nothing")
        wrong = wrong or "; ".join(one.faults[:1])
        is_proven &= not wrong
        table.add_row(
            one.name,
            one.requirement,
            str(one.after or "-"),
            str(len(one.steps)),
            str(known),
            str(one.trials),
            f"{one.seconds:.0f}",
            wrong,
        )
    console.print(table)
    for one in found:
        if len(one.steps) > len(sequence_defects.SHORTEST[one.name]):
            console.print(f"{one.name}: {'; '.join(one.steps)}", markup=False, soft_wrap=True)
    return is_proven


if __name__ == "__main__":
    main()
