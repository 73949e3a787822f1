"""Request to the doctor: which bench, and for what."""

from dataclasses import dataclass
from pathlib import Path

from sts62055.carrier.profile import Profile
from sts_rigs.bench import Simulation
from sts_rigs.files.rig import Rig

__all__ = ["DoctorRequest"]


@dataclass(frozen=True, slots=True)
class DoctorRequest:
    """The bench of a rig file to check, and what it is to be used for.

    rig_folder: that of the rig file; out: where runs are to be kept; exchanges: over how many the host clock is
    compared with the recorder, at least 2.
    """

    rig: Rig
    rig_folder: Path
    profile: Profile
    simulation: Simulation
    out: Path
    is_certification: bool
    exchanges: int
