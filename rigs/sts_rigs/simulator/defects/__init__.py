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
from sts_rigs.simulator.defects.catalogue import Catalogue, Defect, UnknownDefect, defect

__all__ = ["DEFECTS", "Catalogue", "Defect", "UnknownDefect", "defect"]

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
"""All defects that ship with us."""
