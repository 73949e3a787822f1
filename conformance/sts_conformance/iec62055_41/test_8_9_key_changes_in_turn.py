"""IEC 62055-41, 8.9: key changes one after the other, with everything that a meter holds looked at after each."""

from functools import partial
from itertools import cycle, islice, permutations

from sts62055.application.keys import KeyType
from sts_fixtures.meter.display import contains_value, shown_by_test
from sts_fixtures.meter.portrait import CREDIT, Item, displays_of, registers_of
from stsbench import (
    Accept,
    DeclaredMeter,
    KeyChanges,
    KeyExpiredError,
    MeterUnderTest,
    TokenIdentifier,
    TokenMint,
    UsedError,
    precondition,
    requirement,
)

_CUT_EACH, _INTERRUPTED_EACH = 4, 5
"""After how many key changes the power is cut, and after how many one is interrupted by a power cut."""

_EXPIRY = 0x8A
"""A KeyExpiryNumber whose halves differ, whose highest bit is set, and which is years ahead."""

_TARIFF_INDEXES = ("37", "52", "85", "38")
_TESTS = {4: "key_revision_number", 5: "tariff_index", 16: "supply_group_code"}
"""The test numbers of Table 27 that show what a key change brings."""


@requirement("41-8.9-in-turn")
def test_one_key_change_after_the_other_takes_place_whole(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    """The parts come in every order, each time another; power cuts come after some sets, and within some."""
    mints = new_keys(tokens, declared)
    count = len(tokens.key_change_to(mints[0]))
    orders = list(permutations(range(count)))
    number = max(len(orders), 2 * len(mints))
    turns = zip(islice(cycle(orders), number), islice(cycle(mints), number), strict=True)
    present, used = tokens, tokens.identifier()
    precondition(meter.enter(tokens.smallest_effect(used)).result is Accept, "a new token was not accepted")
    with keys.changing_to(*mints):
        meter.leave_tampered(tokens.unlike(mints[0]))
        after, is_shown = registers_of(meter), False
        for turn, (order, new) in enumerate(turns, 1):
            before = {**after, CREDIT: meter.credit()}
            parts = [present.key_change_to(new)[place] for place in order]
            what = f"key change {turn}, its parts in the order {' '.join(str(place + 1) for place in order)}"
            if turn % _INTERRUPTED_EACH == 0:
                keys.enter_until_accepted(parts[: min(2, count - 1)])
                require_attributes(meter, present, declared, f"a part of {what}", has_group=is_shown)
                meter.cut_power()
                is_taken = keys.enter_again(parts)
            else:
                is_taken = keys.enter_until_accepted(parts)
            assert is_taken, f"{what}, was not taken"
            if turn % _CUT_EACH == 0:
                meter.cut_power()
                what += " and a power cut"
            after = registers_of(meter)
            lost = [place for place in before if place[0] is not Item.KEY and after[place] != before[place]]
            assert not lost, f"after {what} the {lost[0][0]} is another one"
            is_shown = count > 2
            require_attributes(meter, new, declared, what, has_group=is_shown)
            again = meter.enter(new.unlike(present).smallest_effect(used)).result
            assert again is UsedError, f"a token that was used before got {again} after {what}"
            meter.allow_failures(new)
            present, used = new, new.identifier()
            taken = meter.enter(new.smallest_effect(used)).result
            assert taken is Accept, f"a new token got {taken} after {what}"


def new_keys(tokens: TokenMint, declared: DeclaredMeter) -> list[TokenMint]:
    """Return mints for keys that differ in tariff index and supply group, in as many bits as may be."""
    held = declared.attributes
    group = f"{999_999 - int(held.supply_group_code):06d}"
    first, second, third = [index for index in _TARIFF_INDEXES if index != held.tariff_index][:3]
    return [
        tokens.under(tariff_index=first),
        tokens.under(tariff_index=second, supply_group_code=group),
        tokens.under(tariff_index=third),
    ]


def require_attributes(
    meter: MeterUnderTest, new: TokenMint, declared: DeclaredMeter, what: str, *, has_group: bool
) -> None:
    """Fail the meter unless it shows the attributes of a new key."""
    attributes = new.issuer.attributes
    if has_group:
        shown = meter.shown_group()
        assert shown == int(attributes.supply_group_code), f"the SupplyGroupCode is {shown} after {what}"
    if not declared.meets("display"):
        return
    for number, name in _TESTS.items():
        if number in declared.declaration.implements.tests and (has_group or name != "supply_group_code"):
            text, value = shown_by_test(meter, new, number), str(getattr(attributes, name))
            assert contains_value(text, value), f"test {number} shows {text!r} after {what}, and not {value}"


@requirement("41-8.9-expiry-kept")
def test_the_expiry_of_the_new_key_is_that_of_the_set_for_good(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    late = TokenIdentifier((_EXPIRY + 1) << 16)
    precondition(tokens.identifier().key_expiry_part < _EXPIRY, "the base date is too long ago for this KEN")
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key, key_expiry_number=_EXPIRY))
        for after in ("the key change", "the key change and a power cut"):
            new = meter.enter(other_key.unlike(tokens).smallest_effect()).result
            assert new is Accept, f"a new token got {new} after {after} to KEN {_EXPIRY}"
            for token in (other_key.smallest_effect(late), other_key.management(late)):
                if token is not None:
                    expired = meter.enter(token).result
                    assert expired is KeyExpiredError, f"{token.what} got {expired} after {after} to KEN {_EXPIRY}"
            meter.cut_power()


@requirement("41-8.9-refused-set")
def test_a_set_that_is_refused_changes_nothing(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    """The set would bring a key of the factory: its other attributes are new, too."""
    group = new_keys(tokens, declared)[1].issuer.attributes.supply_group_code
    revision = declared.attributes.key_revision_number % 9 + 1
    new = tokens.under(tariff_index="52", supply_group_code=group, key_revision_number=revision)
    used = tokens.identifier()
    precondition(meter.enter(tokens.smallest_effect(used)).result is Accept, "a new token was not accepted")
    with keys.changing_to(new):
        registers, displays = registers_of(meter), displays_of(meter, tokens)
        parts = tokens.key_change_to(new, key_type=KeyType.DITK)
        said = [meter.enter(part).result for part in parts]
        precondition(Accept not in said, "the set was taken", breaks="41-6.5.2.4-ditk")
        now = {**registers_of(meter), **displays_of(meter, tokens)}
        for place, value in (registers | displays).items():
            shown = now.get(place, value)
            assert shown == value, f"{place[0]}: {value} before a set that was refused, {shown} after it"
        again = meter.enter_patiently(partial(tokens.unlike(new).smallest_effect, used)).result
        assert again is UsedError, f"a used token got {again} after a set that was refused"
        keys.require_completing(tokens.key_change_to(new))


def require_kept_at_the_end_of_time(meter: MeterUnderTest, tokens: TokenMint) -> None:
    """Fail the meter if it takes the greatest TokenIdentifier twice; another key change with RO is to follow."""
    last = TokenIdentifier(TokenIdentifier.MAXIMUM)
    if meter.enter(tokens.smallest_effect(last)).result is Accept:
        again = meter.enter(tokens.smallest_effect(last)).result
        assert again is UsedError, f"the greatest TokenIdentifier got {again} once it was accepted"


@requirement("41-8.9-roll-over-twice")
def test_each_key_change_with_ro_empties_the_store_and_nothing_else(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint
) -> None:
    keys.require_roll_over()
    mints = keys.others(2)
    meter.leave_tampered(tokens)
    present = tokens
    with keys.changing_to(*mints, roll_over=True):
        for turn, new in enumerate(mints, 1):
            used, other = (present.identifier() for _ in range(2))
            for identifier in (used, other):
                said = meter.enter(present.smallest_effect(identifier)).result
                precondition(said is Accept, f"a new token got {said}", breaks="41-7.3.7-valid")
            before = registers_of(meter) | displays_of(meter, present)
            parts = present.key_change_to(new, roll_over=True)
            keys.enter_until_accepted(parts[:-1])
            early = meter.enter_patiently(partial(present.unlike(new).smallest_effect, used)).result
            assert early is UsedError, f"a used token got {early} before a key change with RO was complete"
            keys.require_completing(parts)
            after = registers_of(meter) | displays_of(meter, new)
            for place, value in before.items():
                shown = after.get(place, value)
                is_same = place[0] is Item.KEY or shown == value
                assert is_same, f"{place[0]} ({place[1]}): {value} before a key change with RO, {shown} after it"
            again = meter.enter(new.unlike(present).smallest_effect(used)).result
            assert again is Accept, f"a token of before got {again} after key change {turn} with RO"
            meter.cut_power()
            twice = meter.enter(new.smallest_effect(used)).result
            assert twice is UsedError, f"it got {twice} once it was accepted after that"
            if turn == 1:
                require_kept_at_the_end_of_time(meter, new)
            back = meter.enter(new.unlike(present).smallest_effect(other)).result
            assert back is Accept, f"a token of before got {back} after key change {turn} with RO and a power cut"
            present = new
