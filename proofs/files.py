"""Prove that every hostile file is refused within 2 s of processor time and 200 MB: `make prove-files`.

Each is read in a process of its own, forked from this one, whose memory counts from there.
"""

import os
import resource
import sys
import tempfile
from pathlib import Path

from hostile_files import CORPUS, HostileFile, refusal, simulated_meter, whole_register

SECONDS = 2.0
MEGABYTES = 200.0
_KIBI = 1024


def main() -> int:
    """Read the corpus, and tell the costliest files and those that cost too much; return the exit code."""
    whole_register()
    simulated_meter()
    costs = []
    for number, file in enumerate(CORPUS):
        costs.append((*_cost(file), file))
        if number % 50 == 0:
            print(f"{number} of {len(CORPUS)}", flush=True)  # noqa: T201 - a proof speaks
    wrong = [cost for cost in costs if cost[0] > SECONDS or cost[1] > MEGABYTES or not cost[2]]
    slowest, largest = max(costs, key=lambda cost: cost[0]), max(costs, key=lambda cost: cost[1])
    print(f"{len(CORPUS)} hostile files: at most {slowest[0]:.2f} s ({_name(slowest[3])})")  # noqa: T201
    print(f"and {largest[1]:.0f} MB ({_name(largest[3])})")  # noqa: T201
    for seconds, megabytes, is_refused, file in wrong:
        print(f"{_name(file)}: {seconds:.2f} s, {megabytes:.0f} MB, refused: {is_refused}")  # noqa: T201
    return 1 if wrong else 0


def _name(file: HostileFile) -> str:
    return f"{file.reader}: {file.name}"


def _cost(file: HostileFile) -> tuple[float, float, bool]:
    """Return the seconds and megabytes that a file costs its reader, and whether it was refused."""
    with tempfile.TemporaryDirectory() as scratch:
        path = file.write(Path(scratch))
        child = os.fork()
        if not child:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            try:
                told = refusal(file, path)
            except BaseException:
                told = ""
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            Path(scratch, "grown").write_text(str(grown), "utf-8")
            os._exit(0 if told else 1)
        _, status, used = os.wait4(child, 0)
        grown = Path(scratch, "grown").read_text("utf-8") if status in (0, 1 << 8) else "inf"
    return used.ru_utime + used.ru_stime, float(grown) / _KIBI, status == 0


if __name__ == "__main__":
    sys.exit(main())
