"""Recorder of the line: an instrument with an input on each side, armed for one exchange at a time."""

from collections.abc import Mapping

import numpy as np

from sts62055.carrier.profile import Profile
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import Side, SignalSection
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup, WaveformRecorder
from sts_rigs.line.recording import RecordedSide, Recording
from sts_rigs.uncertainty.intervals import Channel, Oscillator
from sts_rigs.waveforms.character_decoding import Format, decode
from sts_rigs.waveforms.edges import Thresholds, analogue_edges
from sts_rigs.waveforms.waveform import Waveform

__all__ = ["LineRecorder"]

_SAMPLES_PER_BIT = 29.073
"""Neither it nor ten times it is a whole number: else each character would be sampled alike, and none scatter."""
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
        self.inputs = inputs
        self._signal = signal
        self._oscillator = oscillator
        self._profile = profile
        self._form = Format.of(profile)

    def arm(self, seconds: float) -> None:
        """Arm the recorder for the next exchange: seconds from the reader's first start bit on."""
        signal = self._signal
        levels = ChannelSetup(signal.low, signal.high, signal.probe)
        start_bit = TriggerSetup(self.inputs["reader"], (signal.low + signal.high) / 2, rising=signal.inverted)
        self.recorder.arm(
            RecordingSetup(
                channels=dict.fromkeys(self.inputs.values(), levels),
                trigger=start_bit,
                duration=seconds * _ROOM,
                before=_BEFORE,
                rate=_SAMPLES_PER_BIT * self._form.bit_rate,
            )
        )

    def take(self, name: str, sent: bytes | None = None) -> Recording:
        """Return the recording under a name; BenchFault if the recorder did not see the exchange.

        sent: the codes that the reader sent, None for all that its input sees; what its input sees later is not
        the reader's.
        """
        waveforms = self.recorder.fetch()
        sides = {side: self._side(side, waveforms[number]) for side, number in self.inputs.items()}
        if not len(sides["reader"].characters):
            raise BenchFault(
                f"{self.recorder.name} saw no character of the reader on input {self.inputs['reader']}",
                "check the probe, and low, high and inverted of [signal] in the rig file",
            )
        seen = sides["reader"].codes
        if sent is not None and not seen.startswith(sent):
            raise BenchFault(
                f"{self.recorder.name} read {seen[: len(sent)].hex(' ')} on input {self.inputs['reader']}, "
                f"where the reader sent {sent.hex(' ')}",
                "check which input sees the reader, its probe, and [signal] in the rig file",
            )
        spoken = len(seen if sent is None else sent)
        return Recording(
            sides["reader"], sides["meter"], self._oscillator, self._profile, self.recorder, name, spoken
        )

    def _side(self, side: Side, waveform: Waveform) -> RecordedSide:
        signal = self._signal
        middle, apart = (signal.low + signal.high) / 2, (signal.high - signal.low) * _HYSTERESIS
        edges = analogue_edges(waveform, Thresholds(middle - apart / 2, middle + apart / 2))
        source = f"{self.recorder.name}, input {self.inputs[side]}; [signal] of the rig file"
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


def _noise(waveform: Waveform) -> float:
    """Return the noise well before the trigger, where the line is idle, in V RMS."""
    idle = waveform.samples[: max(int(-waveform.start / waveform.interval / 2), 2)].astype(np.float64)
    return float(idle.std() * waveform.step)
