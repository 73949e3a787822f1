"""Record the line with an instrument while an exchange runs, and read both sides' characters out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sts62055.carrier.profile import Profile
from sts_rigs.faults import BenchFault
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup, WaveformRecorder
from sts_rigs.line_times import Instant
from sts_rigs.rig_file import Side, SignalSection
from sts_rigs.uncertainty.budget import combine
from sts_rigs.uncertainty.components import Component, rectangular, scatter_of_mean
from sts_rigs.uncertainty.intervals import Channel, Edge, Oscillator, recorded_interval
from sts_rigs.waveforms.character_decoding import Characters, Format, decode
from sts_rigs.waveforms.edges import Thresholds, analogue_edges
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["LineRecorder", "RecordedSide", "Recording"]

_SAMPLES_PER_BIT = 20
_BEFORE = 0.01
_HYSTERESIS = 0.2
_ROOM = 1.1


class LineRecorder:
    """A waveform recorder with one input on each side of the line.

    inputs: the recorder's input for the meter's and for the reader's signal; oscillator: what its times rest on.
    """

    def __init__(
        self,
        recorder: WaveformRecorder,
        inputs: Mapping[Side, int],
        signal: SignalSection,
        oscillator: Oscillator,
        profile: Profile,
    ) -> None:
        if missing := {"meter", "reader"} - inputs.keys():
            raise BenchFault(
                f"the rig file does not say which input of {recorder.name} sees the {min(missing)}",
                "write channels = { meter = 1, reader = 2 } for it",
            )
        self.recorder = recorder
        self._inputs = inputs
        self._signal = signal
        self._oscillator = oscillator
        self._profile = profile
        self._form = Format.of(profile)

    def arm(self, seconds: float) -> None:
        """Record the next exchange, from the reader's first start bit on for so many seconds."""
        signal = self._signal
        levels = ChannelSetup(signal.low, signal.high, signal.probe)
        start_bit = TriggerSetup(self._inputs["reader"], (signal.low + signal.high) / 2, rising=signal.inverted)
        self.recorder.arm(
            RecordingSetup(
                channels=dict.fromkeys(self._inputs.values(), levels),
                trigger=start_bit,
                duration=seconds * _ROOM,
                before=_BEFORE,
                rate=_SAMPLES_PER_BIT * self._form.bit_rate,
            )
        )

    def take(self, name: str) -> "Recording":
        """Return what was recorded, and call it so; BenchFault if the recorder did not see the exchange."""
        waveforms = self.recorder.fetch()
        sides = {side: self._side(side, waveforms[number]) for side, number in self._inputs.items()}
        if not len(sides["reader"].characters):
            raise BenchFault(
                f"{self.recorder.name} saw no character of the reader on input {self._inputs['reader']}",
                "check the probe, and low, high and inverted of [signal] in the rig file",
            )
        return Recording(sides["reader"], sides["meter"], self._oscillator, self._profile, self.recorder, name)

    def _side(self, side: Side, waveform: Waveform) -> "RecordedSide":
        signal = self._signal
        middle, apart = (signal.low + signal.high) / 2, (signal.high - signal.low) * _HYSTERESIS
        edges = analogue_edges(waveform, Thresholds(middle - apart / 2, middle + apart / 2))
        source = f"{self.recorder.name}, input {self._inputs[side]}; [signal] of the rig file"
        channel = Channel(
            name=f"the {side}'s input",
            source=source,
            noise=_noise(waveform),
            step=waveform.step,
            threshold=signal.threshold,
            delay=signal.delay_us * 1e-6,
            asymmetry=signal.asymmetry_us * 1e-6,
        )
        return RecordedSide(waveform, decode(edges, self._form, signal.inverted), channel)


@dataclass(frozen=True, slots=True, eq=False)
class RecordedSide:
    """The recorded signal of one side, its characters, and how well its input sees an edge."""

    waveform: Waveform
    characters: Characters
    channel: Channel

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
    """Both sides of one exchange on the instrument's clock; instants in seconds from the trigger on."""

    def __init__(
        self,
        reader: RecordedSide,
        meter: RecordedSide,
        oscillator: Oscillator,
        profile: Profile,
        recorder: WaveformRecorder,
        name: str,
    ) -> None:
        self.name = name
        self.reader = reader
        self.meter = meter
        self.source = f"{recorder.name}, {recorder.identity.model} {recorder.identity.serial}"
        self._oscillator = oscillator
        self._tolerance = profile.ratio("bit_time_tolerance")
        # what the meter's input sees while the reader speaks is the reader: light that strays into the receiver
        asked = float(reader.characters.start[-1])
        self._first = int(np.searchsorted(meter.characters.start, asked, "right"))
        self._starts = meter.characters.start[self._first :]

    def reaction(self) -> Instant | None:
        """Return the time from the end of the reader's last character to the start of the meter's first."""
        if not len(self._starts):
            return None
        return self._pause(
            self.reader, len(self.reader.characters) - 1, self.meter, self._first, self._bits(self.reader)
        )

    def longest_gap(self) -> Instant | None:
        """Return the longest time from the end of a character of the meter to the start of the next."""
        if len(self._starts) < 2:
            return None
        place = self._first + int(np.argmax(np.diff(self._starts)))
        return self._pause(self.meter, place, self.meter, place + 1, self._bits(self.meter))

    def bit_time(self) -> Instant | None:
        """Return the mean bit time of the meter's characters; at: the one farthest from the nominal bit time."""
        own = self._own_bit_times(self.meter)
        if len(own) < 2:
            return None
        mean = float(own.mean())
        scatter = scatter_of_mean("bit times of the characters", own.tolist(), "s", self.source)
        away = np.abs(self.meter.characters.bit_time[self._first :] - self.meter.characters.form.bit_time)
        time = combine(mean, "s", [scatter, *self._oscillator.components(mean)])
        return Instant(time, self.name, float(self._starts[int(np.argmax(away))]))

    def shortest_stop(self) -> Instant | None:
        """Return the shortest time from a stop bit of the meter to the next start bit, in nominal bits."""
        if len(self._starts) < 2:
            return None
        form = self.meter.characters.form
        place = self._first + int(np.argmin(np.diff(self._starts)))
        pause = self._pause(self.meter, place, self.meter, place + 1, self._bits(self.meter, form.stop_at))
        return replace(pause, time=pause.time.times(1 / form.bit_time, "bit"))

    def _pause(
        self, one: RecordedSide, first: int, other: RecordedSide, second: int, character: Component
    ) -> Instant:
        """Return the time between two start edges less what the first character takes of it."""
        at = float(other.characters.start[second])
        seconds = at - float(one.characters.start[first])
        start, stop = one.start_edge(first), other.start_edge(second)
        return Instant(recorded_interval(seconds, self._oscillator, start, stop, [character]), self.name, at)

    def _bits(self, side: RecordedSide, bits: int | None = None) -> Component:
        """Return what so many bits of a side last, to be taken off; by its own bit times, else nominal."""
        form = side.characters.form
        count = form.bits if bits is None else bits
        name = f"{count} bits on {side.channel.name}"
        own = self._own_bit_times(side)
        if len(own) < 2:
            source = "the nominal bit time and its tolerance"
            due = form.bit_time * count
            return rectangular(name, due * self._tolerance, "s", source, estimate=-due)
        scatter = scatter_of_mean(name, (own * count).tolist(), "s", self.source)
        # these are counted by the same time base, whose deviation is taken off the whole
        return replace(scatter, estimate=-float(own.mean()) * count * (1 - self._oscillator.deviation))

    def _own_bit_times(self, side: RecordedSide) -> NDArray[np.float64]:
        first = self._first if side is self.meter else 0
        characters = side.characters
        return characters.bit_time[first:][characters.bit_edges[first:] > 1]


def _noise(waveform: Waveform) -> float:
    """Return the noise well before the trigger, where the line is idle, in V RMS."""
    idle = waveform.samples[: max(int(-waveform.start / waveform.interval / 2), 2)].astype(np.float64)
    return float(idle.std() * waveform.step)
