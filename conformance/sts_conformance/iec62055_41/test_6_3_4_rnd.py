"""IEC 62055-41, 6.3.4: RND."""

from stsbench import Accept, MeterUnderTest, TokenMint, UsedError, precondition, requirement


@requirement("41-6.3.4-any")
def test_a_token_is_accepted_whichever_its_rnd(meter: MeterUnderTest, tokens: TokenMint) -> None:
    for value in range(16):
        assert meter.enter(tokens.with_rnd(value).credit(kwh="7.7")).result is Accept


@requirement("41-6.3.4-no-identity")
def test_tokens_that_differ_in_their_rnd_only_are_one(meter: MeterUnderTest, tokens: TokenMint) -> None:
    identifier = tokens.identifier()
    first, second = (tokens.with_rnd(value).smallest_effect(identifier) for value in (3, 12))
    precondition(meter.enter(first).result is Accept, "a new token was not accepted", breaks="41-7.3.7-valid")
    assert meter.enter(second).result is UsedError
