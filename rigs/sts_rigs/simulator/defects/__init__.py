"""Defects of the simulated meter, one module for each of its parts."""

from typing import Final

from sts_rigs.simulator.defects import (
    across_load,
    application,
    authentication,
    base_date,
    brainless,
    carrier,
    declared_key_changes,
    declared_traits,
    functions,
    implied,
    interrupted_key_change,
    key_attributes,
    key_change,
    key_shown,
    keypad,
    levels,
    load_switch,
    lockout,
    messages,
    power_cuts,
    validation,
)
from sts_rigs.simulator.defects.catalogue import Catalogue, Defect, UnknownDefect, defect, subtle, wholesale
from sts_rigs.simulator.defects.subtle import SEQUENCES, SIDE_EFFECTS
from sts_rigs.simulator.defects.wholesale import WHOLESALE

__all__ = [
    "ALL_DEFECTS",
    "BRAINLESS",
    "DEFECTS",
    "SEQUENCES",
    "SIDE_EFFECTS",
    "WHOLESALE",
    "Catalogue",
    "Defect",
    "UnknownDefect",
    "defect",
    "subtle",
    "wholesale",
]

DEFECTS: Final = Catalogue.of(
    across_load,
    application,
    authentication,
    base_date,
    carrier,
    declared_key_changes,
    declared_traits,
    functions,
    implied,
    interrupted_key_change,
    key_attributes,
    key_change,
    key_shown,
    keypad,
    levels,
    load_switch,
    lockout,
    messages,
    power_cuts,
    validation,
)
"""The defects that ship with us, each with the requirements that it violates."""

BRAINLESS: Final = Catalogue.of(brainless)
"""Meters without a brain: what each of them passes must be right of it."""

ALL_DEFECTS: Final = Catalogue(
    one for catalogue in (DEFECTS, WHOLESALE, SIDE_EFFECTS, SEQUENCES, BRAINLESS) for one in catalogue.values()
)
"""All of them: whatever can be asked for by name."""
