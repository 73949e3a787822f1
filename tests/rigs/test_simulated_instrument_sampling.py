"""What a simulated instrument sees of a signal: slopes, noise, clipping, time base error, trigger."""

import numpy as np
import pytest

from sts_rigs.simulator.instruments.acquisition import Acquisition, Record, State
from sts_rigs.simulator.instruments.sampling import (
    Channel,
    Imperfections,
    Probe,
    Window,
    codes,
    crossing,
    voltages,
)
from sts_rigs.simulator.signal import Signal

MILLISECOND = 1_000_000


def square(*instants: int) -> Signal:
    signal = Signal()
    for place, instant in enumerate(instants):
        signal.change(instant, place % 2)
    return signal


def seen(probe: Probe, imperfections: Imperfections, window: Window | None = None) -> np.ndarray:
    window = window or Window(2.0 * MILLISECOND, -1e-3, 1e-6, 0, 3000)
    return voltages(probe, window, imperfections, (1, 1))


def test_a_signal_is_seen_as_its_two_voltages() -> None:
    volts = seen(Probe(square(2 * MILLISECOND), low=0.5, high=3.0), Imperfections())
    assert set(volts) == {0.5, 3.0}
    assert volts[0] == 3.0
    assert np.flatnonzero(volts == 0.5)[0] in (1000, 1001)


def test_an_inverting_receiver_turns_the_levels_over() -> None:
    volts = seen(Probe(square(2 * MILLISECOND), inverted=True), Imperfections())
    assert volts[0] == 0.0
    assert volts[-1] == 5.0


def test_an_edge_takes_the_rise_time_and_is_centred_on_the_change() -> None:
    probe = Probe(square(2 * MILLISECOND))
    window = Window(2.0 * MILLISECOND, -100e-6, 10e-9, 0, 20_000)
    volts = seen(probe, Imperfections(rise_time=40_000.0), window)
    sloping = np.flatnonzero((volts > 1e-4) & (volts < 5.0 - 1e-4))
    assert len(sloping) * 10 == pytest.approx(40_000, abs=20)
    assert np.flatnonzero(volts < 2.5)[0] * 10 - 100_000 == pytest.approx(0, abs=20)


def test_a_pulse_shorter_than_the_rise_time_does_not_reach_its_level() -> None:
    volts = seen(Probe(square(2 * MILLISECOND, 2 * MILLISECOND + 10_000)), Imperfections(rise_time=40_000.0))
    assert volts.min() == pytest.approx(5.0 * 0.75, abs=0.05)


def test_a_fast_clock_sees_everything_later() -> None:
    probe = Probe(square(2 * MILLISECOND, 102 * MILLISECOND))
    window = Window(2.0 * MILLISECOND, 0.0, 1e-6, 0, 120_000)
    plain = np.flatnonzero(seen(probe, Imperfections(), window) > 2.5)
    fast = np.flatnonzero(seen(probe, Imperfections(time_base_ppm=100.0), window) > 2.5)
    assert fast[-1] == plain[-1]
    assert fast[fast > 10][0] - plain[plain > 10][0] == pytest.approx(10, abs=1)


def test_noise_has_its_size_and_repeats_with_its_seed() -> None:
    probe = Probe(Signal())
    one = seen(probe, Imperfections(noise=0.1, seed=7))
    assert one.std() == pytest.approx(0.1, rel=0.1)
    assert np.array_equal(one, seen(probe, Imperfections(noise=0.1, seed=7)))
    assert not np.array_equal(one, seen(probe, Imperfections(noise=0.1, seed=8)))


def test_a_record_is_the_same_however_it_is_fetched() -> None:
    probe, imperfections = Probe(square(2 * MILLISECOND)), Imperfections(noise=0.1, rise_time=1000.0)
    whole = seen(probe, imperfections, Window(2.0 * MILLISECOND, -1e-3, 1e-7, 0, 40_000))
    parts = [
        seen(probe, imperfections, Window(2.0 * MILLISECOND, -1e-3, 1e-7, first, 9_000))
        for first in range(0, 36_000, 9_000)
    ]
    assert np.allclose(np.concatenate(parts), whole[:36_000], atol=1e-9)


def test_codes_clip_at_the_ends_and_follow_the_factor() -> None:
    volts = np.array([-10.0, 0.0, 1.0, 10.0])
    channel = Channel(0.04, -127 * 0.04, 0, 255)
    assert list(codes(volts, Probe(Signal()), channel)) == [0, 127, 152, 255]
    ten = Channel(0.04, -127 * 0.04, 0, 255, factor=10.0)
    assert list(codes(volts, Probe(Signal(), ratio=10.0), ten)) == [0, 127, 152, 255]
    assert list(codes(volts / 10, Probe(Signal()), ten)) == [0, 127, 152, 255]


def test_the_trigger_is_where_the_slope_passes_the_level() -> None:
    probe, slow = Probe(square(1000, 9000)), Imperfections(rise_time=400.0)
    assert crossing(probe, 2.5, rising=False, begin=0, until=10_000, imperfections=slow) == 1000
    assert crossing(probe, 1.25, rising=False, begin=0, until=10_000, imperfections=slow) == 1100
    assert crossing(probe, 2.5, rising=True, begin=0, until=10_000, imperfections=slow) == 9000
    assert crossing(probe, 2.5, rising=True, begin=0, until=8_999, imperfections=slow) is None
    assert crossing(probe, 7.0, rising=True, begin=0, until=10_000, imperfections=slow) is None
    inverted = Probe(probe.signal, inverted=True)
    assert crossing(inverted, 2.5, rising=True, begin=0, until=10_000, imperfections=slow) == 1000


def acquisition(signal: Signal, *, automatic: bool = False, dead_time: int = 0) -> Acquisition:
    channel = Channel(0.04, -127 * 0.04, 0, 255)
    record = Record({1: channel}, 1e-6, 10_000, -2e-3, 1, 2.5, False, automatic)
    return Acquisition(record, {1: Probe(signal)}, Imperfections(dead_time=dead_time), 1 * MILLISECOND, 1)


def test_an_acquisition_fills_waits_triggers_and_ends() -> None:
    one = acquisition(square(10 * MILLISECOND))
    states = [one.state(round(at * MILLISECOND)) for at in (1, 2.9, 3, 9.9, 10, 17.9, 18)]
    assert states == [
        State.PRETRIGGER,
        State.PRETRIGGER,
        State.WAITING,
        State.WAITING,
        State.TRIGGERED,
        State.TRIGGERED,
        State.COMPLETE,
    ]
    assert one.trigger == 10 * MILLISECOND


def test_an_edge_before_the_memory_is_filled_does_not_trigger() -> None:
    early = square(2 * MILLISECOND, 4 * MILLISECOND, 6 * MILLISECOND)
    one = acquisition(early)
    assert one.state(20 * MILLISECOND) is State.COMPLETE
    assert one.trigger == 6 * MILLISECOND
    late = acquisition(early, dead_time=6 * MILLISECOND)
    assert late.state(20 * MILLISECOND) is State.WAITING


def test_an_automatic_sweep_triggers_by_itself() -> None:
    one = acquisition(Signal(), automatic=True)
    assert one.state(102 * MILLISECOND) is State.WAITING
    assert one.state(103 * MILLISECOND) is State.TRIGGERED


def test_what_is_stopped_before_its_end_is_lost() -> None:
    one = acquisition(square(10 * MILLISECOND))
    one.stop(12 * MILLISECOND)
    assert one.state(30 * MILLISECOND) is State.STOPPED
