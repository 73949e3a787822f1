"""Measure how many subtle defects a whole campaign catches: `make measure-subtle`.

Every side effect and every sequence of the catalogue is judged by every requirement. It is caught where a clause
that it breaks FAILs. --only NAME for some of them, --jobs for processes at a time, --json for a script. The exit
code is 0: this is a measurement, and none of them is promised to be caught.
"""

import argparse
import json
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from processes import campaign_processes
from rich.console import Console
from rich.progress import track
from rich.table import Table
from wholesale import is_within

from sts_fixtures.declaration.declared_meter import simulated_meter_path
from sts_fixtures.declaration.writing import toml_text
from sts_rigs.simulator.defects import SEQUENCES, SIDE_EFFECTS, Defect
from stsbench import CampaignNotRun, RunRequest, run_cases

_SUBTLE: Final = {**SIDE_EFFECTS, **SEQUENCES}
_KEY: Final = "published_test_key.hex"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a campaign made of one defect.

    right: FAILs at a clause that it breaks; elsewhere: the other FAILs; fault: why it is not judged, "" if it is.
    """

    defect: str
    right: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    fault: str = ""

    @property
    def outcome(self) -> str:
        """What came of it, in a word."""
        if self.fault:
            return "not judged"
        return "caught" if self.right else "elsewhere" if self.elsewhere else "missed"


def measure(name: str) -> Measured:
    """Judge one defect by a whole campaign."""
    defect = _SUBTLE[name]
    with tempfile.TemporaryDirectory(prefix="stsbench-subtle-") as scratch:
        meter = _declared(Path(scratch), defect.declares)
        try:
            record = run_cases(RunRequest(meter=meter, defect=name, out=Path(scratch) / "runs")).record
        except CampaignNotRun as error:
            return Measured(name, fault=str(error))
    failed = [
        one["id"] for clause in record["clauses"] for one in clause["requirements"] if one["verdict"] == "FAIL"
    ]
    right = tuple(one for one in failed if is_within(one, defect.breaks))
    return Measured(name, right, tuple(one for one in failed if one not in right))


def _declared(folder: Path, declares: Mapping[str, Any]) -> Path:
    """Write the simulated meter's declaration with what a defect needs."""
    ours = simulated_meter_path()
    content = tomllib.loads(ours.read_text("utf-8"))
    for key, value in declares.items():
        section, name = key.split(".")
        content[section][name] = value
    (folder / _KEY).write_bytes((ours.parent / _KEY).read_bytes())
    meter = folder / "meter.toml"
    meter.write_text(toml_text(content), "utf-8")
    return meter


def table_of(found: Sequence[Measured]) -> Table:
    """Return how many of each group were caught."""
    table = Table(box=None, pad_edge=False)
    for column in ("group", "caught", "elsewhere", "missed", "not judged", "of"):
        table.add_column(column, justify="right" if column != "group" else "left")
    for group, names in (("side effects", SIDE_EFFECTS), ("sequences", SEQUENCES), ("all", _SUBTLE)):
        of_group = [one for one in found if one.defect in names]
        counts = [
            str(sum(one.outcome == outcome for one in of_group))
            for outcome in ("caught", "elsewhere", "missed", "not judged")
        ]
        table.add_row(group, *counts, str(len(of_group)))
    return table


def _tell(console: Console, found: Iterable[Measured]) -> None:
    for one in sorted(found, key=lambda one: (one.outcome, one.defect)):
        defect: Defect = _SUBTLE[one.defect]
        what = one.fault or " ".join(one.right or one.elsewhere) or defect.summary
        console.print(f"{one.outcome:10} {one.defect}: {what}", highlight=False, markup=False)


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description="Judge meters with subtle defects by whole campaigns.")
    parser.add_argument("--only", nargs="+", default=list(_SUBTLE), choices=list(_SUBTLE), metavar="NAME")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--json", action="store_true", help="write what was measured as JSON")
    options = parser.parse_args()
    began, console = time.monotonic(), Console(width=160)
    with campaign_processes(options.jobs) as pool:
        done = pool.imap_unordered(measure, options.only)
        found = list(track(done, "subtle defects", len(options.only), console=Console(stderr=True)))
    if options.json:
        sys.stdout.write(json.dumps([asdict(one) | {"outcome": one.outcome} for one in found], indent=1) + "\n")
        return
    _tell(console, found)
    console.print(table_of(found))
    console.print(f"{len(found)} defects in {time.monotonic() - began:.0f} s", highlight=False)


if __name__ == "__main__":
    main()
