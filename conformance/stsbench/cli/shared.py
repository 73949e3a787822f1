"""What the commands share: how they stop, their common options, and the options of a run."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sts_reports.exit_code import ExitCode
from sts_rigs.files.consent import Permission

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "AllowCommands",
    "AsJson",
    "DefectsFile",
    "MeterFile",
    "naming",
    "new_app",
    "new_console",
    "permission_of",
    "print_json",
    "stop",
    "stopping",
    "takes_request",
    "within",
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
AllowCommands = Annotated[
    bool, typer.Option("--allow-commands", help="Run the commands that the declaration names without consent.")
]
DefectsFile = Annotated[
    Path | None, typer.Option("--defects", help="Defects of your own, too (a Python file, whose code is run).")
]
MeterFile = Annotated[
    Path | None,
    typer.Option(
        "--meter",
        help="The meter's declaration (TOML); without it, or for 'simulated', that of the simulated meter.",
    ),
]

_UNWRAPPED = 1000
_MAYBE_A_KEY = re.compile(r"(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{16,}")


def new_app(text: str = "", **settings: Any) -> typer.Typer:
    """Return what holds one command, or several under one name."""
    return typer.Typer(
        help=text or None,
        no_args_is_help=bool(text),
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        **settings,
    )


def stop(text: str, code: ExitCode = ExitCode.USAGE) -> NoReturn:
    """Print what is wrong, with whatever may be a key masked, and exit."""
    typer.echo(_MAYBE_A_KEY.sub("(not shown)", text), err=True)
    raise typer.Exit(code) from None


@contextmanager
def stopping(*errors: type[Exception], code: ExitCode = ExitCode.USAGE, place: str = "") -> Iterator[None]:
    """Exit with a code and one sentence if an error of some kinds comes; place: what the sentence begins with."""
    try:
        yield
    except errors as error:
        stop(f"{place}: {error}" if place else str(error), code)


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Exit with 2 and one sentence that names the place if a ValueError comes."""
    with stopping(ValueError, place=place):
        yield


def within(option: str, value: int, highest: int) -> int:
    """Return the value of an option; exit with 2 unless it is 0 to `highest`."""
    if not 0 <= value <= highest:
        stop(f"{option}: it is 0 to {highest}, not {value}")
    return value


def permission_of(allow_commands: bool) -> Permission:
    """Return whether what a file names may be run."""
    return Permission.ALWAYS if allow_commands else Permission.WITH_CONSENT


def new_console(*, stderr: bool = False) -> "Console":
    """Return where a command prints for people: lines are wrapped on a terminal, or where COLUMNS says how."""
    # the token commands share this module, and need none
    from rich.console import Console

    console = Console(stderr=stderr)
    is_wrapped = console.is_terminal or "COLUMNS" in os.environ
    return console if is_wrapped else Console(stderr=stderr, width=_UNWRAPPED)


def print_json(content: Any) -> None:
    """Print something for scripts."""
    typer.echo(json.dumps(content, indent=1, ensure_ascii=False))


def takes_request(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command options of a run, all that users see if none are named, and hand it a RunRequest first."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        # the token commands share this module, and need no description of a run
        from sts_fixtures.campaign.options import RunRequest, run_options

        chosen = [one for one in run_options() if (one.field in names if names else one.in_command)]
        given = [
            Parameter(
                option.field,
                Parameter.KEYWORD_ONLY,
                default=option.default if option.kind is bool else None,
                annotation=Annotated[
                    option.typed,
                    typer.Option(
                        f"--{option.name}",
                        help=f"{option.help[0].upper()}{option.help[1:]}.",
                        min=option.least,
                        metavar=option.metavar,
                    ),
                ],
            )
            for option in chosen
        ]
        _, *own = signature(function).parameters.values()

        def command(**values: Any) -> None:
            request = RunRequest.of(lambda name: values.pop(name, None))
            function(request, **values)

        parameters = [*given, *(one.replace(kind=Parameter.KEYWORD_ONLY) for one in own)]
        command.__name__, command.__doc__ = function.__name__, function.__doc__
        command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {one.name: one.annotation for one in parameters}
        return command

    return decorate
