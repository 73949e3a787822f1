"""True levels of a good meter's interface, and an operator's statements of them."""

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from sts_rigs.line.interface_levels import Level

__all__ = ["GOOD_LEVELS", "LevelStatements"]

_RELATIVE_UNCERTAINTY = 0.01
GOOD_LEVELS: Mapping[Level, float] = MappingProxyType(
    {
        Level.WAVELENGTH: 946.0,
        Level.IRRADIANCE_ON: 2130.0,
        Level.IRRADIANCE_OFF: 0.7,
        Level.TAKEN_AS_ON: 115.0,
        Level.TAKEN_AS_OFF: 64.0,
        Level.MARK_CURRENT: 15.5,
        Level.SPACE_CURRENT: 0.35,
        Level.TAKEN_AS_MARK: 6.5,
        Level.TAKEN_AS_SPACE: 4.5,
        Level.TRANSMITTER_DROP: 1.25,
        Level.RECEIVER_DROP: 1.75,
        Level.MARK_VOLTAGE: 4.75,
        Level.SPACE_VOLTAGE: 0.15,
    }
)
"""What the interface of a good meter has, within every limit."""


class LevelStatements:
    """Statements of true levels, with errors that the stated U (k = 2) allows, by a seed."""

    def __init__(self, *, seed: int) -> None:
        self._random = Random(f"levels {seed}")

    def state(self, true: float) -> str:
        """Return a true level and its U as an operator types them."""
        uncertainty = _RELATIVE_UNCERTAINTY * true
        return f"{self._random.gauss(true, uncertainty / 2):.5f} {uncertainty:.5f}"
