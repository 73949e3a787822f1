"""IEC 62055-41, 7.3.6: TokenAuthentication."""

import pytest

from sts62055.application.interpretation import Coding
from sts62055.application.keys import KeyType
from sts62055.application.token_identifier import BaseDate
from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from sts_fixtures.tokens.mutations import change_class, flip_crc
from stsbench import (
    Accept,
    CRCError,
    DeclaredMeter,
    MeterUnderTest,
    MfrCodeError,
    Profile,
    TokenMint,
    precondition,
    requirement,
)

_RANDOM_NUMBERS = 40
"""Bits that are another maker's code in binary and in BCD, unless one of the two is our own."""


@requirement("41-7.3.6-crc")
@pytest.mark.parametrize("bit", range(16))
def test_a_token_with_a_flipped_crc_bit_is_refused(meter: MeterUnderTest, tokens: TokenMint, bit: int) -> None:
    token = flip_crc(tokens.smallest_effect(), 1 << bit)
    assert meter.enter(token).result is CRCError


@requirement("41-7.3.6-class")
@pytest.mark.parametrize("token_class", [0, 2])
def test_a_token_made_another_class_is_refused(meter: MeterUnderTest, tokens: TokenMint, token_class: int) -> None:
    before = snapshot(meter)
    token = change_class(tokens.of_kind(2 - token_class, 0, value=100), token_class)
    assert meter.enter(token).result is CRCError
    assert difference(before, meter) == ""


@requirement("41-7.3.6-other-key")
@pytest.mark.parametrize("attribute", ["supply_group_code", "tariff_index", "key_revision_number", "key_type"])
def test_a_token_under_another_key_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, attribute: str
) -> None:
    own = declared.attributes
    others = {
        "supply_group_code": f"{(int(own.supply_group_code) + 1) % 1_000_000:06d}",
        "tariff_index": f"{(int(own.tariff_index) + 1) % 100:02d}",
        "key_revision_number": own.key_revision_number % 9 + 1,
        "key_type": KeyType.DUTK if own.key_type is not KeyType.DUTK else KeyType.DDTK,
    }
    foreign = tokens.under(**{attribute: others[attribute]}).smallest_effect()
    assert meter.enter(foreign).result is CRCError


@requirement("41-7.3.6-other-key")
def test_a_token_for_the_next_meter_is_refused(meter: MeterUnderTest, tokens: TokenMint) -> None:
    assert meter.enter(tokens.for_other_meter().smallest_effect()).result is CRCError


@requirement("41-7.3.6-base-date")
def test_a_token_of_another_base_date_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    for base_date in set(BaseDate) - {declared.attributes.base_date}:
        meter.allow_failures(tokens)
        foreign = tokens.under(base_date=base_date).smallest_effect(tokens.identifier())
        assert meter.enter(foreign).result is CRCError


@requirement("41-7.3.6-mfrcode")
def test_a_display_token_of_another_maker_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    for code in declared.foreign_codes:
        meter.allow_failures(tokens)
        result = meter.enter(tokens.display(0, manufacturer_code=code)).result
        assert result is MfrCodeError, f"got {result} for MfrCode {code}"


@requirement("41-7.3.6-mfrcode-other-form")
def test_a_display_token_of_another_maker_is_refused_in_the_other_form(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    for code in declared.foreign_codes:
        meter.allow_failures(tokens)
        token = tokens.display(0, manufacturer_code=code, in_other_form=True)
        require_refused(meter.enter(token))


@requirement("41-7.3.6-own-mfrcode")
def test_a_display_token_of_our_own_maker_is_accepted(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    precondition(
        meter.enter(tokens.display(0)).result is Accept, "test number 0 is not accepted", breaks="41-8.5-all"
    )
    own = declared.pan.drn.manufacturer_code
    written = dict.fromkeys(coding.encode(own) for coding in Coding)
    assert Accept in [meter.enter(tokens.display(0, manufacturer_code=bits)).result for bits in written]


@requirement("41-7.3.6-generic-mfrcode")
def test_a_display_token_for_every_maker_is_accepted(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    tests = declared.declaration.implements.tests
    for number in tests or [0]:
        assert meter.enter(tokens.display(number)).result is not MfrCodeError


@requirement("41-7.3.6-class-1-crc")
@pytest.mark.parametrize("bit", range(16))
def test_a_display_token_with_a_wrong_crc_is_refused(meter: MeterUnderTest, tokens: TokenMint, bit: int) -> None:
    assert meter.enter(flip_crc(tokens.display(0), 1 << bit)).result is CRCError


@requirement("41-7.3.6-changes-nothing")
def test_a_token_that_is_not_authentic_changes_nothing(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = tokens.smallest_effect()
    before = snapshot(meter)
    outcome = meter.enter(flip_crc(token, 0x8001))
    precondition(outcome.is_refused, "the meter accepted a wrong CRC", breaks="41-7.3.6-crc")
    assert difference(before, meter) == ""
    assert meter.enter(token).result is Accept


@requirement("41-7.3.6-currency")
def test_a_currency_token_is_authentic_by_its_own_crc(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    for utility in declared.declaration.implements.currencies:
        meter.allow_failures(tokens)
        assert meter.enter(tokens.currency_credit(units=1, utility=utility)).result is not CRCError


@requirement("41-7.3.6-random")
def test_a_random_number_is_no_token(meter: MeterUnderTest, tokens: TokenMint, profile: Profile) -> None:
    few = max(1, profile.number("lockout_threshold") - 1)
    for first in range(0, _RANDOM_NUMBERS, few):
        meter.establish_preconditions(tokens)
        credit = meter.credit()
        for number in range(first, min(first + few, _RANDOM_NUMBERS)):
            token = tokens.at_random(number % 4)
            outcome = meter.enter(token)
            require_refused(outcome)
            if token.block.token_class != 3:
                assert outcome.result in meter.refusals_of(token)
        assert meter.credit() == credit
