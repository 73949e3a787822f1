"""IEC 62055-41, 8.5: what the test numbers of Table 27 bring to the display."""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal

from sts62055.application.exact_amounts import greatest_amount_up_to
from sts_fixtures.errors import NotTested
from sts_fixtures.meter.display import (
    check_watts,
    contains_value,
    displayed_watts,
    numbers_in,
    resolution_of,
    shown_by_test,
)
from stsbench import (
    Accept,
    DeclaredMeter,
    KeyChanges,
    LoadBank,
    MeterUnderTest,
    TokenMint,
    precondition,
    requirement,
)

_TOTALS, _KEY_REVISION, _TARIFF_INDEX, _POWER_LIMIT, _TAMPER, _POWER = 3, 4, 5, 7, 8, 9
_LOAD_SWITCH, _INFORMATION_DISPLAY, _TOKEN_READER = 1, 2, 6
_SOFTWARE, _ALGORITHM, _KEY_CHANGE_TOKENS, _KEY_EXPIRY, _DRN = 10, 14, 15, 17, 18
_USUAL_LIMIT = 7_000
_EXPIRY = 0x8A
"""A KeyExpiryNumber whose highest bit is set, and which is years ahead."""


@requirement("41-8.5-test-1-load-switch")
def test_the_load_switch_is_tested_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter, loads: LoadBank
) -> None:
    loads.prepare()
    result = meter.enter(tokens.display(_LOAD_SWITCH)).result
    precondition(result is Accept, f"got {result} for test number 1", breaks="41-8.5-each")
    wanted = declared.declaration.implements.load_switch_test
    for which in ("the test", "a second test"):
        if which != "the test":
            meter.enter(tokens.display(_LOAD_SWITCH), is_judged=False)
        is_closed = loads.closes_by_itself() if wanted == "returns" else meter.load_switch_is_closed()
        assert is_closed == (wanted == "returns"), f"closed = {is_closed} after {which}, with {wanted!r} declared"
    precondition(loads.closes(), "the load switch does not close after its test", breaks="31-switch-closes")
    meter.allow_failures(tokens)
    foreign = tokens.display(_LOAD_SWITCH, manufacturer_code=declared.foreign_codes[0])
    loads.try_carrier(foreign, meter.carriers[0])
    assert meter.load_switch_is_closed(), "open after a test of the load switch for a meter of another maker"


@requirement("41-8.5-test-2-information-display")
def test_the_test_of_the_display_shows_what_is_declared(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    text = shown_by_test(meter, tokens, _INFORMATION_DISPLAY)
    assert contains_value(text, declared.declaration.display.tests["2"]), f"the display shows {text!r}"


@requirement("41-8.5-test-6-token-reader")
def test_the_test_of_the_token_reader_shows_what_is_declared(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    text = shown_by_test(meter, tokens, _TOKEN_READER)
    assert contains_value(text, declared.declaration.display.tests["6"]), f"the display shows {text!r}"


@requirement("41-8.5-test-3-totals")
def test_the_energy_that_is_shown_is_that_of_the_register(
    meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank, declared: DeclaredMeter
) -> None:
    """Also after a power cut; some is drawn first where none was yet, if a device can see to it."""
    if meter.energy() == 0 and "load" in meter.by_device and declared.meets("credit_key"):
        with suppress(NotTested):  # where the meter bears no such load, what it holds is shown all the same
            loads.prepare()
            with loads.on():
                loads.draw(2)
    for when in ("", " after a power cut"):
        text = shown_by_test(meter, tokens, _TOTALS)
        energy = Decimal(meter.energy()) / 10
        tenth = Decimal("0.1")
        assert any(abs(shown - energy) < max(tenth, resolution_of(shown)) for shown in numbers_in(text)), (
            f"the display shows {text!r}{when}, and the register {energy} kWh"
        )
        if not when:
            meter.cut_power()


@requirement("41-8.5-test-4-key-revision")
def test_the_key_revision_number_is_shown(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    text = shown_by_test(meter, tokens, _KEY_REVISION)
    assert contains_value(text, str(declared.attributes.key_revision_number)), f"the display shows {text!r}"


@requirement("41-8.5-test-5-tariff-index")
def test_the_tariff_index_is_shown(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter) -> None:
    text = shown_by_test(meter, tokens, _TARIFF_INDEX)
    assert contains_value(text, declared.attributes.tariff_index), f"the display shows {text!r}"


@requirement("41-8.5-test-7-power-limit")
def test_the_power_limit_is_shown(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter) -> None:
    least, greatest = declared.declaration.implements.power_limit_range
    usual, most = (greatest_amount_up_to(watts) for watts in (min(max(least, _USUAL_LIMIT), greatest), greatest))
    for watts in (most, usual):
        precondition(
            meter.enter(tokens.maximum_power_limit(watts=watts)).result is Accept,
            "no limit was set",
            breaks="41-8.6-limit",
        )
        if "port" in meter.carriers:
            precondition(meter.power_limit() == watts, "the limit was not set", breaks="41-8.6-limit")
        check_watts(meter, tokens, _POWER_LIMIT, watts)
    meter.cut_power()
    if "port" in meter.carriers:
        precondition(meter.power_limit() == usual, "the limit was not kept", breaks="41-8.6-kept")
    check_watts(meter, tokens, _POWER_LIMIT, usual)


@requirement("41-8.5-test-8-tamper")
def test_a_tamper_condition_is_shown(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter) -> None:
    meter.enter(tokens.clear_tamper_condition())
    precondition(not meter.is_tampered(), "the meter is tampered from the beginning", breaks="41-8.10-clears")
    before = shown_by_test(meter, tokens, _TAMPER)
    meter.tamper()
    try:
        after, again = (shown_by_test(meter, tokens, _TAMPER) for _ in range(2))
    finally:
        meter.enter_although_locked(tokens.clear_tamper_condition())
    cleared = shown_by_test(meter, tokens, _TAMPER)
    assert again == after, f"a tampered meter shows {after!r}, and {again!r} when it is asked again"
    assert cleared == before, (
        f"the display shows {cleared!r} once the condition was cleared, and {before!r} before"
    )
    assert after != before, f"the display shows {after!r} before and after tampering"
    said = declared.declaration.display.tampered
    assert not said or contains_value(after, said), (
        f"the display shows {after!r}, and is declared to show {said!r}"
    )


@requirement("41-8.5-test-9-power")
def test_the_power_that_is_drawn_is_shown(meter: MeterUnderTest, tokens: TokenMint, loads: LoadBank) -> None:
    """The bench's load is on for ten seconds, and once more until the switch has opened without credit."""
    loads.prepare()
    idle = displayed_watts(meter, tokens, _POWER)
    with loads.on():
        precondition(
            meter.load_switch_is_closed(), "the load switch opened below the limit", breaks="31-switch-below-limit"
        )
        shown = displayed_watts(meter, tokens, _POWER)
    assert any(loads.least <= watts <= loads.most for watts in shown), (
        f"the display shows {', '.join(map(str, shown)) or 'no number'} W with a load of {loads.watts} W"
    )
    if not meter.declared.meets("clear_credit"):
        return
    loads.use_up_all()
    with loads.on():
        if not loads.opens():
            return  # how fast a switch follows credit, and whether credit is lent, is what others are about
        cut_off = displayed_watts(meter, tokens, _POWER)
    assert not set(in_range(cut_off, loads)) - set(in_range(idle, loads)), (
        f"the display shows {', '.join(map(str, cut_off))} W with the load switch open"
    )


def in_range(shown: Sequence[Decimal], loads: LoadBank) -> list[Decimal]:
    """Return those of some numbers that may be the watts of the bench's load."""
    return [watts for watts in shown if loads.least <= watts <= loads.most]


@requirement("41-8.5-test-10-software")
def test_the_software_version_is_shown(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter) -> None:
    """It may be written like the firmware's name, or like the number of the IDResponse, in either base."""
    version = declared.declaration.identification.software_version
    forms = (declared.declaration.meter.firmware, f"{version:04X}", f"{version}")
    text = shown_by_test(meter, tokens, _SOFTWARE)
    assert any(contains_value(text, form) for form in forms), f"the display shows {text!r}, and none of {forms}"


@requirement("41-8.5-test-14-algorithm")
def test_the_encryption_algorithm_is_shown(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    text = shown_by_test(meter, tokens, _ALGORITHM)
    assert contains_value(text, f"{declared.attributes.encryption_algorithm:d}"), f"the display shows {text!r}"


@requirement("41-8.5-test-15-key-change-tokens")
def test_the_number_of_key_change_tokens_is_shown(
    meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter
) -> None:
    text = shown_by_test(meter, tokens, _KEY_CHANGE_TOKENS)
    assert contains_value(text, str(declared.declaration.implements.key_change_tokens)), (
        f"the display shows {text!r}"
    )


@requirement("41-8.5-test-17-key-expiry")
def test_the_key_expiry_number_is_shown(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter) -> None:
    text = shown_by_test(meter, tokens, _KEY_EXPIRY)
    assert contains_value(text, str(declared.declaration.decoder_key.key_expiry)), f"the display shows {text!r}"


@requirement("41-8.5-test-17-key-expiry")
def test_the_key_expiry_number_of_a_new_key_is_shown(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, declared: DeclaredMeter
) -> None:
    """Also after a power cut; without key expiry the number means nothing, and with a DITK none may follow."""
    if not (declared.meets("key_expiry") and declared.meets("not_ditk")):
        return
    number = max(tokens.identifier().key_expiry_part, _EXPIRY)
    with keys.changing_to(other_key):
        keys.complete_or_skip(tokens.key_change_to(other_key, key_expiry_number=number))
        for when in ("a key change", "a key change and a power cut"):
            text = shown_by_test(meter, other_key, _KEY_EXPIRY)
            assert contains_value(text, str(number)), f"test 17 shows {text!r} after {when} to KEN {number}"
            meter.cut_power()


@requirement("41-8.5-test-18-drn")
def test_the_drn_is_shown(meter: MeterUnderTest, tokens: TokenMint, declared: DeclaredMeter) -> None:
    text = shown_by_test(meter, tokens, _DRN)
    assert contains_value(text, declared.pan.drn.digits), f"the display shows {text!r}"
