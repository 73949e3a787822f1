"""Prove that whatever fails below the suite is told right and costs nothing: `make prove-faults`.

Short campaigns are recorded first: every write, fsync, replace, open and lock, and every call of a port, a device
for actions and an instrument, by the lines of ours behind it. Then each of these points fails once in a campaign
of its own, with each error that such a call can have. Nobody may see a traceback; the exit code is that of what
failed; the journal is whole up to there, and a report can be made of it; the next run starts and puts right what
was left; no TokenIdentifier is given out twice, and no token is entered by a later run than its own. --only WORD
for the points and faults whose names hold it, --jobs for processes at a time, --sample N for so many points of
each kind of call and fault, --count N for so many in all. The exit code is 0 if all of that holds, else 1.
"""

import argparse
import io
import json
import os
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import injection
from fault_bench import FaultBench, install_bench, make_present
from injection import FAULTS, Injector, Point
from kills import given_twice
from processes import campaign_processes
from rich.console import Console
from rich.table import Table

from sts_fixtures.plugin.roomy_stack import call_with_room
from sts_reports.events import ExchangeDone, RunEnded
from sts_reports.journal import JOURNAL, UnreadableJournal, read_journal
from sts_reports.messages import WriteCommand

__all__ = ["SCENARIOS", "Outcome", "points_of", "prove", "prove_point"]

SCOPE: Final = """\
[rig]
name = "simulated bench with instruments"
[port]
url = "simulated"
parity = "software"
[judgement]
repeats = 1
[actions]
power = "source"
[instruments.scope]
driver = "rigol-ds1000z"
resource = "simulated"
channels = { meter = 1, reader = 2 }
accuracy_ppm = 25.0
[instruments.mains]
driver = "keysight-ac6800"
resource = "simulated"
output = { volts = 230.0, hertz = 50.0 }
"""

_BENCH: Final = ("--rig", "rig.toml", "--meter", "simulated", "--state", "state", "--out", "runs")
SCENARIOS: Final[Mapping[str, tuple[str, ...]]] = {
    "bench": (
        "run", *_BENCH, "--only", "52-6.4.2-answered", "--only", "41-8.9-completing", "--only", "41-8.10-outlasts",
    ),
    "instruments": (
        "run", "--rig", "scope.toml", "--out", "runs", "--only", "52-6.7.2-time", "--only", "52-6.6.1-start-up",
    ),
}  # fmt: skip
"""Short campaigns: on a bench that is taken for a real one, and on the simulated one with instruments."""

_AFTERWARDS: Final = {
    "bench": ("run", *_BENCH, "--only", "52-6.4.2-answered", "--recover"),
    "instruments": ("run", "--rig", "scope.toml", "--out", "runs", "--only", "52-6.4.2-answered"),
}
"""The run that has to find everything in order again."""

CONFORMS, FAILED, USAGE, UNDECIDED, BENCH, SUITE = 0, 1, 2, 3, 4, 6
_OF_METER: Final = frozenset({"silent", "late", "short", "garbage"})
_PATIENCE: Final = 120


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command came to."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one point with one fault: how the run ended, and what is wrong, in sentences."""

    scenario: str
    point: Point
    fault: str
    code: int
    said: str
    wrong: tuple[str, ...]


class Station:
    """A folder with a bench, and the commands that are run in it."""

    def __init__(self, folder: Path, scenario: str) -> None:
        self.folder = folder
        self.scenario = scenario
        self.bench = FaultBench(folder)
        (folder / "scope.toml").write_text(SCOPE, "utf-8")

    def run(self, *more: str, injector: Injector | None = None) -> Ended:
        """Run the campaign, in this process as a user would in one of its own."""
        return self.command(*SCENARIOS[self.scenario], *more, injector=injector)

    def command(self, *words: str, injector: Injector | None = None) -> Ended:
        """Run a command in the folder."""
        from stsbench.cli import main

        out, err = io.StringIO(), io.StringIO()
        make_present(self.bench)
        with self._surroundings(), redirect_stdout(out), redirect_stderr(err):
            try:
                with injection.injecting(injector or Injector(thread=0)):
                    call_with_room(lambda: main(list(words)))
            except SystemExit as ended:
                code = int(ended.code or 0)
            except BaseException as error:
                return Ended(-1, out.getvalue(), f"{err.getvalue()}Traceback: {type(error).__name__}: {error}")
        return Ended(code, out.getvalue(), err.getvalue())

    @property
    def folders(self) -> list[Path]:
        """The folders of all runs."""
        return sorted(self.folder.glob("runs/*"))

    def journals(self) -> list[Path]:
        """Return the journals of all runs."""
        return [one / JOURNAL for one in self.folders if (one / JOURNAL).is_file()]

    @contextmanager
    def _surroundings(self) -> Iterator[None]:
        before, environment = Path.cwd(), dict(os.environ)
        ours = {"COLUMNS": "200", "NO_COLOR": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
            ours[name] = str(self.folder / name)
        os.environ.update(ours)
        os.chdir(self.folder)
        try:
            yield
        finally:
            os.chdir(before)
            os.environ.clear()
            os.environ.update(environment)


@cache
def _ready() -> None:
    """Make this process ready: all that a run loads is loaded before anything fails."""
    injection.install()
    install_bench()
    for scenario in SCENARIOS:
        undisturbed(scenario)


@cache
def undisturbed(scenario: str) -> tuple[int, tuple[tuple[str, str], ...], int]:
    """Return exit code and verdicts of a campaign in which nothing fails, and how many tokens were sent twice."""
    with tempfile.TemporaryDirectory(prefix="stsbench-faults-") as scratch:
        station = Station(Path(scratch), scenario)
        ended = station.run()
        (folder,) = station.folders
        return ended.code, _verdicts(folder), _sent_again(folder / JOURNAL)


def points_of(scenario: str) -> list[tuple[Point, str]]:
    """Return the points of a campaign, each with what it is about."""
    _ready()
    with tempfile.TemporaryDirectory(prefix="stsbench-faults-") as scratch:
        injector = Injector()
        Station(Path(scratch), scenario).run(injector=injector)
        return [(point, Path(injector.subjects[point]).name) for point in sorted(injector.counts)]


def prove_point(task: tuple[str, Point, str]) -> Outcome:
    """Have a point fail, and see what becomes of the run and of the next one."""
    try:
        return _proven(*task)
    except Exception as error:  # one point more that is wrong, with the reason
        return Outcome(*task, -1, "", (f"the proof itself failed: {traceback.format_exception(error)[-3:]}",))


def _proven(scenario: str, point: Point, fault: str) -> Outcome:
    _ready()
    wrong: list[str] = []

    def expect(condition: object, text: str) -> None:
        if not condition:
            wrong.append(text)

    usual, verdicts, sent_again = undisturbed(scenario)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stsbench-faults-") as scratch:
        station = Station(Path(scratch), scenario)
        injector = Injector(point, fault, look=lambda: [(one, one.read_bytes()) for one in station.journals()])
        ended = station.run(injector=injector)
        said = ended.out + ended.err
        if not injector.is_hit:
            return Outcome(scenario, point, fault, ended.code, "not met", ("the point was not met again",))
        is_harmless = ended.code == usual and [_verdicts(one) for one in station.folders] == [verdicts]
        allowed = _allowed(point, fault) | ({SUITE} if _is_installed(injector.subjects[point]) else set())
        expect(ended.code in allowed or is_harmless, f"exit code {ended.code}: {_shown(said)}")
        expect("Traceback" not in said, f"a traceback: {_shown(said)}")
        expect(is_harmless or ended.code < UNDECIDED or said.strip(), "nothing was said")
        for path, before in injector.seen or ():
            if path.exists():
                expect(path.read_bytes().startswith(before), "the journal lost what was in it")
            else:
                is_of_use = b'"kind":"exchange"' in before or path.parent.exists()
                expect(ended.code in (USAGE, BENCH, SUITE) and not is_of_use, "the journal is gone")
        for folder in station.folders:
            if fault == "EROFS" and not _is_readable(folder / JOURNAL):
                continue  # what has become read-only before there was a plan cannot be cleared away
            wrong += _wrong_in(station, folder, is_made=ended.code not in (BENCH, SUITE))
        following = station.command(*_AFTERWARDS[scenario])
        expect(
            following.code == CONFORMS,
            f"the next run ended with {following.code}: {_shown(following.out + following.err)}",
        )
        readable = [one for one in station.journals() if _is_readable(one)]
        wrong += given_twice(readable)
        expect(all(_sent_again(one) <= sent_again for one in readable), "a token was sent again in a run")
    expect(time.monotonic() - began < _PATIENCE, "it took very long")
    return Outcome(scenario, point, fault, ended.code, _shown(said), tuple(wrong))


def _wrong_in(station: Station, folder: Path, *, is_made: bool) -> Iterator[str]:
    """Yield what is wrong with what a run left in its folder. is_made: the run made its report itself."""
    journal = folder / JOURNAL
    if not journal.is_file():
        yield f"a folder without a journal: {sorted(one.name for one in folder.iterdir())}"
        return
    try:
        has_end = any(isinstance(event, RunEnded) for event in read_journal(journal))
    except UnreadableJournal as error:
        yield f"the journal cannot be read: {error}"
        return
    reported = Ended(CONFORMS, "", "") if is_made else station.command("report", str(folder))
    # a report exits with 0 whatever it says
    if reported.code != CONFORMS or not (folder / "index.html").is_file() or not _verdicts(folder):
        yield f"no report can be made ({reported.code}): {_shown(reported.out + reported.err)}"
    elif not has_end:
        exit_code = json.loads((folder / "record.json").read_text("utf-8"))["summary"]["exit_code"]
        if exit_code in (CONFORMS, FAILED):
            yield f"the report of a run without an end says {exit_code}"


def _allowed(point: Point, fault: str) -> frozenset[int]:
    """Return the exit codes that are right for a fault."""
    kind = point.call.split()[0]
    if fault in ("mistake", "memory"):
        return frozenset({SUITE})
    if kind == "port" and fault in _OF_METER:
        return frozenset({CONFORMS, FAILED, UNDECIDED, BENCH})
    if point.call in ("open to read", "read", "stat", "list", "lock") or fault in ("EACCES", "EPERM"):
        return frozenset({USAGE, BENCH})
    return frozenset({BENCH})


def _is_installed(subject: str) -> bool:
    """Whether a file is of the installation: one that holds something else then is no matter of a bench."""
    return Path(subject).suffix in (".txt", "") and "dist-info" in subject


def _verdicts(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the verdicts of a run by its record, none where there is no record."""
    try:
        record = json.loads((folder / "record.json").read_text("utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple((case["id"], case["verdict"]) for case in record["cases"])


def _sent_again(journal: Path) -> int:
    """Return how often a run wrote what it had written before to the meter."""
    commands = (event.command for event in read_journal(journal) if isinstance(event, ExchangeDone))
    sent = Counter(str(command) for command in commands if isinstance(command, WriteCommand))
    return sum(count - 1 for count in sent.values())


def _is_readable(journal: Path) -> bool:
    try:
        list(read_journal(journal))
    except UnreadableJournal:
        return False
    return True


def _shown(text: str) -> str:
    return " ".join(text.split())[-300:]


def prove(tasks: Sequence[tuple[str, Point, str]], jobs: int, subjects: Mapping[Point, str]) -> bool:
    """Print what was found; return whether nothing is wrong."""
    began, console = time.monotonic(), Console(width=200)
    with campaign_processes(jobs, campaigns=200) as pool:
        done = pool.imap_unordered(prove_point, tasks, chunksize=4)
        found = []
        for one in done:
            found.append(one)
            if one.wrong or len(found) % 50 == 0:
                sys.stderr.write(f"{len(found)} of {len(tasks)}: {one.fault}: {one.point} {one.wrong}\n")
    console.print(_table(found))
    wrong = [one for one in found if one.wrong]
    for one in sorted(wrong, key=lambda one: (one.scenario, one.point, one.fault)):
        told = f"\n{one.scenario}: {one.fault}: {one.point} ({subjects.get(one.point, '')})"
        console.print(told, highlight=False, markup=False)
        for text in one.wrong:
            console.print(f"  {text}", highlight=False, markup=False)
    took = time.monotonic() - began
    console.print(f"{len(found)} points, {len(wrong)} wrong ({took:.0f} s)", highlight=False)
    return not wrong


def _table(found: Iterable[Outcome]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("call", "fault", "points", "wrong", "ended with"):
        table.add_column(column, no_wrap=True)
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for one in found:
        groups[one.point.call, one.fault].append(one)
    for (call, fault), group in sorted(groups.items()):
        codes = Counter(one.code for one in group)
        ended = ", ".join(f"{code}: {count}" for code, count in sorted(codes.items()))
        wrong = sum(bool(one.wrong) for one in group)
        table.add_row(call, fault, str(len(group)), str(wrong or ""), ended)
    return table


def _tasks(
    only: Sequence[str], sample: int | None, count: int | None
) -> tuple[list[tuple[str, Point, str]], dict[Point, str]]:
    """Return what is to fail, and what each point is about."""
    tasks, subjects = [], {}
    with campaign_processes(1) as pool:
        for scenario in SCENARIOS:
            for point, subject in pool.apply(points_of, (scenario,)):
                subjects[point] = subject
                tasks += [(scenario, point, fault) for fault in FAULTS[point.call]]
    chosen = [task for task in tasks if all(word in f"{task[0]} {task[2]}: {task[1]}" for word in only)]
    if count is not None:
        return Random(1).sample(chosen, min(count, len(chosen))), subjects
    if sample is None:
        return chosen, subjects
    groups: dict[tuple[str, str], list[tuple[str, Point, str]]] = defaultdict(list)
    for task in chosen:
        groups[task[1].call, task[2]].append(task)
    drawn = [Random(1).sample(group, min(sample, len(group))) for group in groups.values()]
    return [task for group in drawn for task in group], subjects


def main() -> None:
    """Read the options and prove."""
    parser = argparse.ArgumentParser(description="Have every call below the suite fail, one after the other.")
    parser.add_argument("--only", nargs="+", default=[], help="words that are in what is to fail")
    parser.add_argument("--sample", type=int, help="so many points of each kind of call and fault")
    parser.add_argument("--count", type=int, help="so many points in all")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    options = parser.parse_args()
    tasks, subjects = _tasks(options.only, options.sample, options.count)
    sys.exit(0 if prove(tasks, options.jobs, subjects) else 1)


if __name__ == "__main__":
    main()
