"""IEC 62055-41, 8.9: key change with RO, by which a meter gets another base date.

A utility first has the meter take the set with RO, then tokens that count from the new base date. The meter has no
calendar: the TokenIdentifiers of other base dates are of their second year. Every case brings the meter back.
"""

import pytest

from sts62055.application.token_identifier import BaseDate
from stsbench import (
    Accept,
    CRCError,
    DeclaredMeter,
    KeyChanges,
    KeyExpiredError,
    MeterUnderTest,
    TokenMint,
    UsedError,
    precondition,
    requirement,
)


@pytest.fixture
def next_base(other_key: TokenMint, declared: DeclaredMeter) -> TokenMint:
    """Mint under another key, and from another base date."""
    present = declared.attributes.base_date
    return other_key.under(base_date=next(base for base in reversed(BaseDate) if base is not present))


@requirement("41-8.9-roll-over")
def test_roll_over_empties_the_store_of_token_identifiers(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    identifier = tokens.identifier()
    used = meter.enter(tokens.smallest_effect(identifier)).result
    precondition(used is Accept, "a new token was not accepted", breaks="41-7.3.7-valid")
    with keys.changing_to(other_key, roll_over=True):
        keys.complete_or_skip(tokens.key_change_to(other_key, roll_over=True))
        assert meter.enter(other_key.smallest_effect(identifier)).result is Accept


@requirement("41-8.9-roll-over")
def test_a_key_expires_that_came_with_roll_over(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint
) -> None:
    identifier = tokens.identifier()
    last = identifier.key_expiry_part - 1
    if not meter.declared.meets("key_expiry") or last < 0:
        return  # the case before has judged the requirement
    with keys.changing_to(other_key, roll_over=True):
        keys.complete_or_skip(tokens.key_change_to(other_key, key_expiry_number=last, roll_over=True))
        said = meter.enter(other_key.smallest_effect(identifier)).result
        assert said is KeyExpiredError, f"a token of the period after KEN {last} got {said}, with a key set by RO"


@requirement("41-8.9-roll-over-new-base")
def test_the_base_date_goes_from_each_one_to_the_next(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint
) -> None:
    mints = [mint.under(base_date=base) for mint, base in zip(keys.others(3), BaseDate, strict=True)]
    with keys.changing_to(*mints, roll_over=True):
        for before, after in zip((tokens, *mints), mints, strict=False):
            keys.enter_until_accepted(before.key_change_to(after, roll_over=True))
            assert meter.enter(after.unlike(before).smallest_effect()).result is Accept


@requirement("41-8.9-roll-over-old-base")
def test_a_token_of_the_former_base_date_is_lost(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, next_base: TokenMint
) -> None:
    late = tokens.unlike(next_base).smallest_effect()
    with keys.changing_to(next_base, roll_over=True):
        keys.complete_or_skip(tokens.key_change_to(next_base, roll_over=True))
        assert meter.enter(late).result is CRCError


@requirement("41-8.9-roll-over-keeps-credit")
def test_the_credit_outlasts_the_change_of_base_date(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, next_base: TokenMint
) -> None:
    precondition(
        meter.enter(tokens.credit(kwh=1)).result is Accept, "there is no credit to keep", breaks="41-8.4-adds"
    )
    with keys.changing_to(next_base, roll_over=True):
        credit = meter.credit()
        keys.complete_or_skip(tokens.key_change_to(next_base, roll_over=True))
        assert meter.credit() == credit


@requirement("41-8.9-roll-over-used")
def test_a_token_of_the_new_base_date_is_accepted_once(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, next_base: TokenMint
) -> None:
    with keys.changing_to(next_base, roll_over=True):
        keys.complete_or_skip(tokens.key_change_to(next_base, roll_over=True))
        token = next_base.smallest_effect()
        precondition(
            meter.enter(token).result is Accept, "a token was refused", breaks="41-8.9-roll-over-new-base"
        )
        assert meter.enter(token).result is UsedError
