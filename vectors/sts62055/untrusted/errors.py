"""The error of a file, a text or an archive that goes beyond what any of its kind has."""

__all__ = ["Refused", "plain"]

_SHOWN = 300


class Refused(ValueError):
    """What is wrong with it, and the remedy, as one clause without the name of the file."""


def plain(text: str, most: int = _SHOWN) -> str:
    """Return text of a file that may hold anything as a part of one line: printable, and of sensible length."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return short if short.isprintable() else "".join(one if one.isprintable() else " " for one in short)
