"""Base class of oscilloscope drivers: choice of settings, acquisition, checks of the recording."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sts_rigs.clock import SECOND, Clock
from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup
from sts_rigs.instruments.scpi_instrument import ScpiInstrument
from sts_rigs.instruments.session import Session
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["Oscilloscope", "Record", "State", "bytes_of", "step_up"]

# how much larger than asked the range and the record are made
_VERTICAL_MARGIN = 1.25
_HORIZONTAL_MARGIN = 1.01
_ARMING = 5.0
_PATIENCE = 5.0
_RATE_TOLERANCE = 1e-6


class State(Enum):
    """State of an acquisition."""

    BUSY = "not ready for a trigger"
    ARMED = "waiting for a trigger"
    TRIGGERED = "triggered, and still recording"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One channel as a family's driver reads it.

    level = codes * scale + offset, in volts; interval and start: seconds, start from the trigger; points: how many
    the instrument said it has; lowest and highest: the codes at and beyond which the signal left the range.
    """

    codes: NDArray[Any]
    scale: float
    offset: float
    interval: float
    start: float
    points: int
    lowest: int
    highest: int


def step_up(value: float, steps: tuple[float, ...] = (1, 2, 5)) -> float:
    """Return the smallest of the steps times a power of ten that is not below a positive value."""
    decade = math.floor(math.log10(value))
    for exponent in (decade, decade + 1):
        for step in steps:
            candidate = float(f"{step:g}e{exponent}")
            if candidate >= value * (1 - 1e-9):
                return candidate
    raise AssertionError("no step is as large")


def _channels_of(model: str) -> int:
    """Return the last digit of the model's number, which by all these makers is the number of channels."""
    number = re.search(r"\d{3,}", model)
    if number is None:
        raise BenchFault(
            f"the model {model!r} does not tell its number of channels",
            "check the driver in the rig file against the model",
        )
    return int(number[0][-1])


class Oscilloscope(ScpiInstrument):
    """Waveform recorder; the driver of a family supplies its dialect.

    vertical_divisions: of the screen, which is the range; scales: the smallest and the largest volts per division
    of the input, without a probe.
    """

    vertical_divisions: ClassVar[int] = 8
    scales: ClassVar[tuple[float, float]] = (0.002, 10.0)

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__(session, clock)
        self.channels = _channels_of(self.identity.model)
        self._setup: RecordingSetup | None = None
        self._window = 0.0
        self._armed = 0

    def arm(self, setup: RecordingSetup) -> None:
        """Set up and start an acquisition; return when the oscilloscope waits for the trigger.

        BenchFault if the model cannot do it, reports an error, or does not get ready within 5 s.
        """
        self._setup = None
        self._refuse_impossible(setup)
        self._prepare()
        for number in range(1, self.channels + 1):
            channel = setup.channels.get(number)
            if channel is None:
                self._hide(number)
            else:
                self._show(number, channel, self._scale_for(number, channel), (channel.low + channel.high) / 2)
        self._window = self._set_time(setup)
        self._set_trigger(setup.trigger)
        self.check()
        self._start()
        if not self._wait_for(lambda: self._state() in (State.ARMED, State.TRIGGERED), self._window + _ARMING):
            self._stop()
            raise BenchFault(
                f"{self.name} did not get ready for a trigger within {self._window + _ARMING:g} s",
                "see on its screen what it waits for, and that the line is quiet before a recording",
            )
        rate = self._rate()
        if rate is not None and rate < setup.rate * (1 - _RATE_TOLERANCE):
            self._stop()
            raise self._too_slow(setup, rate)
        self._setup = setup
        self._armed = self._clock.now()

    def fetch(self) -> Mapping[int, Waveform]:
        """Return the recorded waveforms by channel, once the recording is complete.

        BenchFault if the trigger does not come within the record's length and 5 s, if a signal left its range, or
        if the record is shorter or slower than asked.
        """
        setup = self._setup
        if setup is None:
            raise BenchFault(f"{self.name} has nothing to fetch", "arm it first")
        seconds = self._window + _PATIENCE
        earliest = self._armed + round(setup.duration * SECOND)
        if not self._wait_for(lambda: self._state() is State.STOPPED, seconds, earliest):
            self._stop()
            edge = "rising" if setup.trigger.rising else "falling"
            raise BenchFault(
                f"{self.name} saw no {edge} edge through {setup.trigger.level:g} V on channel "
                f"{setup.trigger.channel} within {seconds:g} s",
                "check the probe of this channel, and the levels in the rig file",
            )
        self._setup = None
        waveforms = {number: self._waveform(number, setup) for number in sorted(setup.channels)}
        self.check()
        return waveforms

    def _waveform(self, number: int, setup: RecordingSetup) -> Waveform:
        record = self._read(number)
        count = len(record.codes)
        if count < record.points:
            raise BenchFault(
                f"{self.name} gave {count} of {record.points} points of channel {number}",
                "run again; if it happens again, connect it in another way",
            )
        if record.interval <= 0 or record.interval > (1 + _RATE_TOLERANCE) / setup.rate:
            raise self._too_slow(setup, 1 / record.interval if record.interval > 0 else 0.0)
        end = record.start + count * record.interval
        slack = 2 * record.interval
        if record.start > -setup.before + slack or end < setup.duration - slack:
            raise BenchFault(
                f"{self.name} recorded channel {number} from {record.start:g} s to {end:g} s about the trigger, "
                f"not from {-setup.before:g} s to {setup.duration:g} s",
                "see that nobody touches its time base while a run goes on",
            )
        if count == 0 or record.codes.min() <= record.lowest or record.codes.max() >= record.highest:
            raise BenchFault(
                f"the signal left the range of channel {number} of {self.name}",
                f"widen low and high of channel {number} in the rig file, or correct its probe factor",
            )
        return Waveform(record.codes, record.interval, record.start, record.scale, record.offset)

    def _refuse_impossible(self, setup: RecordingSetup) -> None:
        for number, channel in setup.channels.items():
            if not 1 <= number <= self.channels:
                raise BenchFault(
                    f"{self.name} ({self.identity.model}) has no channel {number}",
                    f"choose 1 to {self.channels} in the rig file",
                )
            if not channel.low < channel.high or channel.probe_factor <= 0:
                raise BenchFault(
                    f"channel {number} of {self.name} cannot see from {channel.low:g} V to {channel.high:g} V "
                    f"with a probe factor of {channel.probe_factor:g}",
                    "write a low below the high, and a positive probe factor in the rig file",
                )
        seen = setup.channels.get(setup.trigger.channel)
        if seen is None or not seen.low <= setup.trigger.level <= seen.high:
            raise BenchFault(
                f"{self.name} cannot trigger at {setup.trigger.level:g} V on channel {setup.trigger.channel}, "
                "which does not see this level",
                "trigger on a recorded channel, at a level between its low and its high",
            )
        if setup.duration <= 0 or setup.before < 0 or setup.rate <= 0:
            raise BenchFault(
                f"{self.name} cannot record {setup.duration:g} s after and {setup.before:g} s before the trigger "
                f"with {setup.rate:g} samples a second",
                "ask for a positive duration and rate",
            )

    def _scale_for(self, number: int, channel: ChannelSetup) -> float:
        """Return the volts per division at the probe's tip that show the whole signal with a margin."""
        smallest, largest = self.scales
        wanted = (channel.high - channel.low) * _VERTICAL_MARGIN / self.vertical_divisions / channel.probe_factor
        scale = step_up(max(wanted, smallest))
        if scale > largest:
            raise BenchFault(
                f"channel {number} of {self.name} cannot see from {channel.low:g} V to {channel.high:g} V: its "
                f"largest scale is {largest * channel.probe_factor:g} V a division",
                "use a probe with a larger factor",
            )
        return scale * channel.probe_factor

    def _span(self, setup: RecordingSetup) -> float:
        """Return the seconds that the record must have at least, with a margin."""
        return (setup.before + setup.duration) * _HORIZONTAL_MARGIN

    def _depth_for(self, setup: RecordingSetup, window: float, depths: tuple[int, ...]) -> int:
        """Return the smallest memory that holds the window at the rate asked; BenchFault if none does."""
        for depth in depths:
            if depth >= window * setup.rate * (1 - _RATE_TOLERANCE):
                return depth
        raise self._too_slow(setup, depths[-1] / window)

    def _too_slow(self, setup: RecordingSetup, rate: float) -> BenchFault:
        return BenchFault(
            f"{self.name} ({self.identity.model}) cannot record {setup.before + setup.duration:g} s with "
            f"{setup.rate:g} samples a second: its largest rate here is {rate:g} samples a second",
            "ask for a lower rate or a shorter recording, or use a recorder with more memory",
        )

    # what a family fills in

    def _prepare(self) -> None:
        """Stop, clear old errors, and set what is the same for every recording."""
        raise NotImplementedError

    def _show(self, number: int, channel: ChannelSetup, scale: float, centre: float) -> None:
        """Switch a channel on, with volts per division at the tip, and the level in the screen's middle."""
        raise NotImplementedError

    def _hide(self, number: int) -> None:
        """Switch a channel off."""
        raise NotImplementedError

    def _set_time(self, setup: RecordingSetup) -> float:
        """Set time base, trigger position and memory; return the seconds that the record will have."""
        raise NotImplementedError

    def _set_trigger(self, trigger: TriggerSetup) -> None:
        """Set the edge that starts the recording."""
        raise NotImplementedError

    def _start(self) -> None:
        """Begin one acquisition."""
        raise NotImplementedError

    def _stop(self) -> None:
        """End an acquisition."""
        raise NotImplementedError

    def _state(self) -> State:
        """Return where the acquisition is."""
        raise NotImplementedError

    def _rate(self) -> float | None:
        """Return the samples a second of the acquisition under way, None if the family cannot say."""
        raise NotImplementedError

    def _read(self, number: int) -> Record:
        """Read a channel of a stopped acquisition."""
        raise NotImplementedError


def bytes_of(block: bytes, *, signed: bool) -> NDArray[Any]:
    """Return a block of one byte a sample as an array, without copying it."""
    return np.frombuffer(block, dtype=np.int8 if signed else np.uint8)
