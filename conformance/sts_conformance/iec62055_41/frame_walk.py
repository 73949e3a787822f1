"""A walk through all kinds of tokens and events, with a look at everything that the meter holds after each."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sts62055.application.amounts import MAXIMUM_AMOUNT
from sts62055.application.exact_amounts import greatest_amount_up_to, least_amount_from
from sts62055.application.tokens import ALL_REGISTERS
from sts_fixtures.declaration.model import LAST_EXACT
from sts_fixtures.errors import InstrumentMissing, NotTested, PreconditionNotMet
from sts_fixtures.meter.display import IN_UNITS
from sts_fixtures.meter.portrait import Item, Place, Portrait, displays_of, other_credits, registers_of
from sts_fixtures.tokens.mutations import change_content, flip_crc
from sts_rigs.actions import ActionNotPerformed
from stsbench import KeyChanges, LoadBank, MeterUnderTest, MintedToken, TokenIdentifier, TokenMint

__all__ = ["Change", "FrameWalk"]

_ODD_PAD = 0x0F00
_RESERVED_REGISTER = 8
_UNKNOWN_KINDS = ((0, 8), (2, 10), (2, 15))
_GREAT_AMOUNTS = (100_000, 1_000_000, 9_900_000)
"""Credit in units of 0,1 kWh whose Amounts have the exponents 1, 2 and 3."""


@dataclass(frozen=True, slots=True)
class Change:
    """An item that changed, by something that is not to change it."""

    place: Place
    before: object
    after: object
    by: str

    def __str__(self) -> str:
        item, where = self.place
        return f"{item} ({where}): {self.before} before and {self.after} after {self.by}"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens to a meter: touches are the places that it may change, if it is accepted.

    do: does it, and returns whether the meter accepted it; comes_after: whether a token that keeps a lockout away
    may have come just before.
    """

    name: str
    do: Callable[[], bool]
    touches: frozenset[Place | Item] = frozenset()
    comes_after: bool = False


class FrameWalk:
    """Walks once, and keeps what changed that should not have: whoever asks first makes it walk."""

    def __init__(self) -> None:
        self._walked: _Walk | None = None

    def changes(
        self, item: Item, meter: MeterUnderTest, tokens: TokenMint, keys: KeyChanges, loads: LoadBank
    ) -> list[Change]:
        """Return how an item changed by what is not to change it; NotTested if nothing has shown it."""
        if self._walked is None:
            walk = _Walk(meter, tokens, keys, loads)
            walk.walk()
            self._walked = walk
        if item not in self._walked.seen:
            raise NotTested(f"the {item} is on the display alone, and no device of the bench reads that")
        return [one for one in self._walked.found if one.place[0] is item]


@dataclass(slots=True)
class _Walk:
    meter: MeterUnderTest
    tokens: TokenMint
    keys: KeyChanges
    loads: LoadBank
    found: list[Change] = field(default_factory=list)
    seen: set[Item] = field(default_factory=set)
    _steady: frozenset[Place] = frozenset()
    _shown: Portrait | None = None

    def walk(self) -> None:
        """Let everything happen to a meter that holds something of everything, and find what changed wrongly."""
        self.keys.refill()
        self._count_energy()
        self._steady = self._shown_steadily()
        self._stage(self._power_cuts())
        self._enrich()
        self._stage(self._credits())
        used = [(token, item) for token, item in self._valid() if self.meter.enter(token).may_be_accepted]
        self._enrich()
        self._stage(self._refused(used))
        self._stage(self._tampering())
        for acts in (self._power_cuts, self._power_limits, self._unbalance_limits):
            self._stage(acts())
        self._stage(self._tests())
        self._change_key()
        for act in self._clearing():
            self._stage([act])

    def _stage(self, acts: Iterable[Act]) -> None:
        """Let acts happen: the registers are looked at after each, the display after all of them."""
        displays, registers = self._shown or self._displays(), registers_of(self.meter)
        touched, names = set[Place | Item](), list[str]()
        for act in acts:
            before = registers_of(self.meter) if act.comes_after else registers
            touches = act.touches if act.do() else frozenset[Place | Item]()
            registers = registers_of(self.meter)
            self._compare(before, registers, touches, act.name)
            touched |= touches
            names.append(act.name)
        if names:
            self._shown = self._displays()
            self._compare(displays, self._shown, touched, ", ".join(names))

    def _compare(self, before: Portrait, after: Portrait, touches: Iterable[Place | Item], by: str) -> None:
        free = frozenset(touches)
        for place, value in before.items():
            self.seen.add(place[0])
            if free.isdisjoint((place, place[0])) and after.get(place, value) != value:
                self.found.append(Change(place, value, after[place], by))

    def _shown_steadily(self) -> frozenset[Place]:
        """Return what the display shows twice alike: a clock beside a value is free."""
        first, again = displays_of(self.meter, self.tokens), displays_of(self.meter, self.tokens)
        return frozenset(place for place, shown in first.items() if again.get(place) == shown)

    def _displays(self) -> Portrait:
        shown = displays_of(self.meter, self.tokens)
        return {place: value for place, value in shown.items() if place in self._steady}

    # -- what the meter holds --------------------------------------------------------------------------------

    def _count_energy(self) -> None:
        """Let the meter count some energy, where the bench has a load."""
        is_possible = "load" in self.meter.by_device and self.meter.declared.meets("credit_key")
        if is_possible and self.meter.energy() == 0:
            with suppress(ActionNotPerformed, InstrumentMissing, NotTested, PreconditionNotMet):
                self.loads.prepare()
                with self.loads.on():
                    self.loads.draw(1)

    def _enrich(self) -> None:
        """Let the meter hold something of everything, tampering as well where it takes credit then.

        That comes last: any token before it may end it wrongly, and is to be seen to.
        """
        self._shown = None
        for token in (*self._electricity(17), *self._other_credit()):
            self.meter.enter(token)
        if self.meter.declared.meets("maximum_power_limit"):
            self.meter.enter(self.tokens.usual_power_limit())
        if self.meter.declared.meets("phase_unbalance_limit"):
            self.meter.enter(self.tokens.usual_unbalance_limit())
        self.meter.leave_tampered(self.tokens)

    # -- acts ------------------------------------------------------------------------------------------------

    def _enter(self, token: MintedToken, *touches: Place | Item) -> Act:
        return Act(token.what, lambda: self.meter.enter(token).may_be_accepted, frozenset(touches))

    def _refuse(self, token: MintedToken, *touches: Place | Item) -> Act:
        """Return an act that a meter refuses, and which may count for a lockout."""
        self.meter.allow_failures(self.tokens)
        return replace(self._enter(token, *touches), comes_after=True)

    def _power_cuts(self) -> Iterator[Act]:
        def cut_power() -> bool:
            self.meter.cut_power()
            return True

        yield Act("a power cut", cut_power)
        yield Act("another power cut", cut_power)

    def _tampering(self) -> Iterator[Act]:
        def tamper() -> bool:
            self.meter.tamper()
            return True

        if self.meter.declared.meets("tamper_detection"):
            tampering = Act("tampering", tamper, frozenset({Item.TAMPERING}))
            yield from (self._clear_tampering(), tampering, *self._power_cuts(), self._clear_tampering())
            if self.meter.leave_tampered(self.tokens):
                yield from (self._clear_tampering(), tampering)

    def _clear_tampering(self) -> Act:
        return self._enter(self.tokens.clear_tamper_condition(), Item.TAMPERING)

    def _credits(self) -> Iterator[Act]:
        limit = self.meter.declared.declaration.implements.credit_limit
        great = _GREAT_AMOUNTS if self.meter.declared.meets("clear_credit") else ()
        for units in (3, *great):
            if self.meter.credit() + units < limit:
                for token in self._electricity(units):
                    yield self._enter(token, Item.CREDIT)
        for token in self._other_credit():
            yield self._enter(token, Item.OTHER_CREDIT)

    def _electricity(self, units: int, identifier: TokenIdentifier | None = None) -> Iterator[MintedToken]:
        if self.meter.declared.meets("credit_key"):
            yield self.tokens.credit(units=units, identifier=identifier)

    def _other_credit(self) -> Iterator[MintedToken]:
        implements = self.meter.declared.declaration.implements
        if self.meter.declared.meets("credit_key"):
            for utility in implements.utilities:
                if utility != "electricity":
                    yield self.tokens.credit(units=100, subclass=IN_UNITS[utility])
            for utility in implements.currencies:
                yield self.tokens.currency_credit(units=1_600_000, utility=utility)

    def _power_limits(self) -> Iterator[Act]:
        implements = self.meter.declared.declaration.implements
        if implements.maximum_power_limit:
            for watts in _some_within(implements.power_limit_range):
                yield self._enter(self.tokens.maximum_power_limit(watts=watts), Item.POWER_LIMIT)

    def _unbalance_limits(self) -> Iterator[Act]:
        implements = self.meter.declared.declaration.implements
        if implements.phase_unbalance_limit:
            for watts in _some_within(implements.unbalance_limit_range):
                token = self.tokens.maximum_phase_power_unbalance_limit(watts=watts)
                yield self._enter(token, Item.UNBALANCE_LIMIT)

    def _tests(self) -> Iterator[Act]:
        for number in sorted({0, *self.meter.declared.declaration.implements.tests}):
            yield self._enter(self.tokens.display(number))

    def _change_key(self) -> None:
        def change() -> bool:
            self.keys.complete_or_skip(self.tokens.key_change_to(other))
            return True

        other = self.keys.others(1)[0]
        with self.keys.changing_to(other):
            self._stage([Act("a key change", change, frozenset({Item.KEY}))])
        self._shown = None

    def _clearing(self) -> Iterator[Act]:
        meets = self.meter.declared.meets
        if meets("clear_credit"):
            yield self._clear(0, Item.CREDIT)
            for register, place in other_credits(self.meter).items():
                yield self._clear(register, place)
            yield self._clear(ALL_REGISTERS, Item.CREDIT, Item.OTHER_CREDIT)
            for old in self._electricity(7, TokenIdentifier(0)):
                yield self._enter(old, Item.CREDIT)
        if meets("tamper_detection"):
            yield self._clear_tampering()
        for token in self._electricity(10):
            yield self._enter(token, Item.CREDIT)

    def _clear(self, register: int, *touches: Place | Item) -> Act:
        return self._enter(self.tokens.clear_credit(register=register), *touches)

    def _refused(self, used: Iterable[tuple[MintedToken, Item]]) -> Iterator[Act]:
        tokens, refuse = self.tokens, self._refuse
        for token, item in used:
            yield refuse(token, item)
        for token, item in self._valid(TokenIdentifier(0)):
            yield refuse(token, item)
        for token, item in self._valid():
            yield refuse(flip_crc(token), item)
        yield refuse(tokens.for_other_meter().smallest_effect())
        yield refuse(tokens.display(0, manufacturer_code=self.meter.declared.foreign_codes[0]))
        yield refuse(flip_crc(tokens.display(0)))
        for kind in _UNKNOWN_KINDS:
            if kind[1] not in self.meter.declared.declaration.implements.management_subclasses:
                yield refuse(tokens.of_kind(*kind, value=1))
        yield refuse(tokens.clear_credit(register=_RESERVED_REGISTER), Item.CREDIT)
        if self.meter.declared.meets("credit_limit_within_one_token"):
            yield refuse(tokens.credit(units=MAXIMUM_AMOUNT), Item.CREDIT)
        if self.meter.declared.meets("tamper_detection"):
            odd = change_content(tokens.clear_tamper_condition(), _ODD_PAD, "an odd Pad")
            yield refuse(odd, Item.TAMPERING)
        for watts in self._beyond():
            yield refuse(tokens.maximum_power_limit(watts=watts), Item.POWER_LIMIT)

    def _valid(self, identifier: TokenIdentifier | None = None) -> Iterator[tuple[MintedToken, Item]]:
        """Yield a token of each kind, with what it changes."""
        declared, tokens = self.meter.declared, self.tokens
        if declared.meets("credit_key"):
            yield tokens.credit(units=7, identifier=identifier), Item.CREDIT
        if declared.meets("maximum_power_limit"):
            least = declared.declaration.implements.power_limit_range[0]
            yield (
                tokens.maximum_power_limit(watts=least_amount_from(least), identifier=identifier),
                Item.POWER_LIMIT,
            )
        if declared.meets("clear_credit"):
            yield tokens.clear_credit(register=0, identifier=identifier), Item.CREDIT
        if declared.meets("tamper_detection"):
            yield tokens.clear_tamper_condition(identifier=identifier), Item.TAMPERING

    def _beyond(self) -> Iterator[int]:
        """Yield power limits that the meter is declared to refuse."""
        implements = self.meter.declared.declaration.implements
        if implements.maximum_power_limit:
            least, greatest = implements.power_limit_range
            if least > 1:
                yield greatest_amount_up_to(least - 1)
            if greatest < MAXIMUM_AMOUNT:
                yield least_amount_from(greatest + 1)


def _some_within(ends: list[int]) -> Iterator[int]:
    """Yield watts from one end of a range to the other that a token writes exactly."""
    least, greatest = ends
    top = greatest_amount_up_to(min(greatest, LAST_EXACT))
    yield from sorted({least_amount_from(least), greatest_amount_up_to((least + top) // 2), top})
