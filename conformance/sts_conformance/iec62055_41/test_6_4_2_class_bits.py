"""IEC 62055-41, 6.4.2: transposition of the Class bits."""

import pytest

from sts62055.application.tcdu import DIGITS, LIMIT
from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from sts_fixtures.tokens.mutations import exceed_66_bits
from stsbench import Accept, MeterUnderTest, TokenMint, requirement


@requirement("41-6.4.2-class-bits")
@pytest.mark.parametrize("moved", range(4), ids=lambda bits: f"{bits:02b}")
def test_a_token_is_accepted_whichever_bits_gave_way(meter: MeterUnderTest, tokens: TokenMint, moved: int) -> None:
    token = tokens.such_that(lambda number: number >> 64 == moved).smallest_effect()
    assert meter.enter(token).result is Accept


@requirement("41-6.4.2-66-bits")
def test_a_number_beyond_66_bits_is_refused(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = tokens.such_that(lambda number: number + LIMIT < 10**DIGITS).smallest_effect()
    require_refused(meter.enter_although_locked(exceed_66_bits(token)), or_not_taken=True)
    assert meter.enter(token).result is Accept


@requirement("41-6.4.2-66-bits")
@pytest.mark.parametrize("number", [LIMIT, 10**DIGITS - 1], ids=["least", "greatest"])
def test_the_edges_beyond_66_bits_are_refused(meter: MeterUnderTest, tokens: TokenMint, number: int) -> None:
    before = snapshot(meter)
    require_refused(meter.enter_although_locked(tokens.number(number)), or_not_taken=True)
    assert difference(before, meter) == ""


@requirement("41-6.4.2-leading-zeros")
@pytest.mark.usefixtures("working_credit")
@pytest.mark.parametrize("zeros", [1, 2, 4])
def test_a_token_that_begins_with_zeros_is_accepted(meter: MeterUnderTest, tokens: TokenMint, zeros: int) -> None:
    token = tokens.credit_with_leading_zeros(zeros)
    before = meter.credit()
    assert meter.enter(token).result is Accept
    assert meter.credit() == before + token.units
