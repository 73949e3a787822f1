"""Actions on the meter and its surroundings: the vocabulary, and the exceptions for an action not performed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final, Protocol

__all__ = [
    "CREDITS",
    "Action",
    "ActionNotPerformed",
    "ActionSpec",
    "Actions",
    "NobodyAnswered",
    "NobodyToAsk",
    "SkippedByOperator",
    "Wanted",
]

_IN_FRONT = "10 mm from the window, on its axis"
_WHILE_KEYING = 60


class Wanted(Enum):
    """What an operator types after an action."""

    NOTHING = "nothing"
    TEXT = "what the display shows"
    NUMBER = "a number"
    SWITCH = "closed or open"
    LEVEL = "a value and its U"


CREDITS: Final = {
    "0": "electricity credit in kWh",
    "1": "water credit in m3",
    "2": "gas credit in m3",
    "3": "time credit in min",
    "4": "electricity credit in currency",
    "5": "water credit in currency",
    "6": "gas credit in currency",
    "7": "time credit in currency",
}
"""What a display shows of credit, by the number of its register (IEC 62055-41, Table 28)."""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """Specification of an action: who performs it, the line that a device takes, and the words for an operator.

    task: what to do; wanted: what is typed then, and how: the words for that; names: what a value is called in the
    words, where that is not the value itself; patience: seconds that a device may take for it.
    """

    performer: str
    line: str
    task: str
    wanted: Wanted = Wanted.NOTHING
    how: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    patience: int = 10


def _measured(line: str, what: str, unit: str, example: str) -> ActionSpec:
    how = f"Type the value and its U (k = 2) in {unit}, such as {example}"
    return ActionSpec("levels", f"measure {line}", what, Wanted.LEVEL, how)


class Action(Enum):
    """An action on the meter; some take a value, such as the digits of a token."""

    POWER_OFF = ActionSpec("power", "power off", "Switch the meter's power off")
    POWER_ON = ActionSpec("power", "power on", "Switch the meter's power on, and wait until it shows its display")
    OPEN_COVER = ActionSpec("cover", "cover open", "Open the terminal cover")
    CLOSE_COVER = ActionSpec("cover", "cover close", "Close the terminal cover")
    READ_DISPLAY = ActionSpec(
        "display", "display read", "Look at the meter's display", Wanted.TEXT, "Type what it shows"
    )
    KEY_IN = ActionSpec(
        "keypad",
        "keypad enter",
        "Key in this token on the meter's keypad: {value}",
        Wanted.TEXT,
        "Type what the display shows",
        patience=_WHILE_KEYING,
    )
    PRESS_KEYS = ActionSpec(
        "keypad",
        "keypad press",
        "Press these keys on the meter's keypad, one after the other: {value}",
        patience=_WHILE_KEYING,
    )
    READ_CREDIT = ActionSpec(
        "display",
        "display credit",
        "Have the meter's display show the {value}",
        Wanted.NUMBER,
        "Type the number that it shows",
        MappingProxyType(CREDITS),
    )
    APPLY_LOAD = ActionSpec("load", "load apply", "Apply this load to the meter, in W for each phase: {value}")
    READ_LOAD_SWITCH = ActionSpec(
        "load",
        "load switch",
        "See whether the meter's load switch is closed or open",
        Wanted.SWITCH,
        "Type closed or open",
    )
    CLOSE_LOAD_SWITCH = ActionSpec(
        "load", "load reconnect", "Have the meter close its load switch, as its user does"
    )
    MEASURE_WAVELENGTH = _measured(
        "wavelength", f"Measure the wavelength of the meter's transmitter, {_IN_FRONT}", "nm", "943 5"
    )
    MEASURE_IRRADIANCE_ON = _measured(
        "irradiance-on",
        f"Measure the irradiance of the meter's transmitter while it sends a space (ON), {_IN_FRONT}",
        "uW/cm2",
        "1230 60",
    )
    MEASURE_IRRADIANCE_OFF = _measured(
        "irradiance-off",
        f"Measure the irradiance of the meter's transmitter while it is idle (OFF), {_IN_FRONT}",
        "uW/cm2",
        "0.8 0.3",
    )
    MEASURE_TAKEN_AS_ON = _measured(
        "taken-as-on",
        "Weaken the reader's light until the meter just still answers, and measure the irradiance of its ON, "
        f"{_IN_FRONT}",
        "uW/cm2",
        "130 8",
    )
    MEASURE_TAKEN_AS_OFF = _measured(
        "taken-as-off",
        "Add steady light until the meter just still answers, and measure the irradiance of the reader's OFF, "
        f"{_IN_FRONT}",
        "uW/cm2",
        "45 3",
    )
    MEASURE_MARK_CURRENT = _measured(
        "mark-current",
        "Measure the current in the meter's transmitter loop while it is idle (mark)",
        "mA",
        "15.3 0.3",
    )
    MEASURE_SPACE_CURRENT = _measured(
        "space-current",
        "Measure the current in the meter's transmitter loop while it sends a space",
        "mA",
        "0.32 0.05",
    )
    MEASURE_TAKEN_AS_MARK = _measured(
        "taken-as-mark",
        "Lower the mark current of the meter's receiver loop until it just still answers, and measure it",
        "mA",
        "6.3 0.3",
    )
    MEASURE_TAKEN_AS_SPACE = _measured(
        "taken-as-space",
        "Raise the space current of the meter's receiver loop until it just still answers, and measure it",
        "mA",
        "4.3 0.3",
    )
    MEASURE_TRANSMITTER_DROP = _measured(
        "transmitter-drop",
        "Measure the voltage across the meter's transmitter while it is idle (mark)",
        "V",
        "1.31 0.03",
    )
    MEASURE_RECEIVER_DROP = _measured(
        "receiver-drop",
        "Measure the voltage across the meter's receiver while the line is idle (mark)",
        "V",
        "1.83 0.03",
    )
    MEASURE_MARK_VOLTAGE = _measured(
        "mark-voltage", "Measure the voltage of the meter's transmitter while it is idle (mark)", "V", "4.83 0.03"
    )
    MEASURE_SPACE_VOLTAGE = _measured(
        "space-voltage", "Measure the voltage of the meter's transmitter while it sends a space", "V", "0.13 0.03"
    )

    @property
    def performer(self) -> str:
        """The key of the rig file's [actions] that says who does it."""
        return self.value.performer

    @property
    def line(self) -> str:
        """The line that a device takes, without the value."""
        return self.value.line

    def line_with(self, value: str) -> str:
        """Return the line that a device takes with a value behind it, if there is one."""
        return f"{self.line} {value}".strip()

    @property
    def wanted(self) -> Wanted:
        """What an operator types when it is done."""
        return self.value.wanted

    @property
    def how(self) -> str:
        """The words for what an operator types then, "" for nothing."""
        return self.value.how

    def task(self, value: str = "") -> str:
        """Return the instruction for an operator."""
        return self.value.task.format(value=self.value.names.get(value, value))

    def request(self, value: str = "") -> str:
        """Return the whole prompt for an operator: what to do, and what to type."""
        return ". ".join(filter(None, (self.task(value), self.how))) + ", then press Enter"


class ActionNotPerformed(Exception):
    """An action that is left to the operator was not performed."""


class NobodyToAsk(ActionNotPerformed):
    """An action is left to the operator, and there is none."""

    def __init__(self, action: Action, value: str = "") -> None:
        super().__init__(
            f"nobody was there to do '{action.line_with(value)}', "
            f"and the rig file's actions.{action.performer} is 'operator'"
        )


class NobodyAnswered(ActionNotPerformed):
    """An action was left to the operator, who did not answer in time."""

    def __init__(self, action: Action, value: str, within: str) -> None:
        super().__init__(f"nobody answered '{action.line_with(value)}' within {within}")


class SkippedByOperator(ActionNotPerformed):
    """The operator chose not to do an action."""

    def __init__(self, action: Action, value: str, reason: str) -> None:
        super().__init__(f"the operator skipped '{action.line_with(value)}': {reason or 'no reason was given'}")


class Actions(Protocol):
    """Performer of actions."""

    def perform(self, action: Action, value: str = "") -> str:
        """Perform an action and return what was observed; ActionNotPerformed or BenchFault if it cannot be."""
