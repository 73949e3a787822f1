"""Prove that the model and the simulated meter agree on random events: `make prove-model`.

Tokens of all kinds, good and bad, by both carriers, whole and odd key changes, power cuts, tampering, loads and
waits go to a simulated meter and to the model of `sts62055`. Nothing that the meter shows may be what the model
does not allow. Half of the events go to the declarations that the tests know, half to conforming variants. The
exit code is 0 if nothing is found, 1 if something is.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from processes import campaign_processes
from rich.console import Console

from declared_meters import GOOD_METERS, write_declaration
from modelled_meters import Disagreement, ModelledMeter
from sts62055.carrier.profile import default_profile
from sts_fixtures.declaration.declared_meter import load_declaration
from sts_fixtures.declaration.variants import variant

EACH = 2500
"""How many events one meter takes; another then begins anew."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one meter: its name, how often which result was told, and what was disagreed about.

    most_alive: the hypotheses that the model carried at most; is_overwhelmed: they were too many to judge.
    """

    name: str
    results: Counter[str]
    disagreements: tuple[Disagreement, ...]
    most_alive: int
    is_overwhelmed: bool


def compared(number: int) -> Found:
    """Hold one meter against the model."""
    seed, names = number // 2 + 1, list(GOOD_METERS)
    with tempfile.TemporaryDirectory(prefix="stsbench-model-") as scratch:
        if number % 2:
            name = names[seed % len(names)]
            meter = load_declaration(write_declaration(Path(scratch) / "meter.toml", GOOD_METERS[name]))
            both = ModelledMeter(meter, default_profile(), seed)
        else:
            drawn = variant(seed)
            name = "a variant"
            meter = load_declaration(drawn.write(Path(scratch)).meter)
            both = ModelledMeter(meter, drawn.profile, seed, traits=drawn.traits, has_plain_display=False)
    both.run(EACH)
    belief = both.belief
    return Found(
        f"{name}, seed {seed}",
        both.drawn.results,
        tuple(both.disagreements),
        belief.most_alive,
        belief.is_overwhelmed,
    )


def prove(events: int, jobs: int) -> bool:
    """Print what was found; return whether nothing was."""
    console, began = Console(width=160, highlight=False), time.monotonic()
    results: Counter[str] = Counter()
    found = most = overwhelmed = 0
    with campaign_processes(jobs, 8) as pool:
        for one in pool.imap(compared, range(events // EACH)):
            results += one.results
            most = max(most, one.most_alive)
            overwhelmed += one.is_overwhelmed
            found += bool(one.disagreements)
            for first in one.disagreements[:1]:
                console.print(f"{one.name}: event {first.number}: {first.quantity} is {first.seen}", markup=False)
                console.print(
                    f"  expected {', '.join(first.expected)}: {', '.join(first.requirements)}", markup=False
                )
    told = ", ".join(f"{result} {count}" for result, count in results.most_common())
    console.print(f"{events} events of {events // EACH} meters: {told} ({time.monotonic() - began:.0f} s)")
    console.print(
        f"{found} meters disagreed with; at most {most} hypotheses; {overwhelmed} meters not judged to the end"
    )
    return not found


def main() -> None:
    """Read the options and prove."""
    parser = argparse.ArgumentParser(description="Hold simulated meters against the model with random events.")
    parser.add_argument("--events", type=int, default=1_000_000, help="how many in all")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    options = parser.parse_args()
    sys.exit(0 if prove(options.events, options.jobs) else 1)


if __name__ == "__main__":
    main()
