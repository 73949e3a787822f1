"""What becomes of a campaign of plain pytest beside other plugins; `make prove-ecosystem` writes docs/pytest.md.

A small campaign on the simulated bench has a case that passes, one that fails, one that is an ERROR at first, and
one that awaits something. It runs once as it is, and once for each row of the table. A row is refused in one
sentence, changes nothing, or changes what it says, and says so: anything else is a defect of the plugin.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any

import pytest
from own_register import CONFTEST, REGISTER, REQUIREMENT
from processes import campaign_processes

from sts_reports.exit_code import ExitCode

__all__ = ["PAGE", "PLUGINS", "ROWS", "Outcome", "Row", "effect", "outcomes", "table"]

PAGE = Path(__file__).parents[1] / "docs" / "pytest.md"
BEGIN, END = "<!-- made by make prove-ecosystem -->", "<!-- end -->"
PLUGINS = ["sts_fixtures.plugin", "sts_reports.views.html", "numpy"]
PLUGINS += ["anyio.pytest_plugin", "pytest_asyncio.plugin", "pytest_html.plugin", "pytest_metadata.plugin"]
PLUGINS += ["pytest_randomly", "pytest_repeat", "pytest_rerunfailures", "pytest_timeout", "xdist.plugin"]
_BESIDE = ("randomly", "html", "metadata", "anyio", "asyncio")
_LOADED = {
    "anyio": ("anyio",),
    "pytest-asyncio": ("asyncio",),
    "pytest-html": ("html", "metadata"),
    "pytest-randomly": ("randomly",),
}
_ANYIO = "@pytest.mark.anyio"
_REFUSAL = re.compile(r"^!+ (?:_pytest\.outcomes\.)?Exit: (?P<sentence>.*?) !+$", re.MULTILINE)
_NAMES = ("OWN-1-credits", "OWN-1-owes", "OWN-2-awaits", "OWN-2-recovers", "OWN-2-waits")
_CASES = {
    "test_first.py": """
        from stsbench import Accept, requirement

        @requirement("OWN-1-credits")
        def test_credits(meter, tokens):
            before = meter.credit()
            assert meter.enter(tokens.credit(kwh="0.1")).result is Accept
            assert meter.credit() == before + 1

        @requirement("OWN-1-owes")
        def test_owes(meter):
            assert meter.credit() < 0, "the meter owes nothing"
        """,
    "test_second.py": """
        import time
        from pathlib import Path
        import pytest
        from stsbench import requirement

        @requirement("OWN-2-awaits")
        {mark}
        {function} test_awaits():
            assert 1 == 2

        @requirement("OWN-2-recovers")
        def test_recovers():
            seen = Path("seen")
            seen.touch() if seen.exists() else (seen.touch(), 1 / 0)

        @requirement("OWN-2-waits")
        def test_waits():
            time.sleep({seconds})
        """,
}


@dataclass(frozen=True)
class Row:
    """A line of the table: who offers it, what is said, what it does here, and how its campaign is set up.

    awaits: the mark of the case that is then a coroutine. hangs: whether a case waits for an hour. again: whether
    a run went before. alone: options of the interpreter of its own that it needs. options: those of pytest, where
    they are not the words.
    """

    plugin: str
    words: str
    kind: str
    does: str
    awaits: str | None = None
    hangs: bool = False
    again: bool = False
    alone: Sequence[str] | None = None
    options: str | None = None


ROWS = [
    Row("pytest", "-x", "works", "the cases after the first failure are NOT_TESTED"),
    Row("pytest", "--lf", "works", "what passed before is NOT_TESTED", again=True),
    Row("pytest", "-k owes", "works", "the other cases are NOT_TESTED"),
    Row("pytest", "--assert=plain", "refused", ""),
    Row("pytest", "-p no:cacheprovider", "changes nothing", ""),
    Row("Python", "-O", "refused", "", alone=("-O",), options=""),
    Row("Python", "PYTHONDONTWRITEBYTECODE=1", "changes nothing", "", alone=("-B",), options=""),
    Row("pytest-xdist", "-n 1", "refused", "", alone=()),
    Row("pytest-xdist", "-n 0", "changes nothing", ""),
    Row("pytest-rerunfailures", "--reruns 2", "works", "a case runs again after an ERROR only; attempts are kept"),
    Row("pytest-rerunfailures", "--reruns 2 --fail-on-flaky", "refused", ""),
    Row("pytest-timeout", "--timeout=5", "works", "a case that takes longer is an ERROR, no FAIL", hangs=True),
    Row("pytest-timeout", "--timeout=60 --timeout-method=thread", "refused", ""),
    Row(
        "pytest-randomly", "--randomly-seed=1", "changes nothing", "our order stays; `--sts-shuffle SEED` is ours"
    ),
    Row("pytest-repeat", "--count=2", "works", "each repeat is a case; the worst verdict counts"),
    Row(
        "pytest-html", "--html=report.html", "changes nothing", "its page shows the verdicts as pytest's outcomes"
    ),
    Row("allure-pytest", "--alluredir=allure", "changes nothing", "its results carry our verdicts"),
    Row("anyio", _ANYIO, "changes nothing", "a case may be a coroutine", awaits=_ANYIO, options=""),
    Row("pytest-asyncio", "--asyncio-mode=auto", "changes nothing", "a case may be a coroutine", awaits=""),
    Row("none of these", "async def", "works", "a coroutine that nothing runs is an ERROR", awaits="", options=""),
]


@dataclass(frozen=True)
class Outcome:
    """What a campaign came to: its exit code, its record, and what pytest printed."""

    code: int
    record: dict[str, Any]
    text: str

    @property
    def verdicts(self) -> dict[str, tuple[str, str]]:
        """The verdict and the reason of each requirement."""
        clauses = self.record.get("clauses", [])
        return {one["id"]: (one["verdict"], one["reason"]) for each in clauses for one in each["requirements"]}

    @property
    def cases(self) -> list[tuple[str, str]]:
        """The cases that ran, in their order, with the verdict."""
        return [(re.sub(r"\[asyncio\]$", "", one["id"]), one["verdict"]) for one in self.record.get("cases", [])]


def write(folder: Path, row: Row | None) -> None:
    """Write the campaign of a row into a folder."""
    awaits = row.awaits if row else None
    values = {"mark": awaits or "", "function": "def" if awaits is None else "async def"}
    values["seconds"] = "3600" if row and row.hangs else "0"
    entries = [REQUIREMENT.format(id=name, clause=name[4]) for name in _NAMES]
    (folder / "own.toml").write_text(REGISTER + "".join(entries), "utf-8")
    (folder / "conftest.py").write_text(CONFTEST, "utf-8")
    for name, text in _CASES.items():
        (folder / name).write_text(dedent(text).format(**values), "utf-8")


def words_of(row: Row | None) -> list[str]:
    """Return the command line of a row, with no other plugin than the one that it is about."""
    kept = _LOADED.get(row.plugin, ()) if row else ()
    without = [word for name in _BESIDE if name not in kept for word in ("-p", f"no:{name}")]
    options = "" if row is None else row.words if row.options is None else row.options
    return [*without, *options.split()]


def run(row: Row | None) -> Outcome:
    """Run the campaign of a row in this process, which is good for nothing else afterwards."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, row)
        os.environ.pop("PYTEST_ADDOPTS", None)
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
        os.environ["XDG_STATE_HOME"] = os.environ["LOCALAPPDATA"] = str(folder / "state")
        os.chdir(folder)
        if row and row.again:
            _pytest(folder, ["--sts-out=before", *words_of(None)], None)
            (folder / "seen").unlink()
        code = _pytest(folder, ["--sts-out=runs", *words_of(row)], row.alone if row else None)
        return _outcome(folder, code)


def outcomes(rows: Sequence[Row | None], jobs: int) -> Iterator[Outcome]:
    """Run the campaigns of rows, each in a process of its own."""
    with campaign_processes(jobs, preload=PLUGINS) as pool:
        yield from pool.imap(run, rows)


def effect(plain: Outcome, found: Outcome) -> tuple[str, str]:
    """Return what a row does to a campaign, and the sentence in which it says so."""
    if not found.record:
        sentences = list(dict.fromkeys(_REFUSAL.findall(found.text)))
        is_refused = found.code == ExitCode.USAGE and len(sentences) == 1
        return ("refused", sentences[0]) if is_refused else ("silent", found.text)
    if found.code != found.record["summary"]["exit_code"]:
        return "silent", f"the exit code is {found.code}"
    if (found.code, found.verdicts, found.cases) == (plain.code, plain.verdicts, plain.cases):
        return "changes nothing", ""
    return ("works", _told(plain, found)) if _told(plain, found) else ("silent", f"{found.verdicts} {found.cases}")


def table(rows: Sequence[Row], effects: Sequence[tuple[str, str]]) -> str:
    """Return the table of the page."""
    lines = ["| Of | Said | What happens | In words |", "|---|---|---|---|"]
    for row, (kind, sentence) in zip(rows, effects, strict=True):
        words = "; ".join(filter(None, (row.does, f"*{sentence}*" if sentence else ""))) or "-"
        lines.append(f"| {row.plugin} | `{row.words}` | {kind} | {words} |")
    return "\n".join(lines)


def main() -> int:
    """Run every row, write the table into the page, and name what is not as it should be; return the exit code."""
    effects, wrong = [], 0
    running = outcomes([None, *ROWS], os.cpu_count() or 1)
    plain = next(running)
    for row, found in zip(ROWS, running, strict=True):
        kind, sentence = effect(plain, found)
        effects.append((kind, sentence))
        wrong += kind != row.kind
        remark = "" if kind == row.kind else f", and not {row.kind}: {sentence}"
        print(f"{row.plugin} {row.words}: {kind}{remark}", flush=True)  # noqa: T201 - a proof speaks
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(ROWS, effects)}\n\n{END}{rest.partition(END)[2]}", "utf-8")
    return 1 if wrong else 0


def _told(plain: Outcome, found: Outcome) -> str:
    """Return what a campaign says of each thing that is not as in the plain one; "" if it hides one."""
    said: dict[str, None] = {}
    repeated = {re.sub(r"\[\d+-\d+\]$", "", name) for name, _ in found.cases if name.endswith("]")}
    attempts = {one["id"]: one["attempts"] for one in found.record["cases"]}
    for name, (verdict, reason) in found.verdicts.items():
        if (verdict, reason) == plain.verdicts[name]:
            continue
        case = next((one for one in attempts if one.endswith(f"test_{name.rpartition('-')[2]}")), "")
        if verdict == "NOT_TESTED" and reason.startswith("left out by "):
            said[reason] = None
        elif verdict == "ERROR" and "ended the case, which says nothing of the meter" in reason:
            said[reason.splitlines()[0]] = None
        elif attempts.get(case) and plain.verdicts[name][0] == "ERROR":
            said["attempt 1 was an ERROR, and the case ran again"] = None
        elif not repeated:
            return ""
    if repeated:
        said[f"{len(found.cases)} cases"] = None
    return "; ".join(said)


def _pytest(folder: Path, words: Sequence[str], alone: Sequence[str] | None) -> int:
    out = folder / "out.txt"
    with out.open("w", encoding="utf-8") as file:
        if alone is not None:
            command = [sys.executable, *alone, "-m", "pytest", *words]
            return subprocess.run(command, stdout=file, stderr=file, check=False).returncode  # noqa: S603 our words
        sys.stdout.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        return int(pytest.main([*words]))


def _outcome(folder: Path, code: int) -> Outcome:
    record = next(iter(folder.glob("runs/*/record.json")), None)
    text = (folder / "out.txt").read_text("utf-8")
    return Outcome(code, json.loads(record.read_text("utf-8")) if record else {}, text)


if __name__ == "__main__":
    raise SystemExit(main())
