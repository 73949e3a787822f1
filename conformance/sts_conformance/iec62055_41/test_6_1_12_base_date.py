"""IEC 62055-41, 6.1.12: BaseDate, as the display shows the date of a token."""

from sts_fixtures.meter.display import shows_date
from stsbench import Accept, DeclaredMeter, Keypad, MeterUnderTest, TokenMint, precondition, requirement


@requirement("41-6.1.12-base")
def test_the_date_of_a_token_counts_from_the_declared_base_date(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, keypad: Keypad
) -> None:
    identifier = tokens.identifier()
    precondition(
        meter.enter(tokens.smallest_effect(identifier)).result is Accept,
        "a new token was refused",
        breaks="41-7.3.7-valid",
    )
    date = identifier.moment(declared.attributes.base_date).date()
    with keypad.entry():
        keypad.press(*declared.declaration.display.token_date_keys)
        text = meter.display()
    assert shows_date(text, date), f"the display shows {text!r} for a token of {date}"
