"""Refuse wrong input: one sentence that names the option, and exit code 2."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

__all__ = ["naming", "stop", "within"]

_USAGE = 2
_MAYBE_A_KEY = re.compile(r"(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{16,}")


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Exit with 2 and one sentence that names the place if a ValueError comes."""
    try:
        yield
    except ValueError as error:
        stop(f"{place}: {error}")


def within(option: str, value: int, highest: int) -> int:
    """Return the value of an option; exit with 2 unless it is 0 to `highest`."""
    if not 0 <= value <= highest:
        stop(f"{option}: it is 0 to {highest}, not {value}")
    return value


def stop(text: str) -> NoReturn:
    """Say what is wrong, without what may be a key in the wrong place, and exit with 2."""
    typer.echo(_MAYBE_A_KEY.sub("(not shown)", text), err=True)
    raise typer.Exit(_USAGE) from None
