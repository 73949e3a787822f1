"""Defects of one's own for the simulated meter: each is a part of it, replaced."""

from sts62055.carrier.messages import BreakCommand
from sts62055.carrier.server import Request
from sts_rigs.simulator.defects import defect
from sts_rigs.simulator.meter.meter import CarrierServer


@defect("late-after-break", violates="52-6.7.1-reaction", evidence="reaction time")
class LateAfterBreak(CarrierServer):
    """A BreakCommand is answered after 1,7 s."""

    def reaction(self, request: Request) -> int:
        """Return the nanoseconds until the answer begins."""
        return 1_700_000_000 if isinstance(request, BreakCommand) else super().reaction(request)
