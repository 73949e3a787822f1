"""Recording of one exchange: the characters of both sides, and times with their uncertainty."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sts62055.carrier.profile import Profile
from sts_rigs.errors import BenchFault, InstrumentFault
from sts_rigs.instruments.capabilities import WaveformRecorder
from sts_rigs.line.timing import TimedValue
from sts_rigs.uncertainty.budget import combine
from sts_rigs.uncertainty.components import Component, rectangular, scatter_of_mean
from sts_rigs.uncertainty.intervals import Channel, Edge, Oscillator, recorded_interval
from sts_rigs.waveforms.character_decoding import Characters, Format
from sts_rigs.waveforms.edges import Flags, Positions
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["RecordedSide", "Recording"]


@dataclass(frozen=True, slots=True, eq=False)
class RecordedSide:
    """The recorded signal of one side, its characters, and how well its input sees an edge."""

    waveform: Waveform
    characters: Characters
    channel: Channel

    @property
    def codes(self) -> bytes:
        """The codes of its characters."""
        return self.characters.code.astype(np.uint8).tobytes()

    def lean(self, number: int) -> float:
        """Return how much longer the bit time of a character is measured for a second that rises come too late."""
        characters, first = self.characters, int(self.characters.first_edge[number])
        inside = slice(first, first + int(characters.edge_count[number]))
        off = characters.edge_bit[inside] - characters.edge_bit[inside].mean()
        return float(off[characters.edges.rising[inside]].sum() / (off @ off))

    def start_edge(self, number: int) -> Edge:
        """Return the edge that begins a character, as a budget takes it."""
        edges, place = self.characters.edges, int(self.characters.first_edge[number])
        slew = float(edges.slews[place])
        return Edge(
            channel=self.channel,
            rising=bool(edges.rising[place]),
            unresolved=float(edges.unresolved[place]),
            slew=slew if np.isfinite(slew) else None,
        )


class Recording:
    """Both sides of one exchange on the instrument's clock; instants in seconds from the trigger on.

    spoken: how many of the characters on the reader's input are the command; asked: the instant of its end.
    """

    def __init__(
        self,
        reader: RecordedSide,
        meter: RecordedSide,
        oscillator: Oscillator,
        profile: Profile,
        recorder: WaveformRecorder,
        name: str,
        spoken: int,
    ) -> None:
        self.name = name
        self.reader = reader
        self.meter = meter
        self.source = f"{recorder.name}, {recorder.identity.model} {recorder.identity.serial}"
        self.recorder = recorder.name
        self._oscillator = oscillator
        self._tolerance = profile.ratio("bit_time_tolerance")
        self._last = spoken - 1
        form = reader.characters.form
        self.asked = float(reader.characters.start[self._last]) + form.bits * form.bit_time
        # what the meter's input sees while the reader speaks is the reader: light that strays into the receiver
        self._take_as_own(np.flatnonzero(meter.characters.start > self.asked - form.bit_time))

    def find_answer(self, heard: Sequence[int | None], after: float) -> bool:
        """Identify the meter's answer as the characters that the port heard; return whether all are there.

        heard: the codes, None for a damaged character, which may have been any; after: when the port heard the
        first, in seconds from the end of the command, of any uncertainty.
        Light of the reader that strays into the meter's input is left out, an answer that begins before the
        command is over is not. BenchFault for characters after the command that the port did not hear, or heard
        as others.
        """
        codes, starts = self.meter.codes, self.meter.characters.start
        due = np.abs(starts - self.asked - after)
        places = [place for place in range(len(codes)) if _agree(codes[place : place + len(heard)], heard)]
        if not places:
            if not heard or len(self._own) < len(heard):
                return not heard
            seen = bytes(codes[int(number)] for number in self._own[: len(heard)])
            raise BenchFault(
                f"{self.recorder} read {seen.hex(' ')} in recording {self.name}, and the port {_text(heard)}",
                "look at the recording for spikes: shield the receiver from other light, and the probe from "
                "interference",
            )
        place = min(places, key=lambda place: float(due[place]))
        if place and starts[place - 1] > self.asked:
            raise BenchFault(
                f"{self.recorder} saw a character on the meter's input at {starts[place - 1]:.6f} s of recording "
                f"{self.name}, before the answer, that the port did not hear",
                "look at the recording: shield the receiver from other light, and the probe from interference",
            )
        self._take_as_own(np.arange(place, place + len(heard)))
        return True

    @property
    def listened(self) -> float:
        """The seconds from the end of the command to the end of the recording."""
        return self.meter.characters.edges.end - self.asked

    @property
    def answered(self) -> int:
        """How many characters are the meter's answer."""
        return len(self._own)

    def reaction(self) -> TimedValue | None:
        """Return the time from the end of the reader's last character to the start of the meter's first."""
        if not len(self._own):
            return None
        return self._pause(self.reader, self._last, self.meter, int(self._own[0]), self._form.bits)

    def longest_gap(self) -> TimedValue | None:
        """Return the longest time from the end of a character of the meter to the start of the next."""
        if len(self._own) < 2:
            return None
        pauses = np.where(self._undisturbed(), np.diff(self._starts), -np.inf)
        return self._pause_after(int(np.argmax(pauses)), self._form.bits)

    def bit_time(self) -> TimedValue | None:
        """Return the mean bit time of the meter's characters; at: the one farthest from the nominal bit time."""
        timed = self._timed(self.meter)
        if len(timed) < 2:
            return None
        own = self.meter.characters.bit_time[timed]
        mean = float(own.mean())
        scatter = scatter_of_mean("bit times of the characters", own.tolist(), "s", self.source)
        leaning = _leaning(self.meter, self._lean(self.meter, timed))
        time = combine(mean, "s", [scatter, *self._oscillator.components(mean), *leaning])
        farthest = timed[int(np.argmax(np.abs(own - self._form.bit_time)))]
        return TimedValue(time, self.name, float(self.meter.characters.start[farthest]))

    def shortest_stop(self) -> TimedValue | None:
        """Return the shortest time from a stop bit of the meter to the next start bit, in nominal bits."""
        if len(self._own) < 2:
            return None
        pauses = np.where(self._undisturbed(), np.diff(self._starts), np.inf)
        pause = self._pause_after(int(np.argmin(pauses)), self._form.stop_at)
        return replace(pause, time=pause.time.times(1 / self._form.bit_time, "bit"))

    def _undisturbed(self) -> Flags:
        """Return which pauses of the answer begin and end at starts that no spike may have moved.

        InstrumentFault if there is none.
        """
        spikes = np.append(self.meter.characters.spikes, np.inf)
        near = self._form.bit_time / 2
        after = spikes[np.searchsorted(spikes, self._starts - near)]
        clear = after > self._starts + near
        found = np.asarray(clear[:-1] & clear[1:])
        if not found.any():
            raise InstrumentFault(
                f"{self.recorder} saw spikes at the start bits of recording {self.name}",
                "look at the recording: shield the receiver from other light, and the probe from interference",
            )
        return found

    @property
    def _form(self) -> Format:
        return self.meter.characters.form

    def _take_as_own(self, numbers: Positions) -> None:
        self._own = numbers
        self._starts = self.meter.characters.start[numbers]

    def _pause_after(self, place: int, bits: int) -> TimedValue:
        """Return the time from so many bits of a character of the answer to the start of the next."""
        return self._pause(self.meter, int(self._own[place]), self.meter, int(self._own[place + 1]), bits)

    def _pause(self, one: RecordedSide, first: int, other: RecordedSide, second: int, bits: int) -> TimedValue:
        """Return the time between two start edges less what so many bits of the first character take of it."""
        at = float(other.characters.start[second])
        seconds = at - float(one.characters.start[first])
        start, stop = one.start_edge(first), other.start_edge(second)
        length, lean = self._length(one, bits)
        influences = [length, *_leaning(one, -lean, start=one is not other)]
        if one is not other:
            influences.append(_rise_against_fall(other.channel).with_sensitivity(-0.5))
        return TimedValue(recorded_interval(seconds, self._oscillator, start, stop, influences), self.name, at)

    def _length(self, side: RecordedSide, bits: int) -> tuple[Component, float]:
        """Return what so many bits of a side last, to be taken off, and how they lean.

        By the bit times of its characters, else nominal.
        """
        name = f"{bits} bits on {side.channel.name}"
        timed = self._timed(side)
        if len(timed) < 2:
            due = self._form.bit_time * bits
            source = "the nominal bit time and its tolerance"
            return rectangular(name, due * self._tolerance, "s", source, estimate=-due), 0.0
        own = side.characters.bit_time[timed]
        scatter = scatter_of_mean(name, (own * bits).tolist(), "s", self.source)
        # these are counted by the same time base, whose deviation is taken off the whole
        length = replace(scatter, estimate=-float(own.mean()) * bits * (1 - self._oscillator.deviation))
        return length, self._lean(side, timed) * bits

    def _lean(self, side: RecordedSide, timed: Positions) -> float:
        return float(np.mean([side.lean(int(number)) for number in timed]))

    def _timed(self, side: RecordedSide) -> Positions:
        """Return the numbers of the characters of a side that show its bit time."""
        numbers = self._own if side is self.meter else np.arange(self._last + 1)
        return np.asarray(numbers[side.characters.bit_edges[numbers] > 1])


def _agree(codes: bytes, heard: Sequence[int | None]) -> bool:
    return len(codes) == len(heard) and all(
        one is None or one == code for code, one in zip(codes, heard, strict=True)
    )


def _text(heard: Sequence[int | None]) -> str:
    return " ".join("??" if code is None else f"{code:02x}" for code in heard)


def _leaning(side: RecordedSide, lean: float, *, start: bool = False) -> Iterator[Component]:
    """Yield what acts on a time through bit times, in which rises and falls do not weigh the same.

    lean: how much longer the time is for a second that rises come too late; start: whether it also begins at a
    fall of this input, and ends on another one. The threshold acts on that fall by itself.
    """
    characters, channel = side.characters, side.channel
    asymmetry = _rise_against_fall(channel).with_sensitivity(lean + 0.5 * start)
    slew = float(np.median(np.abs(characters.edges.slews[characters.first_edge])))
    threshold = rectangular(f"threshold of {channel.name}, by its bits", channel.threshold, "V", channel.source)
    for one in (asymmetry, threshold.with_sensitivity(2 * lean / slew)):
        if one.standard and one.sensitivity:
            yield one


def _rise_against_fall(channel: Channel) -> Component:
    return rectangular(f"rise against fall of {channel.name}", channel.asymmetry, "s", channel.source)
