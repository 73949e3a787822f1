"""Examination of a bench before a batch: disk, actions, instruments, port, meter, recorder, clocks."""

from collections.abc import Iterator
from contextlib import ExitStack

from sts_rigs.doctor.bench_checks import BenchDoctor, check_actions, check_disk
from sts_rigs.doctor.check import Check, Status, guarded, not_checked
from sts_rigs.doctor.line_checks import CHECKS
from sts_rigs.doctor.request import DoctorRequest
from sts_rigs.errors import BenchFault

__all__ = ["DoctorRequest", "examine"]


def examine(request: DoctorRequest) -> Iterator[Check]:
    """Yield the checks as they are made; a fault is a check too, and everything is closed at the end."""
    with ExitStack() as stack:
        yield from guarded("disk", check_disk(request.out))
        yield from check_actions(request.rig)
        try:
            doctor = BenchDoctor(request, stack)
        except BenchFault as fault:
            yield Check("simulated bench", Status.RED, fault.what, fault.remedy)
            yield from (not_checked(name, "there is no simulated bench") for name in ("port", "meter", *CHECKS))
            return
        yield from doctor.instruments()
        yield from doctor.line()
