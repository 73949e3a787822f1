"""IEC 62055-51: the entry of a token at the keypad, which may be aborted, left, or disturbed."""

from sts_fixtures.meter.display import contains_value
from stsbench import SECOND, Keypad, MeterUnderTest, TokenMint, precondition, requirement

_LEFT = (10, 1, 4)
"""How many digits there are in an entry that is not finished."""

_PAUSES = 3
_KEY = 3 * SECOND
"""In what time a device surely presses a key."""


@requirement("51-keypad-other-keys")
def test_a_key_that_is_no_digit_puts_none_into_the_entry(
    meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad
) -> None:
    token = tokens.credit(kwh=1)
    before = meter.credit()
    with keypad.entry():
        keypad.press(*filter(None, [keypad.abort, keypad.confirm]))
        keypad.let_process()
        meter.enter(token, by="keypad")
        keypad.let_process()
        assert meter.credit() == before + 10


@requirement("51-keypad-shown")
def test_the_digits_of_an_entry_are_shown_as_they_are_keyed_in(meter: MeterUnderTest, keypad: Keypad) -> None:
    before = ""
    with keypad.entry():
        for keyed_in in ("731", "7319", "731954"):
            keypad.press(*keyed_in.removeprefix(before))
            before, text = keyed_in, meter.display()
            assert contains_value(text, keyed_in), f"the display shows {text!r} after {keyed_in}"


@requirement("51-keypad-aborted")
def test_an_aborted_entry_cannot_be_completed(meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad) -> None:
    token = tokens.credit(kwh=1)
    before = meter.credit()
    with keypad.entry():
        keypad.press(*token.digits[:-1], keypad.abort)
        keypad.press_for_failure(*keypad.keys_of(token.digits[-1]))
        assert meter.credit() == before


@requirement("51-keypad-aborted")
def test_a_token_is_taken_after_an_aborted_entry(meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad) -> None:
    for digits in _LEFT:
        token = tokens.credit(kwh="0.1")
        before = meter.credit()
        with keypad.entry():
            keypad.press(*token.digits[:digits], keypad.abort)
            meter.enter(token, by="keypad")
            assert meter.credit() == before + 1, f"a token after {digits} digits that were aborted"


@requirement("51-keypad-time-left")
def test_an_entry_can_be_completed_before_its_time_is_over(
    meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad
) -> None:
    """Shortly before that, if a device presses the keys, and after half of the time where that was too slow."""
    half = keypad.timeout // 2
    nearly = max(half, min(keypad.timeout * 9 // 10, keypad.timeout - _KEY))
    for wait in (nearly, half) if "keypad" in meter.by_device else (half,):
        token = tokens.credit(kwh=1)
        before = meter.credit()
        with keypad.entry():
            keypad.press(*token.digits[:-1])
            meter.wait(wait)
            pause = keypad.press(*keypad.keys_of(token.digits[-1]))
            keypad.let_process()
            if pause < keypad.timeout:
                assert meter.credit() == before + 10, f"the entry was left for {pause / SECOND:.1f} s"
                break
    precondition(pause < keypad.timeout, "the keys were pressed too slowly for the declared keypad_timeout")


@requirement("51-keypad-time-left")
def test_the_time_of_an_entry_counts_from_its_last_key(
    meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad
) -> None:
    token = tokens.credit(kwh=1)
    before = meter.credit()
    with keypad.entry():
        keypad.press(*token.digits[:-_PAUSES])
        pauses = []
        for digit in token.digits[-_PAUSES:]:
            meter.wait(keypad.timeout // 2)
            pauses.append(keypad.press(digit))
        if keypad.confirm:
            pauses.append(keypad.press(keypad.confirm))
        keypad.let_process()
        precondition(
            max(pauses) < keypad.timeout, "the keys were pressed too slowly for the declared keypad_timeout"
        )
        assert meter.credit() == before + 10


@requirement("51-keypad-time-out")
def test_a_token_is_taken_after_an_entry_that_was_left(
    meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad
) -> None:
    for digits in _LEFT:
        token = tokens.credit(kwh="0.1")
        before = meter.credit()
        with keypad.entry():
            keypad.press(*token.digits[:digits])
            keypad.let_time_out()
            meter.enter(token, by="keypad")
            assert meter.credit() == before + 1, f"a token after {digits} digits that were left"


@requirement("51-keypad-unfinished")
def test_an_entry_that_was_left_cannot_be_completed(
    meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad
) -> None:
    token = tokens.credit(kwh=1)
    before = meter.credit()
    with keypad.entry():
        keypad.press(*token.digits[:-1])
        keypad.let_time_out()
        keypad.press_for_failure(*keypad.keys_of(token.digits[-1]))
        assert meter.credit() == before


@requirement("51-keypad-while-processing")
def test_keys_pressed_while_a_token_is_processed_do_not_spoil_it(
    meter: MeterUnderTest, tokens: TokenMint, keypad: Keypad
) -> None:
    token = tokens.credit(kwh=1)
    before = meter.credit()
    with keypad.entry():
        keypad.press(*keypad.keys_of(token.digits), "5", "5")
        keypad.let_process()
        assert meter.credit() == before + 10
