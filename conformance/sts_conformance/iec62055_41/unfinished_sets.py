"""The time for which a meter keeps the parts of an unfinished key change (8.9)."""

from sts_fixtures.declaration.declared_meter import DeclaredMeter
from sts_fixtures.meter.under_test import MeterUnderTest
from sts_rigs.clock import SECOND

__all__ = ["await_time_out", "timeout"]


def timeout(declared: DeclaredMeter) -> tuple[int, int]:
    """Return the declared time-out and a margin for it, in nanoseconds."""
    limit = declared.declaration.implements.key_change_timeout * SECOND
    return limit, max(limit // 10, min(8 * SECOND, limit // 2))


def await_time_out(meter: MeterUnderTest) -> None:
    """Wait until the meter has given up what it may keep of an odd set: it may refuse others in their place."""
    meter.wait(sum(timeout(meter.declared)))
