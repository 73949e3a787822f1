"""The journal is on the disk line by line, and no line of it can be changed unseen."""

import json
from pathlib import Path
from typing import Any

import pytest

from sts_reports.journal import BrokenJournal, Journal, read_journal

NOTES = ["first", "second: 25 °C", "third", "fourth"]
CUT_OFF = {"kind": "remark", "text": "the last line of the journal was cut off"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a closed journal of four notes."""
    path = tmp_path / "runs" / "1" / "journal.jsonl"
    journal = Journal(path)
    for text in NOTES:
        journal.write("note", text=text)
    journal.close()
    return path


def lines_of(path: Path) -> list[bytes]:
    """Return the lines of a file, each with its end."""
    return path.read_bytes().splitlines(keepends=True)


def test_a_journal_reads_back_as_it_was_written(path: Path) -> None:
    assert list(read_journal(path)) == [{"kind": "note", "text": text} for text in NOTES]


def test_every_line_can_be_read_before_the_journal_is_closed(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    seen: list[list[dict[str, Any]]] = []
    for text in NOTES:
        journal.write("note", text=text)
        seen.append(list(read_journal(journal.path)))
    journal.close()
    assert [len(lines) for lines in seen] == [1, 2, 3, 4]
    assert [lines[-1]["text"] for lines in seen] == NOTES


def test_an_existing_file_is_refused_and_stays(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        Journal(path)
    assert path.read_bytes() == before


def test_a_changed_line_is_refused_at_the_line_after_it(path: Path) -> None:
    lines = lines_of(path)
    path.write_bytes(b"".join([lines[0], lines[1].replace(b"second", b"changed"), *lines[2:]]))
    with pytest.raises(BrokenJournal, match=r"journal\.jsonl, line 3: "):
        list(read_journal(path))


def test_a_line_with_another_end_is_a_changed_line(path: Path) -> None:
    lines = lines_of(path)
    path.write_bytes(b"".join([lines[0].replace(b"\n", b"\r\n"), *lines[1:]]))
    with pytest.raises(BrokenJournal, match="line 2: "):
        list(read_journal(path))


@pytest.mark.parametrize(("removed", "number"), [(0, 1), (1, 2), (2, 3)])
def test_a_removed_line_is_refused_at_its_place(path: Path, removed: int, number: int) -> None:
    lines = lines_of(path)
    path.write_bytes(b"".join(lines[:removed] + lines[removed + 1 :]))
    with pytest.raises(BrokenJournal, match=f"line {number}: "):
        list(read_journal(path))


def test_an_inserted_line_is_refused_even_with_the_right_hash_before_it(path: Path) -> None:
    lines = lines_of(path)
    inserted = {**json.loads(lines[2]), "text": "never happened"}
    path.write_bytes(b"".join([*lines[:2], json.dumps(inserted).encode() + b"\n", *lines[2:]]))
    with pytest.raises(BrokenJournal, match="line 4: "):
        list(read_journal(path))


def test_two_swapped_lines_are_refused_at_the_first(path: Path) -> None:
    first, second, third, fourth = lines_of(path)
    path.write_bytes(first + third + second + fourth)
    with pytest.raises(BrokenJournal, match="line 2: "):
        list(read_journal(path))


@pytest.mark.parametrize("line", [b"no JSON", b"[]", b"5", b"{}", b"", b"\xff"])
def test_a_whole_line_that_is_no_line_of_a_journal_is_refused(path: Path, line: bytes) -> None:
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(BrokenJournal, match="line 5: "):
        list(read_journal(path))


def test_lines_before_the_broken_one_are_given(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"{}\n")
    reading = read_journal(path)
    assert [next(reading)["text"] for _ in NOTES] == NOTES


def test_a_last_line_cut_off_anywhere_is_left_out_with_a_note(path: Path) -> None:
    whole = path.read_bytes()
    start = len(whole) - len(lines_of(path)[-1])
    for end in range(start + 1, len(whole)):
        path.write_bytes(whole[:end])
        *before, last = read_journal(path)
        assert [line["text"] for line in before] == NOTES[:-1]
        assert last == CUT_OFF


def test_a_cut_through_the_middle_of_a_character_is_tolerated(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index("°".encode()) + 1])
    assert list(read_journal(path)) == [{"kind": "note", "text": "first"}, CUT_OFF]


def test_an_empty_journal_holds_nothing(tmp_path: Path) -> None:
    Journal(tmp_path / "journal.jsonl").close()
    assert list(read_journal(tmp_path / "journal.jsonl")) == []
