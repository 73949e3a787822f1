"""IEC 62055-41, 7.1.4: ValidationResult."""

from stsbench import Accept, MeterUnderTest, TokenIdentifier, TokenMint, precondition, requirement

_A_DAY = 24 * 60


@requirement("41-7.1.4-old-and-used")
def test_an_old_token_and_a_used_one_have_two_results(meter: MeterUnderTest, tokens: TokenMint) -> None:
    token = tokens.smallest_effect()
    accepted = meter.enter(token).result
    precondition(accepted is Accept, "a new token was not accepted", breaks="41-7.3.7-valid")
    used = meter.enter(token).result
    precondition(used is not Accept, "a token was accepted twice", breaks="41-7.3.7-used")
    old = meter.enter(tokens.smallest_effect(TokenIdentifier(_A_DAY))).result
    precondition(old is not Accept, "an old token was accepted", breaks="41-7.3.7-old")
    assert old is not used, f"both a used token and an old one got {used}"
