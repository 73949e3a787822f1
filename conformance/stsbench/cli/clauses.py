"""The `stsbench clauses` command: the map of the standards, from the clauses to requirements and their cases."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from sts_conformance.case_index import index_cases
from sts_fixtures.campaign.options import RunRequest
from sts_fixtures.plugin.listing import CasesNotCollected
from sts_fixtures.register import STATUSES, Clause, Register, Requirement
from sts_fixtures.register.facts import requirement_facts
from sts_fixtures.register.selection import is_selected
from sts_reports.exit_code import ExitCode
from stsbench.cli.shared import AsJson, new_app, new_console, stopping, takes_request

__all__ = ["app"]

app = new_app()

_STYLES = {"tested": "green", "untested": "yellow"}


@app.command()
@takes_request("cases", "mapping", "edition", "only")
def clauses(
    request: RunRequest,
    status: Annotated[
        list[str] | None, typer.Option("--status", help=f"One of: {', '.join(STATUSES)}. May be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the standards clause by clause: requirements, their status with its reason, cases and provenance."""
    unknown = [name for name in status or [] if name not in STATUSES]
    if unknown:
        sys.stderr.write(f"--status {unknown[0]}: there is no such status: take one of {', '.join(STATUSES)}\n")
        raise typer.Exit(ExitCode.USAGE)
    with stopping(CasesNotCollected):
        index = index_cases(replace(request, only=()))
    whole, cases = index.register, index.cases
    chosen = [one for one in whole if is_selected(one, request.only) and one.status in (status or STATUSES)]
    if as_json:
        rows = [_row(requirement, cases) for requirement in chosen]
        sys.stdout.write(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
        return
    console = new_console()
    for tree in _trees(whole, chosen, cases):
        console.print(tree)
    console.print(Text(_count(chosen)))


def _row(requirement: Requirement, cases: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return asdict(requirement_facts(requirement)) | {
        "numbers": dict(requirement.numbers),
        "status": requirement.status,
        "because": requirement.because,
        "shown_by": requirement.shown_by,
        "cases": list(cases.get(requirement.id, ())),
    }


def _trees(whole: Register, chosen: Sequence[Requirement], cases: Mapping[str, Sequence[str]]) -> Iterator[Tree]:
    """Draw each standard: below a clause its requirements, then its parts; what holds none is left out."""
    filled = {(requirement.standard, requirement.clause) for requirement in chosen}
    for standard, edition in whole.editions.items():
        own = [clause for clause in whole.clauses if clause.standard == standard]
        held = [clause for clause in own if (standard, clause.number) in filled]
        shown = [clause for clause in own if clause in held or any(one.is_within(clause) for one in held)]
        if not shown:
            continue
        tree = Tree(Text(f"{standard}, {edition}", style="bold"))
        branches: dict[Clause, Tree] = {}
        for clause in shown:
            around = [branch for other, branch in branches.items() if clause.is_within(other)]
            branch = (around[-1] if around else tree).add(_heading(clause))
            branches[clause] = branch
            for requirement in whole.of(clause):
                if requirement in chosen:
                    branch.add(_leaf(requirement, cases))
        yield tree


def _heading(clause: Clause) -> Text:
    if clause.is_numbered:
        return Text(f"{clause.number} {clause.title}", style="bold")
    heading = Text(f"? {clause.title}", style="bold")
    heading.append(" (its number is to be filled in by who owns the standard)", style="dim not bold")
    return heading


def _leaf(requirement: Requirement, cases: Mapping[str, Sequence[str]]) -> Text:
    status = requirement.status + (f": {requirement.because}" if requirement.because else "")
    elsewhere = [
        f"{edition} {number}" for edition, number in requirement.numbers.items() if number != requirement.clause
    ]
    seen_by = f"seen by {' or '.join(requirement.seen_by)}"
    facts = [requirement.strength, seen_by, requirement.provenance, *elsewhere]
    leaf = Text(requirement.id)
    if requirement.mapped_to:
        leaf.append(f"  = {requirement.mapped_to}", style="bold")
    leaf.append(f"  {status}", style=_STYLES.get(requirement.status, "dim"))
    leaf.append(f"\n{requirement.text} ({', '.join(facts)})")
    if requirement.shown_by:
        leaf.append(f"\nshown by the defect {requirement.shown_by}", style="dim")
    for case in cases.get(requirement.id, ()):
        leaf.append(f"\n{case}", style="dim")
    return leaf


def _count(chosen: Sequence[Requirement]) -> str:
    counted = Counter(requirement.status for requirement in chosen)
    parts = [f"{counted[status]} {status}" for status in STATUSES if counted[status]]
    total = f"{len(chosen)} requirement{'' if len(chosen) == 1 else 's'}"
    return total + (f": {', '.join(parts)}" if parts else "")
