"""IEC 62055-41, 8.1: general requirements on the MeterApplicationProcess."""

from stsbench import DeclaredMeter, FunctionError, MeterUnderTest, TokenMint, requirement

_SUBCLASSES = {
    "maximum_power_limit": 0,
    "clear_credit": 1,
    "tamper_detection": 5,
    "phase_unbalance_limit": 6,
}


@requirement("41-8.1-absent")
def test_a_function_that_the_meter_is_declared_not_to_have_is_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    for function, subclass in _SUBCLASSES.items():
        if not getattr(declared.declaration.implements, function):
            meter.allow_failures(tokens)
            result = meter.enter(tokens.of_kind(2, subclass)).result
            assert result is FunctionError, f"{result} for a meter that is declared with {function} = false"
