"""IEC 62055-52, 6.6.7: TokenLockout, and what else is served during one (6.6.2, 6.6.5).

The case that sees a lockout end comes first: a meter that stays locked out is told there, and by no case before.
"""

import pytest

from sts_conformance.iec62055_52.answers import answers_break
from sts_conformance.iec62055_52.lockout import delays, fail, lock_out, require_in_time
from sts_fixtures.errors import NotTested
from sts_fixtures.tokens.mutations import flip_crc
from stsbench import (
    SECOND,
    Accept,
    BreakCommand,
    CRCError,
    IDRequest,
    Lockout,
    MeterUnderTest,
    PortCarrier,
    Profile,
    ReadCommand,
    TokenMint,
    precondition,
    requirement,
)

_FOR_THE_CUT, _TOKENS_MEANWHILE = 10, 3
"""Seconds, and tokens that are entered, while a lockout lasts that is to outlast a power cut."""
_MOST_OF_IT, _FOR_A_MARGIN, _FOR_A_LOOK = 70, 10, 30
"""How much of a lockout is over when the power is cut, a margin, and what all else may take, in hundredths."""
_LATEST = 5 * SECOND
_EARLY, _LATE = 95, 5
"""When a lockout is looked for, and how late its end may be, in hundredths of its delay."""


def spoil(meter: MeterUnderTest, tokens: TokenMint) -> None:
    """Enter a token that fails authentication, and fail the meter if that is locked out."""
    result = meter.enter_although_locked(flip_crc(tokens.smallest_effect())).result
    assert result is not Lockout
    precondition(result is CRCError, f"a token with a wrong CRC got {result}", breaks="41-7.3.6-crc")


@requirement("52-6.6.7-ends")
def test_the_lockout_ends_after_its_delay(meter: MeterUnderTest, tokens: TokenMint, profile: Profile) -> None:
    token = tokens.smallest_effect()
    fail(meter, tokens, profile.number("lockout_threshold"))
    precondition(
        meter.enter_although_locked(token).result is Lockout, "there is no lockout", breaks="52-6.6.7-begins"
    )
    meter.wait(profile.time("lockout_delay") + SECOND)
    assert meter.enter_although_locked(token).result is Accept


@requirement("52-6.6.7-ends")
def test_a_lockout_ends_in_time_after_a_power_cut(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    """Whether it goes on, and whether its time runs meanwhile: most of it is over before the power is cut."""
    fail(meter, tokens, profile.number("lockout_threshold") - 1)
    for delay in delays(profile):
        before = meter.now()
        fail(meter, tokens, 1)
        known = meter.now()
        if meter.start_up + 3 * (known - before) < delay * _FOR_A_LOOK // 100:
            break
        meter.wait(delay + SECOND)
    else:
        meter.enter_patiently(tokens.smallest_effect)
        return  # the longest lockout is too short: the case before has judged the requirement
    meter.wait(delay * _MOST_OF_IT // 100)
    meter.cut_power()
    meter.wait(delay * (100 - _MOST_OF_IT + _FOR_A_MARGIN) // 100)
    said = meter.enter_although_locked(tokens.smallest_effect()).result
    what = f"{_MOST_OF_IT} % of a lockout of {delay / SECOND:g} s, a power cut and the rest of it"
    assert said is Accept, f"a good token got {said} after {what}"


@requirement("52-6.6.7-begins")
def test_a_good_token_is_locked_out_after_failures(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    token = tokens.smallest_effect()
    fail(meter, tokens, profile.number("lockout_threshold"))
    outcome = meter.enter_although_locked(token)
    assert outcome.result is Lockout
    meter.wait(profile.time("lockout_delay") + SECOND)


@requirement("52-6.6.7-class-1")
def test_a_display_token_is_executed_during_lockout_and_does_not_end_it(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    display = tokens.display(0)
    precondition(meter.enter(display).result is Accept, "test number 0 is not accepted", breaks="41-8.5-all")
    end = lock_out(meter, tokens, profile)
    shown = meter.enter_although_locked(display).result
    after = meter.enter_although_locked(tokens.smallest_effect()).result
    require_in_time(meter, end)
    meter.wait(end - meter.now())
    assert shown is Accept, f"a display token got {shown} during a lockout"
    assert after is Lockout, f"a good token got {after} after a display token that was executed in the lockout"


@requirement("52-6.6.2-locked")
def test_an_id_request_is_answered_during_the_lockout(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    end = lock_out(meter, tokens, profile)
    reply = client.exchange(IDRequest())
    require_in_time(meter, end)
    assert reply.codes[:1] == b"/", f"an IDRequest was answered by {reply.answer or reply.fault}"


@requirement("52-6.6.5-locked")
def test_a_break_is_answered_during_the_lockout_and_does_not_end_it(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    end = lock_out(meter, tokens, profile)
    reply = client.exchange(BreakCommand())
    result = meter.enter_although_locked(tokens.smallest_effect()).result
    require_in_time(meter, end)
    assert answers_break(reply, profile), f"a BreakCommand was answered by {reply.answer or reply.fault}"
    assert result is Lockout


@requirement("52-6.6.7-reset")
def test_an_accepted_token_begins_the_count_anew(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    few = profile.number("lockout_threshold") - 1
    precondition(
        meter.enter(tokens.smallest_effect()).result is Accept, "a token was not accepted", breaks="41-7.3.7-valid"
    )
    for _ in range(2):
        for _ in range(few):
            spoil(meter, tokens)
        assert meter.enter_although_locked(tokens.smallest_effect()).result is Accept


@requirement("52-6.6.7-reset-after-lockout")
def test_an_accepted_token_after_a_lockout_begins_the_count_anew(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    threshold = profile.number("lockout_threshold")
    end = lock_out(meter, tokens, profile)
    meter.wait(max(end - meter.now(), 0) + _LATEST)
    accepted = meter.enter_although_locked(tokens.smallest_effect()).result
    precondition(accepted is Accept, "the lockout did not end with an accepted token", breaks="52-6.6.7-ends")
    for _ in range(threshold - 1):
        spoil(meter, tokens)
    assert meter.enter_although_locked(tokens.smallest_effect()).result is Accept


@requirement("52-6.6.7-doubles")
def test_the_delay_doubles_up_to_its_greatest(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    """Also where registers are read, and other messages come, once a lockout is over."""
    good = tokens.smallest_effect()
    fail(meter, tokens, profile.number("lockout_threshold") - 1)
    was_seen = False
    for number, delay in enumerate(delays(profile), 1):
        what = f"lockout {number} of {delay / SECOND:g} s"
        spoiled, began = flip_crc(tokens.smallest_effect()), meter.now()
        failed = meter.enter_although_locked(spoiled).result
        assert failed is not Lockout, f"the lockout before {what} lasts longer than it may"
        precondition(failed is CRCError, f"a token with a wrong CRC got {failed}", breaks="41-7.3.6-crc")
        known = meter.now()
        # Another token takes as long as that one; a lockout that would end meanwhile shows nothing.
        last_look = began + delay - 2 * (known - began)
        if known < last_look:
            meter.wait(max(min(began + delay * _EARLY // 100, last_look) - known, 0))
            looked = meter.now() - began
            result = meter.enter_although_locked(good).result
            precondition(was_seen or result is Lockout, "there is no lockout", breaks="52-6.6.7-begins")
            assert result is Lockout, f"{what} is over after {looked / SECOND:g} s: a good token got {result}"
            was_seen = True
        meter.wait(max(known + delay - meter.now(), 0) + max(delay * _LATE // 100, SECOND))
        for command in (ReadCommand(profile.registers["meter_status"].id), IDRequest(), BreakCommand()):
            client.exchange(command)
    require_in_time(meter, meter.now() + was_seen)
    assert meter.enter_although_locked(good).result is Accept


@requirement("52-6.6.7-survives")
def test_the_lockout_survives_a_power_cut_as_declared(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    needed = (3 * meter.declared.declaration.implements.start_up + _FOR_THE_CUT) * SECOND
    longest = profile.time("lockout_delay_maximum")
    if longest < needed:
        pytest.skip(f"the longest lockout, {longest / SECOND:g} s, may be over before a power cut is")
    good, began, length = tokens.smallest_effect(), 0, 0
    fail(meter, tokens, profile.number("lockout_threshold") - 1)
    for length in delays(profile):
        began = client.exchange(BreakCommand()).asked
        fail(meter, tokens, 1)
        if length >= needed + _TOKENS_MEANWHILE * (meter.now() - began):
            break
        meter.wait(length + SECOND)
    else:
        raise NotTested("the longest lockout may be over before a power cut is")
    precondition(
        meter.enter_although_locked(good).result is Lockout, "there is no lockout", breaks="52-6.6.7-begins"
    )
    meter.cut_power()
    result = meter.enter_although_locked(good).result
    require_in_time(meter, began + length)
    survives = meter.declared.declaration.traits.lockout_survives
    expected = "TokenLockout" if survives == "yes" else "none"
    assert (result is Lockout) is (survives == "yes"), f"got {result} after the power cut, expected {expected}"


@requirement("52-6.6.7-none")
def test_a_meter_without_lockout_takes_a_good_token_after_failures(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    fail(meter, tokens, profile.number("lockout_threshold"))
    result = meter.enter_although_locked(tokens.smallest_effect()).result
    assert result is not Lockout, "TokenLockout, for a meter that is declared with lockout = false"
