"""IEC 62055-41, 7.3.6: TokenAuthentication."""

import pytest

from sts62055.application.results import Accept, CRCError, MfrCodeError
from sts_fixtures import requirement
from sts_fixtures.declaration import DeclaredMeter
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint


@requirement("41-7.3.6-crc")
@pytest.mark.parametrize("bit", [0, 1, 7, 8, 14, 15])
def test_a_token_with_a_flipped_crc_bit_is_refused(meter: MeterUnderTest, tokens: TokenMint, bit: int) -> None:
    token = tokens.with_crc_changed(meter.harmless(tokens), 1 << bit)
    assert meter.enter(token).result is CRCError


@requirement("41-7.3.6-other-key")
@pytest.mark.parametrize("attribute", ["supply_group_code", "tariff_index", "key_revision_number"])
def test_a_token_under_another_key_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, attribute: str
) -> None:
    others = {
        "supply_group_code": f"{(int(declared.attributes.supply_group_code) + 1) % 1_000_000:06d}",
        "tariff_index": f"{(int(declared.attributes.tariff_index) + 1) % 100:02d}",
        "key_revision_number": declared.attributes.key_revision_number % 9 + 1,
    }
    foreign = meter.harmless(tokens.under(**{attribute: others[attribute]}))
    assert meter.enter(foreign).result is CRCError


@requirement("41-7.3.6-mfrcode")
def test_a_display_token_of_another_maker_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    other = int(declared.pan.drn.manufacturer_code) % 99 + 1
    assert meter.enter(tokens.display(0, manufacturer_code=other)).result is MfrCodeError


@requirement("41-7.3.6-generic-mfrcode")
def test_a_display_token_for_every_maker_is_accepted(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    tests = declared.declaration.implements.tests
    given(tests, "the meter is declared to have no test number")
    for number in tests:
        assert meter.enter(tokens.display(number)).result is not MfrCodeError


@requirement("41-7.3.6-class-1-crc")
def test_a_display_token_with_a_wrong_crc_is_refused(meter: MeterUnderTest, tokens: TokenMint) -> None:
    assert meter.enter(tokens.with_crc_changed(tokens.display(0), 0x0100)).result is CRCError


@requirement("41-7.3.6-changes-nothing")
def test_a_token_that_is_not_authentic_changes_nothing(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = meter.harmless(tokens)
    before = meter.credit(), meter.power_limit()
    outcome = meter.enter(tokens.with_crc_changed(token, 0x8001))
    given(outcome.is_refused, "the meter accepted a wrong CRC: see 41-7.3.6-crc")
    assert (meter.credit(), meter.power_limit()) == before
    assert meter.enter(token).result is Accept
