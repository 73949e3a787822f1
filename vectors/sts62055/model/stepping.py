"""One step: the states in which an event may leave a meter (IEC 62055-41, 7 and 8; IEC 62055-52, 6.6)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from sts62055.application.results import TokenStatus
from sts62055.model import power
from sts62055.model.clause_7_2_1_application import Outcome, outcomes
from sts62055.model.clause_8_9_key_change import without_what_is_over
from sts62055.model.declared import Declared
from sts62055.model.events import (
    CoverOpened,
    Event,
    LoadApplied,
    PowerCut,
    PowerRestored,
    SwitchClosed,
    TokenEnded,
    TokenEntered,
)
from sts62055.model.rule import Situation, Undecided
from sts62055.model.spans import Span
from sts62055.model.state import MeterState, Pending
from sts62055.model.traits import Choices

__all__ = ["Branch", "step", "tried"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Branch:
    """A state in which a meter may be, with what its open traits are then; outcome: that of a token that ended."""

    state: MeterState
    choices: Choices
    outcome: Outcome | None = None


def step(declared: Declared, state: MeterState, event: Event, choices: Choices) -> list[Branch]:
    """Return the states in which an event may leave a meter; none if it cannot have happened to it."""
    return [
        replace(branch, choices=chosen)
        for branch, chosen in tried(declared, state, choices, lambda situation: _after(situation, event))
    ]


def tried(
    declared: Declared, state: MeterState, choices: Choices, judge: Callable[[Situation], Iterable[T]]
) -> Iterator[tuple[T, Choices]]:
    """Yield what is judged under each option of the open traits that it depends on."""
    agenda = [choices]
    while agenda:
        chosen = agenda.pop()
        try:
            found = list(judge(Situation(declared, state, chosen)))
        except Undecided as undecided:
            trait = undecided.trait
            agenda += [{**chosen, trait: option} for option in trait.options]
            continue
        if any(not trait.is_constant for trait in chosen):
            chosen = {trait: option for trait, option in chosen.items() if trait.is_constant}
        for one in found:
            yield one, chosen


def _after(situation: Situation, event: Event) -> Iterator[Branch]:
    match event:
        case TokenEntered(token, carrier, at):
            state = power.settled(situation.state, at)
            parts = without_what_is_over(situation.declared, state.parts, at)
            yield Branch(replace(state, parts=parts, pending=Pending(token, carrier, at)), {})
        case TokenEnded(result, at):
            yield from map(_branch, _ended(situation, result, at))
        case PowerCut(at):
            yield Branch(power.power_cut(situation, at), {})
            if situation.state.pending is not None:
                for done in _ended(situation, None, at):
                    after = Situation(situation.declared, done.state, situation.choices)
                    yield Branch(power.power_cut(after, at), {})
        case PowerRestored(at):
            yield Branch(power.power_restored(situation, at), {})
        case CoverOpened(at):
            yield Branch(power.cover_opened(situation, at), {})
        case LoadApplied(watts, at):
            yield Branch(power.load_applied(situation, watts, at), {})
        case SwitchClosed(at):
            yield Branch(power.switch_closed(situation, at), {})


def _ended(situation: Situation, result: TokenStatus | None, at: int) -> Iterator[Outcome]:
    state: MeterState = power.settled(situation.state, at)
    pending = state.pending
    if pending is None:
        return
    now = Situation(situation.declared, state, situation.choices)
    yield from outcomes(now, pending, Span(pending.entered, at), result)


def _branch(outcome: Outcome) -> Branch:
    return Branch(outcome.state, {}, outcome)
