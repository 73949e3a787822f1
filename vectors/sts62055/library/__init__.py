"""Read the token vectors that ship with the package (IEC 62055-41)."""

import json
from importlib.resources import files
from typing import Any

__all__ = ["primitives", "tokens"]


def tokens() -> list[dict[str, Any]]:
    """Return the rows of tokens.json: fields, key, plain block and digits of one token each."""
    rows: list[dict[str, Any]] = _load("tokens.json")["tokens"]
    return rows


def primitives() -> dict[str, list[dict[str, Any]]]:
    """Return primitives.json: for each primitive its published values."""
    return {name: rows for name, rows in _load("primitives.json").items() if name != "note"}


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files(__name__).joinpath(name).read_text("utf-8"))
    return content
