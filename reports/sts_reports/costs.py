"""What a run takes, counted from its events: time, tokens, key changes, power cuts and prompts."""

from collections import Counter
from dataclasses import dataclass, field

from typing_extensions import TypedDict

from sts62055.application.results import Accept
from sts_reports.events import (
    ActionDone,
    CaseBegan,
    CaseJudged,
    Event,
    IdentifierGiven,
    OperatorAsked,
    RecordingKept,
    RunEnded,
    TokenEntered,
    TokenMinted,
)

__all__ = ["Cost", "CostCounter", "CostSection"]

_POWER_CUT = "power off"
_UNUSED = "not minted"


class CostSection(TypedDict):
    """What a case, or a whole run, took, as the record keeps it."""

    seconds: float
    identifiers: dict[str, int]
    tokens: dict[str, int]
    key_changes: int
    roll_overs: int
    power_cuts: int
    actions: dict[str, int]
    prompts: dict[str, int]
    recordings: int


@dataclass(slots=True)
class Cost:
    """What a case, or a whole run, took; at and seconds: when it began, and how long it lasted, in seconds.

    identifiers: TIDs that were given out, by the token that has each; tokens: those that were entered, by name;
    key_changes: complete sets that the meter took, and roll_overs: those of them with RO; actions: what was done
    to the meter, and prompts: what the operator was asked to do, by the name of the action.
    """

    at: float = 0.0
    seconds: float = 0.0
    identifiers: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    key_changes: int = 0
    roll_overs: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    prompts: Counter[str] = field(default_factory=Counter)
    recordings: int = 0

    @property
    def power_cuts(self) -> int:
        """How often the power was switched off."""
        return self.actions[_POWER_CUT]

    def add(self, other: "Cost") -> None:
        """Add another's figures; the instant stays."""
        self.seconds += other.seconds
        self.key_changes += other.key_changes
        self.roll_overs += other.roll_overs
        self.recordings += other.recordings
        for mine, others in (
            (self.identifiers, other.identifiers),
            (self.tokens, other.tokens),
            (self.actions, other.actions),
            (self.prompts, other.prompts),
        ):
            mine.update(others)

    def as_json(self) -> CostSection:
        """Return what the record keeps."""
        return {
            "seconds": round(self.seconds, 6),
            "identifiers": dict(self.identifiers),
            "tokens": dict(self.tokens),
            "key_changes": self.key_changes,
            "roll_overs": self.roll_overs,
            "power_cuts": self.power_cuts,
            "actions": dict(self.actions),
            "prompts": dict(self.prompts),
            "recordings": self.recordings,
        }


class CostCounter:
    """Takes the events of a journal in their order; cases: the cost of each by its id, in the order of the run."""

    def __init__(self) -> None:
        self.cases: dict[str, Cost] = {}
        self._outside = Cost()
        self._current = self._outside
        self._given: dict[int, list[Cost]] = {}
        self._ended: float | None = None

    @property
    def total(self) -> Cost:
        """The cost of the whole run, with what it did before, between and after its cases."""
        whole = Cost()
        for cost in (self._outside, *self.cases.values()):
            whole.add(cost)
        if self._ended is not None:
            whole.seconds = self._ended
        return whole

    def take(self, event: Event) -> None:
        """Count an event."""
        match event:
            case CaseBegan():
                self._current = self.cases.setdefault(event.id, Cost(event.at / 1e9))
            case CaseJudged():
                self._current.seconds = event.at / 1e9 - self._current.at
                self._current = self._outside
            case IdentifierGiven():
                self._given.setdefault(event.tid, []).append(self._current)
                self._current.identifiers[_UNUSED] += 1
            case TokenMinted(token=token) if token.tid is not None and self._given.get(token.tid):
                found = self._given[token.tid].pop().identifiers
                found[token.name] += 1
                found[_UNUSED] -= 1
                if not found[_UNUSED]:
                    del found[_UNUSED]
            case TokenEntered(token=token):
                self._current.tokens[token.name] += 1
                if event.result is Accept and token.name.endswith("SectionDecoderKey"):
                    self._current.key_changes += 1
                    self._current.roll_overs += token.rolls_over
            case ActionDone():
                self._current.actions[event.action] += 1
            case OperatorAsked():
                self._current.prompts[event.action] += 1
            case RecordingKept():
                self._current.recordings += 1
            case RunEnded():
                self._ended = event.at / 1e9
