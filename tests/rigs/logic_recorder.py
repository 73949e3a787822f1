"""Be a logic analyser on the simulated line: its samples are 0 and 1, so that a test can change them."""

import numpy as np

from sts_rigs.instruments.capabilities import RecordingSetup
from sts_rigs.simulator.bench import SimulatedBench
from sts_rigs.simulator.ideal_recorder import IdealRecorder
from sts_rigs.waveforms.waveform import Waveform


class LogicRecorder(IdealRecorder):
    """The recorder of a simulated bench, with edges that lie between two samples."""

    @classmethod
    def of(cls, bench: SimulatedBench) -> "LogicRecorder":
        return cls(bench.timeline, bench.line.meter.signal, bench.line.reader.signal)

    def _sampled(self, number: int, setup: RecordingSetup, trigger: int) -> Waveform:
        signal = self._signals[number]
        interval = 1 / setup.rate
        count = round((setup.before + setup.duration) * setup.rate)
        begin = trigger - round(setup.before * 1e9)
        times = begin + np.arange(count) * interval * 1e9
        changes = signal.changes(begin, round(times[-1]) + 1)
        levels = np.array([signal.level(begin - 1), *(level for _, level in changes)], np.int8)
        places = np.searchsorted(np.array([instant for instant, _ in changes]), times, "right")
        low, high = setup.channels[number].low, setup.channels[number].high
        return Waveform(levels[places], interval, -setup.before, scale=high - low, offset=low)
