"""Subtle defects: a meter is right in what a token is for, and wrong beside it, after it or between two.

They were written from facts of the two standards alone, without a look at what the suite looks for.
"""

from typing import Final

from sts_rigs.simulator.defects.catalogue import Catalogue
from sts_rigs.simulator.defects.subtle import (
    accepted,
    identifiers,
    lockout_sequences,
    refused,
    sequences,
    states,
    volatile,
    widths,
)

__all__ = ["SEQUENCES", "SIDE_EFFECTS"]

SIDE_EFFECTS: Final = Catalogue.of(accepted, refused, volatile, identifiers, states, widths)
"""Those that a token, a power cut or a state gives away."""

SEQUENCES: Final = Catalogue.of(sequences, lockout_sequences)
"""Those that show after several events in an order of theirs."""
