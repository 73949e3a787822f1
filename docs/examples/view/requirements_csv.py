"""The requirements of a run as a spreadsheet, with how many tokens their cases entered."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sts_reports.events import CaseBegan, Event, TokenEntered
from sts_reports.record import Record

__all__ = ["write_requirements"]


def write_requirements(record: Record, events: Sequence[Event], folder: Path) -> None:
    """Write requirements.csv into the folder of a run."""
    entered: Counter[str] = Counter()
    case = ""
    for event in events:
        match event:
            case CaseBegan(id=name):
                case = name
            case TokenEntered():
                entered[case] += 1
    with (folder / "requirements.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["standard", "clause", "requirement", "verdict", "reason", "tokens"])
        for clause in record["clauses"]:
            for one in clause["requirements"]:
                tokens = sum(entered[name] for name in one["cases"])
                rows.writerow([one["standard"], one["clause"], one["id"], one["verdict"], one["reason"], tokens])
