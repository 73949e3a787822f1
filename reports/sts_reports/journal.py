"""The journal of a run: one event a line as JSON, each line with the hash of the one before."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import ValidationError

from sts62055.untrusted import Refused, open_file, parse_json
from sts62055.untrusted.errors import plain
from sts_reports.events import (
    EVENT_ADAPTER,
    FORMAT,
    CaseBegan,
    CaseJudged,
    Event,
    FindingMade,
    IdentifierGiven,
    InspectionTaken,
    MeterHeld,
    PartLeftOut,
    PlanMade,
    Remark,
    RunEnded,
    RunStarted,
    TokenEntered,
)

__all__ = [
    "JOURNAL",
    "BrokenJournal",
    "Journal",
    "JournalLost",
    "UnreadableJournal",
    "journal_size",
    "read_events_since",
    "read_journal",
    "unborn",
]

JOURNAL: Final = "journal.jsonl"
"""The name of the file in the folder of a run."""

_FIRST = "0" * 64
_LARGEST = 256 << 20
"""More bytes than any journal has: a whole campaign takes a hundredth of it."""

_LONGEST = 4 << 20
"""More bytes than any line has that a run writes: the plan of a few hundred cases takes a fiftieth of it."""

_MOST_PARTS = 20_000
"""More lists and tables than any line has: the plan has two for each case."""

_SHOWN = 120
_CUT_OFF = Remark(text="the last line of the journal was cut off")


def unborn(folder: Path) -> Path:
    """Return where this process makes the folder of a run: a kill before it has a journal leaves no run."""
    return folder.with_name(f".{folder.name}.{os.getpid()}.new")


class UnreadableJournal(ValueError):
    """A file that is no journal of this form, in one sentence; line: the number of the line that shows it."""

    def __init__(self, path: Path, reason: str, line: int | None = None) -> None:
        self.path = path
        self.reason = reason
        self.line = line
        super().__init__(f"{path}: {reason}" if line is None else f"{path}, line {line}: {reason}")


class BrokenJournal(UnreadableJournal):
    """A journal in which a line was changed, added or removed."""


class JournalLost(Exception):
    """A journal that cannot be kept any more, because of a full disk or a folder that is gone."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"the run in {path.parent} cannot be kept ({reason}): see to the disk and the folder, and run again"
        )


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of a journal: the hash of its last line, its size, and the lines that are not yet in the file.

    It is one object, so that a Ctrl-C finds it as it was or as it is to be.
    """

    last: str
    size: int
    unfinished: bytes = b""

    def followed_by(self, line: bytes) -> "_Tail":
        """Return the end once a line is on its way."""
        return _Tail(_hash(line[:-1]), self.size, self.unfinished + line)

    def completed(self) -> "_Tail":
        """Return the end once everything is in the file."""
        return _Tail(self.last, self.size + len(self.unfinished))


_COUNTING: Final[tuple[type[object], ...]] = (
    CaseJudged,
    FindingMade,
    IdentifierGiven,
    MeterHeld,
    RunEnded,
    TokenEntered,
)
_CANNOT_SYNC: Final = (errno.EINVAL, errno.ENOTSUP)


class Journal:
    """An append-only file; every line is on its way to the disk before `write` returns.

    File and folder come with the plan and what is before it, so that neither is ever there without that.

    tell: learns of each event once it is kept; what it writes meanwhile comes behind that; is_durable: a line that
    counts, such as a verdict or what the meter was given, is on the disk then, and outlasts a power cut of the
    computer. Where the file system cannot do that, it is as durable as that makes it.
    """

    def __init__(
        self, path: Path, tell: Callable[[Event], object] = lambda _: None, *, is_durable: bool = False
    ) -> None:
        """Begin a journal that is not there yet; FileExistsError if it is."""
        self._counting = _COUNTING if is_durable else ()
        if path.exists():
            raise FileExistsError(path)
        self.path = path
        self._file: BinaryIO | None = None
        self._has_plan = False
        self._tail = _Tail(_FIRST, 0)
        self._tell = tell
        self._lost = ""

    def write(self, event: Event) -> None:
        """Append an event; JournalLost if it cannot be kept, or an earlier one was not."""
        self.require_kept()
        self._complete()
        line = _opening(self._tail.last) + EVENT_ADAPTER.dump_json(event)[1:] + b"\n"
        self._tail = self._tail.followed_by(line)
        self._has_plan = self._has_plan or isinstance(event, PlanMade)
        file = self._file
        with self._losing():
            is_whole = file is not None and file.write(line) == len(line)
        if is_whole:
            self._tail = self._tail.completed()
        else:
            self._complete()
        if self._file is not None and isinstance(event, self._counting):
            self._sync(self._file)
        self._tell(event)

    def _begin(self, lines: bytes) -> BinaryIO:
        """Make the file with its first lines, and the folder if need be; each has its name once it is whole."""
        folder = self.path.parent
        place = folder if folder.exists() else unborn(folder)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = place / f"{self.path.name}.new"
        fresh.write_bytes(lines)
        fresh.replace(place / self.path.name)
        if place != folder:
            place.rename(folder)
        return self.path.open("ab", buffering=0)

    def _sync(self, file: BinaryIO) -> None:
        with self._losing():
            try:
                os.fsync(file.fileno())
            except OSError as error:
                if error.errno not in _CANNOT_SYNC:
                    raise

    def require_there(self) -> None:
        """Require that the file is still there, and nothing was lost; else JournalLost."""
        self.require_kept()
        with self._losing():
            if self._file is not None and os.fstat(self._file.fileno()).st_nlink == 0:
                raise FileNotFoundError("its folder was deleted")

    def require_kept(self) -> None:
        """Require that everything was kept so far; else JournalLost."""
        if self._lost:
            raise JournalLost(self.path, self._lost)

    @contextmanager
    def _losing(self) -> Iterator[None]:
        """Lose the journal for good where the system fails: whatever came behind a gap would be no evidence."""
        try:
            yield
        except OSError as error:
            self._lost = error.strerror or str(error)
            raise JournalLost(self.path, self._lost) from None

    def close(self) -> None:
        """Close the file; what was written stays. JournalLost where the system says only now that it does not."""
        if self._file is None or self._file.closed:
            return
        with suppress(JournalLost):  # what could not be written was told by `write`
            self._complete()
        with self._losing():
            self._file.close()

    def _complete(self) -> None:
        """Complete a line in whose middle a Ctrl-C came, with none of it, a part or all written."""
        tail = self._tail
        if not tail.unfinished or not self._has_plan:
            return
        with self._losing():
            if self._file is None:
                self._file = self._begin(tail.unfinished)
            while rest := tail.unfinished[os.fstat(self._file.fileno()).st_size - tail.size :]:
                self._file.write(rest)
        self._tail = tail.completed()


def read_journal(path: Path) -> Iterator[Event]:
    """Yield the events of a journal in their order.

    BrokenJournal names the first line that does not follow the one before; UnreadableJournal says why a file is no
    journal of this form: its format, an unknown kind of event or case, something missing or too much in a line. A
    last line that was cut off in writing, as by a power cut, is left out.
    """
    order = _Order(path)
    previous = _FIRST
    try:
        with open_file(path, _LARGEST) as file:
            for number, (line, is_whole) in enumerate(_lines(path, file), start=1):
                if not is_whole:
                    if number > 1:
                        yield _CUT_OFF
                    break
                event = _read(path, number, line, previous)
                order.take(number, event)
                previous = _hash(line)
                yield event
    except OSError as error:
        raise UnreadableJournal(path, f"it cannot be read ({error.strerror})") from None
    except Refused as error:
        raise UnreadableJournal(path, str(error)) from None
    order.finish()


def journal_size(folder: Path) -> int:
    """Return how many bytes the journal of a run has by now, for `read_events_since`."""
    return (folder / JOURNAL).stat().st_size


def read_events_since(folder: Path, size: int) -> list[Event]:
    """Return the events that a run's journal took up since it had so many bytes; the run may still go on.

    UnreadableJournal if what is read is not what was written.
    """
    with (folder / JOURNAL).open("rb") as journal:
        journal.seek(size)
        try:
            return [_parsed(line[len(_opening(_FIRST)) :].rstrip(b"\n")) for line in journal]
        except ValidationError as error:
            raise UnreadableJournal(folder / JOURNAL, _reason(error)) from None


def _lines(path: Path, file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield the lines of a file without their ends, and whether each has one."""
    number = 0
    while line := file.readline(_LONGEST + 1):
        number += 1
        if len(line) > _LONGEST:
            raise UnreadableJournal(
                path, f"it is longer than {_LONGEST >> 20} MiB, as no line of a run is", number
            )
        yield line.removesuffix(b"\n"), line.endswith(b"\n")


def _read(path: Path, number: int, line: bytes, previous: str) -> Event:
    if line.count(b"[") + line.count(b"{") > _MOST_PARTS:
        raise UnreadableJournal(path, "it holds more lists and tables than any line of a run", number)
    if number == 1:
        _require_format(path, line)
    opening = _opening(previous)
    if not line.startswith(opening):
        raise BrokenJournal(path, "it does not follow the line before it", number)
    try:
        return _parsed(line[len(opening) :])
    except ValidationError as error:
        raise UnreadableJournal(path, _reason(error), number) from None


def _parsed(rest: bytes) -> Event:
    return EVENT_ADAPTER.validate_json(b"{" + rest)


def _require_format(path: Path, line: bytes) -> None:
    """Refuse a first line of another format, and one that is none; other faults are told as of any line."""
    try:
        first = parse_json(line)
    except Refused:
        first = None
    if not isinstance(first, dict) or "previous" not in first:
        raise UnreadableJournal(path, "it is not the first line of a journal of stsbench", 1)
    if first["previous"] != _FIRST or first.get("kind") != "run":
        return
    found = first.get("format", 1)
    if found != FORMAT:
        shown = found if isinstance(found, int | float) and abs(found) < 1000 else "unknown"
        raise UnreadableJournal(
            path, f"its format is {shown}, and this stsbench reads {FORMAT}: use the version that wrote it", 1
        )


def _reason(error: ValidationError) -> str:
    """Return the first thing that is wrong with a line."""
    found = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in found["loc"][1:])
    return f"it is no event of a run ({_shown(place + ': ' if place else '')}{_shown(found['msg'])})"


class _Order:
    """What must have come before an event: the run, its plan, and the case that a verdict is of."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._planned: frozenset[str] | None = None
        self._begun: set[str] = set()
        self._running: str | None = None
        self._is_empty = True
        self._has_ended = False

    def take(self, number: int, event: Event) -> None:
        """Refuse an event that cannot come here."""
        reason = self._reason(event)
        if reason:
            raise UnreadableJournal(self._path, reason, number)
        self._is_empty = False

    def finish(self) -> None:
        """Refuse a journal that ends before it says what was to run."""
        if self._is_empty:
            raise UnreadableJournal(self._path, "it is empty: the run ended before it began")
        if self._planned is None:
            raise UnreadableJournal(self._path, "it holds no plan: the run ended before it chose its cases")

    def _reason(self, event: Event) -> str:
        if self._has_ended:
            return "it comes after the end of the run"
        match event:
            case _ if self._is_empty != isinstance(event, RunStarted):
                return "a journal begins with one 'run'"
            case RunStarted():
                return ""
            case InspectionTaken() | PartLeftOut() if self._planned is None:
                return ""
            case PlanMade():
                if self._planned is not None:
                    return "a second 'plan' stands in it"
                self._planned = frozenset(case.id for case in event.cases)
                return "" if len(self._planned) == len(event.cases) else "its plan names a case twice"
            case _ if self._planned is None:
                return "no plan comes before it"
            case CaseBegan(id=name):
                return self._begin(name)
            case CaseJudged(id=name):
                if name != self._running:
                    return f"the case that it judges does not run: {_shown(name)}"
                self._running = None
            case RunEnded():
                self._has_ended = True
        return ""

    def _begin(self, name: str) -> str:
        if self._planned is None or name not in self._planned:
            return f"the plan does not hold its case: {_shown(name)}"
        if name in self._begun:
            return f"its case began before: {_shown(name)}"
        self._begun.add(name)
        self._running = name
        return ""


def _shown(text: str) -> str:
    """Return text of a file that may hold anything as a part of one line of sensible length."""
    return plain(text, _SHOWN)


def _opening(previous: str) -> bytes:
    return b'{"previous":"' + previous.encode() + b'",'


def _hash(line: bytes) -> str:
    return sha256(line).hexdigest()
