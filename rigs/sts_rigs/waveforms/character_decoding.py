"""Decoder of characters from the edges of a line: codes, times, and jitter of the bits."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sts62055.carrier.profile import Profile
from sts_rigs.waveforms.edges import Edges, Flags, Floats, Positions

__all__ = ["Characters", "Format", "InnerEdge", "MeasuredCharacter", "Parity", "decode"]

_EARLIEST_NEXT = 0.2
"""Bits before the stop bit from which a fall is the next start: a stop bit as short as may be, a bit rate that is
wrong by more than any meter's, and still no edge of the parity bit is taken for a start."""
_SHORTEST_START = 0.5
"""Bits of space that make a start bit: less is none."""
_SPIKE = 0.25
"""Bits below which a pulse is a spike, and no bit of anybody: no receiver would take it for one."""
_QUIET = 15.0
"""Bits of mark after which another side may be speaking, with a bit time of its own."""
_LEVERAGE = 12.5
"""Sum of squared distances of the edges from their mean, in bits, that makes a bit time: that of two edges 5 bits
apart. With less, noise of an edge would be multiplied when a character's end is worked out."""
_WIDEST = 0.15
"""Deviation from the nominal bit time above which a measured one is taken for a misreading."""
_TRIALS = 400.0
"""Bits from which the first start bit is judged when the recording begins in the middle of a character."""

Numbers = NDArray[np.int64]
Codes = NDArray[np.uint16]


class Parity(StrEnum):
    """The bit after the data bits."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Format:
    """How characters are sent (6.3.2, 6.3.3): bits a character, and bits a second."""

    data_bits: int
    parity: Parity
    stop_bits: int
    bit_rate: float

    @classmethod
    def of(cls, profile: Profile) -> "Format":
        """Return the format of a profile; ValueError if its parity is none of this module's."""
        return cls(
            profile.number("data_bits"),
            Parity(profile.text("parity")),
            profile.number("stop_bits"),
            profile.number("bit_rate"),
        )

    @property
    def bit_time(self) -> float:
        """Seconds of a bit at the nominal rate."""
        return 1 / self.bit_rate

    @property
    def stop_at(self) -> int:
        """Bits from the start of a character to its stop bit."""
        return 1 + self.data_bits + (self.parity is not Parity.NONE)

    @property
    def bits(self) -> int:
        """Bits of a whole character."""
        return self.stop_at + self.stop_bits

    def parity_of(self, codes: Codes) -> NDArray[np.uint8]:
        """Return the parity bit of each code; 0 without parity."""
        if self.parity is Parity.NONE:
            return np.zeros(len(codes), np.uint8)
        return np.asarray((np.bitwise_count(codes) & 1) ^ int(self.parity is Parity.ODD), np.uint8)


@dataclass(frozen=True, slots=True)
class InnerEdge:
    """An edge after that of the start bit: the bit that it begins, its time, and how much later than expected.

    nominal: against the start edge and the nominal bit time; fitted: against the line through the edges of the
    character with its measured bit time; seconds, negative for earlier.
    """

    bit: int
    time: float
    nominal: float
    fitted: float


@dataclass(frozen=True, slots=True)
class MeasuredCharacter:
    """One character; times in seconds on the clock of the edges.

    bit_edges: over how many edges bit_time was measured; 0 where they were too close to each other and the bit
    time is that of the message, or the nominal one. gap: from the end of the character before, None for the first,
    negative after a short stop bit. stop_length: how long the stop bit was, at most its due. A wrong stop bit is a
    framing error; is_break says that the line was at space all through the character.
    """

    code: int
    start: float
    end: float
    bit_time: float
    bit_edges: int
    parity_right: bool
    stop_right: bool
    stop_length: float
    is_break: bool
    gap: float | None
    edges: tuple[InnerEdge, ...]

    @property
    def intact(self) -> bool:
        """Whether parity and stop bit are right."""
        return self.parity_right and self.stop_right


@dataclass(frozen=True, slots=True, eq=False)
class Characters:
    """Characters in order of time, in columns as MeasuredCharacter has them; the first gap is NaN.

    edges: those of the line without its spikes, mark high; spikes: the times at which those begin. The edges of
    character i are edge_count[i] ones from first_edge[i] on, that of its start bit first; edge_bit has the bit
    that each edge of the line begins. false_starts: the times of spaces outside characters that are too short for
    a start bit.
    """

    form: Format
    edges: Edges
    code: Codes
    start: Floats
    end: Floats
    bit_time: Floats
    bit_edges: Numbers
    parity_right: Flags
    stop_right: Flags
    stop_length: Floats
    is_break: Flags
    gap: Floats
    first_edge: Positions
    edge_count: Numbers
    edge_bit: Numbers
    false_starts: Floats
    spikes: Floats

    def __len__(self) -> int:
        return len(self.code)

    def __getitem__(self, number: int) -> MeasuredCharacter:
        if not -len(self) <= number < len(self):
            raise IndexError(f"there are {len(self)} characters, and no number {number}")
        first = int(self.first_edge[number])
        inner = slice(first + 1, first + int(self.edge_count[number]))
        owner = np.full(int(self.edge_count[number]), number)
        members = np.arange(first, inner.stop)
        nominal, fitted = self._deviations(members, owner)
        columns = zip(self.edge_bit[inner], self.edges.times[inner], nominal[1:], fitted[1:], strict=True)
        gap = float(self.gap[number])
        return MeasuredCharacter(
            code=int(self.code[number]),
            start=float(self.start[number]),
            end=float(self.end[number]),
            bit_time=float(self.bit_time[number]),
            bit_edges=int(self.bit_edges[number]),
            parity_right=bool(self.parity_right[number]),
            stop_right=bool(self.stop_right[number]),
            stop_length=float(self.stop_length[number]),
            is_break=bool(self.is_break[number]),
            gap=None if np.isnan(gap) else gap,
            edges=tuple(InnerEdge(int(bit), *map(float, rest)) for bit, *rest in columns),
        )

    def __iter__(self) -> Iterator[MeasuredCharacter]:
        return (self[number] for number in range(len(self)))

    @property
    def intact(self) -> Flags:
        """Whether parity and stop bit of each are right."""
        return self.parity_right & self.stop_right

    def inner_edges(self) -> tuple[Positions, Numbers]:
        """Return the numbers of all edges inside characters, without start edges, and the character of each."""
        members, owner = _members(self.first_edge, self.edge_count)
        inner = members != self.first_edge[owner]
        return members[inner], owner[inner]

    def nominal_jitter(self) -> Floats:
        """Return for each inner edge how many seconds later it is than start edge and nominal bit time have it."""
        return self._deviations(*_members(self.first_edge, self.edge_count))[0][self._inner()]

    def fitted_jitter(self) -> Floats:
        """Return for each inner edge how many seconds later it is than the line through its character's edges."""
        return self._deviations(*_members(self.first_edge, self.edge_count))[1][self._inner()]

    def _inner(self) -> Flags:
        members, owner = _members(self.first_edge, self.edge_count)
        return np.asarray(members != self.first_edge[owner])

    def _deviations(self, members: Positions, owner: Numbers) -> tuple[Floats, Floats]:
        since_start = self.edges.times[members] - self.start[owner]
        bits = self.edge_bit[members]
        late = since_start - bits * self.bit_time[owner]
        local = owner - (owner[0] if len(owner) else 0)
        mean = np.bincount(local, late) / np.maximum(np.bincount(local), 1)
        return since_start - bits * self.form.bit_time, late - mean[local]


def decode(edges: Edges, form: Format, inverted: bool = False) -> Characters:
    """Return the characters of a line from its edges; inverted: high is space, as on an optical port.

    The recording may begin in the middle of a character. A character that is not complete at its end is left out.
    """
    whole = edges.inverted() if inverted else edges
    line = whole.without_pulses(_SPIKE * form.bit_time)
    starts = _start_edges(line, form)
    bit_times, bits, members, owner = _bit_times(line, form, starts)
    complete = line.times[starts] + (form.stop_at + form.stop_bits / 2) * bit_times <= line.end
    starts, bit_times = starts[complete], bit_times[complete]
    inside = complete[owner]
    members, owner = members[inside], owner[inside]
    count = np.bincount(owner, minlength=len(starts))
    slope, own = _own_fit(line.times[members] - line.times[starts][owner], bits[members], owner, len(starts), form)
    own_bit_times = np.where(own, slope, bit_times)
    start, end = line.times[starts], line.times[starts] + form.bits * own_bit_times
    code, parity_right, stop_right = _read(line, form, start, bit_times)
    return Characters(
        form=form,
        edges=line,
        code=code,
        start=start,
        end=end,
        bit_time=own_bit_times,
        bit_edges=np.where(own, count, 0),
        parity_right=parity_right,
        stop_right=stop_right,
        stop_length=_stop_lengths(line, form, starts, own_bit_times, stop_right),
        is_break=_space_lengths(line)[starts] > (form.stop_at + form.stop_bits / 2) * bit_times,
        gap=np.append(np.nan, start[1:] - end[:-1])[: len(start)],
        first_edge=starts,
        edge_count=count,
        edge_bit=bits,
        false_starts=_false_starts(whole, form, start, end),
        spikes=whole.times[~np.isin(whole.times, line.times)][::2],
    )


# -- where characters start ------------------------------------------------------------------------------------


def _space_lengths(line: Edges) -> Floats:
    """Return for each edge the time to the next one; infinite for the last."""
    return np.append(np.diff(line.times), np.inf)[: len(line)]


def _start_edges(line: Edges, form: Format) -> Positions:
    """Return the numbers of the edges that begin characters.

    From a start, the next is the first fall from shortly before the stop bit on: each character is found from its
    own start edge, however far the bit rates are apart.
    """
    wide = _space_lengths(line) >= _SHORTEST_START * form.bit_time
    falls = np.flatnonzero(~line.rising & wide)
    if not len(falls):
        return falls
    times = line.times[falls]
    hold = (form.stop_at - _EARLIEST_NEXT) * form.bit_time
    following = np.searchsorted(times, times + hold).tolist()
    marks = np.diff(np.append(line.begin, line.times))[falls]
    certain = np.flatnonzero(marks >= hold)
    last_trial = min(
        int(certain[0]) if len(certain) else len(falls),
        int(np.searchsorted(times, times[0] + _TRIALS * form.bit_time)),
    )
    # Where the first fall is not certainly a start, of the few that may be one the best reading decides.
    candidates = range(max(min(following[0], last_trial), 1))
    best = min(candidates, key=lambda first: _faults(line, form, times[_follow(following, first, last_trial)]))
    return falls[_follow(following, best, len(falls))]


def _follow(following: list[int], first: int, end: int) -> list[int]:
    """Return each start from the first to the end; a loop, of two steps, as each depends on the one before."""
    chain = []
    while first < end:
        chain.append(first)
        first = following[first]
    return chain


def _faults(line: Edges, form: Format, starts: Floats) -> int:
    _, parity_right, stop_right = _read(line, form, starts, np.full(len(starts), form.bit_time))
    return int((~parity_right).sum() + (~stop_right).sum())


def _false_starts(line: Edges, form: Format, start: Floats, end: Floats) -> Floats:
    spikes = line.times[~line.rising & (_space_lengths(line) < _SHORTEST_START * form.bit_time)]
    before = np.searchsorted(start, spikes, "right")
    return np.asarray(spikes[spikes >= np.append(-np.inf, end)[before]])


# -- bit times -------------------------------------------------------------------------------------------------


def _members(first: Positions, count: Numbers) -> tuple[Positions, Numbers]:
    """Return the numbers of the edges of all characters, and the character of each."""
    owner = np.repeat(np.arange(len(first)), count)
    return np.arange(len(owner)) + (first - (np.cumsum(count) - count))[owner], owner


def _bit_times(line: Edges, form: Format, starts: Positions) -> tuple[Floats, Numbers, Positions, Numbers]:
    """Return the bit time of each character's message, the bit that each edge begins, and the characters' edges.

    First each edge is placed from the one before with the nominal bit time, which cannot go wrong by more than the
    longest run of equal bits does; then from the start edge with the bit time of the message.
    """
    if not len(starts):
        return np.empty(0), np.zeros(len(line), np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    is_start = np.zeros(len(line), np.bool_)
    is_start[starts] = True
    owner = np.cumsum(is_start) - 1
    times = line.times - line.times[starts][owner]
    steps = np.append(0, np.cumsum(np.rint(np.diff(line.times) / form.bit_time).astype(np.int64)))
    bits = steps - steps[starts][owner]
    started = np.arange(len(line)) >= starts[0]
    marks = np.append(np.inf, np.diff(line.times))[starts]
    message = np.cumsum(marks > _QUIET * form.bit_time) - 1
    message -= message[0]
    inside = np.flatnonzero(started & (bits <= form.stop_at))
    bit_times = _message_fit(times[inside], bits[inside], owner[inside], message, form)
    bits = np.rint(times / bit_times[owner]).astype(np.int64)
    inside = np.flatnonzero(started & (bits <= form.stop_at))
    return bit_times, bits, inside, owner[inside]


def _sums(times: Floats, bits: Numbers, owner: Numbers, count: int) -> tuple[Floats, Floats]:
    """Return for each character the sums of squares and of products about the means, of its edges."""
    number = np.maximum(np.bincount(owner, minlength=count), 1)
    mean_bit = np.bincount(owner, bits, count) / number
    off = bits - mean_bit[owner]
    squares, products = np.bincount(owner, off * off, count), np.bincount(owner, off * times, count)
    return squares.astype(np.float64), products.astype(np.float64)


def _slopes(squares: Floats, products: Floats, form: Format) -> tuple[Floats, Flags]:
    slopes = np.divide(products, squares, out=np.full(len(squares), form.bit_time), where=squares >= _LEVERAGE)
    good = (squares >= _LEVERAGE) & (np.abs(slopes / form.bit_time - 1) <= _WIDEST)
    return slopes, good


def _own_fit(times: Floats, bits: Numbers, owner: Numbers, count: int, form: Format) -> tuple[Floats, Flags]:
    """Return the least-squares bit time of each character, and whether its edges are enough for one."""
    return _slopes(*_sums(times, bits, owner, count), form)


def _message_fit(times: Floats, bits: Numbers, owner: Numbers, message: Numbers, form: Format) -> Floats:
    """Return for each character the least-squares bit time of all characters of its message."""
    squares, products = _sums(times, bits, owner, len(message))
    slopes, good = _slopes(_by_message(squares, message), _by_message(products, message), form)
    return np.where(good, slopes, form.bit_time)[message]


def _by_message(column: Floats, message: Numbers) -> Floats:
    return np.asarray(np.bincount(message, column), np.float64)


# -- what characters say ---------------------------------------------------------------------------------------


def _read(line: Edges, form: Format, start: Floats, bit_times: Floats) -> tuple[Codes, Flags, Flags]:
    """Return codes, right parities and right stop bits from the levels in the middle of each bit."""

    def mark(bit: float) -> Flags:
        return line.high_at(start + (bit + 0.5) * bit_times)

    code = np.zeros(len(start), np.uint16)
    for place in range(form.data_bits):
        code |= mark(1 + place).astype(np.uint16) << np.uint16(place)
    parity_right = np.ones(len(start), np.bool_)
    if form.parity is not Parity.NONE:
        parity_right = mark(1 + form.data_bits) == form.parity_of(code).astype(np.bool_)
    stop_right = np.ones(len(start), np.bool_)
    for place in range(form.stop_bits):
        stop_right &= mark(form.stop_at + place)
    return code, parity_right, stop_right


def _stop_lengths(line: Edges, form: Format, starts: Positions, bit_times: Floats, right: Flags) -> Floats:
    """Return how long the line was at mark from the due begin of the stop bit on, at most its due."""
    falls = np.append(line.times[~line.rising], np.inf)
    hold = (form.stop_at - _EARLIEST_NEXT) * form.bit_time
    next_fall = falls[np.searchsorted(falls, line.times[starts] + hold)]
    due = form.stop_bits * bit_times
    length = np.clip(next_fall - (line.times[starts] + form.stop_at * bit_times), 0.0, due)
    return np.where(~right & (length >= due), 0.0, length)
