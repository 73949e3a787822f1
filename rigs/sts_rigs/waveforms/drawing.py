"""Drawing of characters as the signal of a line, for benches without instruments, benchmarks and tests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sts_rigs.waveforms.character_decoding import Format, Parity
from sts_rigs.waveforms.edges import Floats

__all__ = ["DrawnLine", "draw_characters"]


@dataclass(frozen=True, slots=True, eq=False)
class DrawnLine:
    """The instants in seconds at which a line changes, in order; it is at mark before the first one."""

    changes: Floats

    def logic(self, interval: float, count: int, start: float = 0.0) -> NDArray[np.uint8]:
        """Return samples of the line, 1 for mark, the first at `start` seconds."""
        toggles = np.zeros(count, np.uint8)
        places = np.ceil((self.changes - start) / interval).astype(np.int64)
        before = int((places <= 0).sum())
        # Two changes between the same samples cancel out.
        np.add.at(toggles, places[(places > 0) & (places < count)], np.uint8(1))
        toggles[:1] += np.uint8((before + 1) & 1)
        np.bitwise_and(toggles, 1, out=toggles)
        return np.bitwise_xor.accumulate(toggles, out=toggles)

    def analogue(self, interval: float, count: int, space: float, mark: float, edge_time: float) -> Floats:
        """Return levels of the line from 0 s on, each edge a ramp of `edge_time` seconds around its instant.

        An edge that begins before the one before has ended joins it where the two ramps add up.
        """
        times = np.arange(count) * interval
        moves = np.where(np.arange(len(self.changes)) % 2 == 0, space - mark, mark - space)
        reached = np.append(mark, mark + np.cumsum(moves))
        first = np.searchsorted(self.changes, times - edge_time / 2, "right")
        levels = reached[first]
        last = np.searchsorted(self.changes, times + edge_time / 2, "left")
        for nearby in range(int((last - first).max(initial=0))):
            going = np.flatnonzero(first + nearby < last)
            change = first[going] + nearby
            levels[going] += moves[change] * ((times[going] - self.changes[change]) / edge_time + 0.5)
        return levels


def draw_characters(
    codes: ArrayLike,
    starts: ArrayLike,
    form: Format,
    bit_times: ArrayLike | None = None,
    wrong_parity: ArrayLike = False,
) -> DrawnLine:
    """Return the line that carries characters from their starts in seconds on, in order.

    bit_times: seconds a bit, nominal without; wrong_parity: which characters have the other parity bit. The line
    is at mark after each character until the next start, so a start that comes early cuts the stop bit before it.
    """
    numbers, begins = np.asarray(codes, np.uint16), np.asarray(starts, np.float64)
    times = np.broadcast_to(
        form.bit_time if bit_times is None else np.asarray(bit_times, np.float64), begins.shape
    )
    bits = np.ones((len(numbers), form.stop_at + 2), np.uint8)
    bits[:, 1] = 0
    bits[:, 2 : 2 + form.data_bits] = numbers[:, None] >> np.arange(form.data_bits) & 1
    if form.parity is not Parity.NONE:
        bits[:, -2] = form.parity_of(numbers) ^ np.asarray(wrong_parity, np.bool_)
    character, place = np.nonzero(bits[:, 1:] != bits[:, :-1])
    return DrawnLine(begins[character] + place * times[character])
