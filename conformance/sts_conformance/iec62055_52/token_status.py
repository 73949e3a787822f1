"""What tokenStatus may hold while no token is entered: how long it tells of the last one is not ruled (7.8)."""

from sts62055.application.results import CarrierStatus
from sts62055.carrier.profile import Profile

__all__ = ["tells_nothing_new"]


def tells_nothing_new(code: int, before: int, profile: Profile) -> bool:
    """Return whether a code is that of before, or of no token."""
    return code in (before, profile.token_status_code(CarrierStatus.RESERVED))
