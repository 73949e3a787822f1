"""The `stsbench doctor` command: check a bench before a batch, and say what to do about each red line."""

import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sts62055.carrier.profile import default_profile
from sts_conformance import register
from sts_fixtures.campaign.campaign import Campaign
from sts_fixtures.campaign.ladder import Needs
from sts_fixtures.campaign.left_out import LeftOut
from sts_fixtures.campaign.options import RunRequest
from sts_fixtures.campaign.overlay_file import load_overlay
from sts_fixtures.campaign.settings import CampaignSettings, WrongOption, require_rig_consent
from sts_fixtures.campaign.signals import stopping_like_ctrl_c
from sts_fixtures.declaration.declared_meter import declaration_path, load_declaration
from sts_fixtures.declaration.simulated_meter import configuration_of
from sts_fixtures.declaration.traits import with_declared_break
from sts_fixtures.register.selection import open_traits, spoiling
from sts_reports.exit_code import ExitCode
from sts_rigs.bench import Simulation
from sts_rigs.carriers.kinds import read_carrier_tables
from sts_rigs.doctor import DoctorRequest, examine
from sts_rigs.doctor.check import Check, Status
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.rig import load_rig, simulated_rig
from sts_rigs.instruments.registry import known_drivers
from sts_rigs.simulator.timeline import START
from stsbench.cli.shared import AsJson, new_app, new_console, stop, stopping, takes_request

__all__ = ["app"]

app = new_app()

_HEALTH = {
    "proven": Status.OK,
    "broken": Status.RED,
    "not proven": Status.WARNING,
    "not needed": Status.NOT_CHECKED,
}
_EXAMINED = ("port", "answer")
"""Rungs that the checks of the bench have seen before."""

_COLOURS = {Status.OK: "green", Status.WARNING: "yellow", Status.RED: "red", Status.NOT_CHECKED: "dim"}


@app.command()
@takes_request("rig", "meter", "profile", "state", "date", "out", "certification", "allow_commands")
def doctor(
    request: RunRequest,
    exchanges: Annotated[
        int, typer.Option("--exchanges", min=2, max=1000, help="Compare the clocks over so many exchanges.")
    ] = 5,
    drivers: Annotated[bool, typer.Option("--drivers", help="List the known instrument drivers instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a bench before a batch: files, port, meter, instruments, levels, clocks, disk.

    With --meter it also proves identity, key and keypad of that meter, as a run does first: that takes a token.
    """
    try:
        if drivers:
            _print_drivers(as_json)
            return
        visit, files = _visit(request, exchanges)
    except (FileFault, BenchFault) as error:
        stop(str(error))
    checks = [files, *_sample(request), *_traits(request, visit)]
    with Console(stderr=True).status("checking the bench", spinner="line") as status:
        for check in examine(visit):
            checks.append(check)
            status.update(f"checking the bench: {check.name} was {check.health}")
        if request.meter is not None and not any(check.health is Status.RED for check in checks):
            with stopping(FileFault, WrongOption), stopping_like_ctrl_c():
                checks += _climb(request)
    red = sum(check.health is Status.RED for check in checks)
    warnings = sum(check.health is Status.WARNING for check in checks)
    if as_json:
        content = {"red": red, "warnings": warnings, "checks": [check.as_json() for check in checks]}
        typer.echo(json.dumps(content, indent=1, ensure_ascii=False))
    else:
        _print(visit.rig.rig.name, checks, red, warnings)
    raise typer.Exit(ExitCode.BENCH_FAULT if red else 0)


def _visit(request: RunRequest, exchanges: int) -> tuple[DoctorRequest, Check]:
    """Read the files; FileFault tells why one cannot be used."""
    rig = load_rig(request.rig) if request.rig else simulated_rig()
    require_rig_consent(request, rig)
    declared = load_declaration(declaration_path(request.meter), request.permission)
    declared.require_port(rig.port)
    read_carrier_tables(request.rig or Path(), rig.carriers, declared.declaration.implements.carriers)
    declared.require_token_identifiers(START if rig.port.is_simulated else datetime.now(UTC))
    overlay = load_overlay(request.profile) if request.profile else None
    visit = DoctorRequest(
        rig=rig,
        rig_folder=request.rig_folder,
        profile=overlay.overlay.profile if overlay else default_profile(),
        simulation=Simulation(partial(configuration_of, declared)),
        out=request.out,
        is_certification=request.certification,
        exchanges=exchanges,
    )
    model = declared.declaration.meter
    names = [f"rig '{rig.rig.name}'", f"meter {model.model}", str(overlay or "our profile")]
    return visit, Check("files", Status.OK, ", ".join(names))


def _sample(request: RunRequest) -> list[Check]:
    """Say of a sample that is declared expendable that a run spoils it."""
    found = spoiling(register.load(), load_declaration(declaration_path(request.meter)))
    if not found:
        return []
    seen = f"it is declared expendable, and a run may spoil it for good: {', '.join(found)}"
    return [Check("sample", Status.WARNING, seen, "set meter.expendable = false for one that is to be kept")]


def _traits(request: RunRequest, visit: DoctorRequest) -> list[Check]:
    """Say which traits are open that certification wants to know."""
    if request.meter is None or not request.certification:
        return []
    meter = load_declaration(declaration_path(request.meter))
    profile = with_declared_break(visit.profile, meter.declaration)
    found = open_traits(register.load(), meter, profile)
    if not found:
        return [Check("traits", Status.OK, "none is open on which a verdict rests")]
    return [Check("traits", Status.RED, f"open: {', '.join(found)}", "write what the meter does there")]


def _climb(request: RunRequest) -> list[Check]:
    """Climb the ladder of a run to its first case; a rung is a check."""
    with tempfile.TemporaryDirectory(prefix="stsbench-doctor-") as scratch:
        folder = Path(scratch) / "ladder"
        folder.mkdir()
        whole = register.load()
        settings = CampaignSettings.read(replace(request, folder=folder), whole)
        campaign = Campaign(settings, whole, LeftOut(whole, otherwise="stsbench doctor"))
        try:
            campaign.start(Needs(tokens=True, keypad=True))
        finally:
            campaign.finish(interrupted=True)
        return [
            Check(rung.rung, _HEALTH[rung.state], rung.what, rung.remedy)
            for rung in campaign.climbed
            if rung.rung not in _EXAMINED or rung.state == "broken"
        ]


def _print(bench: str, checks: list[Check], red: int, warnings: int) -> None:
    table = Table(box=None, pad_edge=False, title=f"Bench '{bench}'", title_justify="left")
    table.add_column("check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("what was seen, and what to do", overflow="fold")
    for check in checks:
        colour = _COLOURS[check.health]
        health = "-" if check.health is Status.NOT_CHECKED else str(check.health)
        text = f"{check.seen}: {check.remedy}" if check.remedy else check.seen
        table.add_row(f"[{colour}]{escape(check.name)}[/]", f"[{colour}]{health}[/]", escape(text))
    console = new_console()
    console.print(table)
    proven = {check.name: check.seen for check in checks if check.health is Status.OK}
    knows_meter = {"identity", "key"} <= proven.keys()
    ready = f"{proven['identity']}; {proven['key']}; ready" if knows_meter else "The bench is ready"
    words = "The bench is not ready" if red else ready
    console.print(f"{words}: {red} red, {warnings} warnings.", highlight=False)


def _print_drivers(as_json: bool) -> None:
    known = {name: entry.value for name, entry in sorted(known_drivers().items())}
    if as_json:
        typer.echo(json.dumps(known, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("driver", "where it is"):
        table.add_column(column, overflow="fold")
    for name, where in known.items():
        table.add_row(name, where)
    new_console().print(table)
