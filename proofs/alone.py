"""Prove that any case can be run alone: `make prove-alone`.

Every case of the register is run by itself on a fresh simulated meter, and must come to the verdict that it has in
the whole campaign; with --sample N only so many of them, chosen by a seed. The exit code is 0 if all do, 1 if not.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

from processes import campaign_processes
from rich.console import Console

import sts_conformance
from stsbench import RunRequest, run_cases

CASES = Path(sts_conformance.__file__).parent


def verdicts(case: str | None = None, *, defect: str | None = None) -> dict[str, str]:
    """Return the verdict of each case of a campaign by its id, or of a campaign of one case."""
    where = "" if case is None else node_of(case)
    with tempfile.TemporaryDirectory(prefix="stsbench-alone-") as scratch:
        record = run_cases(RunRequest(defect=defect, out=Path(scratch)), cases=[where]).record
    return {one["id"]: one["verdict"] for one in record["cases"]}


def node_of(case: str) -> str:
    """Return the node id of a case within the package, from its id: the stem of its file, and its function."""
    stem, _, function = case.partition("::")
    (path,) = CASES.glob(f"iec62055_*/{stem}.py")
    return f"{path.relative_to(CASES).as_posix()}::{function}"


def differences(whole: Mapping[str, str], alone: Iterable[Mapping[str, str]]) -> list[str]:
    """Return a sentence for each case that is judged otherwise alone than in the whole campaign."""
    return [
        f"{case}: {verdict} alone, {whole[case]} in the campaign"
        for found in alone
        for case, verdict in found.items()
        if verdict != whole[case]
    ]


def prove(sample: int | None, seed: int, jobs: int) -> bool:
    """Print what was found; return whether no verdict differs."""
    began = time.monotonic()
    with campaign_processes(jobs) as pool:
        whole = pool.apply(verdicts)
        chosen = list(whole) if sample is None else Random(seed).sample(list(whole), min(sample, len(whole)))
        alone = pool.map(verdicts, chosen, chunksize=1)
    found = differences(whole, alone)
    console, took = Console(width=200), time.monotonic() - began
    for line in found:
        console.print(line, highlight=False)
    counts = f"{len(alone)} of {len(whole)} cases were run alone, {len(found)} were judged otherwise"
    console.print(f"{counts} ({took:.0f} s)", highlight=False)
    return not found and len(alone) == len(chosen)


def main() -> None:
    """Read the options and prove."""
    parser = argparse.ArgumentParser(description="Run every case alone, and compare its verdict.")
    parser.add_argument("--sample", type=int, help="run only so many of them")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    options = parser.parse_args()
    sys.exit(0 if prove(options.sample, options.seed, options.jobs) else 1)


if __name__ == "__main__":
    main()
