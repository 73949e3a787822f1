"""IEC 62055-41, 6.3.21: S&E, sign and upper exponent of an Amount in currency."""

from decimal import Decimal

from sts62055.application.currency import CurrencyAmount
from sts_fixtures.meter.display import IN_CURRENCY, check_gain, resolution_of
from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, requirement

_UNIT = 100_000
_WITH_UPPER_EXPONENT = 200 * _UNIT
_TAKEN_AWAY = -100 * _UNIT


@requirement("41-6.3.21-sign")
def test_the_exponent_has_bits_in_the_place_of_the_rnd(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    amount = CurrencyAmount.of(_WITH_UPPER_EXPONENT)
    assert amount.sign_and_exponent == 1
    utility = declared.declaration.implements.currencies[0]
    token = tokens.currency_credit(units=_WITH_UPPER_EXPONENT, utility=utility)
    check_gain(meter, token, IN_CURRENCY[utility], Decimal(amount.units) / _UNIT)


@requirement("41-6.3.21-sign")
def test_a_negative_amount_adds_nothing(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter) -> None:
    """A meter takes it away or refuses the token: which of the two is not ruled."""
    utility = declared.declaration.implements.currencies[0]
    register = IN_CURRENCY[utility]
    meter.enter(tokens.currency_credit(units=_WITH_UPPER_EXPONENT, utility=utility))
    before = meter.shown_credit(register)
    result = meter.enter(tokens.currency_credit(units=_TAKEN_AWAY, utility=utility)).result
    after = meter.shown_credit(register)
    change = Decimal(CurrencyAmount.of(_TAKEN_AWAY).units) / _UNIT if result is Accept else Decimal(0)
    assert abs(after - before - change) < resolution_of(before, after), f"the credit went from {before} to {after}"
