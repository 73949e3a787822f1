"""Wholesale defects: something wrong in every case of a kind, as firmware comes out of a bad build.

They were written from facts of the two standards alone, without a look at what the suite looks for.
"""

from typing import Final

from sts_rigs.simulator.defects.catalogue import Catalogue
from sts_rigs.simulator.defects.wholesale import (
    answers,
    characters,
    classes,
    fields,
    identification,
    identifiers,
    keys,
    power,
    registers,
    results,
    timing,
)

__all__ = ["WHOLESALE"]

WHOLESALE: Final = Catalogue.of(
    answers,
    characters,
    classes,
    fields,
    identifiers,
    identification,
    keys,
    power,
    registers,
    results,
    timing,
)
"""All wholesale defects that ship with us."""
