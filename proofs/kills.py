"""Prove that a run can be killed at any instant: `make prove-kills` and `make prove-random-kills`.

Each time a run of a key-change case is killed on the simulated meter behind a pseudo-terminal, which outlives it
(kill -9, SIGTERM, SIGHUP, Ctrl-C twice), at an instant placed by the number of a token: before it is written,
while its acknowledgement is awaited, behind that, or while its tokenStatus is read. Some key changes are those to
another base date, with roll-over, and some runs are killed while the power is off, the cover open or a load on.
The next run has to say what the meter holds, and after `recover`, or by itself with --recover, to judge the meter
as conforming. No TokenIdentifier is given out twice, by a recovery either, and no token that has one is entered by
a later run than its own. The exit code is 0 if all is so, else 1.

With --random, runs are killed (kill -9) at random moments of their whole time, half of them over a pseudo-terminal
and half on the simulated bench, whose meter dies with the process and is taken up from the folder of its run. No
run may leave a folder without a journal, or one that cannot be read, or whose chain is not whole.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice, product, repeat
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console

from sts_fixtures.declaration.declared_meter import simulated_meter_path
from sts_reports.events import (
    CaseBegan,
    CaseJudged,
    ExchangeDone,
    IdentifierGiven,
    PlanMade,
    TokenEntered,
    TokenMinted,
)
from sts_reports.journal import JOURNAL, UnreadableJournal, read_journal
from sts_reports.messages import WriteCommand

__all__ = [
    "ACTED",
    "CASES",
    "ROLLED",
    "Instant",
    "KilledRun",
    "Moment",
    "SimulatedBenchStation",
    "SimulatedStation",
    "given_twice",
    "instants",
    "prove_instant",
    "prove_moment",
]

CASES = ("41-8.9-completing", "41-8.9-repeated", "41-8.9-new-key")
"""Requirements whose cases change the key."""

ROLLED = "41-8.9-roll-over-old-base"
"""The requirement whose case changes the base date, and has the meter forget its TokenIdentifiers."""

ROLL_OVERS = 4
"""At how many instants its runs are killed."""

WAYS = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGINT twice")
PLACES = ("before", "sent", "answered", "polled")
FAST = """
[confirmed]
by = "nobody"
document = "none"
edition = "none"

[parameter.bit_rate]
value = 19200
note = "as fast as makes little of the characters' times, for proofs"
"""

STRUCK = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as in a terminal, whoever runs the proof
from sts_rigs.actions.performers import RigActions
from sts_rigs.carriers.port_carrier import PortCarrier
from stsbench.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)
from sts62055.carrier.messages import WriteCommand

number, place, way, again, what = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
del sys.argv[1:6]
count = since = 0
exchange, perform = PortCarrier._exchange, RigActions.perform

def strike(where):
    if (count, where) == (number, place) or (again and (count, where) == (number + again, place)):
        os.kill(os.getpid(), getattr(signal, way))

def struck(self, command, *arguments, **options):
    global count, since
    is_token = isinstance(command, WriteCommand)
    count, since = (count + 1, 0) if is_token else (count, since + 1)
    if is_token:
        strike("before")
    send = self.port.send
    def sending(characters):
        end = send(characters)
        if is_token or since == 1:
            strike("sent" if is_token else "polled")
        return end
    self.port.send = sending
    try:
        reply = exchange(self, command, *arguments, **options)
    finally:
        self.port.send = send
    if is_token:
        strike("answered")
    return reply

def acted(self, action, value=""):
    global count
    is_counted = action.line_with(value).startswith(what)
    count += is_counted
    if is_counted:
        strike("before")
    seen = perform(self, action, value)
    if is_counted:
        strike("done")
    return seen

if what == "token":
    PortCarrier._exchange = struck
else:
    RigActions.perform = acted
main()
"""
"""A program that is stsbench and kills itself at a token, or at an action that begins with some words: the number
of that, the place in it, the signal, after how many more it does so again, 0 for never, and what is counted."""

_PATIENCE = 600


@dataclass(frozen=True)
class Instant:
    """When a run is killed, and how: at which token of which case, or at which action, and where in that."""

    case: str
    number: int
    place: str
    way: str
    what: str = "token"

    def __str__(self) -> str:
        return f"{self.way} at {self.what} {self.number} ({self.place}) of {self.case}"

    @property
    def words(self) -> list[str]:
        """The arguments of the program that kills itself."""
        signal, _, twice = self.way.partition(" ")
        again = ("2" if self.what == "token" else "1") if twice else "0"
        return [str(self.number), self.place, signal, again, self.what]


ACTED = (
    Instant("41-8.10-outlasts", 1, "before", "SIGKILL", "power off"),
    Instant("41-8.10-outlasts", 1, "done", "SIGKILL", "power off"),
    Instant("41-8.10-outlasts", 1, "done", "SIGTERM", "power off"),
    Instant("41-8.10-outlasts", 1, "done", "SIGKILL", "cover open"),
    Instant("41-8.10-outlasts", 1, "done", "SIGHUP", "cover open"),
    Instant("41-8.5-test-9-power", 1, "done", "SIGKILL", "load apply"),
    Instant("41-8.5-test-9-power", 1, "done", "SIGINT twice", "load apply"),
)
"""When runs are killed while the power is off, the cover open, or a load on."""


@dataclass(frozen=True)
class Moment:
    """When a run of a case is killed at random: in which part of the time that it takes undisturbed."""

    case: str
    part: float

    def __str__(self) -> str:
        return f"SIGKILL after {self.part:.3f} of {self.case}"


JUDGED = "41-8.4-adds"
"""The requirement of which the next run judges the meter: by tokens, and soon."""


@dataclass(frozen=True)
class KilledRun:
    """What a command came to: its exit code, what it said, and its journal if it has one."""

    code: int
    out: str
    err: str
    journal: Path | None = None

    @property
    def events(self) -> list[Any]:
        """The events of its journal."""
        return list(read_journal(self.journal)) if self.journal else []


class SimulatedStation:
    """A simulated meter behind a pseudo-terminal, with a state folder and the runs that are made with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rig = folder / "sim.toml"
        (folder / "fast.toml").write_text(FAST, "utf-8")
        declared = simulated_meter_path()
        text = declared.read_text("utf-8").replace("fast_reaction = false", "fast_reaction = true")
        (folder / "meter.toml").write_text(text, "utf-8")
        key = declared.with_name("published_test_key.hex")
        (folder / key.name).write_bytes(key.read_bytes())

    @contextmanager
    def serving(self) -> Iterator["SimulatedStation"]:
        """Serve the meter meanwhile."""
        words = ["simulate", "--pty", "--meter", "meter.toml", "--profile", "fast.toml", "--rig-out", self.rig]
        with subprocess.Popen(  # noqa: S603 our own words
            [sys.executable, "-m", "stsbench", *words], stdout=subprocess.DEVNULL, cwd=self.folder
        ) as meter:
            try:
                while not self.rig.exists() or "[actions]" not in self.rig.read_text("utf-8"):
                    if meter.poll() is not None:
                        raise RuntimeError("the meter was not simulated")
                    time.sleep(0.05)
                yield self
            finally:
                meter.terminate()

    @property
    def ledger(self) -> Any:
        """What the ledger says."""
        (path,) = (self.folder / "state").glob("*.json")
        return json.loads(path.read_text("utf-8"))

    def run(
        self, case: str, *more: str, struck: Sequence[str] = (), killed_after: float | None = None
    ) -> KilledRun:
        """Run a case, or let it be killed: by itself, or after some seconds."""
        before = self.folders()
        done = self._command("run", "--only", case, "--json", *more, struck=struck, killed_after=killed_after)
        fresh = [one for one in self.folders() if one not in before]
        return KilledRun(done.code, done.out, done.err, next((one / JOURNAL for one in fresh), None))

    def recover(self) -> KilledRun:
        """Put the meter back."""
        return self._command("recover", "--json")

    def folders(self) -> list[Path]:
        """Return the folders of all runs so far, in their order."""
        return sorted(one for one in self.folder.glob("runs/*") if not one.name.endswith(".new"))

    def journals(self) -> list[Path]:
        """Return the journals of all runs so far."""
        return sorted(self.folder.glob(f"runs/*/{JOURNAL}"))

    def bench(self) -> list[str]:
        """Return the words that name bench and meter."""
        return ["--rig", "sim.toml", "--meter", "meter.toml", "--profile", "fast.toml", "--state", "state"]

    def _command(
        self, command: str, *more: str, struck: Sequence[str] = (), killed_after: float | None = None
    ) -> KilledRun:
        program = ["-c", STRUCK, *struck] if struck else ["-m", "stsbench"]
        with subprocess.Popen(  # noqa: S603 our own words
            [sys.executable, *program, command, *self.bench(), *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
        ) as process:  # fmt: skip
            try:
                out, err = process.communicate(timeout=_PATIENCE if killed_after is None else killed_after)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                if killed_after is None:
                    raise
        return KilledRun(process.returncode, out, err)


class SimulatedBenchStation(SimulatedStation):
    """The simulated bench, on which each run takes up the meter that the one before has left or died with."""

    @contextmanager
    def serving(self) -> Iterator["SimulatedBenchStation"]:
        """Serve nothing: each run has the meter in its own process."""
        yield self

    @property
    def last(self) -> Path | None:
        """The folder of the last run that had a meter."""
        kept = "simulated-meter/memory.jsonl"
        return next((one for one in reversed(self.folders()) if (one / kept).exists()), None)

    @property
    def ledger(self) -> Any:
        """What the ledger says."""
        (path,) = [] if self.last is None else (self.last / "simulated-meter").glob("[0-9]*.jsonl")
        return json.loads(path.read_bytes().split(b"\n")[-2])

    def bench(self) -> list[str]:
        """Return the words that name bench and meter."""
        return ["--meter", "meter.toml", *([] if self.last is None else ["--meter-from", str(self.last)])]


def tokens_of(run: KilledRun) -> range:
    """Return the numbers of the tokens of a run from the first case on."""
    total, first = 0, 0
    for event in run.events:
        total += isinstance(event, ExchangeDone) and isinstance(event.command, WriteCommand)
        if isinstance(event, CaseBegan) and not first:
            first = total + 1
    return range(first, total + 1)


def instants(case: str, tokens: range, count: int, offset: int = 0) -> list[Instant]:
    """Return so many instants of a case, all over its tokens, with each way and place in turn."""
    step = len(tokens) / count
    kinds = islice(cycle(product(PLACES, WAYS)), offset, offset + count)
    return [Instant(case, tokens[int(step * number)], place, way) for number, (place, way) in enumerate(kinds)]


def prove_instant(station: SimulatedStation, instant: Instant, *, by_itself: bool) -> list[str]:
    """Kill a run, and see what the next ones make of it; return what is wrong, in sentences.

    by_itself: whether a run with --recover puts the meter back, and not the command for that.
    """
    wrong = []

    def expect(condition: object, text: str) -> None:
        if not condition:
            wrong.append(f"{instant}: {text}")

    began = time.monotonic()
    killed = station.run(instant.case, struck=instant.words)
    expected = -9 if instant.way == "SIGKILL" else 0 if _is_judged(killed.events) else 3
    expect(killed.code == expected, f"the run ended with {killed.code}, not {expected}: {killed.err[-400:]}")
    expect("Traceback" not in killed.err, f"a traceback: {killed.err[-400:]}")
    results = [str(event.result) for event in killed.events if isinstance(event, TokenEntered)]
    expect("TokenLockout" not in results, f"the way back went into a lockout: {results}")
    is_left = not _is_as_declared(station.ledger["held"])
    following = station.run(instant.case)
    expect(following.code in (0, 3, 4), f"the next run ended with {following.code}: {following.out[-400:]}")
    if is_left:
        says = "left the meter with"
        expect(says in following.err, f"the next run does not say what the meter holds: {following.err!r}")
    if following.code:
        expect("recover" in following.out, f"the next run names no way back: {following.out[-400:]}")
        if by_itself:
            following = station.run(instant.case, "--recover")
        else:
            recovered = station.recover()
            expect(recovered.code == 0, f"recover ended with {recovered.code}: {recovered.out}{recovered.err}")
            following = station.run(instant.case)
        expect(following.code == 0, f"after recovery a run ended with {following.code}: {following.out[-400:]}")
    held = station.ledger["held"]
    expect(_is_as_declared(held) and not held["way"], f"the ledger is still in doubt: {held}")
    expect(time.monotonic() - began < _PATIENCE, "it took very long")
    return [*wrong, *(f"{instant}: {text}" for text in given_twice(station.journals()))]


def prove_moment(station: SimulatedStation, moment: Moment, seconds: float, *, by_itself: bool) -> list[str]:
    """Kill a run at a random moment, and see what the next ones make of it; return what is wrong, in sentences.

    seconds: what the run takes undisturbed; by_itself: as in `prove_instant`.
    """
    wrong: list[str] = []
    killed = station.run(moment.case, killed_after=moment.part * seconds)
    is_over = killed.code in (0, 3)  # this time it was faster than before
    if killed.code != -9 and not is_over:
        wrong.append(f"the run ended with {killed.code}: {killed.out[-400:]}{killed.err[-400:]}")
    wrong += wrong_folders(station.folders())
    following = station.run(JUDGED)
    if following.code != 0:
        named = "recover" in following.out
        if following.code not in (3, 4) or not named:
            wrong.append(f"the next run ended with {following.code}: {following.out[-400:]}{following.err[-400:]}")
        if not by_itself:
            recovered = station.recover()
            if recovered.code != 0:
                wrong.append(f"recover ended with {recovered.code}: {recovered.out}{recovered.err}")
        following = station.run(JUDGED, *(["--recover"] if by_itself else []))
        if following.code != 0:
            wrong.append(f"after recovery a run ended with {following.code}: {following.out[-400:]}")
    wrong += [f"{one} was left" for one in station.folder.glob("runs/.*")]
    held = station.ledger["held"]
    if not _is_as_declared(held) or held["way"]:
        wrong.append(f"the ledger is still in doubt: {held}")
    wrong += wrong_folders(station.folders()) + given_twice(station.journals())
    return [f"{moment}: {text}" for text in wrong]


def wrong_folders(folders: Iterable[Path]) -> list[str]:
    """Return which folders of runs have no journal, or one that is not whole."""
    wrong = []
    for folder in folders:
        try:
            list(read_journal(folder / JOURNAL))
        except UnreadableJournal as error:
            wrong.append(str(error))
    return wrong


def _is_judged(events: Sequence[Any]) -> bool:
    """Whether every case of a run was judged: what ends it then takes no verdict from it."""
    planned = sum(len(event.cases) for event in events if isinstance(event, PlanMade))
    return planned == sum(isinstance(event, CaseJudged) for event in events)


def _is_as_declared(held: Any) -> bool:
    """Whether a ledger says that the meter holds its declared key and nothing else, and that nothing was left."""
    is_own = len(held["keys"]) == 1 and held["keys"][0]["tariff_index"] == "01"
    is_left = held["parts"] or held["has_forgotten"] or held["is_cover_open"] or held["load"]
    return is_own and held["is_powered"] and not is_left


def given_twice(journals: Iterable[Path]) -> list[str]:
    """Return what was given out twice over all runs, and what was entered by a later run than its own."""
    given: set[tuple[int, int]] = set()
    earlier: set[str] = set()
    wrong = []
    for journal in journals:
        minted: set[str] = set()
        for event in read_journal(journal):
            match event:
                case IdentifierGiven(tid=tid, base_date=base_date):
                    if (tid, base_date) in given:
                        wrong.append(f"TID {tid} was given out twice")
                    given.add((tid, base_date))
                case TokenMinted(token=token) if token.tid is not None and token.key is not None:
                    minted.add(token.digits)
                case TokenEntered(token=token) if token.digits in earlier:
                    wrong.append(f"token {token.digits} of an earlier run was entered")
        earlier |= minted
    return wrong


def _undisturbed(folder: Path, case: str) -> KilledRun:
    """Run a case to its end, with a meter of its own."""
    folder.mkdir()
    with SimulatedStation(folder).serving() as station:
        return station.run(case)


def _prove_some(folder: Path, chosen: Sequence[tuple[int, Instant]], tell: Console) -> list[str]:
    folder.mkdir()
    found = []
    with SimulatedStation(folder).serving() as station:
        for number, instant in chosen:
            wrong = prove_instant(station, instant, by_itself=number % 2 == 1)
            found += wrong
            tell.print(f"{'wrong' if wrong else 'right'}  {instant}", highlight=False)
    return found


def prove(count: int, stations: int) -> bool:
    """Print what was found; return whether nothing was wrong."""
    began, console = time.monotonic(), Console(width=200)
    counts = {case: len(range(place, count, len(CASES))) for place, case in enumerate(CASES)} | {
        ROLLED: ROLL_OVERS
    }
    with tempfile.TemporaryDirectory(prefix="stsbench-kills-") as scratch, ThreadPoolExecutor(stations) as pool:
        root = Path(scratch)
        chosen = list(ACTED)
        runs = pool.map(lambda case: _undisturbed(root / case, case), counts)
        for place, ((case, number), run) in enumerate(zip(counts.items(), runs, strict=True)):
            if run.code != 0:
                console.print(f"{case} does not conform undisturbed: {run.code} {run.err}{run.out[-400:]}")
                return False
            chosen = [*instants(case, tokens_of(run), number, offset=5 * place), *chosen]
        numbered = list(enumerate(chosen))
        shares = [
            pool.submit(_prove_some, root / f"station-{one}", numbered[one::stations], console)
            for one in range(stations)
        ]
        wrong = [text for share in shares for text in share.result()]
    for text in wrong:
        console.print(text, highlight=False)
    console.print(f"{len(chosen)} instants, {len(wrong)} sentences ({time.monotonic() - began:.0f} s)")
    return not wrong


_RANDOM = (*CASES, "41-8.10-outlasts", JUDGED)
"""Requirements whose cases are killed at random moments."""


def _measured(folder: Path, kind: type[SimulatedStation], case: str) -> float:
    """Return the seconds that a run takes undisturbed, with a meter of its own."""
    folder.mkdir()
    with kind(folder).serving() as station:
        began = time.monotonic()
        run = station.run(case)
    if run.code != 0:
        raise RuntimeError(f"{case} does not conform undisturbed: {run.code} {run.err}{run.out[-400:]}")
    return time.monotonic() - began


def _prove_moments(
    kind: type[SimulatedStation],
    folder: Path,
    moments: Sequence[Moment],
    took: Mapping[str, float],
    tell: Console,
) -> list[str]:
    folder.mkdir()
    found = []
    with kind(folder).serving() as station:
        for number, moment in enumerate(moments):
            wrong = prove_moment(station, moment, took[moment.case], by_itself=number % 2 == 1)
            found += wrong
            tell.print(f"{'wrong' if wrong else 'right'}  {kind.__name__} {moment}", highlight=False)
    return found


def prove_random(count: int, stations: int, seed: int) -> bool:
    """Print what was found of so many random moments; return whether nothing was wrong."""
    began, console, random = time.monotonic(), Console(width=200), Random(seed)
    moments = [Moment(case, random.random()) for case in islice(cycle(_RANDOM), count)]
    with tempfile.TemporaryDirectory(prefix="stsbench-kills-") as scratch, ThreadPoolExecutor(stations) as pool:
        root, shares = Path(scratch), []
        for kind, half, many in (
            (SimulatedStation, moments[::2], max(stations - 1, 1)),  # that one waits most of the time
            (SimulatedBenchStation, moments[1::2], 1),
        ):
            places = [root / f"{kind.__name__}-{case}" for case in _RANDOM]
            took = dict(zip(_RANDOM, pool.map(_measured, places, repeat(kind), _RANDOM), strict=True))
            shares += [
                pool.submit(_prove_moments, kind, root / f"{kind.__name__}-{one}", half[one::many], took, console)
                for one in range(many)
            ]
        wrong = [text for share in shares for text in share.result()]
    for text in wrong:
        console.print(text, highlight=False)
    console.print(f"{len(moments)} moments, {len(wrong)} sentences ({time.monotonic() - began:.0f} s)")
    return not wrong


def main() -> None:
    """Read the options and prove."""
    parser = argparse.ArgumentParser(description="Kill runs in key changes, and see what the next ones say.")
    parser.add_argument("--count", type=int, default=60, help="how many instants of key changes")
    parser.add_argument("--stations", type=int, default=8, help="meters at a time; they wait most of the time")
    parser.add_argument(
        "--random", type=int, help="kill at so many random moments instead, half of them simulated"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    options = parser.parse_args()
    if options.random is not None:
        sys.exit(0 if prove_random(options.random, options.stations, options.seed) else 1)
    sys.exit(0 if prove(options.count, options.stations) else 1)


if __name__ == "__main__":
    main()
