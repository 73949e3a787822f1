"""Prove that random tokens do to the simulated meter what they must, and nothing else: `make prove-random-tokens`.

Numbers of 66 bits as they come, half of them of class 0 or 2, and tokens that are built with a CRC mostly right
go through the application process of a simulated meter with EA11 and of one with EA07 and the sample tables. For
each, `sts62055` says with the known key which results are allowed, and what the memory holds then. The exit code
is 0 if no token surprises, else 1; `--defect` gives the meters a defect, which must surprise.
"""

import argparse
import time

from rich.console import Console

from judged_tokens import METERS, judged
from sts_rigs.simulator.defects import ALL_DEFECTS

SHOWN = 5


def prove(count: int, seed: int, defect: str | None) -> bool:
    """Print what came of so many tokens for each meter; return whether none surprised."""
    console, as_expected = Console(width=120, highlight=False), True
    for name in METERS:
        began = time.monotonic()
        outcome = judged(name, count, seed=seed, parts=ALL_DEFECTS.parts_with(defect))
        as_expected &= not outcome.surprises
        console.print(
            f"{name}: {count} tokens, {outcome.built} of them built, {outcome.authentic} authentic, "
            f"{outcome.by_chance} of these by chance, {time.monotonic() - began:.0f} s"
        )
        for result, times in outcome.results.most_common():
            console.print(f"  {result:16}{times:>8}")
        console.print(f"  surprising      {len(outcome.surprises):>8}")
        for surprise in outcome.surprises[:SHOWN]:
            console.print(f"  {surprise.digits}: {surprise.what}")
    return as_expected


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=100_000, help="how many for each meter")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other tokens")
    parser.add_argument("--defect", choices=sorted(ALL_DEFECTS), metavar="NAME", help="a defect of the meters")
    options = parser.parse_args()
    return 0 if prove(options.tokens, options.seed, options.defect) else 1


if __name__ == "__main__":
    raise SystemExit(main())
