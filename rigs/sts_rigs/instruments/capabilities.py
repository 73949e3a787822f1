"""Capabilities of instruments that a bench uses, whatever the maker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:  # numpy stands behind it, which actions and declarations do without
    from sts_rigs.waveforms.waveform import Waveform

__all__ = [
    "AcSource",
    "ChannelSetup",
    "Identity",
    "Instrument",
    "Multimeter",
    "RecordingSetup",
    "Thermohygrometer",
    "TimeIntervalCounter",
    "TriggerSetup",
    "WaveformRecorder",
]


@dataclass(frozen=True, slots=True)
class Identity:
    """The four parts of an answer to `*IDN?`."""

    maker: str
    model: str
    serial: str
    firmware: str


class Instrument(Protocol):
    """An instrument that answers to `*IDN?`; every method raises BenchFault when it cannot serve."""

    name: str

    @property
    def identity(self) -> Identity:
        """Maker, model, serial number and firmware."""

    def check(self) -> None:
        """Raise BenchFault if the instrument reports an error or an overload."""

    def close(self) -> None:
        """Close the connection."""


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """How one channel sees its signal: the lowest and the highest level, in volts at the probe's tip."""

    low: float
    high: float
    probe_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class TriggerSetup:
    """What starts a recording: a channel's edge through a level in volts, rising or falling."""

    channel: int
    level: float
    rising: bool


@dataclass(frozen=True, slots=True)
class RecordingSetup:
    """One recording to come.

    duration: seconds after the trigger; before: seconds before it; rate: samples a second, at least.
    """

    channels: Mapping[int, ChannelSetup]
    trigger: TriggerSetup
    duration: float
    before: float
    rate: float


@runtime_checkable
class WaveformRecorder(Instrument, Protocol):
    """An oscilloscope or digitizer."""

    channels: int

    def arm(self, setup: RecordingSetup) -> None:
        """Arm the recorder; return when it waits for the trigger."""

    def fetch(self) -> "Mapping[int, Waveform]":
        """Return the recorded waveforms by channel, once the recording is complete.

        BenchFault if the trigger does not come, or a signal left the range of its channel.
        """


class TimeIntervalCounter(Instrument, Protocol):
    """A counter that measures from an edge on its input 1 to an edge on its input 2."""

    def arm(self, start: TriggerSetup, stop: TriggerSetup, timeout: float) -> None:
        """Arm the counter for two edges, within `timeout` seconds."""

    def fetch(self) -> float:
        """Return the seconds between them; BenchFault if one did not come."""


class Multimeter(Instrument, Protocol):
    """A multimeter."""

    def voltage(self) -> float:
        """Return the DC voltage in V."""

    def current(self) -> float:
        """Return the DC current in A."""


@runtime_checkable
class AcSource(Instrument, Protocol):
    """A programmable source that feeds the meter."""

    def set_output(self, voltage: float, frequency: float) -> None:
        """Set the RMS voltage in V and the frequency in Hz."""

    def switch(self, on: bool) -> None:
        """Connect or disconnect the output."""


class Thermohygrometer(Instrument, Protocol):
    """Gauge of the climate at the bench."""

    def temperature(self) -> float:
        """Return the temperature in degrees Celsius."""

    def humidity(self) -> float:
        """Return the relative humidity in percent."""
