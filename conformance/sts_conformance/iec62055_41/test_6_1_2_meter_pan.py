"""IEC 62055-41, 6.1.2: MeterPAN."""

from sts62055.application.identifiers import luhn_check_digit
from sts_fixtures.meter.refusals import require_refused
from stsbench import DeclaredMeter, MeterUnderTest, TokenMint, requirement


@requirement("41-6.1.2-drn")
def test_the_meter_holds_its_declared_drn(meter: MeterUnderTest, declared: DeclaredMeter) -> None:
    drn = declared.pan.drn.digits
    held = f"{meter.serial_number():0{len(drn)}d}"
    assert held == drn
    assert int(held[-1]) == luhn_check_digit(held[:-1])


@requirement("41-6.1.2-other-meter")
def test_a_token_for_the_next_meter_is_refused(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = meter.credit()
    require_refused(meter.enter(tokens.for_other_meter().credit(kwh=10)))
    assert meter.credit() == before
