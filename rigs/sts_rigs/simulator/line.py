"""Simulated line between reader and meter, at the level of edges (IEC 62055-52, 6.3)."""

from collections.abc import Callable, Sequence
from functools import cache, partial

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, parity_bit
from sts_rigs.simulator.signal import Signal
from sts_rigs.simulator.timeline import Timeline

__all__ = ["CHARACTER_BITS", "Line", "LineEnd"]

Listener = Callable[[ReceivedCharacter], None]

CHARACTER_BITS = 10
"""Start bit, seven data bits, parity bit and stop bit: the one format of the simulated line (6.3.2)."""


class LineEnd:
    """One end of a line: what it transmits, the other end hears, and `signal` keeps at the level of edges.

    character_time: nanoseconds of a character; stop_shortage: by how many of them its stop bit is too short.
    """

    def __init__(self, timeline: Timeline, character_time: int) -> None:
        self._timeline = timeline
        self._free = 0
        self._generation = 0
        self.character_time = character_time
        self.stop_shortage = 0
        self.signal = Signal()
        self.listener: Listener = lambda _: None
        self.transmitted = 0
        self.other: LineEnd = self

    def transmit(self, characters: Sequence[OutgoingCharacter], at: int | None = None) -> int:
        """Send characters one after the other, from an instant or now on; return when the last one ends."""
        earliest = self._timeline.now() if at is None else at
        for character in characters:
            start = max(earliest, self._free) + character.gap
            if character.held:
                self._hold_space(start, character.held)
                continue
            end = start + self.character_time - self.stop_shortage
            self._free = end
            self.signal.draw(start, _levels(character.code, character.wrong_parity, self.character_time))
            received = ReceivedCharacter(character.code, not character.wrong_parity, start, end)
            self._timeline.at(end, partial(self._deliver, received, self._generation))
        return max(self._free, self._timeline.now())

    def hold_space(self, duration: int) -> int:
        """Hold the line at space for nanoseconds, as in a break; return the instant at which that ends.

        The other end hears one damaged character of zeros, as long as the break: its stop bit comes with the mark.
        """
        self._hold_space(max(self._timeline.now(), self._free), duration)
        return self._free

    def _hold_space(self, start: int, duration: int) -> None:
        self._free = start + duration
        self.signal.change(start, 0)
        self.signal.change(self._free, 1)
        received = ReceivedCharacter(0, intact=False, start=start, end=self._free)
        self._timeline.at(self._free, partial(self._deliver, received, self._generation))

    def go_silent(self) -> None:
        """Stop sending at once, even within a character, as when the power goes."""
        self._generation += 1
        self._free = 0
        self.signal.change(self._timeline.now(), 1)

    def _deliver(self, character: ReceivedCharacter, generation: int) -> None:
        if generation == self._generation:
            self.transmitted += 1
            self.other.listener(character)


@cache
def _levels(code: int, wrong_parity: bool, character_time: int) -> Sequence[tuple[int, int]]:
    """Return the changes of level of a character: nanoseconds after its start, and the level from there."""
    bits = code << 1 | (parity_bit(code) ^ wrong_parity) << CHARACTER_BITS - 2 | 1 << CHARACTER_BITS - 1
    changes, level = [], 1
    for place in range(CHARACTER_BITS):
        if (bits >> place & 1) != level:
            level ^= 1
            changes.append((round(place * character_time / CHARACTER_BITS), level))
    return changes


class Line:
    """A half-duplex line with a reader at one end and a meter at the other."""

    def __init__(self, timeline: Timeline, character_time: int) -> None:
        self.reader = LineEnd(timeline, character_time)
        self.meter = LineEnd(timeline, character_time)
        self.reader.other = self.meter
        self.meter.other = self.reader
