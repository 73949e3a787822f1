"""IEC 62055-41, 7.2.1: sequences of tokens and events, each with its own effect and no other.

In those that are drawn the effects are judged here; where each event follows each, the state watch judges them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from sts62055.application.amounts import MAXIMUM_AMOUNT
from sts62055.application.exact_amounts import greatest_amount_up_to, least_amount_from
from sts_fixtures.declaration.model import LAST_EXACT
from sts_fixtures.exploring.performing import Performer
from sts_fixtures.exploring.steps import ApplyLoad, CutPower, Enter, Kind, Reach, Step, Tamper, alphabet
from sts_fixtures.tokens.mutations import flip_crc
from stsbench import KeyChanges, LoadBank, MeterUnderTest, MintedToken, TokenMint, precondition, requirement

_STEPS = 45
_SEQUENCES = 2
_TOLD = 5
"""How many of the last events a failure names."""

_LOADED, _MOST_CREDIT = 10, 600
"""Seconds of load between two tokens, and how much credit they give at most, in 0,1 kWh."""
_EVENTS = frozenset(
    {
        Kind.CREDIT,
        Kind.POWER_LIMIT,
        Kind.OTHER_POWER_LIMIT,
        Kind.CLEAR_CREDIT,
        Kind.CLEAR_TAMPER,
        Kind.TEST_OF_ALL,
        Kind.WRONG_CRC,
        Kind.ACCEPTED_AGAIN,
        Kind.KEY_PART,
    }
)
_BY_ANOTHER_CARRIER = frozenset({Kind.CREDIT, Kind.WRONG_CRC})


@dataclass(frozen=True, slots=True)
class Held:
    """What a meter holds, as its registers show it: credit in 0,1 kWh, limit in watts, None for what it lacks."""

    credit: int
    power_limit: int | None
    is_tampered: bool | None

    def __str__(self) -> str:
        others = f"a power limit of {self.power_limit} W, tampered = {self.is_tampered}"
        return f"a credit of {self.credit / 10} kWh, {others}"


def held_by(meter: MeterUnderTest) -> Held:
    """Read what a meter holds."""
    meets = meter.declared.meets
    return Held(
        meter.credit(),
        meter.power_limit() if meets("maximum_power_limit") else None,
        meter.is_tampered() if meets("tamper_detection") else None,
    )


@dataclass(slots=True)
class Walker:
    """Draws what happens to a meter next, and knows what it must hold afterwards."""

    meter: MeterUnderTest
    tokens: TokenMint
    parts: list[MintedToken]
    random: Random
    held: Held
    may_tamper: bool
    used: list[MintedToken] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def step(self) -> None:
        """Let something happen, and fail the meter unless it holds what it must."""
        self.random.choice(list(self._acts()))()
        self.require_held()

    def require_held(self) -> None:
        """Fail the meter unless it holds what it must."""
        seen = held_by(self.meter)
        assert seen == self.held, f"{seen}, and not {self.held}, after {', '.join(self.done[-_TOLD:])}"

    def _acts(self) -> Iterator[Callable[[], None]]:
        meets = self.meter.declared.meets
        yield from (
            self.credit,
            self.credit,
            self.equal_credits,
            self.cut_power,
            self.test,
            self.refuse,
            self.part,
        )
        if meets("clear_credit"):
            yield self.clear
        if meets("maximum_power_limit"):
            yield from (self.limit, self.older_limit)
        if self.may_tamper:
            yield from (self.tamper, self.end_tamper)

    @property
    def _most(self) -> int:
        """The most that a token may give: what nobody can clear is to leave room for later cases."""
        return 300 if self.meter.declared.meets("clear_credit") else 2

    def _accept(self, token: MintedToken, **changes: object) -> None:
        said = self.meter.enter(token, is_judged=False)
        self.done.append(f"{token.what} ({said.reported})")
        precondition(said.may_be_accepted, f"{token.what} got {said.reported}", breaks="41-7.3.7-valid")
        self.used.append(token)
        self.held = replace(self.held, **changes)  # type: ignore[arg-type]

    def credit(self, units: int | None = None) -> None:
        """Enter credit; other credit than before, unless it is given."""
        units = units or self.random.randint(1, self._most)
        if self.held.credit + units < self.meter.declared.declaration.implements.credit_limit:
            self._accept(self.tokens.credit(units=units), credit=self.held.credit + units)

    def equal_credits(self) -> None:
        """Enter three credit tokens of one amount."""
        for _ in range(3):
            self.credit(min(20, self._most))

    def clear(self) -> None:
        """Clear the credit, and enter some."""
        self._accept(self.tokens.clear_credit(register=0), credit=0)
        self.require_held()
        self.credit()

    def limit(self, token: Callable[[int], MintedToken] | None = None) -> None:
        """Set a power limit."""
        least, greatest = self.meter.declared.declaration.implements.power_limit_range
        low, high = least_amount_from(least), greatest_amount_up_to(min(greatest, LAST_EXACT))
        watts = self.random.randint(low, max(low, high))
        mint = token or (lambda watts: self.tokens.maximum_power_limit(watts=watts))
        self._accept(mint(watts), power_limit=watts)

    def older_limit(self) -> None:
        """Set a power limit by a token that is older than one before it."""
        identifier = self.tokens.identifier()
        self.limit()
        self.limit(lambda watts: self.tokens.maximum_power_limit(watts=watts, identifier=identifier))

    def test(self) -> None:
        """Have the meter make a test, and take credit right after it."""
        number = self.random.choice([0, *self.meter.declared.declaration.implements.tests])
        said = self.meter.enter(self.tokens.display(number), is_judged=False)
        self.done.append(f"test number {number} ({said.reported})")
        self.credit()

    def tamper(self) -> None:
        """Open the cover and close it."""
        self.meter.tamper()
        self.done.append("tampering")
        self.held = replace(self.held, is_tampered=True)

    def end_tamper(self) -> None:
        """End a tamper condition, or none."""
        self._accept(self.tokens.clear_tamper_condition(), is_tampered=False)

    def cut_power(self) -> None:
        """Switch the meter off and on."""
        self.meter.cut_power()
        self.done.append("a power cut")

    def refuse(self) -> None:
        """Enter what is refused, and credit, so that no lockout comes near."""
        refused = [flip_crc(self.tokens.credit(units=5)), *self.used[-1:], *self.used[:1]]
        if self.meter.declared.meets("credit_limit_within_one_token"):
            refused.append(self.tokens.credit(units=MAXIMUM_AMOUNT))
        token = self.random.choice(refused)
        said = self.meter.enter(token, is_judged=False)
        self.done.append(f"{token.what} ({said.reported})")
        self.require_held()
        self.credit()

    def part(self) -> None:
        """Enter a part of a key change that is not completed yet."""
        self.enter_part(self.random.choice(self.parts[:-1]))

    def enter_part(self, part: MintedToken) -> None:
        """Enter one part of a key change, be it taken or not; and credit, where a refusal may count."""
        self.meter.enter_although_locked(part, is_judged=False)
        self.done.append(part.what)
        if self.meter.declared.declaration.implements.lockout_counts == "refusals":
            self.credit()


def events_of(meter: MeterUnderTest, loads: LoadBank) -> list[Step]:
    """Return what can happen to a meter on this bench without an operator."""
    carriers = meter.unattended_carriers
    steps = alphabet(meter.declared, Reach(carriers, meter.by_device, (), is_fresh=False))
    kinds = _EVENTS if meter.has_room_for(_MOST_CREDIT) else _EVENTS - {Kind.CREDIT}
    entered = {one: kinds & _BY_ANOTHER_CARRIER if place else kinds for place, one in enumerate(carriers)}
    events: list[Step] = [
        step
        for step in steps
        if isinstance(step, CutPower | Tamper) or (isinstance(step, Enter) and step.kind in entered[step.by])
    ]
    return [*events, ApplyLoad(loads.watts, _LOADED)] if "load" in meter.by_device else events


def each_after_each(events: Sequence[Step]) -> Iterator[Step]:
    """Yield a sequence in which every event comes once after every other, and after itself."""
    for place, event in enumerate(events):
        yield event
        for other in events[place + 1 :]:
            yield from (event, other)
    yield from events[:1]


@requirement("41-7.2.1-any-sequence")
def test_each_event_has_its_own_effect_after_each_other(
    meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank, observe_all: Callable[[], None]
) -> None:
    """The whole state is read after each; what it shows is judged by the state watch."""
    events, performer = events_of(meter, loads), Performer(meter, tokens)

    def look() -> None:
        observe_all()
        meter.allow_failures(performer.mint)

    meter.allow_failures(tokens)
    try:
        performer.perform(tuple(each_after_each(events)), look)
    finally:
        performer.go_home()


@requirement("41-7.2.1-any-sequence")
@pytest.mark.parametrize("number", range(1, _SEQUENCES + 1))
def test_each_token_has_its_own_effect_in_any_sequence(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, number: int
) -> None:
    with keys.changing_to(other_key):
        parts, own = tokens.key_change_to(other_key), tokens.unlike(other_key)
        may_tamper = meter.leave_tampered(own)
        walker = Walker(meter, own, list(parts), Random(f"sequence {number}"), held_by(meter), may_tamper)
        for _ in range(_STEPS):
            walker.step()
        for part in parts[:-1]:
            walker.enter_part(part)
        for happen in (walker.credit, walker.cut_power):
            happen()
            walker.require_held()
        keys.require_completing(parts)
        walker.done.append("the key change that was begun")
        walker.require_held()
        walker.cut_power()
        walker.require_held()
