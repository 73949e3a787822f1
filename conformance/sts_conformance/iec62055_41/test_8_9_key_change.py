"""IEC 62055-41, 8.9: key change token set. Every case brings the meter back to its declared key."""

import pytest

from sts62055.application.results import Accept, CRCError, KeyExpiredError, TokenResult, UsedError
from sts_fixtures import requirement
from sts_fixtures.declaration import DeclaredMeter
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import MintedToken, TokenMint


@pytest.fixture
def new(tokens: TokenMint, declared: DeclaredMeter) -> TokenMint:
    """Mint under the same vending key with another TariffIndex."""
    return tokens.under(tariff_index="02" if declared.attributes.tariff_index != "02" else "01")


def change_key(meter: MeterUnderTest, parts: tuple[MintedToken, ...]) -> None:
    """Enter a whole set that the case needs."""
    given(meter.enter_parts(parts), "no part of the set was accepted: see 41-8.9-completing")


@requirement("41-8.9-new-key")
@pytest.mark.parametrize("attribute", ["tariff_index", "key_revision_number"])
def test_a_token_under_the_new_key_is_accepted(
    meter: MeterUnderTest, tokens: TokenMint, new: TokenMint, declared: DeclaredMeter, attribute: str
) -> None:
    if attribute == "key_revision_number":
        new = tokens.under(key_revision_number=declared.attributes.key_revision_number % 9 + 1)
    with meter.key_change(tokens, new):
        meter.enter_parts(tokens.key_change_to(new))
        assert meter.enter(meter.harmless(new)).result is Accept


@requirement("41-8.9-old-key")
def test_a_token_under_the_old_key_is_refused(meter: MeterUnderTest, tokens: TokenMint, new: TokenMint) -> None:
    with meter.key_change(tokens, new):
        change_key(meter, tokens.key_change_to(new))
        assert meter.enter(meter.harmless(tokens.unlike(new))).result is CRCError


@requirement("41-8.9-performed")
def test_a_part_of_a_set_that_was_performed_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, new: TokenMint
) -> None:
    with meter.key_change(tokens, new):
        parts = tokens.key_change_to(new)
        change_key(meter, parts)
        assert meter.enter(next(part for part in parts if not new.is_authentic(part.digits))).result is CRCError


@requirement("41-8.9-incomplete")
def test_an_unfinished_set_leaves_the_key_as_it_is(
    meter: MeterUnderTest, tokens: TokenMint, new: TokenMint
) -> None:
    with meter.key_change(tokens, new):
        meter.enter_parts(tokens.key_change_to(new)[:-1])
        assert meter.enter(meter.harmless(tokens.unlike(new))).result is not CRCError


@requirement("41-8.9-crc")
def test_a_part_with_a_wrong_crc_is_refused(meter: MeterUnderTest, tokens: TokenMint, new: TokenMint) -> None:
    with meter.key_change(tokens, new):
        first, *others = tokens.key_change_to(new)
        assert meter.enter(tokens.with_crc_changed(first, 0x0101)).result is CRCError
        assert not meter.enter_parts(others), "the set was completed by a part with a wrong CRC"


@requirement("41-8.9-any-order")
@pytest.mark.parametrize("order", ["reversed", "last first"])
def test_the_parts_come_in_any_order(meter: MeterUnderTest, tokens: TokenMint, new: TokenMint, order: str) -> None:
    with meter.key_change(tokens, new):
        *others, last = tokens.key_change_to(new)
        meter.enter_parts((last, *others) if order == "last first" else (last, *reversed(others)))
        assert meter.enter(meter.harmless(new)).result is Accept


@requirement("41-8.9-parts")
def test_the_first_parts_are_answered_with_their_numbers(
    meter: MeterUnderTest, tokens: TokenMint, new: TokenMint
) -> None:
    with meter.key_change(tokens, new):
        *parts, _ = tokens.key_change_to(new)
        for part, kct in zip(parts, (TokenResult.FIRST_KCT, TokenResult.SECOND_KCT), strict=False):
            assert meter.enter(part).result is kct


@requirement("41-8.9-completing")
def test_the_part_that_completes_the_set_is_accepted(
    meter: MeterUnderTest, tokens: TokenMint, new: TokenMint
) -> None:
    with meter.key_change(tokens, new):
        *parts, last = tokens.key_change_to(new)
        meter.enter_parts(parts)
        assert meter.enter(last).result is Accept


@requirement("41-8.9-credit")
def test_a_key_change_leaves_the_credit_as_it_is(meter: MeterUnderTest, tokens: TokenMint, new: TokenMint) -> None:
    given(meter.enter(tokens.credit(kwh=1)).result is Accept, "there is no credit to keep: see 41-8.4-adds")
    with meter.key_change(tokens, new):
        credit = meter.credit()
        change_key(meter, tokens.key_change_to(new))
        assert meter.credit() == credit


@requirement("41-8.9-group")
def test_the_supply_group_is_that_of_the_set(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    present = int(declared.attributes.supply_group_code)
    new = tokens.under(supply_group_code=f"{(present + 1) % 1_000_000:06d}")
    parts = tokens.key_change_to(new)
    if len(parts) > 2:
        given(meter.supply_group_code() == present, "the meter shows another SupplyGroupCode: see 52-6.8.3-group")
    with meter.key_change(tokens, new):
        change_key(meter, parts)
        if len(parts) == 2:
            assert meter.supply_group_code() != present
        else:
            assert meter.supply_group_code() == (present + 1) % 1_000_000


@requirement("41-8.9-expiry")
def test_the_new_key_expires_as_the_set_says(meter: MeterUnderTest, tokens: TokenMint, new: TokenMint) -> None:
    present = tokens.identifier().key_expiry_part
    given(present > 0, "the base date is too near for a key that has expired")
    with meter.key_change(tokens, new):
        change_key(meter, tokens.key_change_to(new, key_expiry_number=present - 1))
        assert meter.enter(meter.harmless(new)).result is KeyExpiredError


@requirement("41-8.9-nonvolatile")
def test_the_new_key_outlasts_a_power_cut(meter: MeterUnderTest, tokens: TokenMint, new: TokenMint) -> None:
    with meter.key_change(tokens, new):
        change_key(meter, tokens.key_change_to(new))
        meter.cut_power()
        assert meter.enter(meter.harmless(new)).result is Accept


@requirement("41-8.9-power-cut")
def test_a_set_that_a_power_cut_interrupted_can_be_entered_again(
    meter: MeterUnderTest, tokens: TokenMint, new: TokenMint
) -> None:
    with meter.key_change(tokens, new):
        parts = tokens.key_change_to(new)
        meter.enter_parts(parts[:-1])
        meter.cut_power()
        meter.enter_parts(parts)
        assert meter.enter(meter.harmless(new)).result is Accept


@requirement("41-8.9-store")
def test_a_used_token_identifier_stays_used_under_the_new_key(
    meter: MeterUnderTest, tokens: TokenMint, new: TokenMint
) -> None:
    identifier = tokens.identifier()
    used = meter.harmless(tokens, identifier)
    given(meter.enter(used).result is Accept, "a new token was not accepted: see 41-7.3.7-valid")
    given(meter.enter(used).result is UsedError, "a used token is not refused as UsedError: see 41-7.3.7-used")
    with meter.key_change(tokens, new):
        change_key(meter, tokens.key_change_to(new))
        assert meter.enter(meter.harmless(new, identifier)).result is UsedError


@requirement("41-8.9-roll-over")
def test_roll_over_empties_the_store_of_token_identifiers(
    meter: MeterUnderTest, tokens: TokenMint, new: TokenMint
) -> None:
    identifier = tokens.identifier()
    used = meter.enter(meter.harmless(tokens, identifier))
    given(used.result is Accept, "a new token was not accepted: see 41-7.3.7-valid")
    with meter.key_change(tokens, new, refill=True):
        change_key(meter, tokens.key_change_to(new, roll_over=True))
        assert meter.enter(meter.harmless(new, identifier)).result is Accept
