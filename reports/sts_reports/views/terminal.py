"""The run in the terminal: progress while it goes on, then the clause table."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from sts_reports.record import ClauseRecord, LeftOutSection, Record, RequirementRecord, RungSection, Step
from sts_reports.verdict import Verdict

__all__ = ["LiveProgress", "print_record"]

_STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.ERROR: "bold magenta",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NOT_TESTED: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
}
_COLUMNS = (
    Verdict.PASS,
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_APPLICABLE,
    Verdict.NOT_TESTED,
    Verdict.ERROR,
)
_WIDE = 110
_BAR = 24
_LONGEST = 68
_BESIDE = 24  # what stands beside the case and the bar: how many of how many, and the time left
_NO_NUMBER = "?"
_ONCE = (Verdict.INCONCLUSIVE, Verdict.NOT_TESTED)
_RUNGS = {"proven": "green", "broken": "bold red", "not proven": "yellow", "not needed": "dim"}
_TOLD = (Verdict.ERROR, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_TESTED)


class LiveProgress:
    """The line that moves while cases run, with the time left; verdicts other than PASS stay on the screen.

    Where the output is no terminal, nothing moves, and each case has a line: whoever waits sees that it goes on.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = _BAR if console.width >= _WIDE else _BAR // 3
        self._causes: set[str] = set()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=self._bar),
            MofNCompleteColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)
        self._total = self._done = 0

    def begin(self, total: int) -> None:
        """Start the line. total: how many cases are to run."""
        self._total = total
        if self._console.is_terminal:
            self._progress.update(self._task, total=total)
            self._progress.start()

    def case(self, title: str, clause: str) -> None:
        """Display the case that runs."""
        text = Text(f"{clause}  {title}")
        room = self._console.width - self._bar - _BESIDE
        text.truncate(max(0, min(_LONGEST, room)), overflow="ellipsis")
        self._progress.update(self._task, description=escape(text.plain))

    def verdict(self, title: str, clause: str, verdict: Verdict, reason: str, *, conditional: bool) -> None:
        """Count a case that ended, and print its verdict if it is none to pass over.

        What many cases are not tested for is printed once.
        """
        if not self._console.is_terminal:
            self._done += 1
            word = f"{verdict}{'*' if conditional else ''}"
            line = f"{self._done}/{self._total} {word:<14} {clause}  {title}"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)
            return
        is_repeated = verdict in _ONCE and reason in self._causes
        self._causes.add(reason)
        if verdict in _TOLD and not is_repeated:
            style, word = _STYLES[verdict], f"{verdict}{'*' if conditional else ''}"
            self._progress.print(f"[{style}]{word:<12}[/] {escape(f'{clause}  {title}')}", highlight=False)
        self.advance()

    def tell(self, text: str) -> None:
        """Print a sentence that is to be seen at once."""
        self._progress.print(
            f"[yellow]{escape(text)}[/]", highlight=False, soft_wrap=not self._console.is_terminal
        )

    def advance(self) -> None:
        """Count a case that ended, without a word."""
        self._progress.advance(self._task)

    def pause(self) -> None:
        """Hide the line until `resume`."""
        if self._console.is_terminal:
            self._progress.stop()

    def resume(self) -> None:
        """Display the line again."""
        if self._console.is_terminal:
            self._progress.start()

    def end(self) -> None:
        """Remove the line."""
        if self._console.is_terminal:
            self._progress.stop()


def print_record(console: Console, record: Record) -> None:
    """Print the clause table, what did not pass and why, and the conclusion."""
    for table in _clause_tables(record, is_wide=console.width >= _WIDE):
        console.print(table)
    _print_findings(console, record)
    _print_reasons(console, record)
    _print_ladder(console, record["ladder"])
    for remark in record["remarks"]:
        console.print(f"[yellow]{escape(remark)}[/]")
    if record["run"]["interrupted"]:
        console.print("[yellow]The run was interrupted; what was not reached is not tested.[/]")
    summary = record["summary"]
    for left in record["selection"]["left_out"]:
        console.print(f"Left out by {escape(left['by'])}: {_amounts(left)}.", highlight=False, soft_wrap=True)
    if not all(clause["numbered"] for clause in record["clauses"]):
        console.print(f"{_NO_NUMBER}: nobody has confirmed the number of this clause.", style="dim")
    if summary["open"]:
        console.print(
            f"{summary['open']} requirements are to be answered by inspection of documents, and decide nothing "
            "here: `stsbench inspect` writes the form, `stsbench run --inspection` reads it.",
            style="dim",
            highlight=False,
        )
    if summary["conditional"]:
        console.print(
            f"* {summary['conditional']} of {summary['requirements']} verdicts are conditional (P*, F*): a value "
            "lies inside the guard band, where the rule decides nevertheless.",
            style="yellow",
            highlight=False,
        )
    if summary["provisional"]:
        console.print(
            f"{summary['provisional']} of {summary['requirements']} verdicts are provisional: they rest on values "
            "or sentences that nobody has confirmed in the standard yet.",
            style="dim",
        )
    for reason, ids in _freed(record).items():
        console.print(f"Not judged: {' '.join(ids)}, {reason}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"[dim]{escape(record['notice'])}[/]")
    is_green = summary["exit_code"] == 0 and summary["partial"] is None
    style = {0: "bold green" if is_green else "bold yellow", 1: "bold red", 4: "bold magenta"}.get(
        summary["exit_code"], "bold yellow"
    )
    console.print(f"[{style}]{escape(summary['conclusion'])}[/]", highlight=False)


def _clause_tables(record: Record, *, is_wide: bool) -> Iterator[Table]:
    shown = [clause for clause in record["clauses"] if not all(map(_is_untouched, clause["requirements"]))]
    for standard, clauses in groupby(shown, key=lambda clause: str(clause["standard"])):
        table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left", title_style="bold")
        table.title = escape(f"{standard}:{record['editions'][standard]}")
        table.add_column("", width=8, no_wrap=True)
        table.add_column("", width=33, overflow="ellipsis", no_wrap=True)
        for verdict in _COLUMNS:
            table.add_column(verdict.letter, justify="right", width=3)
        table.add_column("", no_wrap=True, overflow="ellipsis", min_width=5)
        for clause in clauses:
            style = _STYLES[Verdict(clause["verdict"])]
            marked = clause["conditional_counts"]
            table.add_row(
                f"  [{style}]{clause['clause'] if clause['numbered'] else _NO_NUMBER}[/]",
                escape(clause["title"]),
                *(_count(clause["counts"][verdict], verdict, marked[verdict]) for verdict in _COLUMNS),
                f"[dim]{escape(_provisional(clause, is_wide=is_wide))}[/]",
            )
        yield table


def _is_untouched(requirement: RequirementRecord) -> bool:
    return bool(requirement["left_out"]) and not requirement["cases"]


def _amounts(left: LeftOutSection) -> str:
    counts = ((len(left["cases"]), "cases"), (len(left["requirements"]), "requirements"))
    return " and ".join(f"{count} {what}" for count, what in counts if count)


def _count(number: int, verdict: Verdict, conditional: int) -> str:
    return f"[{_STYLES[verdict]}]{number}{'*' if conditional else ''}[/]" if number else "[dim].[/]"


def _provisional(clause: ClauseRecord, *, is_wide: bool) -> str:
    names = clause["provisional"]
    if not names or not is_wide:
        return "prov." if names else ""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"provisional: {names[0]}{more}"


def _print_ladder(console: Console, ladder: Sequence[RungSection]) -> None:
    """Print what a bench was seen to be before the first case, rung by rung."""
    for rung in ladder:
        remedy = f": {rung['remedy']}" if rung["remedy"] else ""
        console.print(
            f"[{_RUNGS[rung['state']]}]{rung['rung']:<9}{rung['state']:<11}[/] {escape(rung['what'] + remedy)}",
            highlight=False,
            soft_wrap=True,
        )


def _print_findings(console: Console, record: Record) -> None:
    """Print what was found of requirements besides what cases asked."""
    titles = {case["id"]: case["title"] for case in record["cases"]}
    for finding in record["findings"]:
        verdict = Verdict(finding["verdict"])
        if verdict in _TOLD:
            during = f" while {titles[finding['case']]!r} ran" if finding["case"] else ""
            heading = f"[{_STYLES[verdict]}]{verdict} {finding['requirement']}[/]"
            console.print(f"\n{heading}  seen by the {finding['by']}{escape(during)}", highlight=False)
            console.print(f"  {escape(finding['reason'])}", highlight=False, soft_wrap=True)


def _print_reasons(console: Console, record: Record) -> None:
    alike = Counter((case["verdict"], case["reason"]) for case in record["cases"])
    told: set[str] = set()
    for case in record["cases"]:
        verdict = Verdict(case["verdict"])
        if verdict not in _TOLD or (verdict in _ONCE and case["reason"] in told):
            continue
        told.add(case["reason"])
        console.print()
        heading = f"{verdict}{'*' if case['conditional'] else ''} {' '.join(case['requirements'])}"
        others = alike[case["verdict"], case["reason"]] - 1 if verdict in _ONCE else 0
        more = f" and {others} more" if others else ""
        console.print(f"[{_STYLES[verdict]}]{escape(heading)}[/]  {escape(case['title'])}{more}", highlight=False)
        console.print(f"  {escape(case['reason'])}", highlight=False, soft_wrap=True)
        if verdict is Verdict.FAIL:
            for step in case["steps"][-4:]:
                console.print(f"    {escape(_step(step))}", style="dim", highlight=False, soft_wrap=True)
            console.print(f"  again: {escape(case['again'])}", highlight=False, soft_wrap=True)
    for (verdict, reason), ids in _inspected(record).items():
        told.add(reason)
        console.print()
        console.print(f"[{_STYLES[verdict]}]{verdict}[/] {escape(' '.join(ids))}", highlight=False)
        console.print(f"  {escape(reason)}", highlight=False, soft_wrap=True)
    if told:
        console.print()


def _inspected(record: Record) -> dict[tuple[Verdict, str], list[str]]:
    """Return what an inspection did not find in order, by verdict and reason."""
    found: dict[tuple[Verdict, str], list[str]] = {}
    for clause in record["clauses"]:
        for one in clause["requirements"]:
            if one["by_inspection"] and one["decides"] and not one["cases"] and one["verdict"] in _TOLD:
                found.setdefault((Verdict(one["verdict"]), one["reason"]), []).append(one["id"])
    return found


def _freed(record: Record) -> dict[str, list[str]]:
    """Return the ids of requirements that a lab's overlay freed, by the reason."""
    found: dict[str, list[str]] = {}
    for clause in record["clauses"]:
        for one in clause["requirements"]:
            if one["freed"]:
                found.setdefault(one["freed"], []).append(one["id"])
    return found


def _step(step: Step) -> str:
    match step["kind"]:
        case "exchange":
            return f"{step['at'] / 1e9:9.3f} s  {step['command']} -> {step['answer']}"
        case "token":
            return f"{step['at'] / 1e9:9.3f} s  token {step['digits']} ({step['what']}) -> {step['result']}"
        case "action":
            return f"{step['at'] / 1e9:9.3f} s  {step['what']} {step['seen']}"
        case "measurement":
            return step["reason"]
        case "recording":
            return f"{step['at'] / 1e9:9.3f} s  recorded in {step['file']}"
