"""The output of the token commands: digits in groups, the table of fields, notes, and the same as JSON."""

from collections.abc import Iterable
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from sts62055.application.explanation import ExplainedField, explain, summarize
from sts62055.application.token_block import TokenBlock
from sts62055.application.tokens import is_encrypted
from stsbench.cli.token.meter_key import Key

__all__ = ["grouped", "print_notes", "print_token", "summary", "token_as_json"]


def grouped(digits: str) -> str:
    """Return digits in groups of four."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def summary(key: Key, block: TokenBlock) -> str:
    """Return in one line what a token is."""
    return summarize(block, key.attributes.base_date)


def print_token(key: Key, digits: str, block: TokenBlock, headline: str) -> None:
    """Print the digits of a token, a headline, its key and its fields."""
    typer.echo(grouped(digits))
    typer.echo(headline)
    if is_encrypted(block.token_class, block.subclass):
        typer.echo(f"key: {key}")
    else:
        typer.echo("not encrypted: the same for every meter")
    table = Table(box=None, pad_edge=False)
    for column in ("field", "bits", "value", "clause", "meaning"):
        table.add_column(column, overflow="fold")
    for one in _explained(key, block):
        table.add_row(one.name, one.bits, _shown(one), one.clause, one.meaning)
    Console(highlight=False, markup=False).print(table)


def print_notes(notes: Iterable[str]) -> None:
    """Print what else is to be said of a token."""
    for note in notes:
        typer.echo(f"Note: {note}.")


def token_as_json(key: Key, digits: str, block: TokenBlock) -> dict[str, Any]:
    """Return the digits of a token, what it is and its fields."""
    fields = [
        {"name": one.name, "bits": one.bits, "value": one.value, "clause": one.clause, "meaning": one.meaning}
        for one in _explained(key, block)
    ]
    return {"token": digits, "what": summary(key, block), "fields": fields}


def _explained(key: Key, block: TokenBlock) -> tuple[ExplainedField, ...]:
    attributes = key.attributes
    return explain(block, attributes.base_date, encryption_algorithm=attributes.encryption_algorithm)


def _shown(one: ExplainedField) -> str:
    if one.value is None:
        return "-"
    return f"{one.value:0{-(-one.width // 4)}X}h" if one.width >= 4 else f"{one.value}"
