"""Make the plan of a campaign from the journal of its rehearsal: what it takes, and what it does not reach."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sts_fixtures.declaration.declared_meter import DeclaredMeter
from sts_fixtures.register import Register, Requirement
from sts_fixtures.register.selection import is_selected, reason_not_applicable, spoiling
from sts_reports.costs import Cost, CostCounter
from sts_reports.journal import JOURNAL, read_journal
from sts_reports.record import CaseRecord, Record, load_record
from sts_reports.verdict import Verdict
from sts_rigs.actions import Action

__all__ = ["Finding", "Plan", "PlannedCase", "Stretch", "make_plan"]

Json = dict[str, Any]

_REACHED = (Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR)
_NOT_PASSED = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR)
_ANY_VALUE = "..."
_WORDS_OF: Mapping[str, str] = {action.line: action.request(_ANY_VALUE) for action in Action}


@dataclass(frozen=True, slots=True)
class Finding:
    """A requirement that a campaign does not reach, or that its rehearsal did not pass, with the cause.

    status: of the requirement in the register.
    """

    requirement: str
    status: str
    verdict: Verdict
    cause: str


@dataclass(frozen=True, slots=True)
class PlannedCase:
    """A case in its place: the clause that it is of, and what it takes."""

    id: str
    title: str
    requirements: tuple[str, ...]
    clause: str
    clause_title: str
    cost: Cost

    def as_json(self) -> Json:
        """Return it for scripts; at: seconds since the run began."""
        facts = asdict(self)
        return {**facts, "cost": self.cost.as_json(), "at": round(self.cost.at, 6)}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Cases of one clause that run one after the other, and what they take together."""

    clause: str
    clause_title: str
    cases: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign takes, in the order of its cases.

    record: of the rehearsal; requirements: how many are reached; seconds_per_prompt: assumed for each prompt;
    spoiling: the requirements whose cases may spoil the sample for good.
    """

    record: Record
    cases: tuple[PlannedCase, ...]
    total: Cost
    seconds_per_prompt: float
    requirements: int
    not_reached: tuple[Finding, ...]
    not_passed: tuple[Finding, ...]
    spoiling: tuple[str, ...]

    @property
    def rungs(self) -> list[str]:
        """What is proven before the first case."""
        return [rung["rung"] for rung in self.record["ladder"] if rung["state"] != "not needed"]

    @property
    def prompts(self) -> int:
        """How often the operator is asked for something."""
        return self.total.prompts.total()

    @property
    def operator_seconds(self) -> float:
        """What the prompts are assumed to take."""
        return self.prompts * self.seconds_per_prompt

    @property
    def seconds(self) -> float:
        """The whole time: that of the bench, and that of the operator."""
        return self.total.seconds + self.operator_seconds

    def words_of(self, what: str) -> str:
        """Return what a prompt asks for, with dots for what differs from one to the next."""
        return _WORDS_OF[what]

    def stretches(self) -> list[Stretch]:
        """Return the order clause by clause; where it is random, the clauses in the order of their first cases."""
        cases = list(self.cases)
        if "shuffle" in self.record["selection"]:
            first = {case.clause: case.cost.at for case in reversed(cases)}
            cases.sort(key=lambda case: first[case.clause])
        return [_stretch(list(members)) for _, members in groupby(cases, key=lambda case: case.clause)]

    def as_json(self) -> Json:
        """Return it for scripts; times in seconds."""
        return {
            "format": 1,
            "bench": self.record["bench"]["name"],
            "meter": self.record["meter"]["model"],
            "seed": self.record["bench"]["seed"],
            "selection": self.record["selection"],
            "time": {
                "bench": round(self.total.seconds, 6),
                "operator": self.operator_seconds,
                "per_prompt_assumed": self.seconds_per_prompt,
                "total": round(self.seconds, 6),
            },
            "cost": self.total.as_json(),
            "requirements": self.requirements,
            "ladder": self.rungs,
            "cases": [case.as_json() for case in self.cases],
            "prompts": [
                {"what": what, "asks": self.words_of(what), "count": count}
                for what, count in self.total.prompts.items()
            ],
            "not_reached": [asdict(finding) for finding in self.not_reached],
            "not_passed": [asdict(finding) for finding in self.not_passed],
            "spoiling": list(self.spoiling),
        }


class _Causes:
    """Tells why a requirement is not reached, or not passed; verdicts: of the rehearsal, with their reasons."""

    def __init__(
        self, register: Register, verdicts: Mapping[str, tuple[Verdict, str]], meter: DeclaredMeter
    ) -> None:
        self._register = register
        self._verdicts = verdicts
        self._meter = meter

    def of(self, requirement: Requirement) -> Finding | None:
        """Return the cause, None where the requirement is reached and passed."""
        verdict, cause = self._verdict_of(requirement)
        return None if verdict is Verdict.PASS else Finding(requirement.id, requirement.status, verdict, cause)

    def _verdict_of(self, requirement: Requirement) -> tuple[Verdict, str]:
        found = self._verdicts.get(requirement.id, (Verdict.NOT_TESTED, "not selected"))
        if requirement.status == "tested" or found[0] in _REACHED:
            return found
        if reason := reason_not_applicable(requirement, self._meter):
            return Verdict.NOT_APPLICABLE, reason
        if requirement.status != "implied":
            return Verdict.NOT_TESTED, f"{requirement.status}: {requirement.because}"
        for name in filter(self._register.__contains__, requirement.implied_by):
            verdict, cause = self._verdict_of(self._register[name])
            if verdict not in _REACHED:
                return verdict, f"implied by {name}: {cause}"
        return Verdict.PASS, ""


def make_plan(
    folder: Path, register: Register, meter: DeclaredMeter, only: tuple[str, ...], seconds_per_prompt: float
) -> Plan:
    """Return the plan that the folder of a rehearsal shows."""
    record = load_record(folder)
    counter = CostCounter()
    for event in read_journal(folder / JOURNAL):
        counter.take(event)
    verdicts = {
        requirement["id"]: (requirement["verdict"], requirement["reason"])
        for clause in record["clauses"]
        for requirement in clause["requirements"]
    }
    cases = tuple(_planned(case, register, counter.cases[case["id"]]) for case in record["cases"])
    causes = _Causes(register, verdicts, meter)
    wanted = [requirement for requirement in register if is_selected(requirement, only)]
    findings = [finding for one in wanted if (finding := causes.of(one)) is not None]
    return Plan(
        record=record,
        cases=cases,
        total=counter.total,
        seconds_per_prompt=seconds_per_prompt,
        requirements=sum(verdict in _REACHED for verdict, _ in verdicts.values()),
        not_reached=tuple(finding for finding in findings if finding.verdict not in _NOT_PASSED),
        not_passed=tuple(finding for finding in findings if finding.verdict in _NOT_PASSED),
        spoiling=tuple(spoiling((register[name] for case in cases for name in case.requirements), meter)),
    )


def _planned(case: CaseRecord, register: Register, cost: Cost) -> PlannedCase:
    first = register[case["requirements"][0]]
    clause = f"{first.id.partition('-')[0]} {first.clause}"
    return PlannedCase(case["id"], case["title"], tuple(case["requirements"]), clause, first.clause_title, cost)


def _stretch(cases: list[PlannedCase]) -> Stretch:
    cost = Cost(cases[0].cost.at)
    for case in cases:
        cost.add(case.cost)
    return Stretch(cases[0].clause, cases[0].clause_title, len(cases), cost)
