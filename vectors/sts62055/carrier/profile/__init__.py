"""Protocol profile of IEC 62055-52: its model, its reader, and overlays of it."""

from sts62055.carrier.profile.model import (
    STATUS_BITS,
    Confirmation,
    Limits,
    Parameter,
    Profile,
    ProfileError,
    RegisterEntry,
    StatusBit,
)
from sts62055.carrier.profile.overlay import Change, Overlay, Ruling, Sentence
from sts62055.carrier.profile.overlay_schema import overlay_schema
from sts62055.carrier.profile.parsing import default_profile, parse_profile

__all__ = [
    "STATUS_BITS",
    "Change",
    "Confirmation",
    "Limits",
    "Overlay",
    "Parameter",
    "Profile",
    "ProfileError",
    "RegisterEntry",
    "Ruling",
    "Sentence",
    "StatusBit",
    "default_profile",
    "overlay_schema",
    "parse_profile",
]
