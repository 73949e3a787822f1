"""Planned faults of a simulated instrument: what goes wrong, and at which command."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from sts_rigs.simulator.instruments.scpi import Pattern

__all__ = ["Fault", "FaultPlan", "PlannedFault", "read_planned_fault"]

_WRITTEN = re.compile(
    r"(?P<instrument>[^=]+)=(?P<fault>[a-z-]+)@(?P<command>[^#]+)(?:#(?P<occurrence>[1-9][0-9]*))?"
)


class Fault(Enum):
    """Fault of a simulated instrument; the value describes it."""

    NO_ANSWER = "does as told and answers nothing"
    GARBAGE_HEADER = "sends a block whose header is no header"
    SHORT_WAVEFORM = "sends half of the points, under a header that says so"
    OVERLOAD = "is overloaded: clipped samples, an overload instead of a reading"
    ERROR_IN_QUEUE = "reports an error of the device"
    CLOSES_CONNECTION = "sends half of the answer and closes the connection"
    WRONG_IDENTITY = "answers to *IDN? with another serial number"


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault that plays once, at the n-th command (from 1) whose header fits, such as `WAVeform:DATA?`."""

    fault: Fault
    command: str
    occurrence: int = 1


def read_planned_fault(text: str) -> tuple[str, PlannedFault]:
    """Return an instrument's name and what it does wrong; ValueError if the text does not say that.

    text: such as `scope=short-waveform@WAVeform:DATA?#2`, where 2 is the second such command.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError(f"{text!r} is no fault: write NAME=FAULT@COMMAND#N, as in scope=no-answer@*IDN?#1")
    known = {fault.name.lower().replace("_", "-"): fault for fault in Fault}
    if written["fault"] not in known:
        raise ValueError(f"there is no fault {written['fault']!r}: known are {', '.join(known)}")
    planned = PlannedFault(known[written["fault"]], written["command"], int(written["occurrence"] or 1))
    return written["instrument"], planned


class FaultPlan:
    """The faults of one instrument, with the count of the commands that fit."""

    def __init__(self, planned: Iterable[PlannedFault]) -> None:
        self._planned = [(each, Pattern(each.command)) for each in planned]
        self._seen = [0] * len(self._planned)

    def due(self, header: str) -> frozenset[Fault]:
        """Count a command, and return the faults that are due at it."""
        playing = set[Fault]()
        for place, (planned, pattern) in enumerate(self._planned):
            if pattern.numbers(header) is not None:
                self._seen[place] += 1
                if self._seen[place] == planned.occurrence:
                    playing.add(planned.fault)
        return frozenset(playing)
