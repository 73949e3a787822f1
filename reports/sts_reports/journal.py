"""Keep a run as it happens: JSON lines, each with the hash of the one before."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["JOURNAL", "BrokenJournal", "Journal", "read_journal"]

JOURNAL = "journal.jsonl"
"""The name of the journal in the folder of its run."""

_FIRST = "0" * 64


class BrokenJournal(ValueError):
    """A journal in which a line was changed, added or removed."""


class Journal:
    """An append-only file; every line is on its way to the disk before `write` returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("x", encoding="utf-8", newline="\n")
        self._last = _FIRST

    def write(self, kind: str, **content: Any) -> None:
        """Append a line."""
        line = json.dumps({"previous": self._last, "kind": kind, **content}, ensure_ascii=False)
        self._file.write(f"{line}\n")
        self._file.flush()
        self._last = _hash(line.encode("utf-8"))

    def close(self) -> None:
        """Close the file; what was written stays."""
        self._file.close()


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """Give the lines of a journal; BrokenJournal names the first line that does not follow the one before.

    A last line that was cut off in writing, as by a power cut, is left out.
    """
    previous = _FIRST
    lines = path.read_bytes().split(b"\n")
    was_cut_off = lines.pop() != b""
    for number, line in enumerate(lines, start=1):
        try:
            content: dict[str, Any] = json.loads(line.decode("utf-8"))
            follows = content.pop("previous") == previous
        except (ValueError, KeyError, TypeError, AttributeError):
            follows, content = False, {}
        if not follows:
            raise BrokenJournal(f"{path}, line {number}: it does not follow the line before it")
        previous = _hash(line)
        yield content
    if was_cut_off:
        yield {"kind": "remark", "text": "the last line of the journal was cut off"}


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
