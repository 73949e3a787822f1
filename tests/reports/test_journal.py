"""The journal is on the disk line by line, no line of it can be changed unseen, and odd content is refused."""

import errno
import json
import os
from collections.abc import Callable
from contextlib import nullcontext, suppress
from hashlib import sha256
from pathlib import Path
from time import process_time
from typing import Any, BinaryIO

import pytest
from run_events import events_of

from sts_reports.events import Event, Remark
from sts_reports.journal import BrokenJournal, Journal, JournalLost, UnreadableJournal, read_journal
from sts_reports.whole_files import write_whole

Json = dict[str, Any]

LINES: list[Json] = [
    {"kind": "run"},
    {"kind": "plan", "cases": [{"id": "c", "requirements": []}]},
    {"kind": "remark", "text": "25 °C"},
    {"kind": "case", "id": "c", "at": 1},
    {"kind": "verdict", "id": "c", "at": 2},
]
EVENTS = events_of(LINES)
CUT_OFF = Remark(text="the last line of the journal was cut off")
FIRST = "0" * 64


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a closed journal of five events."""
    path = tmp_path / "runs" / "1" / "journal.jsonl"
    journal = Journal(path)
    for event in EVENTS:
        journal.write(event)
    journal.close()
    return path


def lines_of(path: Path) -> list[bytes]:
    """Return the lines of a file, each with its end."""
    return path.read_bytes().splitlines(keepends=True)


def chained(path: Path, lines: list[Json | bytes]) -> Path:
    """Write lines, each with the right hash of the one before; bytes stand behind that as they are."""
    previous, content = FIRST, b""
    for line in lines:
        rest = line if isinstance(line, bytes) else json.dumps(line, separators=(",", ":")).encode()[1:]
        whole = b'{"previous":"' + previous.encode() + b'",' + rest
        previous = sha256(whole).hexdigest()
        content += whole + b"\n"
    path.write_bytes(content)
    return path


def kept(path: Path) -> list[Json]:
    """Return the lines of a journal as JSON, without their hashes."""
    lines = [json.loads(line) for line in lines_of(path)]
    return [{name: value for name, value in line.items() if name != "previous"} for line in lines]


def test_a_journal_reads_back_as_it_was_written(path: Path) -> None:
    assert list(read_journal(path)) == EVENTS


def test_the_first_line_has_the_format(path: Path) -> None:
    first, *others = map(json.loads, lines_of(path))
    assert (first["kind"], first["format"]) == ("run", 2)
    assert not any("format" in line for line in others)


def test_who_is_told_of_an_event_finds_it_kept_and_writes_behind_it(tmp_path: Path) -> None:
    told: list[int] = []

    def tell(event: Event) -> None:
        told.append(len(lines_of(journal.path)) if journal.path.exists() else 0)
        if event == EVENTS[2]:
            journal.write(Remark(text="seen"))

    journal = Journal(tmp_path / "journal.jsonl", tell)
    for event in EVENTS:
        journal.write(event)
    journal.close()
    assert told == [0, 2, 3, 4, 5, 6]
    assert list(read_journal(tmp_path / "journal.jsonl")) == [*EVENTS[:3], Remark(text="seen"), *EVENTS[3:]]


def test_every_line_can_be_read_before_the_journal_is_closed(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    seen: list[list[Event]] = []
    for number, event in enumerate(EVENTS):
        journal.write(event)
        if number:
            seen.append(list(read_journal(journal.path)))
    journal.close()
    assert seen == [EVENTS[:number] for number in range(2, len(EVENTS) + 1)]


@pytest.mark.parametrize("is_durable", [True, False])
def test_a_line_that_counts_is_on_the_disk_before_anyone_learns_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_durable: bool
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", lambda _: synced.append(journal.path.stat().st_size))
    told: list[tuple[int, int]] = []
    journal = Journal(
        tmp_path / "journal.jsonl",
        lambda _: told.append((len(synced), journal.path.stat().st_size)),
        is_durable=is_durable,
    )
    for event in (EVENTS[1], EVENTS[4]):
        journal.write(event)
    journal.close()
    sizes = [size for _, size in told]
    assert synced == (sizes[1:] if is_durable else [])
    assert [number for number, _ in told] == ([0, 1] if is_durable else [0, 0])


@pytest.mark.parametrize(("number", "is_lost"), [(errno.EIO, True), (errno.ENOSPC, True), (errno.EINVAL, False)])
def test_a_disk_that_does_not_keep_a_line_ends_the_run_and_one_that_cannot_say_so_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, is_lost: bool
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", fail)
    journal = Journal(tmp_path / "journal.jsonl", is_durable=True)
    journal.write(EVENTS[1])
    with pytest.raises(JournalLost, match=os.strerror(number)) if is_lost else nullcontext():
        journal.write(EVENTS[4])
    journal.close()


def test_a_journal_with_a_gap_is_not_written_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "journal.jsonl", is_durable=True)
    journal.write(EVENTS[1])
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(JournalLost):
            journal.write(EVENTS[4])
    size = journal.path.stat().st_size
    with pytest.raises(JournalLost, match=os.strerror(errno.ENOSPC)):
        journal.write(EVENTS[0])
    journal.close()
    assert journal.path.stat().st_size == size


@pytest.mark.parametrize("name", ["write_bytes", "replace"])
def test_a_file_that_is_not_written_whole_leaves_the_one_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write_whole(tmp_path / "record.json", b"before")
    monkeypatch.setattr(Path, name, full)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        write_whole(tmp_path / "record.json", b"after")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


def test_folder_and_file_come_with_the_plan(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "1"
    journal = Journal(folder / "journal.jsonl")
    assert not folder.exists()
    journal.write(EVENTS[0])
    assert not folder.exists()
    journal.write(EVENTS[1])
    assert list(read_journal(journal.path)) == EVENTS[:2]
    assert list(folder.parent.iterdir()) == [folder]
    assert list(folder.iterdir()) == [journal.path]
    for event in EVENTS[2:]:
        journal.write(event)
    journal.close()
    assert list(read_journal(journal.path)) == EVENTS


@pytest.mark.parametrize("name", ["write_bytes", "replace", "rename"])
def test_a_folder_that_cannot_be_begun_is_told_and_not_there(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs" / "1"
    monkeypatch.setattr(Path, name, full)
    journal = Journal(folder / "journal.jsonl")
    journal.write(EVENTS[0])
    with pytest.raises(JournalLost, match="No space left"):
        journal.write(EVENTS[1])
    assert not folder.exists()


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_existing_file_is_refused_and_stays(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        Journal(path)
    assert path.read_bytes() == before


def test_a_changed_line_is_refused_at_the_line_after_it(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace("25 °C".encode(), "26 °C".encode()))
    with pytest.raises(BrokenJournal, match=r"journal\.jsonl, line 4: "):
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
    inserted = lines[2].replace("25 °C".encode(), b"never happened")
    path.write_bytes(b"".join([*lines[:2], inserted, *lines[2:]]))
    with pytest.raises(BrokenJournal, match="line 4: "):
        list(read_journal(path))


def test_two_swapped_lines_are_refused_at_the_first(path: Path) -> None:
    first, second, third, *others = lines_of(path)
    path.write_bytes(b"".join([first, third, second, *others]))
    with pytest.raises(BrokenJournal, match="line 2: "):
        list(read_journal(path))


@pytest.mark.parametrize("line", [b"no JSON", b"[]", b"5", b"{}", b"", b"\xff"])
def test_a_whole_line_that_is_no_line_of_a_journal_is_refused(path: Path, line: bytes) -> None:
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(BrokenJournal, match="line 6: "):
        list(read_journal(path))


def test_lines_before_the_broken_one_are_given(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"{}\n")
    reading = read_journal(path)
    assert [next(reading) for _ in EVENTS] == EVENTS


def test_a_last_line_cut_off_anywhere_is_left_out_with_a_remark(path: Path) -> None:
    whole = path.read_bytes()
    start = len(whole) - len(lines_of(path)[-1])
    for end in range(start + 1, len(whole)):
        path.write_bytes(whole[:end])
        assert list(read_journal(path)) == [*EVENTS[:-1], CUT_OFF]


def test_a_cut_through_the_middle_of_a_character_is_tolerated(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index("°".encode()) + 1])
    assert list(read_journal(path)) == [*EVENTS[:2], CUT_OFF]


def changed(number: int, **more: Any) -> Callable[[list[Json]], list[Json | bytes]]:
    """Return what changes items of a line."""
    return lambda lines: [{**line, **more} if place == number else line for place, line in enumerate(lines)]


def added(*more: Json | bytes) -> Callable[[list[Json]], list[Json | bytes]]:
    """Return what adds lines."""
    return lambda lines: [*lines, *more]


def without(number: int, name: str) -> Callable[[list[Json]], list[Json | bytes]]:
    """Return what takes an item away from a line."""
    return lambda lines: [
        {key: value for key, value in line.items() if (place, key) != (number, name)}
        for place, line in enumerate(lines)
    ]


def remark(text: bytes) -> bytes:
    """Return a remark of any octets."""
    return b'"kind":"remark","text":' + text + b"}"


ENDED = b'"kind":"end","at":3,"finished":"","interrupted":false,"simulated":{"line_seconds":%s,"characters":1}}'


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        pytest.param(changed(0, format=1), 1, "its format is 1, and this stsbench reads 2", id="format 1"),
        pytest.param(without(0, "format"), 1, "its format is 1, and", id="no format"),
        pytest.param(changed(0, format="new" * 99), 1, "its format is unknown", id="odd format"),
        pytest.param(added({"kind": "dream"}), 6, "does not match any of the expected tags", id="unknown kind"),
        pytest.param(added({"text": "x"}), 6, "no event of a run", id="no kind"),
        pytest.param(without(2, "text"), 3, "text: Field required", id="missing field"),
        pytest.param(changed(2, more=1), 3, "more: Unexpected", id="extra field"),
        pytest.param(changed(3, at="1"), 4, "at: Input should be a valid integer", id="wrong type"),
        pytest.param(changed(3, at=True), 4, "at: Input should be a valid integer", id="a boolean for a number"),
        pytest.param(changed(3, at=1 << 70), 4, "at: Input should be less", id="a number beyond all clocks"),
        pytest.param(changed(3, id="other"), 4, "the plan does not hold its case: other", id="unknown case"),
        pytest.param(changed(4, id="other"), 5, "does not run: other", id="verdict of another case"),
        pytest.param(changed(4, verdict="GOOD"), 5, "verdict: Input should be 'NOT_APPLICABLE'", id="bad verdict"),
        pytest.param(added({"kind": "case", "id": "c", "at": 3}), 6, "began before: c", id="case twice"),
        pytest.param(lambda lines: [lines[0], *lines[2:]], 2, "no plan comes before it", id="no plan"),
        pytest.param(lambda lines: lines[:1], None, "it holds no plan", id="run alone"),
        pytest.param(lambda lines: lines[1:], 1, "a journal begins with one 'run'", id="no run"),
        pytest.param(lambda lines: [lines[0], *lines], 2, "a journal begins with one 'run'", id="two runs"),
        pytest.param(lambda lines: [*lines[:2], *lines[1:]], 3, "a second 'plan'", id="two plans"),
        pytest.param(
            lambda lines: [lines[0], {"kind": "plan", "cases": lines[1]["cases"] * 2}],
            2,
            "names a case twice",
            id="a case twice in the plan",
        ),
        pytest.param(
            added(ENDED % b"1.5", {"kind": "remark", "text": ""}),
            7,
            "after the end of",
            id="after the end",
        ),
        pytest.param(added(ENDED % b"NaN"), 6, "line_seconds: Input should be a finite number", id="NaN"),
        pytest.param(added(ENDED % b"-Infinity"), 6, "Input should be a finite number", id="infinity"),
        pytest.param(added(ENDED % b"1e999"), 6, "Input should be a finite number", id="a number beyond all"),
        pytest.param(added(remark(b"[" * 10_000 + b"]" * 10_000)), 6, "recursion limit", id="nested deep"),
        pytest.param(added(remark(b'"\xff"')), 6, "no event of a run", id="not UTF-8"),
        pytest.param(added(remark(b'"\\ud800"')), 6, "no event of a run", id="half a character"),
        pytest.param(added(remark(b'"' + b"x" * (4 << 20) + b'"')), 6, "longer than 4 MiB", id="a long line"),
        pytest.param(added({"kind": "x" * 100_000}), 6, "no event of a run", id="a long kind"),
        pytest.param(added({"kind": "\x1b[2J\n"}), 6, "no event of a run", id="a kind for terminals"),
    ],
)
def test_odd_content_is_refused_in_one_sentence_with_its_line(
    path: Path, change: Callable[[list[Json]], list[Json | bytes]], line: int | None, reason: str
) -> None:
    chained(path, change(kept(path)))
    with pytest.raises(UnreadableJournal) as refused:
        list(read_journal(path))
    text = str(refused.value)
    assert refused.value.line == line
    assert reason in text
    assert text.startswith(f"{path}: " if line is None else f"{path}, line {line}: ")
    assert text.isprintable()
    assert len(text) < len(str(path)) + 300


def test_the_helper_that_spoils_journals_makes_good_ones(path: Path) -> None:
    assert list(read_journal(chained(path, [*kept(path)]))) == EVENTS
    assert list(read_journal(chained(path, [*kept(path), ENDED % b"1.5"])))[-1].kind == "end"


@pytest.mark.parametrize("content", [b"", b'{"previous":"00'])
def test_an_empty_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "journal.jsonl").write_bytes(content)
    with pytest.raises(UnreadableJournal, match="it is empty"):
        list(read_journal(tmp_path / "journal.jsonl"))


@pytest.mark.parametrize("content", [b"\xff\xfe\n", b"[1]\n", b'{"kind": "run"}\n', b"[" * 10_000 + b"\n"])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "journal.jsonl").write_bytes(content)
    with pytest.raises(UnreadableJournal, match="line 1: it is not the first line of a journal of stsbench"):
        list(read_journal(tmp_path / "journal.jsonl"))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableJournal, match=r"cannot be read \("):
        list(read_journal(tmp_path))
    with pytest.raises(UnreadableJournal, match=r"cannot be read \("):
        list(read_journal(tmp_path / "nowhere"))


def test_a_hundred_thousand_lines_are_read_in_seconds(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    exchange = {"kind": "exchange", "sent": "01 52 02 32", "received": "02 32 30 30 36 28 30 29 03 77"}
    for event in EVENTS[:4]:
        journal.write(event)
    (many,) = events_of([exchange])
    for _ in range(100_000):
        journal.write(many)
    journal.close()
    before = process_time()
    assert sum(1 for _ in read_journal(journal.path)) == 100_004
    assert process_time() - before < 5


class Interrupted:
    """A file in whose third writing a Ctrl-C comes, after so many bytes of it were written."""

    def __init__(self, file: BinaryIO, written: int) -> None:
        self._file = file
        self._written = written
        self._left = 3

    def write(self, content: bytes) -> int:
        self._left -= 1
        if self._left == 0:
            self._file.write(content[: self._written])
            raise KeyboardInterrupt
        return self._file.write(content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.mark.parametrize("written", [0, 1, 40, 10_000])
def test_a_ctrl_c_in_the_middle_of_a_line_breaks_no_chain(tmp_path: Path, written: int) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    for event in EVENTS[:2]:
        journal.write(event)
    assert journal._file is not None
    journal._file = Interrupted(journal._file, written)  # type: ignore[assignment]
    for event in EVENTS[2:]:
        with suppress(KeyboardInterrupt):
            journal.write(event)
    journal.close()
    assert list(read_journal(journal.path)) == EVENTS


def test_a_ctrl_c_in_the_last_line_leaves_it_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    for event in EVENTS[:-1]:
        journal.write(event)
    assert journal._file is not None
    file = Interrupted(journal._file, 10)
    file._left = 1
    journal._file = file  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        journal.write(EVENTS[-1])
    journal.close()
    assert list(read_journal(journal.path)) == EVENTS
