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
