"""The `stsbench` command."""

import json
import re
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from sts62055.carrier.profile import default_profile
from sts_fixtures.campaign.run_folder import new_run_folder
from sts_fixtures.campaign.run_header import load_overlay
from sts_fixtures.declaration.declared_meter import load_declaration, simulated_meter_path
from sts_fixtures.declaration.model import Declaration
from sts_fixtures.declaration.simulated_meter import configuration_of
from sts_reports.journal import BrokenJournal
from sts_reports.record import load_record
from sts_reports.views import write_views
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.toml import load_toml
from sts_rigs.simulator.defects import DEFECTS, UnknownDefect
from stsbench.cli import (
    clauses as clauses_command,
)
from stsbench.cli import (
    doctor as doctor_command,
)
from stsbench.cli import (
    ics as ics_command,
)
from stsbench.cli import (
    init as init_command,
)
from stsbench.cli import (
    inspect as inspect_command,
)
from stsbench.cli import (
    monitor as monitor_command,
)
from stsbench.cli import (
    plan as plan_command,
)
from stsbench.cli import (
    profile as profile_command,
)
from stsbench.cli import (
    token as token_command,
)
from stsbench.cli import (
    vectors as vectors_command,
)
from stsbench.cli import (
    waveform as waveform_command,
)
from stsbench.running import RunDisplay, print_run, run_cases

__all__ = ["app", "main"]

_USAGE = 2
_BENCH_FAULT = 4

app = typer.Typer(
    help="Test STS prepayment meters against IEC 62055-41 and IEC 62055-52, clause by clause.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(token_command.app, name="token")
app.add_typer(vectors_command.app, name="vectors")
app.command()(monitor_command.monitor)
app.command()(waveform_command.waveform)
app.command()(doctor_command.doctor)
app.command()(plan_command.plan)
app.command()(clauses_command.clauses)
app.add_typer(profile_command.app, name="profile")
app.command()(init_command.init)
app.command()(inspect_command.inspect)
app.add_typer(ics_command.app, name="ics")

MeterFile = Annotated[Path | None, typer.Option("--meter", help="The meter's declaration (TOML).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@app.command()
def run(
    rig: Annotated[
        Path | None, typer.Option("--rig", help="Rig file (TOML); without it the simulated bench.")
    ] = None,
    meter: MeterFile = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", help="Your own values over the protocol profile (TOML).")
    ] = None,
    inspection: Annotated[
        Path | None,
        typer.Option("--inspection", help="Answers to what papers show (TOML); see `stsbench inspect`."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Requirement id, or its beginning: 41-7.3, 52. May be repeated."),
    ] = None,
    defect: Annotated[
        str | None, typer.Option("--defect", help="Give the simulated meter a defect; see `stsbench defects`.")
    ] = None,
    built_as: Annotated[
        Path | None,
        typer.Option(
            "--built-as", help="Make the simulated meter after another declaration, to see a wrong one found."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the run.")] = 1,
    shuffle: Annotated[
        int | None, typer.Option("--shuffle", min=1, help="Run the cases in a random order with this seed.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Where runs are kept.")] = Path("runs"),
    state: Annotated[
        Path | None, typer.Option("--state", help="Where it is kept which tokens a meter has had.")
    ] = None,
    certification: Annotated[
        bool, typer.Option("--certification", help="Refuse instruments whose calibration is not in order.")
    ] = False,
    instrument_fault: Annotated[
        list[str] | None,
        typer.Option("--instrument-fault", help="Let a simulated instrument fail once: NAME=FAULT@COMMAND#N."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge a meter: the simulated one, or the one that a rig file and a declaration describe."""
    console = Console(stderr=as_json)
    display = RunDisplay(console, quiet=as_json)
    arguments = [f"--sts-seed={seed}", *(f"--sts-only={name}" for name in only or [])]
    for option, value in (
        ("rig", rig),
        ("meter", meter),
        ("profile", profile),
        ("inspection", inspection),
        ("defect", defect),
        ("built-as", built_as),
        ("shuffle", shuffle),
        ("state", state),
    ):
        arguments += [] if value is None else [f"--sts-{option}={value}"]
    arguments += ["--sts-certification"] if certification else []
    arguments += [f"--sts-instrument-fault={text}" for text in instrument_fault or []]
    started = time.monotonic()
    try:
        folder = new_run_folder(out, load_toml(meter or simulated_meter_path(), Declaration))
    except (FileFault, BenchFault) as error:
        _stop(str(error), _USAGE)
    code = run_cases(arguments, folder, display)
    if not display.has_begun or display.errors:
        if not display.has_begun:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                out.rmdir()
        for text in display.errors:
            print(text, file=sys.stderr)
        if code == 5:
            console.print("Nothing was selected: --only takes ids, or beginnings of ids, of 'stsbench clauses'.")
        raise typer.Exit(code if code in (2, 5) else _BENCH_FAULT)
    if as_json:
        print(json.dumps(load_record(folder), indent=1, ensure_ascii=False))
    else:
        print_run(console, folder, wall_seconds=time.monotonic() - started)
    raise typer.Exit(code)


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="The folder of a run.")], as_json: AsJson = False) -> None:
    """Make record.json and index.html anew from the journal of a run, also of one that was cut off."""
    try:
        record = write_views(folder)
    except FileNotFoundError:
        _stop(f"{folder}: there is no journal.jsonl: name the folder of a run", _USAGE)
    except BrokenJournal as error:
        _stop(f"{error}: the journal was changed after the run, and is no evidence", _USAGE)
    if as_json:
        print(json.dumps(record, indent=1, ensure_ascii=False))
    else:
        print_run(Console(), folder)


@app.command()
def defects(as_json: AsJson = False) -> None:
    """List the defects that the simulated meter can be given, and the requirements that each violates."""
    if as_json:
        content = [
            {"name": defect.name, "summary": defect.summary, "violates": list(defect.violates)}
            for defect in DEFECTS.values()
        ]
        print(json.dumps(content, indent=1, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("defect", "what is wrong", "violates"):
        table.add_column(column, overflow="fold")
    for defect in DEFECTS.values():
        table.add_row(defect.name, defect.summary, " ".join(defect.violates))
    Console().print(table)


@app.command()
def simulate(
    pty: Annotated[bool, typer.Option("--pty", help="Serve the meter on a pseudo-terminal.")] = False,
    tcp: Annotated[str | None, typer.Option("--tcp", help="Serve it on HOST:PORT.")] = None,
    meter: MeterFile = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", help="Let it follow an overlay of the protocol profile.")
    ] = None,
    defect: Annotated[str | None, typer.Option("--defect", help="Give it a defect.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of its jitter.")] = 1,
    rig_out: Annotated[Path | None, typer.Option("--rig-out", help="Write a rig file that fits.")] = None,
    power_cut_after: Annotated[
        float | None,
        typer.Option("--power-cut-after", help="Switch the meter off after so many seconds."),
    ] = None,
    instrument: Annotated[
        list[str] | None,
        typer.Option("--instrument", help="Serve an instrument on its line, too: NAME=DRIVER. May be repeated."),
    ] = None,
) -> None:
    """Run the simulated meter in real time behind a pseudo-terminal or a TCP port, as a bench would see it."""
    from sts_rigs.simulator.serving import serve

    if pty == (tcp is not None):
        _stop("choose one: --pty, or --tcp HOST:PORT", _USAGE)
    instruments = _named_drivers(instrument or [])
    try:
        declared = load_declaration(meter or simulated_meter_path())
        serve(
            configuration_of(declared),
            load_overlay(profile).overlay.profile if profile else default_profile(),
            tcp=tcp,
            defect=defect,
            seed=seed,
            rig_out=rig_out,
            power_cut_after=power_cut_after,
            tell=lambda text: print(text, flush=True),
            instruments=instruments,
        )
    except (FileFault, UnknownDefect) as error:
        _stop(str(error), _USAGE)
    except BenchFault as error:
        _stop(str(error), _BENCH_FAULT)
    except KeyboardInterrupt:
        print("stopped")


def _named_drivers(texts: list[str]) -> dict[str, str]:
    """Return the driver of each instrument by the name that the rig file is to call it."""
    drivers: dict[str, str] = {}
    for text in texts:
        name, _, driver = text.partition("=")
        if not re.fullmatch("[A-Za-z0-9_-]+", name) or not driver:
            _stop(f"--instrument {text}: write NAME=DRIVER, such as scope=rigol-ds1000z", _USAGE)
        if name in drivers:
            _stop(f"--instrument {text}: there is a '{name}' already: give each a name of its own", _USAGE)
        drivers[name] = driver
    return drivers


def main() -> None:
    """Run the command."""
    app()


def _stop(text: str, code: int) -> NoReturn:
    print(text, file=sys.stderr)
    raise typer.Exit(code)
