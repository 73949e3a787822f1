"""The catalogue of defects of the virtual meter."""

from sts_rigs.virtual.defects import of_application, of_carrier, of_key_change, of_levels
from sts_rigs.virtual.defects.catalogue import DEFECTS, Defect, UnknownDefect, parts_with

__all__ = [
    "DEFECTS",
    "Defect",
    "UnknownDefect",
    "of_application",
    "of_carrier",
    "of_key_change",
    "of_levels",
    "parts_with",
]
