"""The catalogue of defects of the virtual meter."""

from sts_rigs.virtual.defects import (
    of_application,
    of_authentication,
    of_base_date,
    of_carrier,
    of_functions,
    of_interrupted_key_change,
    of_key_attributes,
    of_key_change,
    of_keypad,
    of_levels,
    of_load_switch,
    of_lockout,
    of_messages,
    of_validation,
)
from sts_rigs.virtual.defects.catalogue import DEFECTS, Defect, UnknownDefect, parts_with

__all__ = [
    "DEFECTS",
    "Defect",
    "UnknownDefect",
    "of_application",
    "of_authentication",
    "of_base_date",
    "of_carrier",
    "of_functions",
    "of_interrupted_key_change",
    "of_key_attributes",
    "of_key_change",
    "of_keypad",
    "of_levels",
    "of_load_switch",
    "of_lockout",
    "of_messages",
    "of_validation",
    "parts_with",
]
