"""The `stsbench` command: its sub-commands, each loaded when it is called."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from sts_reports.exit_code import ExitCode

__all__ = ["COMMANDS", "app", "main"]

COMMANDS: Final = MappingProxyType(
    {
        "init": "Ask what has to be declared of a meter, and write its declaration.",
        "ics": "Check the declaration of a meter (ICS and IXIT).",
        "trust": "Consent to what a rig file or a declaration has this computer run.",
        "doctor": "Check a bench before a batch: files, port, meter, instruments, levels, clocks, disk.",
        "plan": "Say before a campaign what it takes, such as time, tokens and power cuts.",
        "run": "Judge a meter: the simulated one, or the one that a rig file and a declaration describe.",
        "explore": "Judge a meter by random sequences of events, and shrink what fails.",
        "recover": "Put a meter back that an earlier run has left otherwise than declared.",
        "report": "Make record and page anew from the journal of a run, also of one that was cut off.",
        "inspect": "Write the form for what documents show.",
        "clauses": "Show the standards clause by clause: requirements, their status, cases and provenance.",
        "profile": "Show the protocol profile of IEC 62055-52, and what of it is confirmed.",
        "token": "Mint, explain and diagnose tokens.",
        "vectors": "Look after the library of test vectors.",
        "defects": "List the defects that the simulated meter can be given.",
        "simulate": "Run the simulated meter in real time behind a pseudo-terminal or a TCP port.",
        "monitor": "Decode live traffic, or a recorded trace.",
        "waveform": "Decode a recorded signal.",
    }
)
"""Each command with what it does in one line; its module in this package bears its name."""


class _Commands(TyperGroup):
    """The commands, of which only the one that is called is loaded."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the base class has it
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the base class has it
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"stsbench.cli.{cmd_name}").app)
        command.name = cmd_name
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what typer would end with 1 or 130 ends with a code of the table."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
        except (BrokenPipeError, SystemExit):
            # whoever read the output has gone, which rich ends with 1: nothing more is written, not even at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except EOFError as error:
            raise RuntimeError(f"unexpected end of a file: {error}") from error
        raise typer.Exit(ExitCode.UNDECIDED)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the base class has it
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        with formatter.section("Exit codes"):
            formatter.write_dl([(f"{code:d}", code.meaning) for code in ExitCode])


app = typer.Typer(
    cls=_Commands,
    help="Test STS prepayment meters against IEC 62055-41 and IEC 62055-52, clause by clause.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stsbench {version('stsbench')}")
        raise typer.Exit(ExitCode.CONFORMS)


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Test STS prepayment meters against IEC 62055-41 and IEC 62055-52, clause by clause."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; what goes wrong in the suite itself is told in one sentence, and exits with 6.

    What goes wrong in the computer below it exits with 4.

    arguments: the words after the command's name, those of this process if None.
    """
    try:
        app(None if arguments is None else list(arguments), prog_name="stsbench")
    except Exception as error:
        from sts_rigs.files.failures import is_of_computer, keep_failure

        sys.stderr.write(f"{keep_failure(error)}\n")
        sys.exit(ExitCode.BENCH_FAULT if is_of_computer(error) else ExitCode.SUITE_FAILED)
