"""Scale of grades: how well a rule, parameter, requirement or vector is known.

It is the scale of the rules of the application layer, the protocol profile, the register of requirements and the
vectors.
"""

from enum import StrEnum

__all__ = ["Grade"]


class Grade(StrEnum):
    """How well something of the standards is known, best first."""

    CONFIRMED = "confirmed"
    """A lab that owns the standard confirmed it."""
    VERIFIED = "verified"
    """Code written from it gives published values."""
    THREE_SOURCES = "3 sources"
    """Three independent public descriptions agree."""
    TWO_SOURCES = "2 sources"
    """Two independent public descriptions agree."""
    PUBLISHED = "published"
    """A public document about this very clause, or about meters of it, says so."""
    ONE_SOURCE = "1 source"
    """One public description, often at second hand, says so."""
    OBSERVED = "observed"
    """Seen in a public client or meter of this protocol's shape."""
    INFERRED = "inferred"
    """Follows from another clause or a related standard."""
    ASSUMED = "assumed"
    """A default, so that the suite runs."""
    UNKNOWN = "unknown"
    """No public rule is known: everything that is open is allowed."""

    @property
    def is_confirmed(self) -> bool:
        """Whether a verdict may rest on it without being provisional."""
        return self in _CONFIRMED


_CONFIRMED = frozenset({Grade.CONFIRMED, Grade.VERIFIED, Grade.THREE_SOURCES, Grade.TWO_SOURCES, Grade.PUBLISHED})
