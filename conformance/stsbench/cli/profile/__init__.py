"""The `stsbench profile` command: what the profile says, and how far it and the register are confirmed."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sts62055.carrier.profile import Change, Parameter, Profile, RegisterEntry, Ruling, default_profile
from sts_conformance.case_index import index_cases
from sts_fixtures.campaign.options import RunRequest
from sts_fixtures.campaign.overlay_file import OverlayFile, load_overlay, values_of
from sts_fixtures.plugin.listing import CasesNotCollected
from sts_fixtures.register import Register, Requirement
from sts_fixtures.register.audit import Audit, OpenItem, Standing, make_audit
from sts_fixtures.register.rulings import with_rulings
from sts_fixtures.register.selection import is_selected
from sts_rigs.errors import FileFault
from stsbench.cli.profile.worksheet import (
    document_of,
    kind_of,
    look_up,
    ours_of,
    value_in_words,
    write_worksheet,
)
from stsbench.cli.shared import AsJson, new_app, print_json, stop, stopping, takes_request

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
        print_json({"edition": profile.edition, "entries": [_entry(entry) for entry in profile]})
        return
    rows = [
        (entry.name, entry.clause, value_in_words(entry), entry.unit, _provenance(entry), entry.note)
        for entry in profile
    ]
    _print_line(f"{profile.edition}\n")
    _print_table(("name", "clause", "value", "unit", "provenance", "note"), rows)


@app.command()
@takes_request("profile", "cases", "edition")
def audit(request: RunRequest, as_json: AsJson = False) -> None:
    """Count the confirmed values and sentences; list what is open, and the verdicts that it makes provisional."""
    index, profile = _tested(request)
    found = make_audit(index.tested, profile)
    if as_json:
        print_json(_audited(found, index))
        return
    values = [item for item in found.items if not isinstance(item.entry, Requirement)]
    for item in values:
        _print_line(f"{item.name} ({item.entry.clause}, {item.entry.provenance})")
        for requirement_id in item.holds:
            _print_line(f"  {requirement_id}: {', '.join(index.cases.get(requirement_id, []))}")
        if not item.holds:
            _print_line("  no requirement rests on it")
    _print_line("\nRequirements whose sentences are not confirmed:")
    for item in found.items:
        if item not in values:
            cases = ", ".join(index.cases.get(item.name, []))
            _print_line(f"  {item.name} ({item.entry.provenance}): {cases}")
    freed = [one for one in index.tested if one.freed]
    if freed:
        _print_line("\nRequirements that are free, and not judged:")
        for one in freed:
            _print_line(f"  {one.id}: {one.freed}")
    _print_line(f"\n{len(found.unconfirmed)} of {found.judged} requirements have a provisional verdict:")
    for requirement_id, names in found.unconfirmed.items():
        grades = (f"{name} ({grade})" for name, grade in names.items())
        _print_line(f"  {requirement_id}: {', '.join(grades)}")
    for what, counted, held in (
        ("Values", found.values, found.by_values),
        ("Sentences", found.sentences, found.by_sentences),
    ):
        _print_line(f"\n{what}: {_standings(counted)}. {held} verdicts are provisional because of them.")


@app.command()
@takes_request("profile", "cases", "edition", "only")
def worksheet(request: RunRequest, as_json: AsJson = False) -> None:
    """Print a form (Markdown) for who owns the standards: what is open, first what holds most verdicts."""
    index, profile = _tested(request)
    found = make_audit([one for one in index.tested if is_selected(one, request.only)], profile)
    items = [item for item in found.items if item.holds or not request.only]
    if as_json:
        print_json({"judged": found.judged, "items": [_item(item) for item in items]})
        return
    sys.stdout.write(write_worksheet(items, found.judged, profile.edition))


@app.command()
@takes_request("cases")
def diff(
    request: RunRequest,
    overlay: Annotated[Path, typer.Argument(help="Your own values over the profile (TOML).", metavar="FILE")],
    as_json: AsJson = False,
) -> None:
    """List what an overlay changes, confirms or frees: as it was, as it is, and who says so."""
    with stopping(CasesNotCollected):
        whole = index_cases(request).register
    file = _load(overlay, whole)
    if as_json:
        print_json(asdict(file.facts()))
        return
    rulings = [_ruled(ruling, whole[ruling.requirement]) for ruling in file.overlay.rulings]
    _print_table(
        ("name", "clause", "was", "is", "note", "said by"),
        [*map(_difference, file.overlay.changes), *rulings],
    )


@dataclass(frozen=True, slots=True)
class _Tested:
    """The requirements that have a verdict, as an overlay leaves them, and the cases of each."""

    tested: list[Requirement]
    cases: Mapping[str, list[str]]


def _tested(request: RunRequest) -> tuple[_Tested, Profile]:
    """Return what a run would judge with an overlay, and the profile that it makes."""
    with stopping(CasesNotCollected):
        index = index_cases(replace(request, only=(), profile=None))
    if request.profile is None:
        whole, profile = index.register, default_profile()
    else:
        overlay = _load(request.profile, index.register).overlay
        whole, profile = with_rulings(index.register, overlay), overlay.profile
    return _Tested([one for one in whole if one.status == "tested"], index.cases), profile


def _profile(overlay: Path | None) -> Profile:
    return default_profile() if overlay is None else _load(overlay).overlay.profile


def _load(overlay: Path, whole: Register | None = None) -> OverlayFile:
    try:
        return load_overlay(overlay, whole)
    except FileFault as error:
        stop(str(error))


def _audited(found: Audit, index: _Tested) -> dict[str, Any]:
    """Return an audit for scripts."""
    return {
        "values": found.values,
        "sentences": found.sentences,
        "verdicts": {
            "judged": found.judged,
            "provisional": len(found.unconfirmed),
            "by_values": found.by_values,
            "by_sentences": found.by_sentences,
        },
        "unconfirmed": [
            {
                "name": item.name,
                "clause": item.entry.clause,
                "provenance": item.entry.provenance,
                "requirements": list(item.holds),
                "cases": list(dict.fromkeys(case for name in item.holds for case in index.cases.get(name, []))),
            }
            for item in found.items
            if not isinstance(item.entry, Requirement)
        ],
        "unconfirmed_requirements": [
            {
                "requirement": item.name,
                "clause": f"{item.entry.standard} {item.entry.clause}",
                "provenance": item.entry.provenance,
                "cases": index.cases.get(item.name, []),
            }
            for item in found.items
            if isinstance(item.entry, Requirement)
        ],
        "freed": {one.id: one.freed for one in index.tested if one.freed},
        "provisional": {
            requirement_id: [f"{name} ({grade})" for name, grade in names.items()]
            for requirement_id, names in found.unconfirmed.items()
        },
    }


def _item(item: OpenItem) -> dict[str, Any]:
    """Return a row of the worksheet for scripts."""
    return {
        "name": item.name,
        "kind": kind_of(item),
        "document": document_of(item),
        "clause": item.entry.clause,
        "ours": ours_of(item),
        "provenance": item.entry.provenance,
        "look_up": look_up(item),
        "holds": list(item.holds),
        "alone": list(item.alone),
        "final": item.final,
        "table": item.table,
    }


def _standings(counted: Mapping[Standing, int]) -> str:
    words: dict[Standing, str] = {
        "confirmed": "confirmed by a lab",
        "known": "known from publications",
        "freed": "free as a lab says",
        "open": "open",
    }
    told = ", ".join(f"{counted[standing]} {said}" for standing, said in words.items())
    return f"{told}, of {sum(counted.values())}"


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


def _provenance(entry: Parameter | RegisterEntry) -> str:
    if entry.freed:
        return f"free: {entry.freed} ({entry.confirmed})"
    return f"{entry.provenance} by {entry.confirmed}" if entry.confirmed else str(entry.provenance)


def _difference(change: Change) -> tuple[str, ...]:
    was, now = _worded(change.old), _worded(change.new)
    note = change.new.note if change.new.note != change.old.note else ""
    return (
        change.name,
        change.new.clause,
        f"{was} ({change.old.provenance})",
        f"free: {change.new.freed}" if change.new.freed else now if change.changes_value else "the same",
        note,
        str(change.new.confirmed),
    )


def _ruled(ruling: Ruling, requirement: Requirement) -> tuple[str, ...]:
    now = f"free: {ruling.freed}" if ruling.freed else "the same"
    where = f"{requirement.standard} {requirement.clause}"
    return (requirement.id, where, f"({requirement.provenance})", now, ruling.note, str(ruling.confirmed))


def _worded(entry: Parameter | RegisterEntry) -> str:
    return value_in_words(entry) if isinstance(entry, Parameter) else f"{value_in_words(entry)}, {entry.unit}"


def _print_line(text: str) -> None:
    Console().print(Text(text), soft_wrap=True)


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
