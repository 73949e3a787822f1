"""IEC 62055-41, 8.9: a key change that is interrupted. Every case brings the meter back to its declared key.

What becomes of parts that are repeated, given up or interrupted is free, so sets are entered twice where needed.
"""

from collections.abc import Callable, Iterator

import pytest

from sts_conformance.iec62055_41.power_cuts import cut_within, require_cuts_at_once
from sts_conformance.iec62055_41.unfinished_sets import timeout
from sts_conformance.iec62055_52.annex_a.spoiling import send_what_concerns_no_token
from sts_fixtures.errors import NotTested
from sts_fixtures.meter.display import contains_value, shown_by_test
from sts_fixtures.tokens.mutations import change_content, flip_crc
from stsbench import (
    MILLISECOND,
    Accept,
    DeclaredMeter,
    KeyChanges,
    KeyExpiredError,
    MeterUnderTest,
    MintedToken,
    PortCarrier,
    Profile,
    TokenIdentifier,
    TokenMint,
    precondition,
    requirement,
)

_EXPIRY = 0x8A
"""A KeyExpiryNumber years ahead, which is less in either half than those of the parts that are replaced."""
_SHOWN = {4: "key_revision_number", 5: "tariff_index"}
"""The test numbers of Table 27 that show an attribute of the key."""
_WITHOUT_GROUP, _WITH_GROUP = 2, 3
_CUTS = 6
_CUTS_WHILE_BUSY = 4


@requirement("41-8.9-repeated")
def test_a_part_that_comes_twice_does_not_spoil_the_set(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    with keys.changing_to(other_key):
        parts = tokens.key_change_to(other_key)
        keys.enter_until_accepted([parts[0], parts[0]])
        keys.enter_again(parts)
        assert meter.enter(other_key.smallest_effect()).result is Accept


@requirement("41-8.9-given-up")
def test_a_part_of_a_set_that_was_given_up_does_not_spoil_the_next_set(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    # Both sets bring the same key: whatever a meter makes of their parts, it is a key that can be changed back.
    other_expiry = 255 if declared.declaration.decoder_key.key_expiry < 0xF0 else 0xEF
    with keys.changing_to(other_key):
        keys.enter_until_accepted(tokens.key_change_to(other_key, key_expiry_number=other_expiry)[:1])
        keys.enter_again(tokens.key_change_to(other_key))
        assert meter.enter(other_key.smallest_effect()).result is Accept


@requirement("41-8.9-given-up")
def test_a_part_in_the_place_of_another_brings_all_that_it_says(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    """Where the meter takes it: KRN, the halves of KEN, TI and SupplyGroupCode are those of the last of its kind.

    The bits of the key are the same in both: whatever comes of it, the meter can be brought back.
    """
    late = TokenIdentifier((_EXPIRY + 1) << 16)
    has_expiry = declared.meets("key_expiry") and tokens.identifier().key_expiry_part <= _EXPIRY
    number = _EXPIRY if has_expiry else None
    before, after = tokens, other_key
    with keys.changing_to(other_key):
        for place, mask in enumerate(differing(tokens, declared)):
            parts = before.key_change_to(after, key_expiry_number=number)
            other, of = f"other attributes in part {place + 1}", f"a set whose part {place + 1} replaced another"
            keys.enter_until_accepted([change_content(parts[place], mask, other)])
            is_replaced = not meter.enter(parts[place]).is_refused
            precondition(keys.enter_again(parts), "the set was not taken", breaks="41-8.9-repeated")
            taken = meter.enter_patiently(after.unlike(before).smallest_effect).result
            assert taken is Accept or not is_replaced, f"a new token got {taken} after {of}"
            if is_replaced and len(parts) > _WITHOUT_GROUP and declared.meets("port"):
                group, code = meter.shown_group(), int(after.issuer.attributes.supply_group_code)
                assert group == code, f"the SupplyGroupCode is {group} after {of}, and not {code}"
            for test, name in _SHOWN.items() if is_replaced and "display" in meter.by_device else ():
                if test in declared.declaration.implements.tests:
                    text, due = shown_by_test(meter, after, test), getattr(after.issuer.attributes, name)
                    assert contains_value(text, str(due)), f"test {test} shows {text!r} after {of}, and not {due}"
            if is_replaced and has_expiry:
                expired = meter.enter(after.smallest_effect(late)).result
                assert expired is KeyExpiredError, f"a token of after KEN {number} got {expired} after {of}"
                meter.allow_failures(after)
            before, after = after, before


def differing(tokens: TokenMint, declared: DeclaredMeter) -> list[int]:
    """Return for each part of a set the bits by which another differs from it in all attributes that it has."""
    attributes = declared.attributes
    revision, index = attributes.key_revision_number, int(attributes.tariff_index)
    count = len(tokens.key_change_to(tokens))
    first = 4 << 40 | (revision ^ revision % 9 + 1) << 36
    second = 5 << 40 | (index ^ (index + 1) % 100) << 32
    group = int(attributes.supply_group_code) >> 12
    upper = (group ^ group - 1 if group else 1) << 32
    return [first, second, *([1 << 32] if count > _WITH_GROUP else []), upper][:count]


@requirement("41-8.9-credit-between")
@pytest.mark.usefixtures("working_credit")
def test_credit_that_comes_between_the_parts_of_a_set_is_added(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    with keys.changing_to(other_key):
        keys.enter_until_accepted(tokens.key_change_to(other_key)[:-1])
        credit, token = meter.credit(), tokens.unlike(other_key).credit(kwh=1)
        meter.enter(token)
        assert meter.credit() == credit + token.units


@requirement("41-8.9-token-between")
def test_a_token_that_comes_between_the_parts_does_not_spoil_the_set(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    with keys.changing_to(other_key):
        parts = tokens.key_change_to(other_key)
        keys.enter_until_accepted(parts[:-1])
        meter.enter(tokens.unlike(other_key).smallest_effect())
        keys.enter_again(parts)
        assert meter.enter(other_key.smallest_effect()).result is Accept


@requirement("41-8.9-token-between")
def test_a_token_of_any_kind_between_the_parts_spoils_none_of_them(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    """Where the part that was missing then completes the set, it brings the right key."""
    before, after = tokens, other_key
    with keys.changing_to(other_key):
        for mint in of_other_kinds(meter):
            between = mint(before.unlike(after))
            *parts, last = before.key_change_to(after)
            keys.enter_until_accepted(parts)
            meter.enter_although_locked(between, is_judged=False)
            if not keys.enter_until_accepted([last]):
                keys.enter_again([*parts, last])
            said = meter.enter_patiently(after.unlike(before).smallest_effect).result
            assert said is Accept, f"a new token got {said} after a set with {between.what} between its parts"
            before, after = after, before


def of_other_kinds(meter: MeterUnderTest) -> Iterator[Callable[[TokenMint], MintedToken]]:
    """Yield what mints a token that is no credit, of each kind that the meter takes, and one that fails."""
    meets = meter.declared.meets
    yield lambda tokens: tokens.display(0)
    yield lambda tokens: flip_crc(tokens.smallest_effect())
    if meets("maximum_power_limit"):
        yield lambda tokens: tokens.usual_power_limit()
    if meets("tamper_detection"):
        yield lambda tokens: tokens.clear_tamper_condition()
    if meets("clear_credit"):
        yield lambda tokens: tokens.clear_credit()


@requirement("41-8.9-kept-until-timeout")
def test_a_set_can_be_completed_until_its_time_is_over(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    limit, margin = timeout(declared)
    with keys.changing_to(other_key):
        *parts, last = tokens.key_change_to(other_key)
        end = meter.now() + limit - margin
        keys.enter_until_accepted(parts)
        precondition(meter.now() <= end, "the parts could not be entered within the time-out of a key change")
        meter.wait(end - meter.now())
        keys.enter_until_accepted([last])
        assert meter.enter(other_key.smallest_effect()).result is Accept


@requirement("41-8.9-kept-until-timeout")
def test_a_set_can_be_completed_whatever_is_no_token_comes_between(
    client: PortCarrier,
    meter: MeterUnderTest,
    keys: KeyChanges,
    tokens: TokenMint,
    other_key: TokenMint,
    declared: DeclaredMeter,
    profile: Profile,
) -> None:
    """Tampering is no token either, where it does not keep tokens out."""
    limit, margin = timeout(declared)
    is_tampered = meter.leave_tampered(tokens.unlike(other_key))
    if is_tampered:
        meter.enter_although_locked(tokens.clear_tamper_condition())
    with keys.changing_to(other_key):
        *parts, last = tokens.key_change_to(other_key)
        keys.enter_until_accepted(parts[:1])
        end = meter.now() + limit - margin
        if is_tampered:
            meter.tamper()
        send_what_concerns_no_token(client, profile, meter)
        keys.enter_until_accepted(parts[1:])
        if meter.now() > end:
            raise NotTested("the parts could not be entered within the time-out of a key change")
        between = "tampering and other messages" if is_tampered else "other messages"
        assert keys.enter_until_accepted([last]), f"a set was not completed, with {between} between its parts"
    if is_tampered:
        meter.enter_although_locked(tokens.clear_tamper_condition())


@requirement("41-8.9-timeout")
@pytest.mark.parametrize("is_cut", [False, True], ids=["with power", "after a power cut"])
def test_a_set_cannot_be_completed_after_its_time_is_over(
    meter: MeterUnderTest,
    keys: KeyChanges,
    tokens: TokenMint,
    other_key: TokenMint,
    declared: DeclaredMeter,
    is_cut: bool,
) -> None:
    limit, margin = timeout(declared)
    with keys.changing_to(other_key):
        *parts, last = tokens.key_change_to(other_key)
        keys.enter_until_accepted(parts)
        if is_cut:
            meter.cut_power()
        meter.wait(limit + margin)
        keys.enter_until_accepted([last])
        assert meter.enter(tokens.unlike(other_key).smallest_effect()).result is Accept
        keys.require_completing([*parts, last])


@requirement("41-8.9-timeout")
def test_no_part_of_a_set_is_left_after_its_time_is_over(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    limit, margin = timeout(declared)
    with keys.changing_to(other_key):
        first, *others = tokens.key_change_to(other_key)
        keys.enter_until_accepted([first, *others[:-1]])
        meter.wait(limit + margin)
        is_complete = keys.enter_until_accepted(others)
        assert not is_complete, "a set was completed without its first part, once its time was over"
        keys.require_completing([first, *others])


@requirement("41-8.9-power-cut")
def test_a_set_that_a_power_cut_interrupted_can_be_entered_again(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    before, after = tokens, other_key
    with keys.changing_to(other_key):
        for count in range(1, len(tokens.key_change_to(other_key))):
            parts = before.key_change_to(after)
            keys.enter_until_accepted(parts[:count])
            meter.cut_power()
            keys.enter_again(parts)
            assert meter.enter(after.unlike(before).smallest_effect()).result is Accept
            before, after = after, before


@requirement("41-8.9-power-cut-completing")
def test_a_power_cut_at_completion_leaves_the_key_before_or_the_new_one(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, client: PortCarrier
) -> None:
    require_cuts_at_once(meter)
    reference = meter.enter(tokens.smallest_effect())
    precondition(reference.result is Accept, "a new token was not accepted", breaks="41-7.3.7-valid")
    before, after = tokens, other_key
    with keys.changing_to(other_key):
        for cut in (reference.ready_by * number // _CUTS_WHILE_BUSY for number in range(_CUTS)):
            *parts, last = before.key_change_to(after)
            keys.enter_until_accepted(parts)
            cut_within(meter, client, last, cut)
            held = keys.held(before, after)
            assert len(held) == 1, (
                f"power cut {cut // MILLISECOND} ms after the last part: {len(held)} keys of 2 fit"
            )
            meter.allow_failures(held[0])
            if held == [before]:
                keys.enter_again((*parts, last))
                assert meter.enter(after.unlike(before).smallest_effect()).result is Accept
            before, after = after, before
