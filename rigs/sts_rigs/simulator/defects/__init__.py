"""Defects of the simulated meter, one module for each of its parts."""

from typing import Final

from sts_rigs.simulator.defects import (
    application,
    authentication,
    base_date,
    carrier,
    functions,
    interrupted_key_change,
    key_attributes,
    key_change,
    keypad,
    levels,
    load_switch,
    lockout,
    messages,
    validation,
)
from sts_rigs.simulator.defects.catalogue import Catalogue, Defect, UnknownDefect, defect, wholesale
from sts_rigs.simulator.defects.wholesale import WHOLESALE

__all__ = [
    "ALL_DEFECTS",
    "DEFECTS",
    "WHOLESALE",
    "Catalogue",
    "Defect",
    "UnknownDefect",
    "defect",
    "wholesale",
]

DEFECTS: Final = Catalogue.of(
    application,
    authentication,
    base_date,
    carrier,
    functions,
    interrupted_key_change,
    key_attributes,
    key_change,
    keypad,
    levels,
    load_switch,
    lockout,
    messages,
    validation,
)
"""The defects that ship with us, each with the requirements that it violates."""

ALL_DEFECTS: Final = Catalogue([*DEFECTS.values(), *WHOLESALE.values()])
"""Those, and the wholesale ones: whatever can be asked for by name."""
