"""The `stsbench simulate` command: the simulated meter in real time, as a bench would see it."""

import re
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sts62055.carrier.profile import default_profile
from sts_fixtures.campaign.overlay_file import load_overlay
from sts_fixtures.declaration.declared_meter import SIMULATED, declaration_path, load_declaration
from sts_fixtures.declaration.simulated_meter import configuration_of
from sts_reports.exit_code import ExitCode
from sts_rigs.bench import Simulation
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.simulator.defects import ALL_DEFECTS, UnknownDefect
from sts_rigs.simulator.serving import serve
from stsbench.cli.shared import AllowCommands, DefectsFile, MeterFile, new_app, permission_of, stop

__all__ = ["app"]

app = new_app()


@app.command()
def simulate(
    pty: Annotated[bool, typer.Option("--pty", help="Serve the meter on a pseudo-terminal.")] = False,
    tcp: Annotated[str | None, typer.Option("--tcp", help="Serve it on HOST:PORT.")] = None,
    meter: MeterFile = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", help="Let it follow an overlay of the protocol profile.")
    ] = None,
    defect: Annotated[str | None, typer.Option("--defect", help="Give it a defect.")] = None,
    defects: DefectsFile = None,
    allow_commands: AllowCommands = False,
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
    if pty == (tcp is not None):
        stop("choose one: --pty, or --tcp HOST:PORT")
    instruments = _named_drivers(instrument or [])
    try:
        declared = load_declaration(declaration_path(meter), permission_of(allow_commands))
        known = ALL_DEFECTS.with_file(defects) if defects else ALL_DEFECTS
        serve(
            Simulation(partial(configuration_of, declared), seed, known.meter_with(defect)),
            load_overlay(profile).overlay.profile if profile else default_profile(),
            tcp=tcp,
            rig_out=rig_out,
            declaration=str(meter or SIMULATED),
            power_cut_after=power_cut_after,
            tell=typer.echo,
            instruments=instruments,
        )
    except (FileFault, UnknownDefect) as error:
        stop(str(error))
    except BenchFault as error:
        stop(str(error), ExitCode.BENCH_FAULT)
    except KeyboardInterrupt:
        typer.echo("stopped")


def _named_drivers(texts: list[str]) -> dict[str, str]:
    """Return the driver of each instrument by the name that the rig file is to call it."""
    drivers: dict[str, str] = {}
    for text in texts:
        name, _, driver = text.partition("=")
        if not re.fullmatch("[A-Za-z0-9_-]+", name) or not driver:
            stop(f"--instrument {text}: write NAME=DRIVER, such as scope=rigol-ds1000z")
        if name in drivers:
            stop(f"--instrument {text}: there is a '{name}' already: give each a name of its own")
        drivers[name] = driver
    return drivers
