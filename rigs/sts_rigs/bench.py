"""Open the bench that a rig file describes, real or virtual."""

from collections.abc import Callable
from dataclasses import dataclass

from sts62055.carrier.profile import Profile
from sts_rigs.actions import Actions, Ask, RigActions
from sts_rigs.clock import Clock, HostClock
from sts_rigs.port import Port
from sts_rigs.rig_file import Rig
from sts_rigs.serial_port import SerialPort
from sts_rigs.virtual.bench import VirtualBench
from sts_rigs.virtual.configuration import MeterConfiguration

__all__ = ["Bench", "open_bench"]


@dataclass(frozen=True, slots=True)
class Bench:
    """Clock, port and actions; virtual is None where the meter is real."""

    clock: Clock
    port: Port
    actions: Actions
    virtual: VirtualBench | None


def open_bench(
    rig: Rig,
    profile: Profile,
    configure: Callable[[], MeterConfiguration],
    ask: Ask,
    *,
    seed: int,
    defect: str | None,
) -> Bench:
    """Open a bench; BenchFault tells why that cannot be.

    configure: makes the virtual meter's configuration where the rig is virtual; seed and defect are its, too.
    """
    if rig.port.is_virtual:
        virtual = VirtualBench(configure(), profile, seed=seed, defect=defect)
        return Bench(virtual.timeline, virtual.port, virtual.actions, virtual)
    clock = HostClock()
    return Bench(
        clock, SerialPort(rig.port, rig.host_clock, profile, clock), RigActions(rig.actions, ask), virtual=None
    )
