"""TOML and JSON of a limited depth, with numbers of a limited length and a limited count of values.

A look at brackets, dots and digits comes before the parser, whose time and stack they would take.
"""

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any, Final

from sts62055.untrusted.errors import Refused, plain

__all__ = ["DEPTH", "DIGITS", "VALUES", "parse_json", "parse_toml"]

DEPTH: Final = 32
"""How deep tables and lists may stand in each other, and of how many parts a name may be."""

DIGITS: Final = 100
"""How long a number may be written: more than any float or instant of our time has."""

VALUES: Final = 40_000
"""How many values a file that a person writes may hold: the largest register has a tenth of them."""

_NUMBER: Final = rf"[0-9][0-9A-Za-z_]{{{DIGITS},}}"

# an unfinished string goes to its line's end, or to the end of all: what follows is no structure
_TOML: Final = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"{3,5}|\\?\Z)'
    r"|'''(?:[^']++|'(?!''))*+(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]++|\\[^\n])*+(?:"|\\?(?=\n|\Z))'
    r"|'[^'\n]*+(?:'|(?=\n|\Z))"
    r"|#[^\n]*+"
    rf"|(?P<number>{_NUMBER})"
    r"|(?P<mark>[\[\]{}=,.\n])",
    re.DOTALL,
)
_JSON: Final = re.compile(
    rf'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|(?P<number>{_NUMBER})|(?P<mark>[\[\]{{}}])',
    re.DOTALL,
)
_OPENING: Final = frozenset("[{")
_CLOSING: Final = frozenset("]}")
_TOO_DEEP: Final = f"it is nested deeper than {DEPTH} levels, as no file of its kind is"
_TOO_LONG: Final = f"it holds a number of more than {DIGITS} digits: write a shorter one"
_TOO_MANY: Final = f"it holds more than {VALUES} values, as no file of its kind does"


def parse_toml(text: str) -> dict[str, Any]:
    """Return what is in a TOML text; Refused names the line of a mistake, or the limit that is exceeded."""
    _look_through_toml(text)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(f"it is not valid TOML: {plain(str(error))}") from None


def parse_json(text: str | bytes, of_pairs: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Return what is in a JSON text; Refused says what is wrong, or the limit that is exceeded.

    of_pairs: makes what stands for an object of its names and values; ValueError refuses it.
    """
    try:
        text = text if isinstance(text, str) else text.decode("utf-8")
        _look_through_json(text)
        return json.loads(text, object_pairs_hook=of_pairs)
    except Refused:
        raise
    except UnicodeDecodeError:
        raise Refused("it is no JSON text in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise Refused(f"it is no JSON text: {plain(str(error))}") from None


def _look_through_toml(text: str) -> None:
    depth = dots = values = 0
    for found in _TOML.finditer(text):
        mark = found["mark"]
        if mark is None:
            if found["number"]:
                raise Refused(_TOO_LONG)
            continue
        if mark == ".":
            dots += 1
        else:
            dots = 0
            depth += (mark in _OPENING) - (mark in _CLOSING)
            values += mark in "=,["
        if depth > DEPTH or dots > DEPTH:
            raise Refused(_TOO_DEEP)
        if values > VALUES:
            raise Refused(_TOO_MANY)


def _look_through_json(text: str) -> None:
    depth = 0
    for found in _JSON.finditer(text):
        if found["number"]:
            raise Refused(_TOO_LONG)
        if found["mark"]:
            depth += 1 if found["mark"] in _OPENING else -1
            if depth > DEPTH:
                raise Refused(_TOO_DEEP)
