"""The kinds of event that a journal holds, one class for each."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter

from sts62055.application.results import AuthenticationResult, CarrierStatus, TokenResult, ValidationResult
from sts62055.carrier.client import ReplyFault
from sts_reports.measurement import DecisionRule, Measurement
from sts_reports.messages import Answer, Command, Instant, Interval, ReceivedCharacters, SentCharacters
from sts_reports.token_facts import TokenFacts
from sts_reports.verdict import Verdict

__all__ = [
    "EVENT_ADAPTER",
    "FORMAT",
    "ActionDone",
    "AttemptEnded",
    "BenchFacts",
    "CaseBegan",
    "CaseJudged",
    "CaseLeftOut",
    "ClockUsed",
    "Event",
    "ExchangeDone",
    "FaultFound",
    "FindingMade",
    "IdentifierGiven",
    "InspectedVerdict",
    "InspectionAnswer",
    "InspectionTaken",
    "InstrumentFacts",
    "InstrumentsFound",
    "KeyNamed",
    "MeasurementTaken",
    "MeterFacts",
    "MeterHeld",
    "OperatorAnswered",
    "OperatorAsked",
    "OverlayConfirmation",
    "OverlayEntry",
    "OverlayFacts",
    "OverlayRuling",
    "PartLeftOut",
    "PlanMade",
    "PlannedCase",
    "ProductFacts",
    "RecordingKept",
    "Remark",
    "RequirementFacts",
    "RequirementLeftOut",
    "RunEnded",
    "RunIdentity",
    "RunStarted",
    "Rung",
    "RungClimbed",
    "RungState",
    "SelectionFacts",
    "SimulatedFacts",
    "TokenEntered",
    "TokenMinted",
    "TokenStatus",
    "TraitFound",
]

FORMAT: Final = 2
"""The number of this form of a journal, and of the record that is made from it."""

TokenStatus: TypeAlias = AuthenticationResult | ValidationResult | TokenResult | CarrierStatus
Rung: TypeAlias = Literal["port", "answer", "identity", "key", "keypad"]
RungState: TypeAlias = Literal["proven", "broken", "not proven", "not needed"]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


# -- the head ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIdentity:
    """The name of a run, and its date and time in UTC (ISO 8601)."""

    id: str
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts:
    """What made the run."""

    name: str
    version: str
    python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchFacts:
    """The bench; uncertainty_ms: U (k = 2) of a time by the clock of the port, None where its source says it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFacts:
    """The device under test and the attributes of its declared key; of the key itself only a check value."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayConfirmation:
    """Who says something of a value or requirement, in which document and edition; clause: "" if not told."""

    by: str
    document: str
    edition: str
    clause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayEntry:
    """A value of the profile that a lab changed, confirmed or freed.

    old and new: a value, or the items of a register; freed: why it is free, "" if it is not.
    """

    name: str
    old: JsonValue
    new: JsonValue
    old_provenance: str
    note: str
    confirmed: OverlayConfirmation | None
    freed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayRuling:
    """A requirement that a lab confirmed or freed; freed: why it is free, "" if it is confirmed."""

    id: str
    confirmed: OverlayConfirmation
    freed: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayFacts:
    """What a lab says of values of the profile and of requirements."""

    file: str
    entries: tuple[OverlayEntry, ...]
    requirements: tuple[OverlayRuling, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionFacts:
    """What was selected, by the beginnings of requirement ids; shuffle: the seed of a random order."""

    only: tuple[str, ...]
    shuffle: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementFacts:
    """A requirement as the register of the run had it.

    remarks: what its verdict has to be read with; confirmed: by whom; freed: by whom and why nothing is judged by
    it, "" if it is judged.
    """

    id: str
    standard: str
    clause: str
    clause_title: str
    strength: str
    text: str
    provenance: str
    numbered: bool
    seen_by: tuple[str, ...]
    rests_on: tuple[str, ...]
    mapped_to: str = ""
    remarks: tuple[str, ...] = ()
    confirmed: str = ""
    freed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFacts:
    """The file that says what a lab's own test specification calls the requirements."""

    file: str
    sha256: str
    specification: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The first event: what is run on what, and the declared items with their values, traits among them."""

    kind: Literal["run"] = "run"
    format: Literal[2] = 2
    run: RunIdentity
    product: ProductFacts
    bench: BenchFacts
    meter: MeterFacts
    declaration: dict[str, JsonValue]
    editions: dict[str, str]
    mapping: MappingFacts | None = None
    profile: str
    overlay: OverlayFacts | None
    decision_rule: DecisionRule
    selection: SelectionFacts
    again: str
    requirements: tuple[RequirementFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionAnswer:
    """What a person found of a requirement, where it is shown, who it was, and when."""

    verdict: str
    reference: str
    by: str
    date: str
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedVerdict:
    """The verdict of a requirement by inspection of documents."""

    id: str
    verdict: Verdict
    reason: str
    provisional: tuple[str, ...]
    answer: InspectionAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionTaken:
    """The selected requirements by inspection; file and sha256: of the answers, None without."""

    kind: Literal["inspection"] = "inspection"
    file: str | None
    sha256: Hash | None
    requirements: tuple[RequirementFacts, ...]
    verdicts: tuple[InspectedVerdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLeftOut:
    """A case that does not run, and what left it out, such as --only or -k with their values."""

    id: str
    title: str
    requirements: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementLeftOut:
    """A requirement of which at least one case does not run: NOT_TESTED, or NOT_APPLICABLE as declared."""

    id: str
    verdict: Verdict
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLeftOut:
    """What a run leaves out; requirements: those of which no case runs."""

    kind: Literal["left out"] = "left out"
    cases: tuple[CaseLeftOut, ...]
    requirements: tuple[RequirementFacts, ...]
    verdicts: tuple[RequirementLeftOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCase:
    """A case that is to run, the requirements that it tests, and the command that runs it alone."""

    id: str
    title: str
    requirements: tuple[str, ...]
    again: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMade:
    """The cases of the run in their order."""

    kind: Literal["plan"] = "plan"
    cases: tuple[PlannedCase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentFacts:
    """An instrument that answered; problems: what speaks against its calibration."""

    name: str
    driver: str
    maker: str
    model: str
    serial: str
    firmware: str
    calibration: str | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentsFound:
    """The instruments of the bench."""

    kind: Literal["instruments"] = "instruments"
    instruments: tuple[InstrumentFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockUsed:
    """The clock that times characters; uncertainty: U (k = 2) of an interval, in nanoseconds."""

    kind: Literal["clock"] = "clock"
    name: str
    source: str
    uncertainty: Interval
    is_simulated: bool


# -- the course of the run -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFound:
    """The bench was lost, with the remedy."""

    kind: Literal["fault"] = "fault"
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RungClimbed:
    """A rung of the ladder that a bench climbs before its first case.

    what: what was seen, in one sentence; remedy: what to do about a rung that broke, "" for another.
    """

    kind: Literal["rung"] = "rung"
    at: Instant
    rung: Rung
    state: RungState
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that a reader of the report has to know."""

    kind: Literal["remark"] = "remark"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseBegan:
    """A case of the plan began."""

    kind: Literal["case"] = "case"
    id: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded:
    """The case that runs came to an ERROR, for this reason, and begins again."""

    kind: Literal["attempt"] = "attempt"
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseJudged:
    """The case that ran ended; provisional: what its verdict rests on and nobody confirmed.

    by_suite: an ERROR that is a mistake of the suite, and no fault of the bench.
    """

    kind: Literal["verdict"] = "verdict"
    id: str
    at: Instant
    verdict: Verdict
    reason: str
    provisional: tuple[str, ...]
    conditional: bool
    by_suite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingMade:
    """Something that no case asked about showed what the meter makes of a requirement.

    by: what saw it; case: the one that ran, None before the first and after the last; conditional and provisional:
    as for the verdict of a case.
    """

    kind: Literal["finding"] = "finding"
    at: Instant
    requirement: str
    verdict: Verdict
    reason: str
    by: Literal["foundation", "line watch", "key watch", "state watch"]
    case: str | None
    provisional: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitFound:
    """Something that the standards leave free, and the declaration open, showed itself: only one way explains it.

    item: that of the declaration's traits which asks for it, "" where none does; case: the one that showed it.
    """

    kind: Literal["trait"] = "trait"
    at: Instant
    trait: str
    option: str
    clause: str
    item: str
    case: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedFacts:
    """How much time and how many characters a simulated bench stood for."""

    line_seconds: float
    characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """The last event of a run that was not cut off.

    finished: date and time in UTC (ISO 8601); stopped_by: the option that ended it before its last case, such as
    --maxfail.
    """

    kind: Literal["end"] = "end"
    at: Instant
    finished: str
    interrupted: bool
    simulated: SimulatedFacts | None
    stopped_by: str = ""


# -- what was done and seen ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeDone:
    """One command and what came back (IEC 62055-52, 6.6).

    at: the first character sent; asked: the end of the last; attempt: above 1 where the command was repeated;
    command: None for characters that are no command, and for listening; answer or fault, one of them, or both
    where the client puts up with the fault; stray: what came unasked before; withheld: the places of received
    characters that show a key, and stand as zeros. command_text and answer_text: for people, with the names of the
    registers.
    """

    kind: Literal["exchange"] = "exchange"
    at: Instant
    asked: Instant
    attempt: int
    command: Command | None
    command_text: str
    sent: SentCharacters
    answer: Answer | None
    fault: ReplyFault | None
    detail: str
    answer_text: str
    received: ReceivedCharacters
    stray: ReceivedCharacters
    withheld: tuple[int, ...] = ()

    @property
    def reaction(self) -> int | None:
        """Nanoseconds from the end of the command to the start of the first character; None in silence."""
        if not self.received.codes:
            return None
        return self.received.ends[0] - self.received.durations[0] - self.asked


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyNamed:
    """A key of the campaign got its handle; the attributes with which the vending key makes it (6.5.2.1)."""

    kind: Literal["key"] = "key"
    at: Instant
    handle: str
    pan: str
    key_type: int
    supply_group_code: str
    tariff_index: str
    key_revision_number: int
    base_date: int
    encryption_algorithm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierGiven:
    """A TID was given out: no other token of the meter may have it."""

    kind: Literal["identifier"] = "identifier"
    at: Instant
    tid: int
    base_date: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMinted:
    """A token was made."""

    kind: Literal["minted"] = "minted"
    at: Instant
    token: TokenFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEntered:
    """A token was entered by a carrier, and what the meter said of it.

    result: None for a reserved code, where the token was not acknowledged, and where the display leaves it open:
    then possible holds the results that are left, none where it can be any; code: the tokenStatus; acknowledged:
    the instant at which ACK ended; busy_from and ready_by: nanoseconds after that at which tokenStatus was last
    seen 'not ready' (0 if never) and surely not any more; shown: what the display showed.
    """

    kind: Literal["token"] = "token"
    at: Instant
    carrier: str
    token: TokenFacts
    result: TokenStatus | None
    possible: tuple[TokenStatus, ...] | None
    code: int | None
    acknowledged: Instant | None
    busy_from: Interval
    ready_by: Interval
    shown: str

    @property
    def result_text(self) -> str:
        """What the meter said, in words."""
        if self.acknowledged is None:
            return "not acknowledged"
        if self.possible is not None:
            return " or ".join(map(str, self.possible)) or "unknown"
        return f"reserved code {self.code}" if self.result is None else str(self.result)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDone:
    """Something was done to the meter: the action's name, its value, "" for none, and what was seen."""

    kind: Literal["action"] = "action"
    at: Instant
    action: str
    value: str
    seen: str

    @property
    def text(self) -> str:
        """The action with its value."""
        return f"{self.action} {self.value}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAsked:
    """The operator is asked for an action; request: the words for that."""

    kind: Literal["prompt"] = "prompt"
    at: Instant
    action: str
    value: str
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAnswered:
    """What the operator typed, None for nothing, what that was taken for, and the answer or reason in it."""

    kind: Literal["answer"] = "answer"
    at: Instant
    action: str
    value: str
    typed: str | None
    meaning: Literal["answer", "wrong", "again", "help", "skip", "stop", "end of input", "silence"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterHeld:
    """What the meter is believed to hold from now on.

    key: the handle, None where the fate of a key change is not known; parts: the numbers of the key-change tokens
    of an unfinished set; load: watts on each phase.
    """

    kind: Literal["held"] = "held"
    at: Instant
    key: str | None
    parts: tuple[int, ...]
    is_powered: bool
    is_cover_open: bool
    is_tampered: bool
    is_locked_out: bool
    load: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingKept:
    """A recording was kept in the run's folder, under the hash of its file."""

    kind: Literal["recording"] = "recording"
    at: Instant
    name: str
    file: str
    sha256: Hash
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementTaken:
    """A value was measured."""

    kind: Literal["measurement"] = "measurement"
    measurement: Measurement


Event: TypeAlias = (
    RunStarted
    | InspectionTaken
    | PartLeftOut
    | PlanMade
    | InstrumentsFound
    | ClockUsed
    | FaultFound
    | RungClimbed
    | Remark
    | CaseBegan
    | AttemptEnded
    | CaseJudged
    | FindingMade
    | TraitFound
    | RunEnded
    | ExchangeDone
    | KeyNamed
    | IdentifierGiven
    | TokenMinted
    | TokenEntered
    | ActionDone
    | OperatorAsked
    | OperatorAnswered
    | MeterHeld
    | RecordingKept
    | MeasurementTaken
)

EVENT_ADAPTER: TypeAdapter[Event] = TypeAdapter(
    Annotated[Event, Field(discriminator="kind")],
    config=ConfigDict(
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        ser_json_bytes="hex",
        val_json_bytes="hex",
        json_schema_serialization_defaults_required=True,
    ),
)
"""What reads and writes events as JSON; it refuses what is missing, too much or of another type."""
