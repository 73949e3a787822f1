"""Base class of SCPI drivers: identity, error queue, polling."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar

from sts62055.untrusted.errors import plain
from sts_rigs.clock import MILLISECOND, SECOND, Clock
from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import Identity
from sts_rigs.instruments.session import Session

__all__ = ["ScpiInstrument", "read_identity"]

_NOWHERE: Mapping[str, object] = MappingProxyType({})
_LONGEST_QUEUE = 30
_POLL = 20 * MILLISECOND


def read_identity(session: Session) -> Identity:
    """Query the identity (IEEE 488.2, *IDN?); BenchFault if the answer has not its four parts."""
    answer = session.query("*IDN?")
    # a Siglent or LeCroy that repeats headers does so here too
    parts = [part.strip() for part in answer.removeprefix("*IDN ").split(",", 3)]
    if len(parts) != 4 or not parts[0] or not parts[1]:
        raise BenchFault(
            f"{session.name} answered '*IDN?' with {answer[:60]!r}, "
            "not with maker, model, serial number and firmware",
            "check the address in the rig file",
        )
    return Identity(*map(plain, parts))


class ScpiInstrument:
    """An instrument that answers to SCPI.

    A driver sets `maker` and `model`, regular expressions that the identity must match whole in any case, and
    `kind`, what to call them in a fault. BenchFault at once if another instrument answers.
    """

    maker: ClassVar[str] = ".*"
    model: ClassVar[str] = ".*"
    kind: ClassVar[str] = "an instrument"
    error_query: ClassVar[str] = ":SYSTem:ERRor?"

    def __init__(self, session: Session, clock: Clock) -> None:
        self.session = session
        self.name = session.name
        self._clock = clock
        self._identity = read_identity(session)
        who = self._identity
        if not (
            re.fullmatch(self.maker, who.maker, re.IGNORECASE)
            and re.fullmatch(self.model, who.model, re.IGNORECASE)
        ):
            raise BenchFault(
                f"{self.name} should be {self.kind}, but {who.maker} {who.model} (serial {who.serial}) answered",
                "correct its address or its driver in the rig file",
            )

    @property
    def identity(self) -> Identity:
        """Maker, model, serial number and firmware."""
        return self._identity

    @property
    def place(self) -> Mapping[str, object]:
        """Fields of the commands of the instrument as such: none."""
        return _NOWHERE

    def check(self) -> None:
        """Read the error queue until it is empty; BenchFault with the first error."""
        first: str | None = None
        for _ in range(_LONGEST_QUEUE):
            error = self._next_error()
            if error is None:
                break
            first = first or error
        if first is not None:
            raise BenchFault(
                f"{self.name} reports {first}",
                "check the settings that the rig file asks of it against what the model can do",
            )

    def close(self) -> None:
        """Close the connection."""
        self.session.close()

    def _next_error(self) -> str | None:
        """Return the next error of the queue, None if it is empty."""
        answer = self.session.query(self.error_query)
        code, _, text = answer.partition(",")
        try:
            number = int(code)
        except ValueError:
            return f"an error that cannot be read: {answer[:60]!r}"
        quoted = text.strip().strip('"')
        return f"error {number}, {quoted}" if number else None

    def _wait_for(self, condition: Callable[[], bool], seconds: float, earliest: int = 0) -> bool:
        """Poll every 20 ms until the condition holds; return False if it does not within `seconds`.

        earliest: the instant in ns before which it cannot hold, so that nothing is asked until then.
        """
        deadline = self._clock.now() + round(seconds * SECOND)
        self._clock.wait_until(min(earliest, deadline))
        while not condition():
            now = self._clock.now()
            if now >= deadline:
                return False
            self._clock.wait_until(min(now + _POLL, deadline))
        return True
