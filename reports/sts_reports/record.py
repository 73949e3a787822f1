"""The record of a run, made from its journal; every view is made from the record, and decides nothing."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NotRequired, TypeAlias

from pydantic import Field, JsonValue, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from sts62055.carrier.characters import describe
from sts62055.untrusted import Refused, read_file
from sts_reports.costs import CostCounter, CostSection
from sts_reports.events import (
    EVENT_ADAPTER,
    FORMAT,
    ActionDone,
    AttemptEnded,
    CaseBegan,
    CaseJudged,
    Event,
    ExchangeDone,
    FaultFound,
    FindingMade,
    InspectionTaken,
    InstrumentsFound,
    MeasurementTaken,
    PartLeftOut,
    PlanMade,
    PlannedCase,
    RecordingKept,
    Remark,
    RunEnded,
    Rung,
    RungClimbed,
    RungState,
    RunStarted,
    TokenEntered,
    TraitFound,
)
from sts_reports.exit_code import ExitCode, exit_code
from sts_reports.journal import JOURNAL, read_events_since, read_journal
from sts_reports.verdict import Verdict, worst
from sts_reports.whole_files import write_whole

__all__ = [
    "NOTICE",
    "RECORD",
    "RECORD_ADAPTER",
    "CaseRecord",
    "ClauseRecord",
    "FindingSection",
    "LeftOutSection",
    "MeasurementStep",
    "Record",
    "RecordingStep",
    "RequirementRecord",
    "RungSection",
    "Step",
    "UnreadableRecord",
    "build_record",
    "load_record",
    "steps_since",
    "write_record",
]

NOTICE = (
    "Pre-certification test results. This is no certificate, and no statement of the STS Association or the IEC."
)

_LARGEST: Final = 256 << 20

RECORD: Final = "record.json"
"""The name of the file in the folder of a run."""

_INFORMATIVE = "informative"
_NOT_REACHED = "the run ended before it"


class RunSection(TypedDict):
    """Which run it is; finished: None for one that was cut off."""

    id: str
    started: str
    finished: str | None
    interrupted: bool


class ProductSection(TypedDict):
    """What made the run."""

    name: str
    version: str
    python: str


class BenchSection(TypedDict):
    """The bench; uncertainty_ms: U (k = 2) of a time by the clock of the port."""

    name: str
    port: str
    parity: str
    interface: str
    clock: str
    uncertainty_ms: float | None
    uncertainty_source: str
    seed: int | None
    defect: str | None
    built_as: str | None


class MeterSection(TypedDict):
    """The device under test."""

    maker: str
    model: str
    serial: str
    firmware: str
    pan: str
    supply_group_code: str
    key_type: str
    tariff_index: str
    key_revision_number: int
    key_expiry_number: int
    base_date: int
    encryption_algorithm: int
    decoder_key_check_value: str


class ConfirmationSection(TypedDict):
    """Who says something of a value or requirement, and where."""

    by: str
    document: str
    edition: str
    clause: str


class OverlayEntrySection(TypedDict):
    """A value of the profile that a lab changed, confirmed or freed."""

    name: str
    old: JsonValue
    new: JsonValue
    old_provenance: str
    note: str
    confirmed: ConfirmationSection | None
    freed: str


class OverlayRulingSection(TypedDict):
    """A requirement that a lab confirmed or freed."""

    id: str
    confirmed: ConfirmationSection
    freed: str
    note: str


class OverlaySection(TypedDict):
    """What a lab says of values of the profile and of requirements."""

    file: str
    entries: list[OverlayEntrySection]
    requirements: list[OverlayRulingSection]


class MappingSection(TypedDict):
    """The file that says what a lab's own test specification calls the requirements."""

    file: str
    sha256: str
    specification: str


class LeftOutSection(TypedDict):
    """What one option, path or plugin left out: cases by their ids, where they are known, and requirements."""

    by: str
    cases: list[str]
    requirements: list[str]


class SelectionSection(TypedDict):
    """What was selected, and what was left out of a whole run; shuffle: the seed of a random order, if any."""

    only: list[str]
    shuffle: NotRequired[int]
    left_out: list[LeftOutSection]


class SimulatedSection(TypedDict):
    """What a simulated bench stood for."""

    line_seconds: float
    characters: int


class InstrumentSection(TypedDict):
    """An instrument of the bench; problems: what speaks against its calibration."""

    name: str
    driver: str
    maker: str
    model: str
    serial: str
    firmware: str
    calibration: str | None
    problems: list[str]


class InspectionSection(TypedDict):
    """The file of answers by inspection, None for none."""

    file: str | None
    sha256: str | None


class FaultSection(TypedDict):
    """A loss of the bench, with the remedy."""

    what: str
    remedy: str


class RungSection(TypedDict):
    """A rung of the ladder before the first case; remedy: "" for one that did not break."""

    rung: Rung
    state: RungState
    what: str
    remedy: str


class PartSection(TypedDict):
    """How many requirements that apply to the meter a run judged with all their cases, and how many there are."""

    tested: int
    applicable: int


class SummarySection(TypedDict):
    """What the run came to.

    requirements: how many decide it; open: to be answered by inspection; freed: not judged, as a lab's overlay
    says; partial: None for a whole run.
    """

    exit_code: int
    conclusion: str
    counts: dict[Verdict, int]
    conditional_counts: dict[Verdict, int]
    requirements: int
    provisional: int
    conditional: int
    open: int
    freed: int
    partial: PartSection | None


class AnswerSection(TypedDict):
    """An answer by inspection of documents."""

    verdict: str
    reference: str
    by: str
    date: str
    remark: str


class RequirementSection(TypedDict):
    """A requirement as the register of the run had it."""

    id: str
    standard: str
    clause: str
    clause_title: str
    strength: str
    text: str
    provenance: str
    numbered: bool
    seen_by: list[str]
    rests_on: list[str]
    mapped_to: str
    remarks: list[str]
    confirmed: str
    freed: str


class FindingSection(TypedDict):
    """What something other than a case made of a requirement; case: the one that ran just then."""

    requirement: str
    verdict: Verdict
    reason: str
    by: str
    case: str | None
    at: int
    provisional: list[str]


class TraitSection(TypedDict):
    """What a meter does where standards and declaration leave it free; case: that which showed it.

    item: that of [traits] which asks for it, "" where none does.
    """

    trait: str
    option: str
    clause: str
    item: str
    case: str | None


class RequirementRecord(RequirementSection):
    """A requirement with its verdict.

    decides: whether it counts for the conclusion; left_out: what left out cases of it, "" if all of them ran.
    """

    verdict: Verdict
    reason: str
    provisional: list[str]
    conditional: bool
    cases: list[str]
    findings: list[FindingSection]
    by_inspection: bool
    answer: AnswerSection | None
    decides: bool
    left_out: str


class ClauseRecord(TypedDict):
    """A clause with its verdict, the worst of its requirements."""

    standard: str
    clause: str
    numbered: bool
    title: str
    verdict: Verdict
    counts: dict[Verdict, int]
    conditional_counts: dict[Verdict, int]
    provisional: list[str]
    conditional: bool
    requirements: list[RequirementRecord]


class ExchangeStep(TypedDict):
    """One command and what came back; times in nanoseconds, characters in hexadecimal."""

    kind: Literal["exchange"]
    at: int
    command: str
    sent: str
    sent_text: str
    asked: int
    answer: str
    received: str
    received_text: str
    reaction: int | None
    ends: list[int]
    damaged: list[int]
    stray: NotRequired[list[list[int]]]


class TokenStep(TypedDict):
    """A token that was entered, and what the meter said."""

    kind: Literal["token"]
    at: int
    digits: str
    what: str
    result: str
    token: str
    tid: int | None
    rolls_over: bool


class ActionStep(TypedDict):
    """Something that was done to the meter, and what was seen."""

    kind: Literal["action"]
    at: int
    what: str
    seen: str


class RecordingStep(TypedDict):
    """A recording in the run's folder."""

    kind: Literal["recording"]
    at: int
    name: str
    file: str
    sha256: str
    source: str


class BudgetSection(TypedDict):
    """One component of an uncertainty budget; degrees of freedom without end are null."""

    component: str
    evaluation: Literal["A", "B"]
    distribution: str
    unit: str
    estimate: float
    standard_uncertainty: float
    sensitivity: float
    contribution: float
    degrees_of_freedom: float | None
    source: str


class MeasurementStep(TypedDict):
    """A measured value against its limits, with what follows from it."""

    kind: Literal["measurement"]
    quantity: str
    unit: str
    value: float
    uncertainty: float
    lower: float | None
    upper: float | None
    source: str
    rule: str
    k: float
    degrees_of_freedom: float | None
    budget: list[BudgetSection]
    guard_ratio: float
    repeats: int
    values: list[float]
    recording: str
    at: float | None
    guard_band: float
    statement: str
    conditional: bool
    verdict: Verdict
    reason: str


Step: TypeAlias = Annotated[
    ExchangeStep | TokenStep | ActionStep | RecordingStep | MeasurementStep, Field(discriminator="kind")
]


class CaseRecord(TypedDict):
    """A case with its verdict and what was done in it.

    attempts: the reason of each ERROR after which the case ran again.
    """

    id: str
    title: str
    requirements: list[str]
    again: str
    verdict: Verdict
    reason: str
    provisional: list[str]
    conditional: bool
    attempts: list[str]
    steps: list[Step]


@with_config(extra="forbid", strict=True, allow_inf_nan=False)
class Record(TypedDict):
    """All that a run came to."""

    format: Literal[2]
    notice: str
    run: RunSection
    product: ProductSection
    bench: BenchSection
    meter: MeterSection
    declaration: dict[str, JsonValue]
    editions: dict[str, str]
    mapping: MappingSection | None
    profile: str
    overlay: OverlaySection | None
    decision_rule: str
    selection: SelectionSection
    again: str
    simulated: SimulatedSection | None
    cost: CostSection
    instruments: list[InstrumentSection]
    inspection: InspectionSection
    ladder: list[RungSection]
    faults: list[FaultSection]
    remarks: list[str]
    findings: list[FindingSection]
    traits: list[TraitSection]
    summary: SummarySection
    clauses: list[ClauseRecord]
    cases: list[CaseRecord]


RECORD_ADAPTER: TypeAdapter[Record] = TypeAdapter(Record)
"""What reads a record; it refuses what is missing, too much or of another type."""


class UnreadableRecord(ValueError):
    """A file that is no record of this form, in one sentence."""


class _Told(TypedDict):
    """What is said of a requirement beside its cases, in the terms of a case."""

    verdict: Verdict
    reason: str
    provisional: list[str]
    conditional: bool


class _Inspected(_Told):
    """What an inspection says of a requirement."""

    answer: AnswerSection | None
    decides: bool


def build_record(events: Iterable[Event]) -> Record:
    """Return the record of the run that events tell of; a run without an end counts as interrupted.

    ValueError if they do not begin with the run, or if a case is none of its plan.
    """
    run: RunStarted | None = None
    end: RunEnded | None = None
    inspection: InspectionTaken | None = None
    left: PartLeftOut | None = None
    cases: dict[str, CaseRecord] = {}
    current: CaseRecord | None = None
    faults: list[FaultSection] = []
    remarks: list[str] = []
    findings: list[FindingSection] = []
    traits: list[TraitSection] = []
    ladder: list[RungSection] = []
    instruments: list[InstrumentSection] = []
    costs = CostCounter()
    has_failed = False
    for event in events:
        costs.take(event)
        match event:
            case RunStarted():
                run = event
            case PlanMade():
                cases = {case.id: _planned(case) for case in event.cases}
            case CaseBegan():
                current = cases[event.id]
                current["reason"] = "interrupted while it ran"
            case AttemptEnded() if current is not None:
                current["attempts"].append(event.reason)
            case CaseJudged():
                told = cases[event.id]
                told["verdict"], told["reason"] = event.verdict, event.reason
                told["provisional"], told["conditional"] = list(event.provisional), event.conditional
                has_failed |= event.by_suite
                current = None
            case FaultFound():
                faults.append({"what": event.what, "remedy": event.remedy})
            case InspectionTaken():
                inspection = event
            case PartLeftOut():
                left = event
            case InstrumentsFound():
                instruments = _json(event)["instruments"]
            case RunEnded():
                end = event
            case Remark():
                remarks.append(event.text)
            case RungClimbed():
                ladder.append(
                    {"rung": event.rung, "state": event.state, "what": event.what, "remedy": event.remedy}
                )
            case FindingMade():
                findings.append(_finding(event))
            case TraitFound():
                traits.append(_trait(event))
            case _ if current is not None:
                current["steps"] += _steps(event)
    if run is None:
        raise ValueError("the events do not begin with the run")
    header = _json(run)
    stopped_by = end.stopped_by if end else ""
    unreached = [case for case in cases.values() if case["reason"] == _NOT_REACHED] if stopped_by else []
    for case in unreached:
        case["reason"] = f"left out by {stopped_by}"
    inspected = _inspected(inspection)
    left_out = {one.id: one.by for one in left.verdicts} if left else {}
    left_out |= {name: stopped_by for case in unreached for name in case["requirements"]}
    cases_by = [(one.by, one.id) for one in (left.cases if left else ())]
    cases_by += [(stopped_by, case["id"]) for case in unreached]
    untaken = _untaken(left)
    sections: list[list[RequirementSection]] = [
        header["requirements"],
        _json(inspection)["requirements"] if inspection else [],
        _json(left)["requirements"] if left else [],
    ]
    known = {one["id"]: one for section in sections for one in section}
    untouched = {one.id for one in left.requirements} if left else set()
    requirements = [
        _requirement(
            one,
            [case for case in cases.values() if name in case["requirements"] and name not in untouched],
            inspected.get(name),
            untaken.get(name),
            [finding for finding in findings if finding["requirement"] == name],
            left_out.get(name, ""),
        )
        for name, one in known.items()
    ]
    return {
        "format": FORMAT,
        "notice": NOTICE,
        "run": {
            "id": run.run.id,
            "started": run.run.started,
            "finished": end.finished if end else None,
            "interrupted": end is None or end.interrupted,
        },
        "product": header["product"],
        "bench": header["bench"],
        "meter": header["meter"],
        "declaration": header["declaration"],
        "editions": header["editions"],
        "mapping": header["mapping"],
        "profile": header["profile"],
        "overlay": header["overlay"],
        "decision_rule": header["decision_rule"],
        "selection": _selection(run, cases_by, requirements),
        "again": header["again"],
        "simulated": _json(end)["simulated"] if end else None,
        "cost": costs.total.as_json(),
        "instruments": instruments,
        "inspection": {
            "file": inspection.file if inspection else None,
            "sha256": inspection.sha256 if inspection else None,
        },
        "ladder": ladder,
        "faults": faults,
        "remarks": [*dict.fromkeys(text for one in requirements for text in one["remarks"]), *remarks],
        "findings": findings,
        "traits": traits,
        "summary": _summary(requirements, faults, findings, ladder, is_cut_off=end is None, has_failed=has_failed),
        "clauses": _clauses(requirements),
        "cases": list(cases.values()),
    }


def write_record(folder: Path, record: Record | None = None) -> Record:
    """Write record.json beside the journal in a run's folder, and return the record.

    record: the one to write, made from the journal if None; UnreadableJournal if that cannot be.
    """
    record = build_record(read_journal(folder / JOURNAL)) if record is None else record
    text = json.dumps(record, indent=1, ensure_ascii=False)
    write_whole(folder / RECORD, f"{text}\n".encode())
    return record


def load_record(folder: Path) -> Record:
    """Return the record in a run's folder; UnreadableRecord if there is none of this form."""
    path = folder / RECORD
    try:
        return RECORD_ADAPTER.validate_json(read_file(path, _LARGEST))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, found["loc"]))
        raise UnreadableRecord(f"{path}: it is no record of format {FORMAT} ({place}: {found['msg']})") from None
    except OSError as error:
        raise UnreadableRecord(f"{path}: it cannot be read ({error.strerror})") from None
    except Refused as error:
        raise UnreadableRecord(f"{path}: {error}") from None


def steps_since(folder: Path, size: int) -> list[Step]:
    """Return the steps that a run's journal took up since it had so many bytes; the run may still go on."""
    return [step for event in read_events_since(folder, size) for step in _steps(event)]


def _json(event: Event) -> Any:
    return EVENT_ADAPTER.dump_python(event, mode="json")


def _planned(case: PlannedCase) -> CaseRecord:
    return {
        "id": case.id,
        "title": case.title,
        "requirements": list(case.requirements),
        "again": case.again,
        "verdict": Verdict.NOT_TESTED,
        "reason": _NOT_REACHED,
        "provisional": [],
        "conditional": False,
        "attempts": [],
        "steps": [],
    }


def _trait(event: TraitFound) -> TraitSection:
    return {
        "trait": event.trait,
        "option": event.option,
        "clause": event.clause,
        "item": event.item,
        "case": event.case,
    }


def _finding(event: FindingMade) -> FindingSection:
    return {
        "requirement": event.requirement,
        "verdict": event.verdict,
        "reason": event.reason,
        "by": event.by,
        "case": event.case,
        "at": event.at,
        "provisional": list(event.provisional),
    }


def _selection(
    run: RunStarted, cases_by: Sequence[tuple[str, str]], requirements: Iterable[RequirementRecord]
) -> SelectionSection:
    """Return what was selected and left out; cases_by: what left out a case, and the id of that."""
    selection: SelectionSection = {"only": list(run.selection.only), "left_out": []}
    if run.selection.shuffle is not None:
        selection["shuffle"] = run.selection.shuffle
    missing = [one for one in requirements if one["left_out"] and _is_ruled_and_applies(one)]
    for by in dict.fromkeys([*(by for by, _ in cases_by), *(one["left_out"] for one in missing)]):
        selection["left_out"].append(
            {
                "by": by,
                "cases": [name for one, name in cases_by if one == by],
                "requirements": [one["id"] for one in missing if one["left_out"] == by],
            }
        )
    return selection


def _untaken(left: PartLeftOut | None) -> dict[str, _Told]:
    """Return what stands for the cases of each requirement that do not run."""
    return {
        one.id: {"verdict": one.verdict, "reason": one.reason, "provisional": [], "conditional": False}
        for one in (left.verdicts if left else ())
    }


def _steps(event: Event) -> list[Step]:
    """Return what an event is in the transcript of a case, nothing for one that is no part of that."""
    match event:
        case ExchangeDone():
            return [_exchange_step(event)]
        case TokenEntered():
            return [
                {
                    "kind": "token",
                    "at": event.at,
                    "digits": event.token.digits,
                    "what": event.token.text,
                    "result": event.result_text,
                    "token": event.token.name,
                    "tid": event.token.tid,
                    "rolls_over": event.token.rolls_over,
                }
            ]
        case ActionDone():
            return [{"kind": "action", "at": event.at, "what": event.text, "seen": event.seen}]
        case RecordingKept():
            return [
                {
                    "kind": "recording",
                    "at": event.at,
                    "name": event.name,
                    "file": event.file,
                    "sha256": event.sha256,
                    "source": event.source,
                }
            ]
        case MeasurementTaken(measurement=taken):
            step: Any = {"kind": "measurement", **taken.as_json(), "reason": taken.reason}
            return [step]
    return []


def _exchange_step(event: ExchangeDone) -> ExchangeStep:
    sent, received, stray = event.sent.codes, event.received.codes, event.stray
    step: ExchangeStep = {
        "kind": "exchange",
        "at": event.at,
        "command": event.command_text,
        "sent": sent.hex(" "),
        "sent_text": describe(sent),
        "asked": event.asked,
        "answer": event.answer_text,
        "received": received.hex(" "),
        "received_text": describe(received),
        "reaction": event.reaction,
        "ends": list(event.received.ends),
        "damaged": list(event.received.damaged),
    }
    if stray.codes:
        step["stray"] = [[code, end] for code, end in zip(stray.codes, stray.ends, strict=True)]
    return step


def _are_conditional(verdict: Verdict, members: Iterable[CaseRecord | RequirementRecord | _Told]) -> bool:
    """Return whether a verdict over members bears the mark: one PASS does, or all that say FAIL."""
    marks = [member["conditional"] for member in members if member["verdict"] == verdict]
    return any(marks) if verdict is Verdict.PASS else bool(marks) and all(marks)


def _inspected(inspection: InspectionTaken | None) -> dict[str, _Inspected]:
    """Return the verdicts of an inspection; nobody was asked without a file, and then they decide nothing."""
    if inspection is None:
        return {}
    answers = {one["id"]: one["answer"] for one in _json(inspection)["verdicts"]}
    return {
        told.id: {
            "verdict": told.verdict,
            "reason": told.reason,
            "provisional": list(told.provisional),
            "conditional": False,
            "answer": answers[told.id],
            "decides": inspection.file is not None,
        }
        for told in inspection.verdicts
    }


def _requirement(
    requirement: RequirementSection,
    own: Sequence[CaseRecord],
    inspected: _Inspected | None,
    untaken: _Told | None,
    findings: list[FindingSection],
    left_out: str,
) -> RequirementRecord:
    told: Sequence[CaseRecord | _Told] = [
        *own,
        *filter(None, (inspected, untaken)),
        *map(_as_told, findings),
    ]
    if requirement["freed"]:
        told = [_freed(requirement["freed"])]
    verdict = worst(one["verdict"] for one in told)
    found: RequirementRecord = {
        **requirement,
        "verdict": verdict,
        "reason": next((one["reason"] for one in told if one["verdict"] == verdict), "no case ran"),
        "provisional": sorted({name for one in told for name in one["provisional"]}),
        "conditional": _are_conditional(verdict, told),
        "cases": [case["id"] for case in own],
        "findings": findings,
        "by_inspection": inspected is not None,
        "answer": inspected["answer"] if inspected else None,
        "decides": requirement["strength"] != _INFORMATIVE
        and (bool(own) or (untaken is None if inspected is None else inspected["decides"])),
        "left_out": left_out,
    }
    return found


def _freed(reason: str) -> _Told:
    return {"verdict": Verdict.NOT_APPLICABLE, "reason": reason, "provisional": [], "conditional": False}


def _as_told(finding: FindingSection) -> _Told:
    return {
        "verdict": finding["verdict"],
        "reason": finding["reason"],
        "provisional": finding["provisional"],
        "conditional": False,
    }


def _deciding(requirements: Iterable[RequirementRecord]) -> list[RequirementRecord]:
    return [requirement for requirement in requirements if requirement["decides"]]


def _is_ruled(requirement: RequirementRecord) -> bool:
    """Whether a requirement decides the verdict of its clause, or would if the run had not left it out."""
    return requirement["decides"] or (bool(requirement["left_out"]) and requirement["strength"] != _INFORMATIVE)


def _is_ruled_and_applies(requirement: RequirementRecord) -> bool:
    return _is_ruled(requirement) and requirement["verdict"] is not Verdict.NOT_APPLICABLE


def _clauses(requirements: list[RequirementRecord]) -> list[ClauseRecord]:
    groups: dict[tuple[str, str], list[RequirementRecord]] = {}
    for requirement in requirements:
        groups.setdefault((requirement["standard"], requirement["clause"]), []).append(requirement)
    return [
        _clause(standard, clause, members)
        for (standard, clause), members in sorted(groups.items(), key=lambda item: _clause_order(*item[0]))
    ]


def _clause(standard: str, clause: str, members: list[RequirementRecord]) -> ClauseRecord:
    verdict = worst(member["verdict"] for member in list(filter(_is_ruled, members)) or members)
    return {
        "standard": standard,
        "clause": clause,
        "numbered": members[0]["numbered"],
        "title": members[0]["clause_title"],
        "verdict": verdict,
        "counts": _counts(members),
        "conditional_counts": _counts([member for member in members if member["conditional"]]),
        "provisional": sorted({name for member in members for name in member["provisional"]}),
        "conditional": _are_conditional(verdict, members),
        "requirements": members,
    }


def _clause_order(standard: str, clause: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return what sorts clauses: by number, then annexes, then those whose number nobody has confirmed."""
    parts = clause.split(".")
    return standard, [
        (0, int(part), "") if part.isdecimal() else (1 if part.isupper() else 2, 0, part) for part in parts
    ]


def _counts(members: list[RequirementRecord]) -> dict[Verdict, int]:
    counted = Counter(member["verdict"] for member in members)
    return {verdict: counted[verdict] for verdict in Verdict}


def _summary(
    whole: list[RequirementRecord],
    faults: list[FaultSection],
    findings: list[FindingSection],
    ladder: list[RungSection],
    *,
    is_cut_off: bool,
    has_failed: bool,
) -> SummarySection:
    """Return what the run came to, by the requirements that decide it.

    is_cut_off: the journal has no end, where findings of the watches stand; has_failed: the suite itself did.
    """
    requirements = _deciding(whole)
    verdicts = [requirement["verdict"] for requirement in requirements]
    code = exit_code([*verdicts, Verdict.ERROR] if faults and verdicts else verdicts)
    code = ExitCode.UNDECIDED if is_cut_off and code is ExitCode.CONFORMS else code
    code = ExitCode.SUITE_FAILED if has_failed and code is ExitCode.BENCH_FAULT else code
    counts = _counts(requirements)
    failed, total = counts[Verdict.FAIL], len(requirements)
    marked = _counts([requirement for requirement in requirements if requirement["conditional"]])
    partial = _part(whole)
    passed = f"{total - counts[Verdict.NOT_APPLICABLE]} requirements passed{_of_them(marked[Verdict.PASS])}"
    remarked = sum(bool(one["remarks"]) for one in requirements)
    passed += f", {remarked} verdicts with a remark" if remarked else ""
    conclusion = {
        0: f"{_words_of(partial)}; {passed}" if partial else f"conforms: {passed}",
        1: f"does not conform: {failed} of {total} requirements failed"
        + _of_them(marked[Verdict.FAIL])
        + "".join(f"; bench fault: {fault['what']}: {fault['remedy']}" for fault in faults),
        3: "not decided: "
        + ("the run was cut off before its end; " if is_cut_off else "")
        + "".join(f"{rung['what']}: {rung['remedy']}; " for rung in ladder if rung["state"] == "broken")
        + f"{counts[Verdict.INCONCLUSIVE]} requirements inconclusive, {counts[Verdict.NOT_TESTED]} not tested",
        4: "bench fault: "
        + (f"{faults[0]['what']}: {faults[0]['remedy']}" if faults else "see the cases with ERROR"),
        5: "nothing was tested: no requirement that was selected applies to this meter",
        6: "the suite itself failed: see the cases with ERROR, and report it"
        + "".join(f"; bench fault: {fault['what']}: {fault['remedy']}" for fault in faults),
    }[code]
    if partial and code:
        conclusion += f"; {_words_of(partial)}"
    conclusion += _informative(whole) + _besides(whole, findings)
    provisional = sum(bool(requirement["provisional"]) for requirement in requirements)
    return {
        "exit_code": code,
        "conclusion": conclusion,
        "counts": counts,
        "conditional_counts": marked,
        "requirements": total,
        "provisional": provisional,
        "conditional": sum(marked.values()),
        "open": sum(
            one["verdict"] is Verdict.NOT_TESTED for one in whole if one["by_inspection"] and not one["decides"]
        ),
        "freed": sum(bool(one["freed"]) for one in whole),
        "partial": partial,
    }


def _part(whole: list[RequirementRecord]) -> PartSection | None:
    applicable = list(filter(_is_ruled_and_applies, whole))
    tested = [one for one in applicable if not one["left_out"]]
    return None if len(tested) == len(applicable) else {"tested": len(tested), "applicable": len(applicable)}


def _words_of(partial: PartSection) -> str:
    return f"partial: {partial['tested']} of {partial['applicable']} applicable requirements"


def _informative(whole: list[RequirementRecord]) -> str:
    """Return what the requirements say that no standard rules, and that decide nothing; "" for none."""
    told = [one["verdict"] for one in whole if one["strength"] == _INFORMATIVE]
    contradicted, found = told.count(Verdict.FAIL), told.count(Verdict.PASS)
    if not contradicted and not found:
        return ""
    return f"; of behaviours that are declared and not ruled, {found} found, {contradicted} not found"


def _besides(whole: list[RequirementRecord], findings: list[FindingSection]) -> str:
    """Return what was found broken although it was not selected; "" for nothing."""
    selected = {one["id"] for one in whole if not one["left_out"]}
    broken = {one["requirement"] for one in findings if one["verdict"] is Verdict.FAIL} - selected
    return f"; not selected, and seen to fail: {', '.join(sorted(broken))}" if broken else ""


def _of_them(conditional: int) -> str:
    return f", {conditional} of them conditional" if conditional else ""
