"""Echo filter: optical heads and two-wire adapters give back what is sent through them (IEC 62055-52, 6.2)."""

from collections import deque

from sts62055.carrier.characters import ReceivedCharacter, describe
from sts_rigs.clock import SECOND
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import Echo

__all__ = ["EchoFilter"]

_LONGEST_DELAY = SECOND
_ENOUGH_TO_LEARN = 5
_ENOUGH_TO_KNOW = 2
"""No answer begins with the first two codes of its command."""


class EchoFilter:
    """Filter that removes the echo of what was sent; it is told the time and does no I/O.

    Codes are compared, not parity: what was spoiled on purpose comes back spoiled. Times are nanoseconds.
    """

    def __init__(self, name: str, echo: Echo) -> None:
        self.echoes: bool | None = None if echo == "auto" else echo
        self._name = name
        self._is_stated = echo is True
        self._expected: deque[int] = deque()
        self._held: list[ReceivedCharacter] = []
        self._due = 0
        self._break_due: int | None = None

    def sent(self, codes: bytes, end: int) -> None:
        """Note what was sent, and the instant at which it ended."""
        is_of_use = self.echoes or self._expected or len(codes) >= _ENOUGH_TO_LEARN
        if self.echoes is not False and is_of_use:
            self._expected.extend(codes)
            self._due = end + _LONGEST_DELAY

    def sent_break(self, end: int) -> None:
        """Note that a break was sent, and the instant at which it ended; its echo, if any, is one code 0."""
        if self.echoes:
            self._break_due = end + _LONGEST_DELAY

    def received(self, character: ReceivedCharacter) -> list[ReceivedCharacter]:
        """Take a character and return those known to be no echo; BenchFault if an echo is not what was sent."""
        if character.code == 0 and self._break_due is not None:
            was_due, self._break_due = self._break_due, None
            if character.end <= was_due:
                return []
        if not self._expected:
            return [character]
        if character.code == self._expected[0]:
            self._held.append(character)
            self._expected.popleft()
            if not self._expected:
                self._held.clear()
                self.echoes = True
            return []
        if self._must_be_whole:
            sent, came = (describe(bytes([code])) for code in (self._expected[0], character.code))
            raise BenchFault(
                f"port {self._name} echoed {came} where {sent} was sent",
                "check how the head sits and shield it from light, or write echo = false if it does not echo",
            )
        if self.echoes is None:
            self.echoes = False
        return [*self._give_up(), character]

    def expire(self, now: int) -> list[ReceivedCharacter]:
        """Return what proves to be no echo because the rest of it did not come; to be called on silence.

        BenchFault if the echo of a port that echoes is missing, or has come in part.
        """
        if not self._expected or now < self._due:
            return []
        if self._must_be_whole:
            raise BenchFault(
                f"port {self._name} did not echo all that was sent",
                "check the head and its power, or write echo = false if it does not echo",
            )
        return self._give_up()

    def give_back(self) -> list[ReceivedCharacter]:
        """Return what came and was not known to be an echo; to be called when nothing more can come."""
        return [] if self._must_be_whole else self._give_up()

    @property
    def _must_be_whole(self) -> bool:
        return self._is_stated or (self.echoes is True and len(self._held) >= _ENOUGH_TO_KNOW)

    def _give_up(self) -> list[ReceivedCharacter]:
        held, self._held = self._held, []
        self._expected.clear()
        return held
