"""Performers of actions: devices on sockets, the operator, and the AC source of the bench."""

import socket
from collections.abc import Callable

from sts_rigs.actions import Action, Actions, NobodyToAsk
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import ActionsSection
from sts_rigs.instruments.capabilities import AcSource

__all__ = ["Announce", "Ask", "ObservedActions", "PoweredBySource", "RigActions"]

Ask = Callable[[Action, str], str | None]
"""Ask the operator for an action with a value, and return what was observed; None if nobody is there.

ActionNotPerformed tells why an operator who is there did not do it.
"""

Announce = Callable[[Action, str], None]
"""Take note that the operator is about to be asked for an action with a value."""


class RigActions:
    """Actions as the rig file assigns them to devices and the operator.

    A device listens on a socket, takes one line for each action and answers "ok", with what it saw behind it,
    or "error" with the reason.
    """

    def __init__(self, section: ActionsSection, ask: Ask, announce: Announce = lambda _, __: None) -> None:
        self._performers = section.performers
        self._ask = ask
        self._announce = announce

    def perform(self, action: Action, value: str = "") -> str:
        """Perform an action and return what was observed; ActionNotPerformed or BenchFault if it cannot be."""
        performer = self._performers[action.performer]
        if performer != "operator":
            return _tell(performer, action.line_with(value), action.value.patience)
        self._announce(action, value)
        answer = self._ask(action, value)
        if answer is None:
            raise NobodyToAsk(action, value)
        return answer


class PoweredBySource:
    """Wrapper of actions in which an AC source of the bench switches the power."""

    def __init__(self, others: Actions, source: AcSource | None) -> None:
        if source is None:
            raise BenchFault(
                "the rig file lets a source switch the meter's power, and has none among its instruments",
                'add an AC source to [instruments], or write power = "operator"',
            )
        self._others = others
        self._source = source

    def perform(self, action: Action, value: str = "") -> str:
        """Perform an action and return what was observed; ActionNotPerformed or BenchFault if it cannot be."""
        if action.performer != "power":
            return self._others.perform(action, value)
        self._source.switch(action is Action.POWER_ON)
        return ""


class ObservedActions:
    """Wrapper of actions that reports each, with what was observed, to an observer."""

    def __init__(self, others: Actions, observe: Callable[[Action, str, str], None]) -> None:
        self._others = others
        self._observe = observe

    def perform(self, action: Action, value: str = "") -> str:
        """Perform an action and return what was observed; ActionNotPerformed or BenchFault if it cannot be."""
        seen = self._others.perform(action, value)
        self._observe(action, value, seen)
        return seen


def _tell(url: str, line: str, patience: int) -> str:
    host, _, port = url.removeprefix("socket://").rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=patience) as connection:
            connection.sendall(f"{line}\n".encode())
            word, _, seen = connection.makefile(encoding="utf-8").readline().strip().partition(" ")
    except (OSError, ValueError) as error:
        raise BenchFault(
            f"the device at {url} did not take '{line}' ({error})", "check it and the rig file"
        ) from None
    if word != "ok":
        raise BenchFault(f"the device at {url} could not do '{line}' ({seen or 'no answer'})", "check the device")
    return seen
