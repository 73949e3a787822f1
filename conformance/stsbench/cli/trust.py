"""The `stsbench trust` command: consent to what a file from somebody has this computer run."""

from pathlib import Path
from typing import Annotated

import typer

from sts62055.untrusted import Refused, parse_toml
from sts_fixtures.declaration.declared_meter import declared_commands
from sts_fixtures.declaration.model import Declaration
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.consent import Runnable, give_consent, withdraw_consent
from sts_rigs.files.rig import load_rig
from sts_rigs.files.toml import load_toml, read_text
from stsbench.cli.shared import new_app, stop

__all__ = ["app"]

app = new_app()


@app.command()
def trust(
    files: Annotated[list[Path], typer.Argument(help="Rig files and declarations (TOML).", metavar="FILE...")],
    show: Annotated[bool, typer.Option("--show", help="Show only what a file has this computer run.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the consent back.")] = False,
) -> None:
    """Consent to the commands, VISA libraries and modules that a file names, for what it holds now.

    Whoever changes the file, or a file beside it that it runs, makes the next run ask again.
    """
    for file in files:
        try:
            _treat(file, _runnables(file), show=show, withdraw=withdraw)
        except (FileFault, BenchFault) as error:
            stop(str(error))
        except OSError as error:
            stop(f"{file}: the consent cannot be kept ({error}): see to your state folder")


def _treat(file: Path, runnables: list[Runnable], *, show: bool, withdraw: bool) -> None:
    if not runnables:
        typer.echo(f"{file}: it has nothing run, and needs no consent")
        return
    for one in runnables:
        typer.echo(f"{file}: {one.in_full}")
    if withdraw:
        was_given = withdraw_consent(file, runnables)
        typer.echo(f"{file}: {'the consent is taken back' if was_given else 'there was no consent'}")
    elif not show:
        give_consent(file, runnables)
        typer.echo(f"{file}: it may run that from now on, until it changes")


def _runnables(file: Path) -> list[Runnable]:
    try:
        content = parse_toml(read_text(file))
    except Refused as error:
        raise FileFault(file, [str(error)]) from None
    if "decoder_key" in content:
        return declared_commands(load_toml(file, Declaration), file.parent)
    return load_rig(file).runnables(file.parent)
