"""Levels of the meter's interface (IEC 62055-52, 6.2), and what an operator states of them."""

import math
import re
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Literal, Self

from sts_rigs.actions import Action
from sts_rigs.uncertainty.budget import Uncertain
from sts_rigs.uncertainty.levels import stated_value

__all__ = ["LEVEL_UNITS", "Level", "NoLevel", "State", "ask_level", "read_statement"]

State = Literal["mark", "space"]
"""What the line is while a level stands on it: 1 and idle, or 0."""

LEVEL_UNITS: Mapping[str, str] = MappingProxyType({"optical": "uW/cm2", "current-loop": "mA", "voltage": "V"})
"""The unit of what a transmitter sends, by the interface of the rig file and the declaration."""

_AGAIN = 3
_COVERAGE_FACTOR = 2.0
_NUMBER = r"([+-]?[0-9]+(?:[.,][0-9]*)?)"


class Level(Enum):
    """A level: its name in cases and reports, its unit, its action, and the state of the line that shows it."""

    WAVELENGTH = ("wavelength", "nm", Action.MEASURE_WAVELENGTH, None)
    IRRADIANCE_ON = ("irradiance ON", "uW/cm2", Action.MEASURE_IRRADIANCE_ON, "space")
    IRRADIANCE_OFF = ("irradiance OFF", "uW/cm2", Action.MEASURE_IRRADIANCE_OFF, "mark")
    TAKEN_AS_ON = ("least irradiance taken as ON", "uW/cm2", Action.MEASURE_TAKEN_AS_ON, None)
    TAKEN_AS_OFF = ("largest irradiance taken as OFF", "uW/cm2", Action.MEASURE_TAKEN_AS_OFF, None)
    MARK_CURRENT = ("mark current", "mA", Action.MEASURE_MARK_CURRENT, "mark")
    SPACE_CURRENT = ("space current", "mA", Action.MEASURE_SPACE_CURRENT, "space")
    TAKEN_AS_MARK = ("least current taken as mark", "mA", Action.MEASURE_TAKEN_AS_MARK, None)
    TAKEN_AS_SPACE = ("largest current taken as space", "mA", Action.MEASURE_TAKEN_AS_SPACE, None)
    TRANSMITTER_DROP = ("drop of the transmitter", "V", Action.MEASURE_TRANSMITTER_DROP, None)
    RECEIVER_DROP = ("drop of the receiver", "V", Action.MEASURE_RECEIVER_DROP, None)
    MARK_VOLTAGE = ("mark voltage", "V", Action.MEASURE_MARK_VOLTAGE, "mark")
    SPACE_VOLTAGE = ("space voltage", "V", Action.MEASURE_SPACE_VOLTAGE, "space")

    def __init__(self, quantity: str, unit: str, action: Action, state: State | None) -> None:
        self.quantity = quantity
        self.unit = unit
        self.action = action
        self.state = state

    @classmethod
    def of(cls, quantity: str) -> Self:
        """Return the level of a name; ValueError if there is none."""
        for level in cls:
            if level.quantity == quantity:
                return level
        raise ValueError(f"there is no level '{quantity}': {', '.join(level.quantity for level in cls)}")


class NoLevel(Exception):
    """No value was stated for a level."""


def ask_level(perform: Callable[[Action], str], level: Level, source: str) -> Uncertain:
    """Return the value that the operator states with its U (k = 2), as `1230 60` in the level's unit.

    An answer that cannot be read is asked for again up to three times, then NoLevel, as for an empty one.
    """
    text = ""
    for _ in range(1 + _AGAIN):
        text = perform(level.action).strip()
        if not text:
            raise NoLevel(f"the {level.quantity} was not measured: no value was given")
        stated = read_statement(text)
        if stated is not None:
            return stated_value(*stated, _COVERAGE_FACTOR, level.unit, source)
    raise NoLevel(
        f"the {level.quantity} was not measured: '{text}' is no value with its U above 0, both in {level.unit}"
    )


def read_statement(text: str) -> tuple[float, float] | None:
    """Parse a value and its U from a text such as `1230 60`; None if it has not that form."""
    found = re.fullmatch(rf"{_NUMBER}\s+{_NUMBER}", text)
    if found is None:
        return None
    value, uncertainty = (float(number.replace(",", ".")) for number in found.groups())
    return (
        (value, uncertainty) if uncertainty > 0 and math.isfinite(value) and math.isfinite(uncertainty) else None
    )
