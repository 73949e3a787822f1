"""IEC 62055-52, 6.6.7: TokenLockout."""

from sts62055.application.results import Accept, CRCError, Lockout
from sts62055.carrier.profile import Profile
from sts_fixtures import requirement
from sts_fixtures.judging import given
from sts_fixtures.meter import MeterUnderTest
from sts_fixtures.tokens import TokenMint

_A_SECOND = 1_000_000_000


def fail(meter: MeterUnderTest, tokens: TokenMint, times: int) -> None:
    """Enter tokens that fail authentication."""
    for _ in range(times):
        result = meter.enter_although_locked(tokens.with_crc_changed(meter.harmless(tokens), 0x0101)).result
        given(result is CRCError, f"a token with a wrong CRC got {result}: see 41-7.3.6-crc")


@requirement("52-6.6.7-ends")
def test_the_lockout_ends_after_its_delay(meter: MeterUnderTest, tokens: TokenMint, profile: Profile) -> None:
    token = meter.harmless(tokens)
    fail(meter, tokens, profile.number("lockout_threshold"))
    given(meter.enter_although_locked(token).result is Lockout, "there is no lockout: see 52-6.6.7-begins")
    meter.wait(profile.time("lockout_delay") + _A_SECOND)
    assert meter.enter_although_locked(token).result is Accept


@requirement("52-6.6.7-begins")
def test_a_good_token_is_locked_out_after_failures(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    token = meter.harmless(tokens)
    fail(meter, tokens, profile.number("lockout_threshold"))
    outcome = meter.enter_although_locked(token)
    assert outcome.result is Lockout
    meter.wait(profile.time("lockout_delay") + _A_SECOND)


@requirement("52-6.6.7-class-1")
def test_a_display_token_is_executed_during_lockout(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    display = tokens.display(0)
    given(meter.enter(display).result is Accept, "test number 0 is not accepted: see 41-8.5-all")
    fail(meter, tokens, profile.number("lockout_threshold"))
    given(
        meter.enter_although_locked(meter.harmless(tokens)).result is Lockout,
        "there is no lockout: see 52-6.6.7-begins",
    )
    assert meter.enter_although_locked(display).result is Accept
    meter.wait(profile.time("lockout_delay"))


@requirement("52-6.6.7-reset")
def test_an_accepted_token_begins_the_count_anew(
    meter: MeterUnderTest, tokens: TokenMint, profile: Profile
) -> None:
    few = profile.number("lockout_threshold") - 1
    for _ in range(2):
        for _ in range(few):
            spoiled = tokens.with_crc_changed(meter.harmless(tokens), 0x0101)
            assert meter.enter_although_locked(spoiled).result is not Lockout
        assert meter.enter_although_locked(meter.harmless(tokens)).result is Accept
