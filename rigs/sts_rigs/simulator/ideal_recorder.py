"""The ideal waveform recorder of the simulated bench: it samples the true signals, without SCPI between."""

from collections.abc import Mapping

import numpy as np

from sts_rigs.clock import SECOND
from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import Identity, RecordingSetup
from sts_rigs.simulator.signal import Signal
from sts_rigs.simulator.timeline import Timeline
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["IdealRecorder"]

_FULL_SCALE = 1_000
_RAMP = 10
"""Samples that an edge takes: so many that its instant is known far better than to a sample."""


class IdealRecorder:
    """Recorder with two inputs, 1 on the meter's signal and 2 on the reader's; high is mark."""

    name = "simulated recorder"
    channels = 2
    identity = Identity("stsbench", "simulated recorder", "0", "1")

    def __init__(self, timeline: Timeline, meter: Signal, reader: Signal) -> None:
        self._timeline = timeline
        self._signals = {1: meter, 2: reader}
        self._setup: RecordingSetup | None = None
        self._armed = 0

    def arm(self, setup: RecordingSetup) -> None:
        """Arm the recorder."""
        self._setup, self._armed = setup, self._timeline.now()

    def fetch(self) -> Mapping[int, Waveform]:
        """Return the recorded waveforms by channel; BenchFault if the trigger did not come."""
        setup = self._setup
        if setup is None:
            raise BenchFault(f"the {self.name} was not armed", "this is a mistake of the suite: report it")
        trigger = self._trigger(setup)
        self._timeline.wait_until(trigger + round(setup.duration * SECOND))
        return {number: self._sampled(number, setup, trigger) for number in setup.channels}

    def check(self) -> None:
        """Do nothing: this recorder has no errors."""

    def close(self) -> None:
        """Do nothing."""

    def _trigger(self, setup: RecordingSetup) -> int:
        changes = self._signals[setup.trigger.channel].changes(self._armed, self._timeline.now() + 1)
        for instant, level in changes:
            if bool(level) == setup.trigger.rising:
                return instant
        raise BenchFault(f"the {self.name} saw no trigger", "this is a mistake of the suite: report it")

    def _sampled(self, number: int, setup: RecordingSetup, trigger: int) -> Waveform:
        signal = self._signals[number]
        interval = 1 / setup.rate
        count = round((setup.before + setup.duration) * setup.rate)
        begin = trigger - round(setup.before * SECOND)
        times = begin + np.arange(count) * (interval * SECOND)
        changes = signal.changes(begin, round(times[-1]) + 1)
        instants = np.repeat(np.array([instant for instant, _ in changes], np.float64), 2)
        instants[::2] -= _RAMP / 2 * interval * SECOND
        instants[1::2] += _RAMP / 2 * interval * SECOND
        idle = signal.level(begin - 1)
        levels = [level for _, after in changes for level in (1 - after, after)]
        shape = np.interp(times, instants, levels) if changes else np.full(count, float(idle))
        low, high = setup.channels[number].low, setup.channels[number].high
        codes = np.rint(shape * _FULL_SCALE).astype(np.int16)
        return Waveform(codes, interval, -setup.before, scale=(high - low) / _FULL_SCALE, offset=low)
