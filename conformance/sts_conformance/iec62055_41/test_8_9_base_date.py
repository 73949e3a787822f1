"""IEC 62055-41, 8.9: key change with RO, by which a meter gets another base date.

A utility first has the meter take the set with RO, then tokens that count from the new base date. The meter has no
calendar: the TokenIdentifiers of other base dates are of their second year. Every case brings the meter back.
"""

import pytest

from sts62055.application.results import Accept, CRCError, UsedError
from sts62055.application.token_identifier import BaseDate
from sts_fixtures import requirement
from sts_fixtures.declaration.declared_meter import DeclaredMeter
from sts_fixtures.judging.judgement import given
from sts_fixtures.meter.key_changes import KeyChanging
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_fixtures.tokens.mint import TokenMint

_NEW_REFUSED = "a new token was not accepted: see 41-7.3.7-valid"


@pytest.fixture
def next_base(new: TokenMint, declared: DeclaredMeter) -> TokenMint:
    """Mint under another key, and from another base date."""
    present = declared.attributes.base_date
    return new.under(base_date=next(base for base in reversed(BaseDate) if base is not present))


@requirement("41-8.9-roll-over")
def test_roll_over_empties_the_store_of_token_identifiers(
    meter: MeterUnderTest, keys: KeyChanging, tokens: TokenMint, new: TokenMint
) -> None:
    identifier = tokens.identifier()
    given(meter.enter(meter.harmless(tokens, identifier)).result is Accept, _NEW_REFUSED)
    with keys.changing_to(new, roll_over=True):
        keys.take(tokens.key_change_to(new, roll_over=True))
        assert meter.enter(meter.harmless(new, identifier)).result is Accept


@requirement("41-8.9-roll-over-new-base")
def test_the_base_date_goes_from_each_one_to_the_next(
    meter: MeterUnderTest, keys: KeyChanging, tokens: TokenMint
) -> None:
    mints = [mint.under(base_date=base) for mint, base in zip(keys.others(3), BaseDate, strict=True)]
    with keys.changing_to(*mints, roll_over=True):
        for before, after in zip((tokens, *mints), mints, strict=False):
            keys.enter(before.key_change_to(after, roll_over=True))
            assert meter.enter(meter.harmless(after.unlike(before))).result is Accept


@requirement("41-8.9-roll-over-old-base")
def test_a_token_of_the_former_base_date_is_lost(
    meter: MeterUnderTest, keys: KeyChanging, tokens: TokenMint, next_base: TokenMint
) -> None:
    late = meter.harmless(tokens.unlike(next_base))
    with keys.changing_to(next_base, roll_over=True):
        keys.take(tokens.key_change_to(next_base, roll_over=True))
        assert meter.enter(late).result is CRCError


@requirement("41-8.9-roll-over-keeps-credit")
def test_the_credit_outlasts_the_change_of_base_date(
    meter: MeterUnderTest, keys: KeyChanging, tokens: TokenMint, next_base: TokenMint
) -> None:
    given(meter.enter(tokens.credit(kwh=1)).result is Accept, "there is no credit to keep: see 41-8.4-adds")
    with keys.changing_to(next_base, roll_over=True):
        credit = meter.credit()
        keys.take(tokens.key_change_to(next_base, roll_over=True))
        assert meter.credit() == credit


@requirement("41-8.9-roll-over-used")
def test_a_token_of_the_new_base_date_is_accepted_once(
    meter: MeterUnderTest, keys: KeyChanging, tokens: TokenMint, next_base: TokenMint
) -> None:
    with keys.changing_to(next_base, roll_over=True):
        keys.take(tokens.key_change_to(next_base, roll_over=True))
        token = meter.harmless(next_base)
        given(meter.enter(token).result is Accept, "a token was refused: see 41-8.9-roll-over-new-base")
        assert meter.enter(token).result is UsedError
