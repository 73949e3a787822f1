"""Prove that what is wrong wholesale is found in a whole campaign, and spoils little else: `make prove-wholesale`.

Every wholesale defect of the simulated meter is judged by every requirement, with a key that is declared right.
A clause that the defect breaks must FAIL; of the requirements that do not hang on what is broken 80 % at least
must be judged as on a good meter. What FAILs beyond its reach is told. --only NAME for some of them, --jobs for
processes at a time. The exit code is 0 if all of that holds, 1 if not.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from processes import campaign_processes
from rich.console import Console
from rich.progress import track
from rich.table import Table

from sts_fixtures.declaration.declared_meter import simulated_meter_path
from sts_rigs.simulator.defects import WHOLESALE, Defect
from stsbench import CampaignNotRun, RunRequest, run_cases

_LEAST_KEPT = 0.8
_KEY = "published_test_key.hex"
_GOOD = "(good)"
_ANOTHER_CAUSE: Final = MappingProxyType(
    {
        "port-dead": "nothing tells a meter that never answers from a head that sits wrong",
        "commands-echoed": "nothing tells an echo of the meter from one of the line",
        "never-starts-again": "nothing tells a meter that stays dead from a relay that sticks and leaves it off",
    }
)
"""Defects that are told as a fault of the bench, and why that is right."""

_FALLS_SILENT: Final = MappingProxyType(
    {"answers-ever-later": "its answers come after any patience in the end, also after a power cut"}
)
"""Defects that are found, and end in what must be taken for a loss of the bench then, and why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a campaign came to: verdicts and reasons of requirements, cases by verdict, seconds of line time."""

    defect: str
    verdicts: Mapping[str, str]
    reasons: Mapping[str, str]
    cases: Mapping[str, int]
    line_seconds: float
    faults: Sequence[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one defect shows of the suite.

    right: FAILs at a clause that it breaks; wrong: FAILs at clauses that it neither breaks nor spoils; kept: the
    share of requirements beyond its reach that are judged as on a good meter.
    """

    judged: Judged
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    kept: float

    @property
    def is_good(self) -> bool:
        """Whether the defect is found where it is and the rest is judged, or it is known why that cannot be."""
        if self.judged.defect in _ANOTHER_CAUSE:
            return bool(self.judged.faults)
        if self.judged.defect in _FALLS_SILENT:
            return bool(self.right and self.judged.faults)
        return bool(self.right) and self.kept >= _LEAST_KEPT and not self.judged.faults


def judge(defect: str) -> Judged:
    """Return what a whole campaign makes of a defect, or of the good meter."""
    with tempfile.TemporaryDirectory(prefix="stsbench-wholesale-") as scratch:
        meter = _confirmed(Path(scratch))
        request = RunRequest(meter=meter, defect=None if defect == _GOOD else defect, out=Path(scratch) / "runs")
        try:
            record = run_cases(request).record
        except CampaignNotRun as error:
            return Judged(defect, {}, {}, {}, 0.0, [str(error)])
    requirements = [
        one for clause in record["clauses"] for one in clause["requirements"] if not one["by_inspection"]
    ]
    simulated = record["simulated"]
    return Judged(
        defect,
        {one["id"]: str(one["verdict"]) for one in requirements},
        {one["id"]: one["reason"] for one in requirements},
        Counter(str(case["verdict"]) for case in record["cases"]),
        simulated["line_seconds"] if simulated else 0.0,
        [f"{fault['what']}: {fault['remedy']}" for fault in record["faults"]],
    )


def _confirmed(folder: Path) -> Path:
    """Write the simulated meter's declaration with a key that is known to be right."""
    ours = simulated_meter_path()
    text = ours.read_text("utf-8").replace("[decoder_key]", '[decoder_key]\nkey_confirmed = "made so"')
    (folder / _KEY).write_bytes((ours.parent / _KEY).read_bytes())
    meter = folder / "meter.toml"
    meter.write_text(text, "utf-8")
    return meter


def finding_of(defect: Defect, judged: Judged, good: Judged) -> Finding:
    """Compare a campaign with that of the good meter."""
    failed = [name for name, verdict in judged.verdicts.items() if verdict == "FAIL"]
    beyond = [name for name in good.verdicts if not is_within(name, (*defect.breaks, *defect.spoils))]
    kept = [name for name in beyond if judged.verdicts.get(name) == good.verdicts[name]]
    return Finding(
        judged,
        tuple(name for name in failed if is_within(name, defect.breaks)),
        tuple(name for name in failed if name in beyond),
        len(kept) / len(beyond) if beyond else 1.0,
    )


def is_within(requirement: str, clauses: Iterable[str]) -> bool:
    """Whether a requirement is of one of some clauses or within it; a clause is 52-6.5, or a whole standard 52."""
    return any(requirement == clause or requirement.startswith((f"{clause}-", f"{clause}.")) for clause in clauses)


def prove(names: Sequence[str], jobs: int, *, verbose: bool) -> bool:
    """Print what was found; return whether all is as it should be."""
    began, console = time.monotonic(), Console(width=200)
    with campaign_processes(jobs) as pool:
        good = pool.apply(judge, (_GOOD,))
        done = pool.imap(judge, sorted(names))
        told = track(done, "wholesale defects", len(names), console=Console(stderr=True))
        found = [finding_of(WHOLESALE[one.defect], one, good) for one in told]
    console.print(_table(found))
    for finding in found:
        if verbose or not finding.is_good:
            _tell(console, finding, good)
    bad = [finding for finding in found if not finding.is_good]
    took = time.monotonic() - began
    console.print(f"{len(found)} defects, {len(bad)} not as they should be ({took:.0f} s)", highlight=False)
    return not bad


def _table(found: Iterable[Finding]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("defect", "right", "wrong", "kept", "cases F", "I", "N/T", "E", "line time", ""):
        table.add_column(column, no_wrap=True)
    for finding in found:
        cases = finding.judged.cases
        table.add_row(
            finding.judged.defect,
            str(len(finding.right)),
            str(len(finding.wrong)),
            f"{finding.kept:.0%}",
            *(str(cases.get(verdict, 0)) for verdict in ("FAIL", "INCONCLUSIVE", "NOT_TESTED", "ERROR")),
            f"{finding.judged.line_seconds / 3600:.1f} h",
            "" if finding.is_good else "!",
        )
    return table


def _tell(console: Console, finding: Finding, good: Judged) -> None:
    """Print what is wrong about one defect, with the reasons that the campaign gave."""
    judged, defect = finding.judged, WHOLESALE[finding.judged.defect]
    console.print(f"\n{defect.name}: {defect.summary} breaks {' '.join(defect.breaks)}", highlight=False)
    for fault in judged.faults:
        console.print(f"  fault: {fault}", highlight=False, markup=False)
    for name, verdict in judged.verdicts.items():
        is_beyond = not is_within(name, (*defect.breaks, *defect.spoils))
        if verdict == "FAIL" or (is_beyond and verdict != good.verdicts[name]):
            mark = "beyond" if is_beyond else ""
            console.print(
                f"  {verdict} {name} {mark}: {judged.reasons[name][:150]}", highlight=False, markup=False
            )


def main() -> None:
    """Read the options and prove."""
    parser = argparse.ArgumentParser(description="Judge meters with wholesale defects by whole campaigns.")
    parser.add_argument("--only", nargs="+", default=list(WHOLESALE), help="the names of some of them")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument(
        "--verbose", action="store_true", help="tell the FAILs of those that are as they should be, too"
    )
    options = parser.parse_args()
    sys.exit(0 if prove(options.only, options.jobs, verbose=options.verbose) else 1)


if __name__ == "__main__":
    main()
