"""IEC 62055-52, 6.6.7: which failures count and which tokens begin the count anew, in sequences of all kinds."""

from collections.abc import Callable, Iterator

import pytest

from sts62055.application.tokens import ClearTamperCondition
from sts_conformance.iec62055_52.annex_a.spoiling import send_what_concerns_no_token
from sts_conformance.iec62055_52.lockout import fail, lock_out, require_in_time
from sts_fixtures.errors import NotTested
from sts_fixtures.tokens.mutations import flip_crc
from stsbench import (
    SECOND,
    Accept,
    BreakCommand,
    CRCError,
    IDRequest,
    KeyChanges,
    Lockout,
    MeterUnderTest,
    MintedToken,
    PortCarrier,
    Profile,
    TokenMint,
    UsedError,
    precondition,
    requirement,
)


def one_again_and_again(tokens: TokenMint) -> Iterator[MintedToken]:
    """Yield one token with a wrong CRC for ever."""
    token = flip_crc(tokens.smallest_effect())
    while True:
        yield token


def of_both_classes(tokens: TokenMint) -> Iterator[MintedToken]:
    """Yield tokens with wrong CRCs, of class 0 and of class 2 in turn."""
    while True:
        yield flip_crc(tokens.credit(units=1))
        yield flip_crc(tokens.of_kind(2, 1))


FAILURES: dict[str, Callable[[TokenMint], Iterator[MintedToken]]] = {
    "one token again and again": one_again_and_again,
    "tokens of both classes": of_both_classes,
}


def require_accepted(meter: MeterUnderTest, token: MintedToken) -> None:
    """Require that a token is accepted, which the case needs; else INCONCLUSIVE."""
    said = meter.enter_although_locked(token).result
    broken = None if said is Lockout else "41-7.3.7-valid"
    precondition(said is Accept, f"{token.what} got {said}", breaks=broken)


def require_lockout(meter: MeterUnderTest, tokens: TokenMint, profile: Profile, after: str) -> None:
    """Fail the meter unless good tokens are locked out now, of each class as long as the lockout may last."""
    end = meter.now() + profile.time("lockout_delay") - meter.entry_time
    good = [token for token in (tokens.smallest_effect(), tokens.management()) if token is not None]
    judged = 0
    for token in good:
        said = meter.enter_although_locked(token).result
        if said is not Lockout and meter.now() >= end:
            break
        judged += 1
        assert said is Lockout, f"{token.what} got {said} after {after}"
    meter.wait(profile.time("lockout_delay") + SECOND)
    if not judged:
        raise NotTested("the lockout is over before this meter has answered")


def require_none(meter: MeterUnderTest, tokens: TokenMint, after: str) -> None:
    """Fail the meter if a good token is locked out."""
    said = meter.enter_although_locked(tokens.smallest_effect()).result
    assert said is Accept, f"a good token got {said} after {after}"


@requirement("52-6.6.7-any-failure")
@pytest.mark.parametrize("failures", FAILURES)
def test_whatever_fails_authentication_counts(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile, failures: str
) -> None:
    require_accepted(meter, tokens.smallest_effect())
    failing = FAILURES[failures](tokens)
    for _ in range(profile.number("lockout_threshold")):
        said = meter.enter_although_locked(next(failing)).result
        broken = None if said is Lockout else "41-7.3.6-crc"
        precondition(said is CRCError, f"a token of no authority got {said}", breaks=broken)
    require_lockout(meter, tokens, profile, f"failures of {failures}")


@requirement("52-6.6.7-any-failure")
def test_failures_count_after_a_power_cut(meter: MeterUnderTest, tokens: TokenMint, profile: Profile) -> None:
    require_accepted(meter, tokens.smallest_effect())
    meter.cut_power()
    fail(meter, tokens, profile.number("lockout_threshold"))
    require_lockout(meter, tokens, profile, "failures after a power cut")


@requirement("52-6.6.7-any-acceptance")
def test_failures_count_while_a_part_of_a_key_change_is_held(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, profile: Profile
) -> None:
    with keys.changing_to(other_key):
        parts, own = tokens.key_change_to(other_key), tokens.unlike(other_key)
        require_accepted(meter, own.smallest_effect())
        keys.enter_until_accepted(parts[:1])
        fail(meter, own, profile.number("lockout_threshold"))
        require_lockout(meter, own, profile, "failures after a part of a key change")
        keys.require_completing(parts)


@requirement("52-6.6.7-any-failure")
def test_failures_count_whatever_messages_come_between_them(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    require_accepted(meter, tokens.smallest_effect())
    for _ in range(profile.number("lockout_threshold")):
        send_what_concerns_no_token(client, profile, meter)
        fail(meter, tokens, 1)
    require_lockout(meter, tokens, profile, "failures with other messages between them")


@requirement("52-6.6.7-begins")
def test_a_lockout_lasts_whatever_is_no_token(
    client: PortCarrier, meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    """Tampering is no token either, where it does not keep tokens out."""
    for what in ("messages", *(["tampering"] if meter.leave_tampered(tokens) else [])):
        require_accepted(meter, tokens.smallest_effect())
        if what == "tampering":
            require_accepted(meter, tokens.clear_tamper_condition())
        end = lock_out(meter, tokens, profile)
        if what == "tampering":
            meter.tamper()
        else:
            client.exchange(IDRequest())
            client.exchange(BreakCommand())
        said = meter.enter_although_locked(tokens.smallest_effect()).result
        require_in_time(meter, end)
        assert said is Lockout, f"a good token got {said} after {what} while tokens were locked out"
        meter.enter_patiently(tokens.smallest_effect)


@requirement("52-6.6.7-begins")
def test_a_part_of_a_key_change_is_locked_out(
    meter: MeterUnderTest, tokens: TokenMint, other_key: TokenMint, profile: Profile
) -> None:
    """Its CRC is wrong, so that a meter which does not lock it out holds no part afterwards."""
    part = flip_crc(tokens.key_change_to(other_key)[0])
    require_accepted(meter, tokens.smallest_effect())
    end = lock_out(meter, tokens, profile)
    said = meter.enter_although_locked(part).result
    require_in_time(meter, end)
    assert said is Lockout, f"{part.what} got {said} while tokens were locked out"


@requirement("52-6.6.7-any-acceptance")
def test_whatever_is_accepted_begins_the_count_anew(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    few = profile.number("lockout_threshold") - 1
    require_accepted(meter, tokens.smallest_effect())
    for token in of_every_kind(meter, tokens):
        fail(meter, tokens, few)
        require_accepted(meter, token)
        fail(meter, tokens, few)
        require_none(meter, tokens, f"{few} failures, {token.what} and as many failures")


@requirement("52-6.6.7-any-acceptance")
def test_a_key_change_begins_the_count_anew(
    meter: MeterUnderTest, keys: KeyChanges, tokens: TokenMint, other_key: TokenMint, profile: Profile
) -> None:
    few = profile.number("lockout_threshold") - 1
    with keys.changing_to(other_key):
        require_accepted(meter, tokens.unlike(other_key).smallest_effect())
        fail(meter, tokens, few)
        keys.complete_or_skip(tokens.key_change_to(other_key))
        fail(meter, other_key, few)
        require_none(meter, other_key, f"{few} failures, a key change and as many failures")


@requirement("52-6.6.7-forgotten")
def test_a_lockout_that_is_over_leaves_nothing_behind(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    """Once a token was accepted after it: the next lockout begins, lasts and ends like the first one."""
    threshold, delay = profile.number("lockout_threshold"), profile.time("lockout_delay") + SECOND
    clears = isinstance(tokens.smallest_effect().token, ClearTamperCondition)
    was_tampered = meter.leave_tampered(tokens) and not clears
    for after in ("", "a lockout and a power cut"):
        require_accepted(meter, tokens.smallest_effect())
        if after:
            is_lost = was_tampered and not meter.is_tampered()
            assert not is_lost, "the meter shows no tamper condition any more after a lockout"
            meter.cut_power()
            fail(meter, tokens, threshold - 1)
            require_none(meter, tokens, f"{after} and {threshold - 1} failures")
        fail(meter, tokens, threshold)
        locked = meter.enter_although_locked(tokens.smallest_effect()).result
        precondition(locked is Lockout, "there is no lockout", breaks="52-6.6.7-begins")
        meter.wait(delay)
        first = tokens.smallest_effect()
        said = meter.enter_although_locked(first).result
        assert said is Accept, f"a good token got {said} after the delay of a lockout, {after or 'the first one'}"
        again = meter.enter_although_locked(first).result
        assert again is UsedError, f"the first token after a lockout got {again} once it was accepted"


def of_every_kind(meter: MeterUnderTest, tokens: TokenMint) -> Iterator[MintedToken]:
    """Yield a token of each kind that the meter accepts."""
    meets = meter.declared.meets
    if meets("credit_key"):
        yield tokens.credit(units=1)
    if meets("maximum_power_limit"):
        yield tokens.usual_power_limit()
    if meets("clear_credit"):
        yield tokens.clear_credit()
    if meets("tamper_detection"):
        yield tokens.clear_tamper_condition()
