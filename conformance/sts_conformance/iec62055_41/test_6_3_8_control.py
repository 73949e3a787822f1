"""IEC 62055-41, 6.3.8: Control."""

from sts_fixtures.meter.snapshot import difference, snapshot
from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, requirement

_RESERVED = range(19, 29)


@requirement("41-6.3.8-reserved")
def test_a_reserved_test_number_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    for number in set(_RESERVED) - set(declared.declaration.implements.tests):
        meter.allow_failures(tokens)
        before = snapshot(meter)
        assert meter.enter(tokens.display(number)).result is not Accept
        assert difference(before, meter) == ""
