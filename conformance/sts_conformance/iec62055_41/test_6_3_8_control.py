"""IEC 62055-41, 6.3.8: Control."""

from sts_fixtures.meter.refusals import require_refused
from sts_fixtures.meter.snapshot import difference, snapshot
from stsbench import DeclaredMeter, MeterUnderTest, TokenMint, requirement

_RESERVED = range(19, 29)


@requirement("41-6.3.8-reserved")
def test_a_reserved_test_number_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    for number in set(_RESERVED) - set(declared.declaration.implements.tests):
        meter.allow_failures(tokens)
        before = snapshot(meter)
        require_refused(meter.enter(tokens.display(number)))
        assert difference(before, meter) == ""
