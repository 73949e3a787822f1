"""IEC 62055-51: tokens that come by the keypad and by the port at once."""

import pytest

from stsbench import Accept, Keypad, MeterUnderTest, MintedToken, PortCarrier, TokenMint, precondition, requirement

FIRST = pytest.mark.parametrize("first", ["port", "keypad"])


def enter_at_once(
    meter: MeterUnderTest,
    client: PortCarrier,
    keypad: Keypad,
    by_port: MintedToken,
    by_keypad: MintedToken,
    *,
    first: str,
) -> None:
    """Enter a token by each carrier, the second one while the meter has only just got the first."""
    *keys, last = keypad.keys_of(by_keypad.digits)
    command = client.token_command(by_port.digits)
    keypad.press(*keys)
    if first == "port":
        client.exchange(command)
        keypad.press(last)
    else:
        keypad.press(last)
        client.exchange(command)
    keypad.let_process()
    credit = meter.credit()
    keypad.let_process()
    precondition(
        meter.credit() == credit, "the meter was not ready with two tokens after 5 s", breaks="52-6.7.3-execution"
    )


@requirement("51-carriers-both")
@FIRST
def test_two_tokens_at_once_are_credited_once_each_or_are_still_good(
    meter: MeterUnderTest, tokens: TokenMint, client: PortCarrier, keypad: Keypad, first: str
) -> None:
    # They come in the order of their TIDs: what a meter does with one that was overtaken is 41-7.3.8-between.
    one, two = tokens.credit(kwh=1), tokens.credit(kwh=2)
    by_port, by_keypad = (one, two) if first == "port" else (two, one)
    before = meter.credit()
    enter_at_once(meter, client, keypad, by_port, by_keypad, first=first)
    still_good = {0: (one, two), 10: (two,), 20: (one,), 30: ()}
    gained = meter.credit() - before
    assert gained in still_good
    for token in still_good[gained]:
        outcome = meter.enter(token)
        assert outcome.matches(Accept), f"got {outcome.reported}, expected Accept"
    assert meter.credit() == before + 30


@requirement("51-carriers-same")
@FIRST
def test_one_token_by_two_carriers_at_once_is_credited_once(
    meter: MeterUnderTest, tokens: TokenMint, client: PortCarrier, keypad: Keypad, first: str
) -> None:
    token = tokens.credit(kwh=1)
    before = meter.credit()
    enter_at_once(meter, client, keypad, token, token, first=first)
    if meter.credit() == before:
        outcome = meter.enter(token)
        assert outcome.matches(Accept), f"got {outcome.reported}, expected Accept"
    assert meter.credit() == before + 10
