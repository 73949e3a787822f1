"""IEC 62055-41, 8.9: key change token set. Every case brings the meter back to its declared key."""

from types import MappingProxyType

import pytest

from sts_fixtures.tokens.mutations import change_content, flip_crc
from stsbench import (
    Accept,
    CRCError,
    DeclaredMeter,
    KeyChanges,
    KeyExpiredError,
    MeterUnderTest,
    TokenMint,
    TokenResult,
    UsedError,
    precondition,
    requirement,
)

_OUT_OF_RANGE = MappingProxyType(
    {"KRN 0": (0, 36, 4, 0), "KRN 15": (0, 36, 4, 15), "TI 100": (1, 32, 8, 100), "TI 255": (1, 32, 8, 255)}
)
"""Which part of a set (6.2.7, 6.2.8) has it, its lowest bit in the content, its bits, and the value."""


@requirement("41-8.9-new-key")
@pytest.mark.parametrize("attribute", ["tariff_index", "key_revision_number"])
def test_a_token_under_the_new_key_is_accepted(
    meter: MeterUnderTest,
    keys: KeyChanges,
    tokens: TokenMint,
    other_key: TokenMint,
    declared: DeclaredMeter,
    attribute: str,
) -> None:
    if attribute == "key_revision_number":
        other_key = tokens.under(key_revision_number=declared.attributes.key_revision_number % 9 + 1)
    with keys.changing_to(other_key):
        keys.enter_until_accepted(tokens.key_change_to(other_key))
        assert meter.enter(other_key.smallest_effect()).result is Accept


@requirement("41-8.9-old-key")
def test_a_token_under_the_old_key_is_refused(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key))
        assert meter.enter(tokens.unlike(other_key).smallest_effect()).result is CRCError


@requirement("41-8.9-performed")
def test_a_part_of_a_set_that_was_performed_is_refused(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    with keys.changing_to(other_key):
        parts = tokens.key_change_to(other_key)
        keys.complete_or_skip(parts)
        assert (
            meter.enter(next(part for part in parts if not other_key.is_authentic(part.digits))).result is CRCError
        )


@requirement("41-8.9-incomplete")
def test_an_unfinished_set_leaves_the_key_as_it_is(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    with keys.changing_to(other_key):
        keys.enter_until_accepted(tokens.key_change_to(other_key)[:-1])
        assert meter.enter(tokens.unlike(other_key).smallest_effect()).result is Accept
        keys.require_completing(tokens.key_change_to(other_key))


@requirement("41-8.9-crc")
def test_a_part_with_a_wrong_crc_is_refused(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    with keys.changing_to(other_key):
        first, *others = tokens.key_change_to(other_key)
        assert meter.enter(flip_crc(first)).result is CRCError
        assert not keys.enter_until_accepted(others), "the set was completed by a part with a wrong CRC"
        keys.require_completing([first, *others])


@requirement("41-8.9-any-order")
def test_the_parts_come_in_any_order(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    before, after = tokens, other_key
    with keys.changing_to(other_key):
        for order in covering_orders(len(tokens.key_change_to(other_key))):
            parts = before.key_change_to(after)
            keys.enter_until_accepted(parts[place] for place in order)
            assert meter.enter(after.unlike(before).smallest_effect()).result is Accept
            before, after = after, before


def covering_orders(count: int) -> dict[tuple[int, ...], None]:
    """Return orders of some parts in which each part has each place once, and all in reverse."""
    parts = tuple(range(count))
    rotated = (parts[place:] + parts[:place] for place in parts[1:])
    return dict.fromkeys((*rotated, parts[::-1]))


@requirement("41-8.9-parts")
def test_the_first_parts_are_answered_with_their_numbers(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    with keys.changing_to(other_key):
        *parts, _ = tokens.key_change_to(other_key)
        for part, kct in zip(parts, (TokenResult.FIRST_KCT, TokenResult.SECOND_KCT), strict=False):
            assert meter.enter(part).result is kct


@requirement("41-8.9-completing")
def test_the_part_that_completes_the_set_is_accepted(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    with keys.changing_to(other_key):
        *parts, last = tokens.key_change_to(other_key)
        keys.enter_until_accepted(parts)
        assert meter.enter(last).result is Accept


@requirement("41-8.9-credit")
def test_a_key_change_leaves_the_credit_as_it_is(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    precondition(
        meter.enter(tokens.credit(kwh=1)).result is Accept, "there is no credit to keep", breaks="41-8.4-adds"
    )
    with keys.changing_to(other_key):
        credit = meter.credit()
        keys.complete_or_skip(tokens.key_change_to(other_key))
        assert meter.credit() == credit


@requirement("41-8.9-group")
def test_the_supply_group_is_that_of_the_set(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    present = int(declared.attributes.supply_group_code)
    new = tokens.under(supply_group_code=f"{(present + 1) % 1_000_000:06d}")
    parts = tokens.key_change_to(new)
    if len(parts) > 2:
        precondition(
            meter.supply_group_code() == present,
            "the meter shows another SupplyGroupCode, which the set of a case before may have cleared",
        )
    with keys.changing_to(new):
        keys.complete_or_skip(parts)
        if len(parts) == 2:
            assert meter.supply_group_code() != present
        else:
            assert meter.supply_group_code() == (present + 1) % 1_000_000


@requirement("41-8.9-expiry")
def test_the_new_key_expires_as_the_set_says(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    present = tokens.identifier().key_expiry_part
    precondition(present > 0, "the base date is too near for a key that has expired")
    identifier = tokens.identifier()
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key, key_expiry_number=present - 1))
        assert meter.enter(other_key.smallest_effect(identifier)).result is KeyExpiredError
    said = meter.enter(tokens.smallest_effect(identifier)).result
    assert said is Accept, f"a TokenIdentifier that was refused with an expired key got {said} with the next one"


@requirement("41-8.9-nonvolatile")
def test_the_new_key_outlasts_a_power_cut(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key))
        meter.cut_power()
        assert meter.enter(other_key.smallest_effect()).result is Accept


@requirement("41-8.9-store")
def test_a_used_token_identifier_stays_used_under_the_new_key(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    identifier = tokens.identifier()
    used = tokens.smallest_effect(identifier)
    precondition(meter.enter(used).result is Accept, "a new token was not accepted", breaks="41-7.3.7-valid")
    precondition(
        meter.enter(used).result is UsedError, "a used token is not refused as UsedError", breaks="41-7.3.7-used"
    )
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key))
        assert meter.enter(other_key.smallest_effect(identifier)).result is UsedError


@requirement("41-8.9-out-of-range")
@pytest.mark.parametrize("value", _OUT_OF_RANGE)
def test_a_set_with_a_value_out_of_range_is_taken_whole_or_not_at_all(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, value: str
) -> None:
    part, place, width, number = _OUT_OF_RANGE[value]
    parts = list(tokens.key_change_to(other_key))
    present = parts[part].block.content >> place & (1 << width) - 1
    parts[part] = change_content(parts[part], (present ^ number) << place, value)
    with keys.changing_to(other_key):
        is_accepted = keys.enter_until_accepted(parts)
        held, other = (other_key, tokens) if is_accepted else (tokens, other_key)
        result = meter.enter_patiently(held.unlike(other).smallest_effect).result
        assert result is Accept, f"a set with {value} was {'accepted' if is_accepted else 'refused'}: {result}"
        if not is_accepted:
            keys.require_completing(tokens.key_change_to(other_key))
