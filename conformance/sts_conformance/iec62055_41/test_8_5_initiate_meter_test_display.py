"""IEC 62055-41, 8.5: InitiateMeterTest/Display."""

from sts_fixtures.meter.display import contains_value
from stsbench import (
    Accept,
    DeclaredMeter,
    FunctionError,
    MeterUnderTest,
    MfrCodeError,
    TokenMint,
    precondition,
    requirement,
)


@requirement("41-8.5-all")
def test_test_number_zero_is_accepted(meter: MeterUnderTest, tokens: TokenMint) -> None:
    assert meter.enter(tokens.display(0)).result is Accept


@requirement("41-8.5-each")
def test_every_declared_test_number_is_accepted(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    for number in declared.declaration.implements.tests:
        result = meter.enter(tokens.display(number)).result
        precondition(
            result is not MfrCodeError,
            f"MfrCode 0 was refused on test {number}",
            breaks="41-7.3.6-generic-mfrcode",
        )
        assert result is Accept


@requirement("41-8.5-repeatable")
def test_a_display_token_is_accepted_again(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    number = next(iter(declared.declaration.implements.tests), 0)
    token = tokens.display(number)
    precondition(
        meter.enter(token).result is Accept, "the token was not accepted the first time", breaks="41-8.5-each"
    )
    assert meter.enter(token).result is Accept


@requirement("41-8.5-unsupported")
def test_the_test_numbers_that_the_meter_has_not_are_refused(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    for number in declared.missing_tests:
        meter.allow_failures(tokens)
        result = meter.enter(tokens.display(number)).result
        assert result is FunctionError, f"{result} on test number {number}, which is not declared"


@requirement("41-8.5-shown")
def test_the_supply_group_code_is_shown(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter) -> None:
    precondition(
        meter.enter(tokens.display(16)).result is Accept, "the token was not accepted", breaks="41-8.5-each"
    )
    shown = meter.display()
    assert contains_value(shown, declared.attributes.supply_group_code), f"the display shows {shown!r}"
