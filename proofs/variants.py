"""Prove that no good meter is accused: `make prove-variants`.

Campaigns of conforming variants of the simulated meter, each a random draw of what standards, profile and
declaration leave free. Not one case may FAIL, be an ERROR, or be INCONCLUSIVE but for an uncertainty that
straddles a limit. --number N runs so many of them, from --seed on; --keep FOLDER keeps the files and runs of those
that were accused, to replay them. The exit code is 0 if nothing is found, 1 if something is.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

from processes import campaign_processes
from rich.console import Console
from rich.progress import track
from rich.table import Table

from sts_fixtures.declaration.variants import Variant, variant
from stsbench import run_campaign

STRADDLES = "cannot be decided against"
"""What the reason of a measurement says that its uncertainty left open."""

CAMPAIGNS = 8
"""How many campaigns one process runs, one after the other."""

EACH = 10
"""After how many variants it is told how far it is, where no terminal shows that."""

MANY = 8
"""How many different values of one freedom the table names."""


@dataclass(frozen=True, slots=True)
class Accusation:
    """A case that a good meter did not pass, or what a watch found of it."""

    seed: int
    case: str
    verdict: str
    reason: str

    @property
    def is_open(self) -> bool:
        """Whether nothing but an uncertainty decided."""
        return self.verdict == "INCONCLUSIVE" and STRADDLES in self.reason

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.verdict} {self.case}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a campaign of one variant came to: accusations, and how many cases had which verdict."""

    accusations: tuple[Accusation, ...]
    counts: Counter[str]


def judged(seed: int, keep: Path | None = None) -> Outcome:
    """Run a campaign of the variant of a seed; keep its files and its run where it is accused."""
    with tempfile.TemporaryDirectory(prefix="stsbench-variant-") as scratch:
        folder = Path(scratch)
        outcome = _judged(seed, folder / "files", folder / "runs")
        if outcome.accusations and keep is not None:
            _judged(seed, keep / f"variant-{seed}", keep / f"variant-{seed}" / "runs")
        return outcome


def _judged(seed: int, folder: Path, runs: Path) -> Outcome:
    drawn = variant(seed)
    files = drawn.write(folder)
    try:
        record = run_campaign(
            rig=files.rig, meter=files.meter, profile=files.profile, seed=seed, out=runs, allow_commands=True
        )
    except Exception as error:  # one variant that cannot be run is an accusation of the suite, not the end of all
        failed = Accusation(seed, "the campaign", "ERROR", f"{type(error).__name__}: {error}")
        return Outcome((failed,), Counter(ERROR=1))
    cases = record["cases"]
    found = [(case["id"], case["verdict"], case["reason"]) for case in cases]
    found += [
        (f"{one['requirement']} by the {one['by']}", one["verdict"], one["reason"]) for one in record["findings"]
    ]
    accusations = tuple(
        Accusation(seed, what, verdict, reason)
        for what, verdict, reason in found
        if verdict in ("FAIL", "ERROR", "INCONCLUSIVE")
    )
    return Outcome(accusations, Counter(case["verdict"] for case in cases))


def freedoms(drawn: Variant) -> Iterator[tuple[str, str]]:
    """Give every freedom of a variant by its name, with what was drawn."""
    for section, items in drawn.answers.items():
        if section != "meter":
            yield from ((f"{section}.{key}", str(value)) for key, value in items.items())
    yield from ((f"profile.{name}", str(value)) for name, value in drawn.overlay.items())
    yield from _traits("traits", drawn.traits)


def _traits(name: str, value: Any) -> Iterator[tuple[str, str]]:
    for one in fields(value):
        present = getattr(value, one.name)
        if is_dataclass(present):
            yield from _traits(f"{name}.{one.name}", present)
        else:
            yield f"{name}.{one.name}", str(present)


def table_of(drawn: Iterable[Variant]) -> Table:
    """Return how often each value of each freedom was drawn."""
    counts: dict[str, Counter[str]] = {}
    for one in drawn:
        for name, value in freedoms(one):
            counts.setdefault(name, Counter())[value] += 1
    table = Table("freedom", "drawn", title="What was drawn how often")
    for name, values in counts.items():
        if len(values) > MANY:
            table.add_row(name, f"{len(values)} different values")
        else:
            table.add_row(name, ", ".join(f"{value or '-'} {count}" for value, count in sorted(values.items())))
    return table


def prove(number: int, seed: int, jobs: int, keep: Path | None) -> bool:
    """Print what was found; return whether no good meter was accused."""
    began, console = time.monotonic(), Console(width=160)
    seeds = range(seed, seed + number)
    outcomes = []
    with campaign_processes(jobs, CAMPAIGNS) as pool:
        found = pool.imap(partial(judged, keep=keep), seeds)
        for outcome in track(found, "variants", total=number, console=console):
            outcomes.append(outcome)
            if not console.is_terminal and len(outcomes) % EACH == 0:
                console.print(f"{len(outcomes)} of {number} variants ({time.monotonic() - began:.0f} s)")
            for accusation in outcome.accusations:
                console.print(str(accusation), highlight=False, markup=False)
    console.print(table_of(map(variant, seeds)))
    counts = sum((outcome.counts for outcome in outcomes), Counter())
    accusations = [one for outcome in outcomes for one in outcome.accusations]
    proven = [one for one in accusations if not one.is_open]
    said = ", ".join(f"{verdict} {count}" for verdict, count in sorted(counts.items()))
    console.print(f"{number} variants: {said} ({time.monotonic() - began:.0f} s)", highlight=False)
    console.print(
        f"{len(proven)} accusations of good meters, {len(accusations) - len(proven)} left open by U",
        highlight=False,
    )
    return not proven and len(outcomes) == number


def main() -> None:
    """Read the options and prove."""
    parser = argparse.ArgumentParser(description="Run campaigns of conforming variants: none may be accused.")
    parser.add_argument("--number", type=int, default=200, help="how many variants")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--keep", type=Path, help="where to keep the files and runs of those that were accused")
    options = parser.parse_args()
    sys.exit(0 if prove(options.number, options.seed, options.jobs, options.keep) else 1)


if __name__ == "__main__":
    main()
