"""Count what a run takes, from its journal: time, tokens, key changes, power cuts and prompts."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Cost", "CostCounter"]

Json = dict[str, Any]

_ACCEPTED = "Accept"
_POWER_CUT = "power off"
_WORDS = 2
_UNUSED = "not minted"


@dataclass(slots=True)
class Cost:
    """What a case, or a whole run, took; at and seconds: when it began, and how long it lasted, in seconds.

    identifiers: TIDs that were given out, by the token that has each; tokens: those that were entered, by name;
    key_changes: complete sets that the meter took, and roll_overs: those of them with RO; actions: what was done
    to the meter, and prompts: what the operator was asked to do, by the two words of the action.
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
        """Take another's figures to these; the instant stays."""
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

    def as_json(self) -> Json:
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
    """Takes the lines of a journal in their order; cases: the cost of each by its id, in the order of the run."""

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

    def take(self, line: Json) -> None:
        """Count a line; those of a journal from before a line was kept count for nothing."""
        match line:
            case {"kind": "case", "id": name, "at": at}:
                self._current = self.cases.setdefault(name, Cost(at / 1e9))
            case {"kind": "verdict", **rest}:
                self._current.seconds = rest.get("at", self._current.at * 1e9) / 1e9 - self._current.at
                self._current = self._outside
            case {"kind": "identifier", "tid": tid}:
                self._given.setdefault(tid, []).append(self._current)
                self._current.identifiers[_UNUSED] += 1
            case {"kind": "minted", "token": name, "tid": tid} if self._given.get(tid):
                found = self._given[tid].pop().identifiers
                found[name] += 1
                found[_UNUSED] -= 1
                if not found[_UNUSED]:
                    del found[_UNUSED]
            case {"kind": "token", "token": name}:
                self._current.tokens[name] += 1
                if line["result"] == _ACCEPTED and name.endswith("SectionDecoderKey"):
                    self._current.key_changes += 1
                    self._current.roll_overs += line["rolls_over"]
            case {"kind": "action", "what": what}:
                self._current.actions[" ".join(what.split()[:_WORDS])] += 1
            case {"kind": "prompt", "what": what}:
                self._current.prompts[what] += 1
            case {"kind": "recording"}:
                self._current.recordings += 1
            case {"kind": "end", "at": at}:
                self._ended = at / 1e9
