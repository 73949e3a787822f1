"""Do something to the meter: a device does it, or the operator is asked."""

import socket
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from sts_rigs.faults import BenchFault
from sts_rigs.instruments.capabilities import AcSource
from sts_rigs.rig_file import ActionsSection

__all__ = ["Action", "Actions", "Ask", "NobodyToAsk", "PoweredBySource", "RigActions"]

Ask = Callable[[str], str | None]
"""Put a request to the operator and return the answer, None if nobody is there."""


_IN_FRONT = "10 mm from the window, on its axis"


def _measure(what: str, unit: str, example: str) -> str:
    return f"{what}. Type the value and its U (k = 2) in {unit}, such as {example}, then press Enter"


class Action(Enum):
    """What can be done: who does it, the line that a device takes, and the words for an operator."""

    POWER_OFF = ("power", "power off", "Switch the meter's power off, then press Enter")
    POWER_ON = (
        "power",
        "power on",
        "Switch the meter's power on, wait until it shows its display, then press Enter",
    )
    OPEN_COVER = ("cover", "cover open", "Open the terminal cover, then press Enter")
    CLOSE_COVER = ("cover", "cover close", "Close the terminal cover, then press Enter")
    READ_DISPLAY = ("display", "display read", "Type what the meter's display shows, then press Enter")
    MEASURE_WAVELENGTH = (
        "levels",
        "measure wavelength",
        _measure(f"Measure the wavelength of the meter's transmitter, {_IN_FRONT}", "nm", "943 5"),
    )
    MEASURE_IRRADIANCE_ON = (
        "levels",
        "measure irradiance-on",
        _measure(
            f"Measure the irradiance of the meter's transmitter while it sends a space (ON), {_IN_FRONT}",
            "uW/cm2",
            "1230 60",
        ),
    )
    MEASURE_IRRADIANCE_OFF = (
        "levels",
        "measure irradiance-off",
        _measure(
            f"Measure the irradiance of the meter's transmitter while it is idle (OFF), {_IN_FRONT}",
            "uW/cm2",
            "0.8 0.3",
        ),
    )
    MEASURE_TAKEN_AS_ON = (
        "levels",
        "measure taken-as-on",
        _measure(
            "Weaken the reader's light until the meter just still answers, and measure the irradiance of its ON, "
            f"{_IN_FRONT}",
            "uW/cm2",
            "130 8",
        ),
    )
    MEASURE_TAKEN_AS_OFF = (
        "levels",
        "measure taken-as-off",
        _measure(
            "Add steady light until the meter just still answers, and measure the irradiance of the reader's OFF, "
            f"{_IN_FRONT}",
            "uW/cm2",
            "45 3",
        ),
    )
    MEASURE_MARK_CURRENT = (
        "levels",
        "measure mark-current",
        _measure("Measure the current in the meter's transmitter loop while it is idle (mark)", "mA", "15.3 0.3"),
    )
    MEASURE_SPACE_CURRENT = (
        "levels",
        "measure space-current",
        _measure("Measure the current in the meter's transmitter loop while it sends a space", "mA", "0.32 0.05"),
    )
    MEASURE_TAKEN_AS_MARK = (
        "levels",
        "measure taken-as-mark",
        _measure(
            "Lower the mark current of the meter's receiver loop until it just still answers, and measure it",
            "mA",
            "6.3 0.3",
        ),
    )
    MEASURE_TAKEN_AS_SPACE = (
        "levels",
        "measure taken-as-space",
        _measure(
            "Raise the space current of the meter's receiver loop until it just still answers, and measure it",
            "mA",
            "4.3 0.3",
        ),
    )
    MEASURE_TRANSMITTER_DROP = (
        "levels",
        "measure transmitter-drop",
        _measure("Measure the voltage across the meter's transmitter while it is idle (mark)", "V", "1.31 0.03"),
    )
    MEASURE_RECEIVER_DROP = (
        "levels",
        "measure receiver-drop",
        _measure(
            "Measure the voltage across the meter's receiver while the line is idle (mark)", "V", "1.83 0.03"
        ),
    )
    MEASURE_MARK_VOLTAGE = (
        "levels",
        "measure mark-voltage",
        _measure("Measure the voltage of the meter's transmitter while it is idle (mark)", "V", "4.83 0.03"),
    )
    MEASURE_SPACE_VOLTAGE = (
        "levels",
        "measure space-voltage",
        _measure("Measure the voltage of the meter's transmitter while it sends a space", "V", "0.13 0.03"),
    )

    @property
    def performer(self) -> str:
        """The key of the rig file's [actions] that says who does it."""
        return self.value[0]

    @property
    def line(self) -> str:
        """The line that a device takes."""
        return self.value[1]

    @property
    def request(self) -> str:
        """The words for an operator."""
        return self.value[2]


class NobodyToAsk(Exception):
    """An action is left to the operator, and there is none."""

    def __init__(self, action: Action) -> None:
        super().__init__(
            f"nobody was there to do '{action.line}', and the rig file's actions.{action.performer} is 'operator'"
        )


class Actions(Protocol):
    """The hands of the bench."""

    def perform(self, action: Action) -> str:
        """Do it and return what was seen; NobodyToAsk or BenchFault if that cannot be."""


class RigActions:
    """Actions as a rig file shares them out between devices and the operator.

    A device listens on a socket, takes one line for each action and answers "ok", with what it saw behind it,
    or "error" with the reason.
    """

    def __init__(self, section: ActionsSection, ask: Ask) -> None:
        self._performers: dict[str, str] = section.model_dump()
        self._ask = ask

    def perform(self, action: Action) -> str:
        """Do it and return what was seen; NobodyToAsk or BenchFault if that cannot be."""
        performer = self._performers[action.performer]
        if performer != "operator":
            return _tell(performer, action.line)
        answer = self._ask(action.request)
        if answer is None:
            raise NobodyToAsk(action)
        return answer


class PoweredBySource:
    """Other actions, but for power: an AC source of the bench switches it."""

    def __init__(self, others: Actions, source: AcSource | None) -> None:
        if source is None:
            raise BenchFault(
                "the rig file lets a source switch the meter's power, and has none among its instruments",
                'add an AC source to [instruments], or write power = "operator"',
            )
        self._others = others
        self._source = source

    def perform(self, action: Action) -> str:
        """Do it and return what was seen; NobodyToAsk or BenchFault if that cannot be."""
        if action.performer != "power":
            return self._others.perform(action)
        self._source.switch(action is Action.POWER_ON)
        return ""


def _tell(url: str, line: str) -> str:
    host, _, port = url.removeprefix("socket://").rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(f"{line}\n".encode())
            word, _, seen = connection.makefile(encoding="utf-8").readline().strip().partition(" ")
    except (OSError, ValueError) as error:
        raise BenchFault(
            f"the device at {url} did not take '{line}' ({error})", "check it and the rig file"
        ) from None
    if word != "ok":
        raise BenchFault(f"the device at {url} could not do '{line}' ({seen or 'no answer'})", "check the device")
    return seen
