"""The `stsbench profile` command: what the protocol profile says, and how far anybody has confirmed it."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sts62055.carrier.profile import Change, Parameter, Profile, RegisterEntry, default_profile
from sts_conformance.case_index import index_cases
from sts_fixtures.campaign.overlay_file import OverlayFile, load_overlay, values_of
from sts_fixtures.register import Requirement
from sts_rigs.errors import FileFault
from stsbench.cli.shared import AsJson, new_app, stop

__all__ = ["app"]


app = new_app("Show the protocol profile of IEC 62055-52, and what of it is confirmed.")

OverlayOption = Annotated[
    Path | None, typer.Option("--profile", help="Your own values over the profile (TOML), as in `stsbench run`.")
]


@app.command()
def show(overlay: OverlayOption = None, as_json: AsJson = False) -> None:
    """List every parameter and register with its clause, value, unit, provenance and note."""
    profile = _profile(overlay)
    if as_json:
        _print_json({"edition": profile.edition, "entries": [_entry(entry) for entry in profile]})
        return
    rows = [
        (entry.name, entry.clause, _value(entry), entry.unit, _provenance(entry), entry.note) for entry in profile
    ]
    _print_line(f"{profile.edition}\n")
    _print_table(("name", "clause", "value", "unit", "provenance", "note"), rows)


@app.command()
def audit(overlay: OverlayOption = None, as_json: AsJson = False) -> None:
    """List what is not confirmed, the requirements and cases that rest on it, and the provisional verdicts."""
    profile = _profile(overlay)
    index = index_cases()
    tested = [requirement for requirement in index.register if requirement.status == "tested"]
    cases = index.cases
    parameters = [_unconfirmed(entry, tested, cases) for entry in profile if not entry.provenance.is_confirmed]
    provisional = {requirement.id: names for requirement in tested if (names := requirement.provisional(profile))}
    own = [
        {
            "requirement": requirement.id,
            "clause": f"{requirement.standard} {requirement.clause}",
            "provenance": requirement.provenance,
            "cases": cases.get(requirement.id, []),
        }
        for requirement in tested
        if requirement.id in provisional and not requirement.rests_on
    ]
    if as_json:
        _print_json(
            {
                "unconfirmed": parameters,
                "unconfirmed_requirements": own,
                "provisional": provisional,
                "requirements": len(tested),
            }
        )
        return
    for row in parameters:
        _print_line(f"{row['name']} ({row['clause']}, {row['provenance']})")
        for requirement_id in row["requirements"]:
            _print_line(f"  {requirement_id}: {', '.join(cases.get(requirement_id, []))}")
        if not row["requirements"]:
            _print_line("  no requirement rests on it")
    _print_line("\nRequirements that are themselves not confirmed:")
    for row in own:
        _print_line(f"  {row['requirement']} ({row['provenance']}): {', '.join(row['cases'])}")
    _print_line(f"\n{len(provisional)} of {len(tested)} requirements have a provisional verdict:")
    for requirement_id, names in provisional.items():
        _print_line(f"  {requirement_id}: {', '.join(names)}")


@app.command()
def diff(
    overlay: Annotated[Path, typer.Argument(help="Your own values over the profile (TOML).", metavar="FILE")],
    as_json: AsJson = False,
) -> None:
    """List what an overlay changes or confirms: as it was, as it is, and who confirmed it."""
    file = _load(overlay)
    if as_json:
        _print_json(asdict(file.facts()))
        return
    _print_table(
        ("name", "clause", "was", "is", "note", "confirmed by"),
        [_difference(change) for change in file.overlay.changes],
    )


def _profile(overlay: Path | None) -> Profile:
    return default_profile() if overlay is None else _load(overlay).overlay.profile


def _load(overlay: Path) -> OverlayFile:
    try:
        return load_overlay(overlay)
    except FileFault as error:
        stop(str(error))


def _entry(entry: Parameter | RegisterEntry) -> dict[str, Any]:
    kind = "parameter" if isinstance(entry, Parameter) else "register"
    return {
        "name": entry.name,
        "kind": kind,
        "clause": entry.clause,
        "value": values_of(entry),
        "unit": entry.unit,
        "provenance": str(entry.provenance),
        "note": entry.note,
        "confirmed": asdict(entry.confirmed) if entry.confirmed else None,
    }


def _unconfirmed(
    entry: Parameter | RegisterEntry, tested: Sequence[Requirement], cases: Mapping[str, list[str]]
) -> dict[str, Any]:
    resting = [requirement.id for requirement in tested if entry.name in requirement.rests_on]
    return {
        "name": entry.name,
        "clause": entry.clause,
        "provenance": str(entry.provenance),
        "requirements": resting,
        "cases": list(dict.fromkeys(case for name in resting for case in cases.get(name, []))),
    }


def _value(entry: Parameter | RegisterEntry) -> str:
    if isinstance(entry, RegisterEntry):
        return f"{entry.id:04X}, width {entry.width}, {entry.access}"
    if not isinstance(entry.value, dict):
        return str(entry.value)
    if not entry.value.keys() <= {"lower", "upper"}:
        return ", ".join(f"{code} {name}" for code, name in entry.value.items())
    words = {"lower": "at least", "upper": "at most"}
    return ", ".join(f"{words[end]} {limit}" for end, limit in entry.value.items())


def _provenance(entry: Parameter | RegisterEntry) -> str:
    return f"{entry.provenance} by {entry.confirmed}" if entry.confirmed else str(entry.provenance)


def _difference(change: Change) -> tuple[str, ...]:
    was, now = _worded(change.old), _worded(change.new)
    note = change.new.note if change.new.note != change.old.note else ""
    return (
        change.name,
        change.new.clause,
        f"{was} ({change.old.provenance})",
        now if change.changes_value else "the same",
        note,
        str(change.new.confirmed),
    )


def _worded(entry: Parameter | RegisterEntry) -> str:
    return _value(entry) if isinstance(entry, Parameter) else f"{_value(entry)}, {entry.unit}"


def _print_json(content: object) -> None:
    sys.stdout.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _print_line(text: str) -> None:
    Console().print(Text(text), soft_wrap=True)


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
