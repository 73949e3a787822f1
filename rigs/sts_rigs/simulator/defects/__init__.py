"""The catalogue of defects of the simulated meter."""

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
from sts_rigs.simulator.defects.catalogue import DEFECTS, Defect, UnknownDefect, parts_with

__all__ = [
    "DEFECTS",
    "Defect",
    "UnknownDefect",
    "application",
    "authentication",
    "base_date",
    "carrier",
    "functions",
    "interrupted_key_change",
    "key_attributes",
    "key_change",
    "keypad",
    "levels",
    "load_switch",
    "lockout",
    "messages",
    "parts_with",
    "validation",
]
