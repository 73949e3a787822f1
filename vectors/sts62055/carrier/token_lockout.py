"""Token lockout after too many tokens that fail authentication (IEC 62055-52, 6.6.7)."""

from dataclasses import dataclass, replace

from sts62055.carrier.profile import Profile

__all__ = ["LockoutState", "TokenLockout"]


@dataclass(frozen=True, slots=True)
class LockoutState:
    """Memory of a meter: failures in a row, and the instant in nanoseconds at which a lockout ends."""

    failures: int = 0
    until: int = 0


class TokenLockout:
    """Rule of lockout with the threshold and delays of a profile: each state follows from the one before."""

    def __init__(self, profile: Profile) -> None:
        self._threshold = profile.number("lockout_threshold")
        self._delay = profile.time("lockout_delay")
        self._longest = profile.time("lockout_delay_maximum")

    def is_active(self, state: LockoutState, now: int) -> bool:
        """Whether tokens are locked out at an instant."""
        return now < state.until

    def after_failure(self, state: LockoutState, now: int) -> LockoutState:
        """Return the state after a token that failed; from the threshold on each doubles the delay."""
        failures = state.failures + 1
        excess = failures - self._threshold
        until = now + min(self._delay << excess, self._longest) if excess >= 0 else state.until
        return LockoutState(failures, until)

    def after_acceptance(self, state: LockoutState) -> LockoutState:
        """Return the state after an accepted token: the count begins anew."""
        return replace(state, failures=0)
