"""IEC 62055-41, 6.3.22: CRC_C, the CRC of currency tokens."""

from functools import partial

import pytest

from sts62055.application.tokens import SERVICES
from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from sts_fixtures.tokens.mutations import swap_crc_kind, until_changed
from stsbench import CRCError, DeclaredMeter, MeterUnderTest, TokenMint, requirement

_ONE = 100_000


@requirement("41-6.3.22-stranger")
@pytest.mark.parametrize("utility", SERVICES)
def test_a_meter_without_currency_refuses_a_currency_token(
    meter: MeterUnderTest, tokens: TokenMint, utility: str
) -> None:
    before = snapshot(meter)
    token = tokens.currency_credit(units=_ONE, utility=utility)
    require_refused(meter.enter(token))
    assert difference(before, meter) == ""


@requirement("41-6.3.22-covers")
def test_a_currency_token_with_the_crc_of_others_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    for utility in declared.declaration.implements.currencies:
        meter.establish_preconditions(tokens)
        mint = partial(tokens.currency_credit, units=_ONE, utility=utility)
        assert meter.enter(until_changed(mint, swap_crc_kind)).result is CRCError


@requirement("41-6.3.22-others")
def test_another_token_with_the_crc_of_currency_tokens_is_refused(
    meter: MeterUnderTest, tokens: TokenMint
) -> None:
    token = until_changed(tokens.smallest_effect, swap_crc_kind)
    assert meter.enter(token).result is CRCError
