"""The tables of a plan: what it takes, its order, what the operator is asked, and what is not reached."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sts_fixtures.declaration.consistency import Conflict
from sts_fixtures.register import STATUSES
from sts_reports.verdict import Verdict
from stsbench.cli.plan.content import Finding, Plan

__all__ = ["print_plan"]

_STYLES = {Verdict.NOT_APPLICABLE: "dim", Verdict.NOT_TESTED: "yellow", Verdict.INCONCLUSIVE: "yellow"}
_RANK = (
    Verdict.ERROR,
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_APPLICABLE,
    Verdict.NOT_TESTED,
)
_UNTESTED = {
    status: f"{status} in the register: see stsbench clauses --status '{status}'"
    for status in STATUSES
    if status not in ("tested", "implied")
}
_WIDTHS = {"begins": 7, "lasts": 7, "cases": 5, "TIDs": 4, "keys": 4, "cuts": 4, "asks": 4}
_SPOILED = "the campaign may spoil it for good"
_NOT_OF_THE_OPERATOR = "the simulated bench, or devices of the rig, do all that has to be done to the meter"


def print_plan(console: Console, plan: Plan, conflicts: Sequence[Conflict]) -> None:
    """Print it all; conflicts: what the declaration contradicts itself in."""
    console.print(_summary(plan))
    console.print()
    console.print(_order(plan))
    console.print()
    console.print(_prompts(plan))
    for title, findings in (
        ("Not reached", plan.not_reached),
        ("The rehearsal could not pass", plan.not_passed),
    ):
        if findings:
            _print_causes(console, title, findings)
    _print_conflicts(console, plan, conflicts)


def _summary(plan: Plan) -> Table:
    record, total = plan.record, plan.total
    table = _table(f"Plan for meter {record['meter']['model']} on bench '{record['bench']['name']}'", header=False)
    table.add_column("", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", overflow="fold", style="dim")
    done = {what: count for what, count in total.actions.items() if not what.startswith("power")}
    given, entered = total.identifiers, total.tokens
    rows = (
        (
            "before the first case",
            f"{len(plan.rungs)} rungs",
            f"{', '.join(plan.rungs)}: each is proven by what it takes",
        ),
        ("cases", len(plan.cases), f"they reach {plan.requirements} requirements"),
        ("time of the bench", _time(total.seconds), "as simulated"),
        ("time of the operator", _time(plan.operator_seconds), f"assumed: {plan.seconds_per_prompt:g} s a prompt"),
        ("time in all", _time(plan.seconds), "and what instruments take to hand over recordings"),
        ("TIDs consumed", given.total(), _listed(given)),
        ("tokens entered", entered.total(), _listed(_parts_as_one(entered))),
        ("key changes", total.key_changes, f"{total.roll_overs} of them with roll-over (RO)"),
        ("power cuts", total.power_cuts, ""),
        ("other actions", sum(done.values()), _listed(done)),
        ("recordings", total.recordings, ""),
        ("prompts", plan.prompts, "below" if plan.prompts else _NOT_OF_THE_OPERATOR),
        *([("sample", "expendable", f"{_SPOILED}: {', '.join(plan.spoiling)}")] if plan.spoiling else []),
    )
    for name, value, more in rows:
        table.add_row(name, str(value), escape(more))
    return table


def _order(plan: Plan) -> Table:
    shuffle = plan.record["selection"].get("shuffle")
    how = f"random, seed {shuffle}; a clause by its first case" if shuffle else "clause by clause"
    table = _table(f"Order: {how}")
    for column, width in _WIDTHS.items():
        table.add_column(column, justify="right", width=width)
    table.add_column("clause", overflow="fold")
    for stretch in plan.stretches():
        cost = stretch.cost
        counts = (cost.identifiers.total(), cost.key_changes, cost.power_cuts, cost.prompts.total())
        table.add_row(
            _time(cost.at),
            _time(cost.seconds),
            str(stretch.cases),
            *(str(count) if count else "[dim].[/]" for count in counts),
            escape(f"{stretch.clause} {stretch.clause_title}"),
        )
    return table


def _prompts(plan: Plan) -> Table:
    title = "What the operator is asked" if plan.prompts else "The operator is asked for nothing"
    table = _table(title, header=False)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for what, count in plan.total.prompts.items():
        table.add_row(f"{count} x", escape(plan.words_of(what)))
    return table


def _print_causes(console: Console, title: str, findings: Sequence[Finding]) -> None:
    console.print()
    counted = "1 requirement" if len(findings) == 1 else f"{len(findings)} requirements"
    console.print(f"[bold]{escape(title)}: {counted}[/]", highlight=False)
    for (verdict, cause), ids in sorted(_by_cause(findings).items(), key=_rank):
        style = _STYLES.get(verdict, "bold red")
        console.print(f"[{style}]{verdict}[/] {escape(cause)}", highlight=False)
        console.print(Padding(Text(" ".join(ids), style="dim"), (0, 0, 0, 4)))


def _by_cause(findings: Iterable[Finding]) -> dict[tuple[Verdict, str], list[str]]:
    """Return each cause once with its requirements; of what the register says to be untested, only that."""
    causes: dict[tuple[Verdict, str], list[str]] = {}
    for finding in findings:
        is_told_by_register = finding.status in _UNTESTED and finding.verdict is Verdict.NOT_TESTED
        cause = _UNTESTED[finding.status] if is_told_by_register else finding.cause
        causes.setdefault((finding.verdict, cause), []).append(finding.requirement)
    return causes


def _rank(item: tuple[tuple[Verdict, str], list[str]]) -> tuple[int, bool]:
    """Return the place of a cause: what the register says of any meter comes last."""
    (verdict, cause), _ = item
    return _RANK.index(verdict), cause in _UNTESTED.values()


def _print_conflicts(console: Console, plan: Plan, conflicts: Sequence[Conflict]) -> None:
    if plan.not_passed and not conflicts:
        console.print()
        console.print("The declaration does not contradict itself: see the causes above.", highlight=False)
    if conflicts:
        console.print()
        console.print("[bold]What the declaration says against itself[/]", highlight=False)
    for conflict in conflicts:
        console.print(f"[yellow]{escape(str(conflict))}[/]", highlight=False)


def _table(title: str, *, header: bool = True) -> Table:
    return Table(
        box=None,
        pad_edge=False,
        show_header=header,
        header_style="dim",
        title=escape(title),
        title_justify="left",
        title_style="bold",
    )


def _parts_as_one(tokens: Counter[str]) -> Counter[str]:
    """Return tokens by kind, with the parts of key changes as one kind."""
    as_one: Counter[str] = Counter()
    for name, count in tokens.items():
        as_one["parts of key changes" if name.endswith("SectionDecoderKey") else name] += count
    return as_one


def _listed(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counted.items(), key=lambda item: -item[1]))


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
