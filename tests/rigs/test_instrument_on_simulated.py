"""Drivers and simulated instruments, written apart from the same guides, understand each other over TCP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup
from sts_rigs.instruments.registry import open_instrument
from sts_rigs.simulator.instruments.ac_source import KeysightAcSource
from sts_rigs.simulator.instruments.counter import KeysightCounter
from sts_rigs.simulator.instruments.device import Device
from sts_rigs.simulator.instruments.keysight_scope import KeysightScope
from sts_rigs.simulator.instruments.multimeter import KeysightMultimeter
from sts_rigs.simulator.instruments.oscilloscope import Oscilloscope
from sts_rigs.simulator.instruments.rigol_scope import RigolDho800, RigolScope
from sts_rigs.simulator.instruments.sampling import Imperfections, Probe
from sts_rigs.simulator.instruments.server import InstrumentServer
from sts_rigs.simulator.instruments.siglent_scope import SiglentScope
from sts_rigs.simulator.instruments.tektronix_scope import TektronixScope
from sts_rigs.simulator.signal import Signal
from sts_rigs.simulator.timeline import Timeline

BIT = 416_667
TRIGGER = 500_000_000
EDGES = tuple(TRIGGER + bits * BIT for bits in (0, 1, 3, 4, 9, 12, 13, 20))
SETUP = RecordingSetup(
    {1: ChannelSetup(-0.5, 5.5), 2: ChannelSetup(-0.5, 5.5, 10.0)},
    TriggerSetup(2, 2.5, rising=False),
    duration=0.02,
    before=0.005,
    rate=500_000,
)
SCOPES: dict[str, type[Oscilloscope]] = {
    "keysight-infiniivision": KeysightScope,
    "rigol-dho800": RigolDho800,
    "rigol-ds1000z": RigolScope,
    "siglent-sds1000xe": SiglentScope,
    "tektronix-tbs2000": TektronixScope,
}


@contextmanager
def driven(name: str, device: Device, timeline: Timeline) -> Iterator[Any]:
    with InstrumentServer(device) as server:
        instrument = open_instrument(name, "instrument 1", server.resource, timeline)
        try:
            yield instrument
        finally:
            instrument.close()


def line() -> Signal:
    signal = Signal()
    for place, instant in enumerate(EDGES):
        signal.change(instant, place % 2)
    return signal


@pytest.mark.parametrize("name", sorted(SCOPES))
def test_an_oscilloscope_records_the_edges_where_the_signal_has_them(name: str) -> None:
    timeline = Timeline()
    probes = {1: Probe(line()), 2: Probe(line(), ratio=10.0)}
    real = Imperfections(noise=0.02, rise_time=2_000.0, seed=3)
    with driven(name, SCOPES[name](timeline, probes, real), timeline) as scope:
        scope.arm(SETUP)
        assert timeline.now() < TRIGGER
        waveforms = scope.fetch()
    assert sorted(waveforms) == [1, 2]
    for waveform in waveforms.values():
        volts = waveform.levels()
        high = volts > 2.5
        places = np.flatnonzero(high[1:] != high[:-1])
        part = (2.5 - volts[places]) / (volts[places + 1] - volts[places])
        crossings = waveform.start + (places + part) * waveform.interval
        expected = np.array([(edge - TRIGGER) * 1e-9 for edge in EDGES])
        assert len(crossings) == len(expected)
        assert np.abs(crossings - expected).max() <= waveform.interval
        assert volts[0] == pytest.approx(5.0, abs=0.3)
        assert volts.min() == pytest.approx(0.0, abs=0.3)


@pytest.mark.parametrize("name", sorted(SCOPES))
def test_a_signal_beyond_the_range_is_told(name: str) -> None:
    timeline = Timeline()
    device = SCOPES[name](timeline, {1: Probe(line())}, Imperfections(seed=3))
    setup = RecordingSetup({1: ChannelSetup(2.0, 3.0)}, TriggerSetup(1, 2.5, rising=False), 0.02, 0.005, 100_000)
    with driven(name, device, timeline) as scope:
        scope.arm(setup)
        with pytest.raises(BenchFault, match="the signal left the range of channel 1"):
            scope.fetch()


@pytest.mark.parametrize("name", sorted(SCOPES))
def test_a_trigger_that_never_comes_is_told(name: str) -> None:
    timeline = Timeline()
    with driven(name, SCOPES[name](timeline, {2: Probe(Signal(), ratio=10.0)}), timeline) as scope:
        scope.arm(SETUP)
        with pytest.raises(BenchFault, match="saw no falling edge"):
            scope.fetch()


def test_the_counter_measures_from_edge_to_edge() -> None:
    timeline, first, second = Timeline(), Signal(), Signal()
    first.change(TRIGGER, 0)
    second.change(TRIGGER + 1_500_000_017, 0)
    device = KeysightCounter(timeline, {1: Probe(first), 2: Probe(second)})
    with driven("keysight-53230a", device, timeline) as counter:
        counter.arm(TriggerSetup(1, 2.5, rising=False), TriggerSetup(2, 2.5, rising=False), 4.0)
        assert counter.fetch() == pytest.approx(1.500000017, abs=1e-9)
        counter.arm(TriggerSetup(1, 2.5, rising=False), TriggerSetup(2, 2.5, rising=False), 4.0)
        with pytest.raises(BenchFault, match="did not see both edges within 4 s"):
            counter.fetch()


def test_the_multimeter_measures() -> None:
    with driven("keysight-34465a", KeysightMultimeter(lambda: 12.5, lambda: -0.015), Timeline()) as meter:
        assert meter.voltage() == pytest.approx(12.5, rel=1e-3)
        assert meter.current() == pytest.approx(-0.015, rel=1e-2)


def test_the_source_feeds() -> None:
    fed: list[tuple[float, float]] = []
    device = KeysightAcSource(lambda volts, hertz: fed.append((volts, hertz)))
    with driven("keysight-ac6800", device, Timeline()) as source:
        source.set_output(230.0, 50.0)
        source.switch(True)
        assert fed[-1] == (230.0, 50.0)
        source.switch(False)
        assert fed[-1][0] == 0.0
