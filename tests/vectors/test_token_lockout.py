"""TokenLockout: when it begins, how long it lasts, and what ends it (IEC 62055-52, 6.6.7)."""

from hypothesis import given
from hypothesis import strategies as st

from carrier_line import PROFILE, changed
from sts62055.carrier.token_lockout import LockoutState, TokenLockout

SECOND = 1_000_000_000
RULE = TokenLockout(PROFILE)


def after(failures: int, rule: TokenLockout = RULE) -> LockoutState:
    state = LockoutState()
    for _ in range(failures):
        state = rule.after_failure(state, now=0)
    return state


def test_it_begins_with_the_third_failure_in_a_row() -> None:
    assert [RULE.is_active(after(failures), now=1) for failures in range(5)] == [False, False, False, True, True]


def test_each_further_failure_doubles_the_delay_up_to_the_longest() -> None:
    delays = [after(failures).until // SECOND for failures in range(3, 13)]
    assert delays == [10, 20, 40, 80, 160, 320, 640, 1280, 1280, 1280]


def test_it_ends_when_its_delay_is_over() -> None:
    state = after(3)
    assert RULE.is_active(state, now=10 * SECOND - 1)
    assert not RULE.is_active(state, now=10 * SECOND)


def test_a_failure_after_the_end_begins_a_longer_one() -> None:
    state = RULE.after_failure(after(3), now=60 * SECOND)
    assert state.until == 80 * SECOND


def test_acceptance_begins_the_count_anew_and_leaves_a_running_lockout() -> None:
    assert RULE.after_acceptance(after(2)) == LockoutState()
    assert RULE.after_acceptance(after(3)) == LockoutState(failures=0, until=10 * SECOND)


@given(st.integers(1, 9), st.integers(1, 100_000), st.integers(0, 100))
def test_threshold_and_delays_are_those_of_the_profile(threshold: int, delay: int, more: int) -> None:
    rule = TokenLockout(
        changed(lockout_threshold=threshold, lockout_delay=delay, lockout_delay_maximum=delay + more)
    )
    assert after(threshold - 1, rule).until == 0
    assert after(threshold, rule).until == delay * 1_000_000
    assert after(threshold + 20, rule).until == min(delay << 20, delay + more) * 1_000_000
