"""What ACME asks of a meter beyond the standards."""

from stsbench import Accept, MeterUnderTest, TokenMint, requirement


@requirement("ACME-1.1-smallest")
def test_the_smallest_credit_is_credited_exactly(meter: MeterUnderTest, tokens: TokenMint) -> None:
    before = meter.credit()
    assert meter.enter(tokens.credit(kwh="0.1")).result is Accept
    assert meter.credit() == before + 1


@requirement("ACME-1.2-version")
def test_the_software_version_is_shown_by_a_token(meter: MeterUnderTest, tokens: TokenMint) -> None:
    assert meter.enter(tokens.display(10)).result is Accept
