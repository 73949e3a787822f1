"""Make the record of a run from its journal; every view is made from the record, and decides nothing."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sts_reports.costs import CostCounter
from sts_reports.exit_code import exit_code
from sts_reports.journal import JOURNAL, read_journal
from sts_reports.measurement import Measurement
from sts_reports.verdict import Verdict, worst

__all__ = ["NOTICE", "build_record", "journal_size", "load_record", "steps_since", "write_record"]

Json = dict[str, Any]

NOTICE = (
    "Pre-certification test results. This is no certificate, and no statement of the STS Association or the IEC."
)

_INFORMATIVE = "informative"
_STEP_KINDS = ("exchange", "token", "action", "measurement", "recording", "note")


def build_record(lines: Iterable[Json]) -> Json:
    """Return the record of the run that journal lines tell of; a run without an end counts as interrupted."""
    header: Json = {}
    end: Json | None = None
    cases: dict[str, Json] = {}
    current: Json | None = None
    faults: list[Json] = []
    remarks: list[str] = []
    instruments: list[Json] = []
    inspection: Json = {"file": None, "sha256": None, "requirements": [], "verdicts": []}
    costs = CostCounter()
    for content in lines:
        costs.take(content)
        line = dict(content)
        kind = line.pop("kind")
        match kind:
            case "run":
                header = line
            case "plan":
                cases = {case["id"]: {**case, **_not_run(), "steps": []} for case in line["cases"]}
            case "case":
                current = cases[line["id"]]
                current["reason"] = "interrupted while it ran"
            case "verdict":
                told = cases[line["id"]]
                told.update({name: line[name] for name in ("verdict", "reason", "provisional")})
                told["conditional"] = line.get("conditional", False)
                current = None
            case "fault":
                faults.append(line)
            case "inspection":
                inspection = line
            case "instruments":
                instruments = line["instruments"]
            case "end":
                end = line
            case "measurement" if current is not None:
                # one of before there were budgets lacks what follows from it
                current["steps"].append({"kind": kind, **Measurement.from_json(line).as_json(), **line})
            case _ if kind in _STEP_KINDS and current is not None:
                current["steps"].append({"kind": kind, **line})
            case "remark":
                remarks.append(line["text"])
    inspected = {told["id"]: _inspected(told, inspection) for told in inspection["verdicts"]}
    selected = {one["id"]: one for one in (*header.pop("requirements", []), *inspection["requirements"])}
    requirements = [_requirement(one, cases.values(), inspected.get(name)) for name, one in selected.items()]
    clauses = _clauses(requirements)
    return {
        "format": 1,
        "notice": NOTICE,
        "run": {
            **header.pop("run", {}),
            "finished": (end or {}).get("finished"),
            "interrupted": end is None or end["interrupted"],
        },
        **header,
        "simulated": (end or {}).get("simulated"),
        "cost": costs.total.as_json(),
        "instruments": instruments,
        "inspection": {name: inspection[name] for name in ("file", "sha256")},
        "faults": faults,
        "remarks": remarks,
        "summary": _summary(requirements, faults),
        "clauses": clauses,
        "cases": list(cases.values()),
    }


def write_record(folder: Path) -> Json:
    """Make record.json beside journal.jsonl in a run's folder, and return the record."""
    record = build_record(read_journal(folder / JOURNAL))
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / "record.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return record


def load_record(folder: Path) -> Json:
    """Return the record in a run's folder."""
    record: Json = json.loads((folder / "record.json").read_text("utf-8"))
    return record


def journal_size(folder: Path) -> int:
    """Return how many bytes the journal of a run has by now, for `steps_since`."""
    return (folder / JOURNAL).stat().st_size


def steps_since(folder: Path, size: int) -> list[Json]:
    """Return the steps that a run's journal took up since it had so many bytes; the run may still go on."""
    with (folder / JOURNAL).open("rb") as journal:
        journal.seek(size)
        lines = map(json.loads, journal)
        return [line for line in lines if line["kind"] in _STEP_KINDS]


def _not_run() -> Json:
    return {
        "verdict": str(Verdict.NOT_TESTED),
        "reason": "the run ended before it",
        "provisional": [],
        "conditional": False,
    }


def _are_conditional(verdict: Verdict, members: Iterable[Json]) -> bool:
    """Return whether a verdict over members bears the mark: one PASS does, or all that say FAIL."""
    marks = [member["conditional"] for member in members if member["verdict"] == verdict]
    return any(marks) if verdict is Verdict.PASS else bool(marks) and all(marks)


def _inspected(told: Json, inspection: Json) -> Json:
    """Return the verdict of an inspection; nobody was asked without a file, and then it decides nothing."""
    return {**told, "conditional": False, "decides": inspection["file"] is not None}


def _requirement(requirement: Json, cases: Iterable[Json], inspected: Json | None) -> Json:
    own = [case for case in cases if requirement["id"] in case["requirements"]]
    told = [*own, inspected] if inspected else own
    verdict = worst(Verdict(one["verdict"]) for one in told)
    return {
        **requirement,
        "verdict": str(verdict),
        "reason": next((one["reason"] for one in told if one["verdict"] == verdict), "no case ran"),
        "provisional": sorted({name for one in told for name in one["provisional"]}),
        "conditional": _are_conditional(verdict, told),
        "cases": [case["id"] for case in own],
        "by_inspection": inspected is not None,
        "answer": inspected["answer"] if inspected else None,
        "decides": requirement.get("strength") != _INFORMATIVE
        and (bool(own) or inspected is None or inspected["decides"]),
    }


def _deciding(requirements: Iterable[Json]) -> list[Json]:
    return [requirement for requirement in requirements if requirement["decides"]]


def _clauses(requirements: list[Json]) -> list[Json]:
    groups: dict[tuple[str, str], list[Json]] = {}
    for requirement in requirements:
        groups.setdefault((requirement["standard"], requirement["clause"]), []).append(requirement)
    return [
        _clause(standard, clause, members)
        for (standard, clause), members in sorted(groups.items(), key=lambda item: _clause_order(*item[0]))
    ]


def _clause(standard: str, clause: str, members: list[Json]) -> Json:
    verdict = worst(Verdict(member["verdict"]) for member in _deciding(members) or members)
    return {
        "standard": standard,
        "clause": clause,
        "numbered": members[0].get("numbered", True),
        "title": members[0]["clause_title"],
        "verdict": str(verdict),
        "counts": _counts(members),
        "conditional_counts": _counts([member for member in members if member["conditional"]]),
        "provisional": sorted({name for member in members for name in member["provisional"]}),
        "conditional": _are_conditional(verdict, members),
        "requirements": members,
    }


def _clause_order(standard: str, clause: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return what sorts clauses: by number, then annexes, then those whose number nobody has confirmed."""
    parts = clause.split(".")
    return standard, [
        (0, int(part), "") if part.isdigit() else (1 if part.isupper() else 2, 0, part) for part in parts
    ]


def _counts(members: list[Json]) -> dict[str, int]:
    counted = Counter(member["verdict"] for member in members)
    return {str(verdict): counted[verdict] for verdict in Verdict}


def _summary(whole: list[Json], faults: list[Json]) -> Json:
    """Return what the run came to, by the requirements that decide it."""
    requirements = _deciding(whole)
    verdicts = [Verdict(requirement["verdict"]) for requirement in requirements]
    code = exit_code([*verdicts, Verdict.ERROR] if faults and verdicts else verdicts)
    counts = _counts(requirements)
    failed, total = counts[Verdict.FAIL], len(requirements)
    marked = _counts([requirement for requirement in requirements if requirement["conditional"]])
    conclusion = {
        0: f"conforms: {total - counts[Verdict.NOT_APPLICABLE]} requirements passed"
        + _of_them(marked[Verdict.PASS]),
        1: f"does not conform: {failed} of {total} requirements failed" + _of_them(marked[Verdict.FAIL]),
        3: "not decided: "
        f"{counts[Verdict.INCONCLUSIVE]} requirements inconclusive, {counts[Verdict.NOT_TESTED]} not tested",
        4: "bench fault: "
        + (f"{faults[0]['what']}: {faults[0]['remedy']}" if faults else "see the cases with ERROR"),
        5: "nothing was tested: no requirement that was selected applies to this meter",
    }[code]
    conclusion += _informative(whole)
    provisional = sum(bool(requirement["provisional"]) for requirement in requirements)
    return {
        "exit_code": code,
        "conclusion": conclusion,
        "counts": counts,
        "conditional_counts": marked,
        "requirements": total,
        "provisional": provisional,
        "conditional": sum(marked.values()),
        "open": sum(
            one["verdict"] == Verdict.NOT_TESTED for one in whole if one["by_inspection"] and not one["decides"]
        ),
    }


def _informative(whole: list[Json]) -> str:
    """Return what the requirements say that no standard rules, and that decide nothing; "" for none."""
    told = [one["verdict"] for one in whole if one.get("strength") == _INFORMATIVE]
    contradicted, found = told.count(Verdict.FAIL), told.count(Verdict.PASS)
    if not contradicted and not found:
        return ""
    return f"; of behaviours that are declared and not ruled, {found} found, {contradicted} not found"


def _of_them(conditional: int) -> str:
    return f", {conditional} of them conditional" if conditional else ""
