"""Fuzz every reader of files with hypothesis: `make fuzz`.

The invariant: whatever is in a file, its reader takes it, or refuses it with an error of its own in words, within
a few seconds. Files are good ones with pieces changed, repeated, cut or taken from elsewhere; a failure is shrunk.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hostile_files import CORPUS, READERS, good_file

_MOST = 1 << 16


@cache
def _pieces(reader: str) -> list[bytes]:
    """Return bytes that mean something to a reader: parts of its good file, and of the hostile ones."""
    good = good_file(reader)
    parts = [good[at : at + 12] for at in range(0, min(len(good), 4096), 7)]
    hostile = [file.content[:40] for file in CORPUS if file.reader == reader and isinstance(file.content, bytes)]
    return [part for part in (*parts, *hostile, b"\0", b"[", b"{", b'"', b"9" * 30, b"1e999", b"\xff") if part]


def _changed(reader: str) -> st.SearchStrategy[bytes]:
    """Return good files with some of their bytes replaced by others."""
    good = good_file(reader)
    cut = st.tuples(
        st.integers(0, len(good)), st.integers(0, 40), st.sampled_from(_pieces(reader)) | st.binary(max_size=20)
    )

    def apply(cuts: list[tuple[int, int, bytes]]) -> bytes:
        content = good
        for at, length, piece in cuts:
            content = content[:at] + piece + content[at + length :]
        return content[:_MOST]

    return st.lists(cut, min_size=1, max_size=8).map(apply)


def _check(reader: str, content: bytes) -> None:
    read, errors = READERS[reader]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "file"
        path.write_bytes(content)
        try:
            read(path)
        except errors as error:
            if not str(error):
                raise RuntimeError(f"{reader}: it is refused without a word") from error


def fuzz(reader: str, examples: int) -> None:
    """Read so many changed files with a reader; whatever it lets out, with the file."""
    limits = settings(
        max_examples=examples,
        deadline=timedelta(seconds=5),
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    limits(given(_changed(reader))(_checking(reader)))()


def _checking(reader: str) -> Callable[[bytes], None]:
    def check(content: bytes) -> None:
        _check(reader, content)

    return check


def main() -> int:
    """Fuzz the readers that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readers", nargs="*", default=list(READERS), metavar="READER")
    parser.add_argument("--examples", type=int, default=2000)
    chosen = parser.parse_args()
    for reader in chosen.readers:
        print(f"{reader}: {chosen.examples} files", flush=True)  # noqa: T201 - it is a command that speaks
        fuzz(reader, chosen.examples)
    return 0


if __name__ == "__main__":
    sys.exit(main())
