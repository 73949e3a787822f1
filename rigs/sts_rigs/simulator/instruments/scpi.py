"""Parser of SCPI messages: headers in long and short form, numeric suffixes, arguments, blocks (IEEE 488.2)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Command", "Pattern", "commands_of", "definite_block", "number_of"]

_NODE = re.compile(r"[A-Za-z0-9_*]*[A-Za-z_*]")
_PREFIXES = {"": 1.0, "P": 1e-12, "N": 1e-9, "U": 1e-6, "M": 1e-3, "K": 1e3, "MA": 1e6, "G": 1e9}
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?)\s*([A-Z%/]*)")
_QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a message: its header from the root, `?` included, and its arguments."""

    header: str
    arguments: tuple[str, ...]


class Pattern:
    """A header as a programming guide writes it, such as `OUTPut[:STATe]`, `CHANnel<n>:SCALe` or `TDIV|TIME_DIV`.

    Capitals are the short form, brackets enclose what may be left out, `<n>` is a number and `[<n>]` one that is 1
    if left out.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        # a guide may write the root's colon, and a program too
        self._expression = re.compile(":?" + self._translate(text.removeprefix(":")), re.IGNORECASE)

    def numbers(self, header: str) -> tuple[int, ...] | None:
        """Return the numeric suffixes of a header that fits, None if it does not fit."""
        found = self._expression.fullmatch(header)
        return None if found is None else tuple(int(number or 1) for number in found.groups())

    @staticmethod
    def _translate(text: str) -> str:
        parts, place = list[str](), 0
        while place < len(text):
            rest = text[place:]
            if rest.startswith("[<n>]"):
                parts.append(r"(\d*)")
                place += 5
            elif rest.startswith("<n>"):
                parts.append(r"(\d+)")
                place += 3
            elif node := _NODE.match(rest):
                aliases = [node.group()]
                place += node.end()
                while text[place : place + 1] == "|" and (node := _NODE.match(text[place + 1 :])):
                    aliases.append(node.group())
                    place += 1 + node.end()
                spellings = dict.fromkeys(
                    spelling for alias in aliases for spelling in (alias, re.sub("[a-z]", "", alias))
                )
                parts.append("(?:" + "|".join(map(re.escape, spellings)) + ")")
            else:
                parts.append({"[": "(?:", "]": ")?"}.get(rest[0], re.escape(rest[0])))
                place += 1
        return "".join(parts)


def commands_of(message: str, *, relative: bool = True) -> Iterator[Command]:
    """Split a message at its semicolons.

    relative: a header without a leading colon continues at the level of the header before it (SCPI); else each
    stands for itself.
    """
    level = ""
    for text in _split(message, ";"):
        header, _, rest = text.strip().partition(" ")
        if not header:
            continue
        if not header.startswith("*"):
            header = header[1:] if header.startswith(":") else level + header
            level = header[: header.rfind(":") + 1] if relative else ""
        yield Command(header, tuple(part.strip() for part in _split(rest, ",")) if rest.strip() else ())


def number_of(text: str, unit: str = "") -> float:
    """Return a number with or without its unit (`5`, `2.5E-3`, `500US`, `20 mV`); ValueError if it is none."""
    found = _NUMBER.fullmatch(text.strip().upper())
    if found is None:
        raise ValueError(text)
    value, suffix = found.groups()
    prefix = suffix.removesuffix(unit.upper())
    if prefix not in _PREFIXES:
        raise ValueError(text)
    return float(value) * _PREFIXES[prefix]


def definite_block(data: bytes, digits: int | None = None) -> bytes:
    """Return data behind the header of a definite length block; `digits` fixes how many the length has."""
    length = str(len(data)).zfill(digits or 0)
    return f"#{len(length)}{length}".encode() + data


def _split(text: str, separator: str) -> list[str]:
    """Split where the separator is neither in quotes nor in parentheses."""
    parts, begin, quote, depth = list[str](), 0, "", 0
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == separator and depth == 0:
            parts.append(text[begin:place])
            begin = place + 1
    return [*parts, text[begin:]]
