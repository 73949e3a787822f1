"""Whatever a file from somebody holds, its reader refuses it in one sentence, at once."""

import sys
import time
from pathlib import Path

import pytest

from hostile_files import CORPUS, READERS, refusal

SECONDS = 2
pytestmark = [
    pytest.mark.matrix,  # its limits of time are those of a process that has the machine to itself
    pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of another system"),
]


def test_the_corpus_is_whole() -> None:
    assert len(CORPUS) >= 200
    assert {file.reader for file in CORPUS} == READERS.keys()
    assert len({(file.reader, file.name) for file in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("reader", READERS)
def test_every_hostile_file_is_refused_in_one_sentence_at_once(tmp_path: Path, reader: str) -> None:
    wrong = {}
    for number, file in enumerate(file for file in CORPUS if file.reader == reader):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = file.write(folder)
        before = time.process_time()
        try:
            told = refusal(file, path).splitlines()
        except Exception as error:
            wrong[file.name] = f"{type(error).__name__}: {error}"[:200]
            continue
        spent = time.process_time() - before
        if spent > SECONDS:
            wrong[file.name] = f"it takes {spent:.1f} s"
        if not told or not all(line.isprintable() and len(line) < 1500 for line in told) or len(told) > 100:
            wrong[file.name] = f"it is told so: {told[:2]}"[:300]
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())
