"""True levels of the simulated meter's interface, and an operator's statements of them."""

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from sts_rigs.line.interface_levels import Level
from sts_rigs.simulator.meter.meter import CarrierServer, Parts

__all__ = ["LevelStatements", "OwnLevels", "levels_of"]

_RELATIVE_UNCERTAINTY = 0.01
_GOOD: Mapping[Level, float] = MappingProxyType(
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


class OwnLevels(CarrierServer):
    """Carrier server behind an interface with some levels of its own, in their units."""

    own: tuple[tuple[Level, float], ...] = ()


def levels_of(parts: Parts) -> Mapping[Level, float]:
    """Return the true levels of a meter made of these parts."""
    carrier = parts.carrier
    return {**_GOOD, **dict(carrier.own)} if issubclass(carrier, OwnLevels) else _GOOD


class LevelStatements:
    """Statements of true levels, with errors that the stated U (k = 2) allows, by a seed."""

    def __init__(self, levels: Mapping[Level, float], *, seed: int) -> None:
        self._levels = levels
        self._random = Random(f"levels {seed}")

    def state(self, level: Level) -> str:
        """Return a level and its U as an operator types them."""
        true = self._levels[level]
        uncertainty = _RELATIVE_UNCERTAINTY * true
        return f"{self._random.gauss(true, uncertainty / 2):.5f} {uncertainty:.5f}"
