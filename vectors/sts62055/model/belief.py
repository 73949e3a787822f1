"""What is believed of a meter: every hypothesis that explains what was seen (IEC 62055-41, 8; 62055-52, 6.6).

A meter conforms as long as one is alive. Traits that are open are tried where something depends on them;
hypotheses that have come to the same are joined again, so that what does not matter multiplies nothing. Those of
the lockout are a group of their own: it sees but the results of tokens.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import is_not
from typing import Final, Generic, TypeVar

from sts62055.application.results import REFUSALS, Accept, CarrierStatus, Lockout, TokenStatus
from sts62055.model.clause_6_6_7_lockout import Attempt, after_attempt, after_power_cut, concerns, is_locked
from sts62055.model.clause_7_3_6_authentication import reading_of
from sts62055.model.clause_7_3_8_cancellation import cancelled
from sts62055.model.declared import Declared
from sts62055.model.events import Event, PowerCut, PowerRestored, TokenEnded, TokenEntered
from sts62055.model.expectations import Expectation, Observed, expected, expected_lockout, observed
from sts62055.model.power import settled
from sts62055.model.rule import Situation
from sts62055.model.spans import Span
from sts62055.model.state import Cause, LockoutState, MeterState, Pending
from sts62055.model.stepping import Branch, step, tried
from sts62055.model.tokens import EnteredToken, identifier_of
from sts62055.model.traits import Choices, Trait

__all__ = ["MOST_ALIVE", "Belief", "Contradiction", "Hypothesis", "Reach"]

MOST_ALIVE: Final = 64
"""How many hypotheses of a group are carried at most."""

Reach = Callable[[str, MeterState, LockoutState | None], object]
"""Learn of a requirement by which something was judged, in a state of the meter and of its lockout, if known."""

_READING: Final = 5 * 1_000_000_000
"""Nanoseconds before the end of an answer in which its value may have been taken."""

_S = TypeVar("_S", MeterState, LockoutState)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Hypothesis(Generic[_S]):
    """A state in which the meter may be, if its open traits are what they are taken to be."""

    state: _S
    choices: Choices


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What no hypothesis explains: what was seen of what, what was expected, and the requirements that it breaks.

    requirements: those by which each hypothesis expected something else, the likeliest first; inconstant: the
    traits of which the meter would have to have one both ways, where that explains it.
    """

    quantity: str
    seen: Observed
    expected: tuple[str, ...]
    requirements: tuple[str, ...]
    inconstant: tuple[Trait, ...] = ()


class Belief:
    """The hypotheses that are alive, from the state in which a meter is first believed to be.

    lockouts: none where nothing is known of the lockout; is_overwhelmed: there were more than are carried, and
    nothing is judged any more. reach: learns by which requirement something was judged, and in which state.
    """

    def __init__(self, declared: Declared, state: MeterState, reach: Reach | None = None) -> None:
        self.declared = declared
        self._reach = reach
        self.alive: tuple[Hypothesis[MeterState], ...] = (Hypothesis(state, {}),)
        self.lockouts: tuple[Hypothesis[LockoutState], ...] = (Hypothesis(LockoutState(), {}),)
        self.is_overwhelmed = False
        self.most_alive = 2

    @property
    def handles(self) -> frozenset[str]:
        """The handles of the keys that the meter may hold."""
        return frozenset(one.state.key.handle for one in self.alive)

    @property
    def learnt(self) -> Mapping[Trait, str]:
        """The open traits that are known by what was seen."""
        return {**_common([one.choices for one in self.alive]), **_common([one.choices for one in self.lockouts])}

    def take(self, event: Event) -> Contradiction | None:
        """Take an event; return the contradiction if it cannot have happened."""
        contradiction = self._taken(event)
        return None if self.is_overwhelmed else contradiction

    def _taken(self, event: Event) -> Contradiction | None:
        if isinstance(event, TokenEnded):
            return self._ended(event)
        if isinstance(event, PowerCut) and (pending := self._pending) is not None:
            within = Span(pending.entered, event.at)
            attempts = self._attempts(self._branches(TokenEnded(None, event.at), self.alive))
            lockouts = self._lockouts_after(attempts, within, pending)
            self._keep_lockouts([*self.lockouts, *lockouts])
        if isinstance(event, PowerRestored):
            self._restore_lockouts(event.at)
        found = self._branches(event, self.alive)
        self._keep([Hypothesis(branch.state, branch.choices) for branch in found])
        return None

    def lose_token(self, token: EnteredToken, carrier: str, began: int, at: int) -> None:
        """Take a token of which nobody knows whether it was executed."""
        before = self.alive
        self._taken(TokenEntered(token, carrier, began))
        pending, event = self.alive[0].state.pending, TokenEnded(None, at)
        branches = self._branches(event, self.alive)
        if pending is not None and self.lockouts:
            after = self._lockouts_after(self._attempts(branches), Span(began, at), pending)
            self._keep_lockouts([*self.lockouts, *after])
        found = [Hypothesis(branch.state, branch.choices) for branch in branches]
        self._keep(_untold([*before, *found]))

    def forget_lockout(self) -> None:
        """Know nothing of the lockout, until a token is accepted."""
        self.lockouts = ()

    def observe(self, quantity: str, value: Observed, at: int) -> Contradiction | None:
        """Take a value that was seen; return the contradiction if no hypothesis allows it."""
        if quantity == "locked_out":
            return self._observe_lockout(value, at)
        kept, unmet = [], []
        for one in self.alive:
            now = _with_state(one, settled(one.state, at)) if one.state.load else one
            may_be = expected(self.declared, now.state, quantity, at)
            if self._reach is not None and may_be is not None and one is self.alive[0]:
                self._reach(may_be.requirement, now.state, self._lockout)
            if may_be is None or value in may_be or self._may_have_ended(now, quantity, value, at):
                kept.append(now)
            else:
                unmet.append(may_be)
        contradiction = None if kept else _differing(quantity, value, unmet)
        if contradiction is not None:
            kept = list(self.alive)
        if self._pending is None or contradiction is not None:
            kept = [_with_state(one, _drawing(observed(one.state, quantity, value), at)) for one in kept]
        if len(kept) < len(self.alive) or any(map(is_not, kept, self.alive)):
            self._keep(kept)
        return None if self.is_overwhelmed else contradiction

    @property
    def _pending(self) -> Pending | None:
        """The token that is being processed; all hypotheses know the same."""
        return self.alive[0].state.pending

    def _branches(self, event: Event, hypotheses: Iterable[Hypothesis[MeterState]]) -> list[Branch]:
        return [branch for one in hypotheses for branch in step(self.declared, one.state, event, one.choices)]

    # -- tokens ----------------------------------------------------------------------------------------------

    def _ended(self, event: TokenEnded) -> Contradiction | None:
        pending = self._pending
        if pending is None:
            return None
        within = Span(pending.entered, event.at)
        branches = self._branches(event, self.alive)
        if not self.lockouts:
            return self._ended_unlocked(event, pending, branches)
        if event.result is Lockout and branches:
            lockouts = list(self._locked(within, pending, wanted=True))
        else:
            lockouts = self._lockouts_after(self._attempts(branches), within, pending)
            if event.result is None:
                lockouts += self._locked(within, pending, wanted=True)
        if branches and lockouts:
            self._note_rules(branches)
            found = [Hypothesis(branch.state, branch.choices) for branch in branches]
            self._keep(found if event.result is not None else _untold(found))
            self._keep_lockouts(lockouts)
            return None
        return self._contradicted(event, within, pending)

    def _ended_unlocked(self, event: TokenEnded, pending: Pending, branches: list[Branch]) -> Contradiction | None:
        """Take the end of a token while nothing is known of the lockout; one that is accepted ends that."""
        if not branches:
            return self._contradicted(event, Span(pending.entered, event.at), pending)
        self._note_rules(branches)
        found = [Hypothesis(branch.state, branch.choices) for branch in branches]
        self._keep(found if event.result is not None else _untold(found))
        attempts = self._attempts(branches)
        if event.result is Accept and all(one.token_class in (0, 2) for one in attempts):
            lockout = self.declared.lockout
            if lockout is None or pending.carrier in lockout.carriers:
                self.lockouts = (Hypothesis(LockoutState(), {}),)
        return None

    def _note_rules(self, branches: Iterable[Branch]) -> None:
        """Tell by which rule the result of a token was judged, if it can have been one alone."""
        if self._reach is None:
            return
        rules = {branch.outcome.rule for branch in branches if branch.outcome is not None}
        if len(rules) == 1:
            self._reach(rules.pop(), self.alive[0].state, self._lockout)

    @property
    def _lockout(self) -> LockoutState | None:
        return self.lockouts[0].state if self.lockouts else None

    def _attempts(self, branches: Iterable[Branch]) -> set[Attempt]:
        return {
            branch.outcome.attempt for branch in branches if branch.outcome and branch.outcome.attempt is not None
        }

    def _locked(self, within: Span, pending: Pending, *, wanted: bool) -> Iterator[Hypothesis[LockoutState]]:
        """Yield the lockouts that lock a token out, or those that do not."""
        for one in self.lockouts:
            for is_so, choices in self._tried_lockout(one, partial(_locks, one, within, pending)):
                if is_so is wanted:
                    yield Hypothesis(one.state, choices)

    def _lockouts_after(
        self, attempts: Iterable[Attempt], within: Span, pending: Pending
    ) -> list[Hypothesis[LockoutState]]:
        if self.declared.lockout is None or pending.carrier not in self.declared.lockout.carriers:
            return list(self.lockouts)
        return [
            Hypothesis(state, choices)
            for one in self._locked(within, pending, wanted=False)
            for attempt in attempts
            for state, choices in self._tried_lockout(one, partial(_attempted, one, attempt, within))
        ]

    def _tried_lockout(
        self, one: Hypothesis[LockoutState], judge: Callable[[Situation], Iterable[_T]]
    ) -> Iterator[tuple[_T, Choices]]:
        return tried(self.declared, self.alive[0].state, one.choices, judge)

    def _restore_lockouts(self, at: int) -> None:
        went = self.alive[0].state.power_went
        self._keep_lockouts(
            [
                Hypothesis(state, choices)
                for one in self.lockouts
                for state, choices in self._tried_lockout(one, partial(_powered, one, went, at))
            ]
        )

    def _observe_lockout(self, value: Observed, at: int) -> Contradiction | None:
        if self._pending is not None:
            return None
        kept, unmet = [], []
        for one in self.lockouts:
            may_be = expected_lockout(one.state, at)
            if self._reach is not None and may_be is not None and one is self.lockouts[0]:
                self._reach(may_be.requirement, self.alive[0].state, one.state)
            if may_be is None or value in may_be:
                kept.append(one)
            else:
                unmet.append(may_be)
        if kept or not self.lockouts:
            self._keep_lockouts(kept)
            return None
        return None if self.is_overwhelmed else _differing("locked_out", value, unmet)

    # -- what cannot be ------------------------------------------------------------------------------------

    def _contradicted(self, event: TokenEnded, within: Span, pending: Pending) -> Contradiction:
        """Say what was expected in the place of a result, and go on with that for the truth."""
        assert event.result is not None  # noqa: S101 - what nobody saw contradicts nothing
        relaxed = self._branches(event, [Hypothesis(one.state, {}) for one in self.alive])
        may_run = not self.lockouts or any(True for _ in self._locked(within, pending, wanted=False))
        may_lock = not self.lockouts or any(True for _ in self._locked(within, pending, wanted=True))
        allowed = [
            branch.outcome
            for branch in self._branches(TokenEnded(None, event.at), self.alive)
            if branch.outcome is not None and (may_lock if branch.outcome.attempt is None else may_run)
        ]
        # where the token may have been processed, its own rule is broken, whatever a lockout would have made of it
        unlocked = [outcome for outcome in allowed if outcome.attempt is not None]
        inconstant = self._inconstant(event) if relaxed and may_run else ()
        contradiction = Contradiction(
            "result",
            event.result,
            tuple(sorted({str(outcome.result) for outcome in allowed})),
            _likeliest_first(outcome.rule for outcome in unlocked or allowed),
            inconstant,
        )
        if relaxed:
            self._keep([Hypothesis(branch.state, branch.choices) for branch in relaxed])
        else:
            self._keep([self._resumed(one, event.result) for one in self.alive])
        attempts = self._attempts(relaxed)
        self._keep_lockouts(self._lockouts_after(attempts, within, pending) or list(self.lockouts))
        return contradiction

    def _inconstant(self, event: TokenEnded) -> tuple[Trait, ...]:
        """Return the traits that explain a result if the meter has one of them both ways."""
        known = {trait for one in self.alive for trait in one.choices}
        return tuple(
            trait
            for trait in sorted(known, key=lambda trait: trait.name)
            if self._branches(event, [Hypothesis(one.state, _without(one.choices, trait)) for one in self.alive])
        )

    def _resumed(self, one: Hypothesis[MeterState], result: TokenStatus) -> Hypothesis[MeterState]:
        """Return a hypothesis that takes a result for the truth; of what an odd token did nothing is known."""
        state, pending = one.state, one.state.pending
        if pending is None:
            return one
        if result not in REFUSALS and result is not Lockout:
            reading = reading_of(Situation(self.declared, state, one.choices), pending.token)
            identifier = None if reading.content is None else identifier_of(reading.content)
            if identifier is not None and identifier not in state.identifiers.accepted:
                state = replace(state, identifiers=cancelled(state.identifiers, identifier))
            state = replace(state, credit=(None,) * 8, power_limit=None, unbalance_limit=None, is_tampered=None)
        status = frozenset({result}) if pending.carrier == "port" else state.status | {result}
        return Hypothesis(replace(state, pending=None, status=status), one.choices)

    def _may_have_ended(self, one: Hypothesis[MeterState], quantity: str, value: Observed, at: int) -> bool:
        """Return whether a value is seen since the token that was entered has been executed already."""
        if one.state.pending is None:
            return False
        for branch in step(self.declared, one.state, TokenEnded(None, at), one.choices):
            may_be = expected(self.declared, branch.state, quantity, at)
            if may_be is None or value in may_be:
                return True
        return False

    def _keep(self, found: list[Hypothesis[MeterState]]) -> None:
        self.alive = self._at_most(found)

    def _keep_lockouts(self, found: list[Hypothesis[LockoutState]]) -> None:
        self.lockouts = self._at_most(found)

    def _at_most(self, found: list[Hypothesis[_S]]) -> tuple[Hypothesis[_S], ...]:
        kept = _joined(found) if len(found) > 1 else found
        self.most_alive = max(self.most_alive, len(kept))
        if len(kept) > MOST_ALIVE:
            self.is_overwhelmed = True
            kept = kept[:MOST_ALIVE]
        return tuple(kept)


def _with_state(one: Hypothesis[_S], state: _S) -> Hypothesis[_S]:
    return one if state is one.state else Hypothesis(state, one.choices)


def _drawing(state: MeterState, at: int) -> MeterState:
    """Return a state in which a load draws since a value was taken that was told by an instant."""
    return replace(state, loaded_since=at - _READING) if state.load else state


def _without(choices: Choices, trait: Trait) -> Choices:
    return {other: option for other, option in choices.items() if other is not trait}


def _untold(found: list[Hypothesis[MeterState]]) -> list[Hypothesis[MeterState]]:
    """Return hypotheses after a token whose result nobody saw: they differ in what it did, if anything."""
    status = frozenset[TokenStatus]({CarrierStatus.RESERVED}).union(*(one.state.status for one in found))
    return [replace(one, state=replace(one.state, status=status, shown_test=None, cause=Cause())) for one in found]


def _locks(one: Hypothesis[LockoutState], within: Span, pending: Pending, now: Situation) -> tuple[bool, ...]:
    is_concerned = concerns(now, pending.token.token_class, pending.carrier)
    return (is_concerned and is_locked(now, one.state, within),)


def _attempted(
    one: Hypothesis[LockoutState], attempt: Attempt, within: Span, now: Situation
) -> tuple[LockoutState, ...]:
    return (after_attempt(now, one.state, attempt, within),)


def _powered(one: Hypothesis[LockoutState], went: int, back: int, now: Situation) -> tuple[LockoutState, ...]:
    return (after_power_cut(now, one.state, went, back),)


def _differing(quantity: str, value: Observed, unmet: Iterable[Expectation | None]) -> Contradiction:
    known = [one for one in unmet if one is not None]
    return Contradiction(
        quantity,
        value,
        tuple(sorted({str(one) for one in known})),
        _likeliest_first(one.requirement for one in known),
    )


def _likeliest_first(requirements: Iterable[str]) -> tuple[str, ...]:
    """Return requirements by the number of hypotheses that go by them."""
    counted = Counter(requirements)
    return tuple(sorted(counted, key=lambda one: (-counted[one], one)))


def _common(ways: list[Choices]) -> dict[Trait, str]:
    if not ways:
        return {}
    first, *others = ways
    return {
        trait: option for trait, option in first.items() if all(other.get(trait) == option for other in others)
    }


def _joined(found: list[Hypothesis[_S]]) -> list[Hypothesis[_S]]:
    """Return hypotheses of which those that have come to the same state under every option are one."""
    if any(isinstance(one.state, MeterState) and one.state.pending is not None for one in found):
        return found
    by_state: dict[_S, set[frozenset[tuple[Trait, str]]]] = {}
    for one in found:
        by_state.setdefault(one.state, set()).add(frozenset(one.choices.items()))
    return [
        Hypothesis(state, dict(choices)) for state, ways in by_state.items() for choices in _without_idle(ways)
    ]


def _by_names(way: Iterable[tuple[Trait, str]]) -> list[tuple[str, str]]:
    """Return what sorts ways alike in every process: what is joined first decides what else can be."""
    return sorted((trait.name, option) for trait, option in way)


def _without_idle(ways: set[frozenset[tuple[Trait, str]]]) -> set[frozenset[tuple[Trait, str]]]:
    """Return ways to one state without the traits that do not matter to it."""
    is_changed = len(ways) > 1
    while is_changed:
        is_changed = False
        for way in sorted(ways, key=_by_names):
            if any(other < way for other in ways):
                ways.discard(way)
                is_changed = True
                break
            for trait, option in sorted(way, key=lambda choice: choice[0].name):
                rest = way - {(trait, option)}
                if all(rest | {(trait, other)} in ways for other in trait.options):
                    ways -= {rest | {(trait, other)} for other in trait.options}
                    ways.add(rest)
                    is_changed = True
                    break
            if is_changed:
                break
    return ways
