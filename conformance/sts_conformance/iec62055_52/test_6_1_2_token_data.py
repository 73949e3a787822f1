"""IEC 62055-52, 6.1.2: TokenData."""

from sts_fixtures.tokens.mint import MintedToken
from stsbench import Accept, DeclaredMeter, MeterUnderTest, TokenMint, requirement

_WITH_A_ZERO = 10**19


@requirement("52-6.1.2-zeros")
def test_zeros_at_the_front_of_a_token_count(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    assert meter.enter(_with_most_zeros(tokens, declared)).result is Accept


def _with_most_zeros(tokens: TokenMint, declared: DeclaredMeter) -> MintedToken:
    """Return the token of a test that begins with zeros, which uses up no TID, else a harmless one that does."""
    shown = (tokens.display(number) for number in declared.declaration.implements.tests)
    with_zeros = [token for token in shown if token.digits.startswith("0")]
    if with_zeros:
        return min(with_zeros, key=lambda token: token.digits)
    return tokens.such_that(lambda number: number < _WITH_A_ZERO).smallest_effect()
