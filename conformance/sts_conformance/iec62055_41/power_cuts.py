"""The instants at which the power is cut to find what a token leaves half done."""

from sts_fixtures.errors import NotTested
from sts_fixtures.meter.under_test import MeterUnderTest

__all__ = ["instants", "require_cuts_at_once"]

_CUTS_WHILE_BUSY = 15
_CUTS_AFTERWARDS = 10


def instants(busy: int, longest: int) -> list[int]:
    """Return nanoseconds after ACK at which to cut: close together while the meter is busy, then to its limit."""
    while_busy = [busy * number // _CUTS_WHILE_BUSY for number in range(_CUTS_WHILE_BUSY)]
    rest = max(longest + longest // 10 - busy, 0)
    return while_busy + [busy + rest * number // _CUTS_AFTERWARDS for number in range(1, _CUTS_AFTERWARDS + 1)]


def require_cuts_at_once(meter: MeterUnderTest) -> None:
    """Require that a device cuts the power, at the instant that a case wants; else NotTested."""
    if not meter.cuts_power_at_once:
        raise NotTested(
            'an operator cannot cut the power at an instant: name a device or "source" in actions.power'
        )
