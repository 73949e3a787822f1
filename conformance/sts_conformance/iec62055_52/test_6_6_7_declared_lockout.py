"""IEC 62055-52, 6.6.7: what a lockout counts and what begins the count anew, where the maker declares it."""

from collections.abc import Callable

from sts62055.application.tcdu import DIGITS, LIMIT
from sts_conformance.iec62055_52.lockout import fail, lock_out
from sts_fixtures.errors import NotTested
from sts_fixtures.tokens.mutations import exceed_66_bits
from stsbench import (
    SECOND,
    Accept,
    CRCError,
    DeclaredMeter,
    KeyChanges,
    Lockout,
    MeterUnderTest,
    MintedToken,
    Profile,
    TokenMint,
    precondition,
    requirement,
)

_RESERVED_OF_CLASS_0 = 8
_RESERVED_OF_CLASS_1 = 3
_ONE = 100_000


def begin_anew(meter: MeterUnderTest, tokens: TokenMint) -> MintedToken:
    """Have a token accepted, so that nothing is held against the meter's user, and return that token."""
    token = tokens.smallest_effect()
    result = meter.enter(token).result
    precondition(result is Accept, f"a token was not accepted, but got {result}", breaks="41-7.3.7-valid")
    return token


def require_counted_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, refused: Callable[[], MintedToken], declared: str
) -> None:
    """Fail the meter unless as many refusals as begin a lockout do so if that is declared, and only then."""
    for _ in range(profile.number("lockout_threshold")):
        outcome = meter.enter_although_locked(refused())
        result = outcome.result if outcome.acknowledged is not None else None
        precondition(result is not Accept, "a token that should be refused was accepted")
        precondition(result is not Lockout, "the meter is locked out sooner than it may be")
    is_locked_out = meter.enter_although_locked(tokens.smallest_effect()).result is Lockout
    meter.wait(profile.time("lockout_delay") + SECOND)
    said = "a lockout" if is_locked_out else "no lockout"
    assert is_locked_out is (declared == "yes"), (
        f"got {said} after refusals that are declared to count: {declared}"
    )


@requirement("52-6.6.7-counts-validation")
def test_used_tokens_count_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter
) -> None:
    used = begin_anew(meter, tokens)
    said = declared.declaration.traits.lockout_counts_validation
    require_counted_as_declared(meter, tokens, profile, lambda: used, said)


@requirement("52-6.6.7-counts-content")
def test_tokens_of_wrong_content_count_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter
) -> None:
    begin_anew(meter, tokens)
    said = declared.declaration.traits.lockout_counts_content
    require_counted_as_declared(
        meter, tokens, profile, lambda: tokens.of_kind(0, _RESERVED_OF_CLASS_0, value=1), said
    )


@requirement("52-6.6.7-counts-display")
def test_refused_display_tokens_count_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter
) -> None:
    begin_anew(meter, tokens)
    said = declared.declaration.traits.lockout_counts_display
    require_counted_as_declared(meter, tokens, profile, lambda: tokens.class_1_of_kind(_RESERVED_OF_CLASS_1), said)


@requirement("52-6.6.7-counts-oversized")
def test_numbers_beyond_66_bits_count_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter
) -> None:
    begin_anew(meter, tokens)
    small = tokens.such_that(lambda number: number + LIMIT < 10**DIGITS)
    said = declared.declaration.traits.lockout_counts_oversized
    require_counted_as_declared(meter, tokens, profile, lambda: exceed_66_bits(small.smallest_effect()), said)


@requirement("52-6.6.7-counts-currency")
def test_currency_tokens_of_a_meter_without_currency_count_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter
) -> None:
    begin_anew(meter, tokens)
    first = meter.enter(tokens.currency_credit(units=_ONE, utility="electricity")).result
    if first is not CRCError:
        raise NotTested(f"a currency token got {first}, and no CRCError that could count")
    begin_anew(meter, tokens)
    said = declared.declaration.traits.lockout_counts_currency
    require_counted_as_declared(
        meter, tokens, profile, lambda: tokens.currency_credit(units=_ONE, utility="electricity"), said
    )


@requirement("52-6.6.7-reset-by-display")
def test_a_display_token_begins_the_count_anew_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter
) -> None:
    begin_anew(meter, tokens)
    fail(meter, tokens, profile.number("lockout_threshold") - 1)
    shown = meter.enter_although_locked(tokens.display(0)).result
    precondition(shown is Accept, f"test number 0 got {shown}", breaks="41-8.5-all")
    fail(meter, tokens, 1)
    is_locked_out = meter.enter_although_locked(tokens.smallest_effect()).result is Lockout
    meter.wait(profile.time("lockout_delay") + SECOND)
    said = "a lockout" if is_locked_out else "no lockout"
    is_reset = declared.declaration.traits.lockout_reset_by_display
    assert is_locked_out is (is_reset == "no"), (
        f"got {said} where a display token is declared to reset: {is_reset}"
    )


@requirement("52-6.6.7-reset-by-key-part")
def test_a_part_of_a_key_change_begins_the_count_anew_as_declared(
    meter: MeterUnderTest,
    keys: KeyChanges,
    tokens: TokenMint,
    other_key: TokenMint,
    profile: Profile,
    declared: DeclaredMeter,
) -> None:
    is_reset = declared.declaration.traits.lockout_reset_by_key_part
    with keys.changing_to(other_key):
        parts = tokens.key_change_to(other_key)
        begin_anew(meter, tokens.unlike(other_key))
        fail(meter, tokens, profile.number("lockout_threshold") - 1)
        part = meter.enter_although_locked(parts[0])
        precondition(not part.is_refused, "the first part of a set was refused", breaks="41-8.9-parts")
        fail(meter, tokens, 1)
        locked = meter.enter_although_locked(tokens.unlike(other_key).smallest_effect()).result
        meter.wait(profile.time("lockout_delay") + SECOND)
        assert (locked is Lockout) is (is_reset == "no"), (
            f"got {locked} where a part of a key change is declared to reset: {is_reset}"
        )
        keys.require_completing(parts)


@requirement("52-6.6.7-time-stands-still")
def test_the_time_of_a_lockout_runs_without_power_as_declared(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, declared: DeclaredMeter
) -> None:
    said = declared.declaration.traits.lockout_time_stands_still
    left = lock_out(meter, tokens, profile) - meter.now()
    if left <= 2 * meter.start_up:
        raise NotTested("the longest lockout is too short to tell whether its time runs without power")
    cut = meter.now()
    meter.cut_power(lasting=left + SECOND)
    result = meter.enter_although_locked(tokens.smallest_effect()).result
    took = meter.now() - cut - left - SECOND
    precondition(took < left, "the lockout was over before this meter has answered")
    expected = "TokenLockout" if said == "yes" else "none"
    assert (result is Lockout) is (said == "yes"), f"got {result} after the power cut, expected {expected}"
