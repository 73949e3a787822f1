"""Edges: their instants, directions, slews and what is unresolved, of logic captures and analogue recordings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sts_rigs.errors import BenchFault
from sts_rigs.waveforms import edges as edges_module
from sts_rigs.waveforms.edges import Edges, Thresholds, analogue_edges, logic_edges
from sts_rigs.waveforms.levels import find_levels
from sts_rigs.waveforms.waveform import Waveform

MILLI = 1e-3


def analogue(levels: list[float], low: float, high: float, start: float = 0.0) -> Edges:
    """Return the edges of levels in volts, a millisecond apart."""
    return analogue_edges(Waveform(np.array(levels), MILLI, start), Thresholds(low, high))


def test_a_logic_edge_is_in_the_middle_between_two_samples() -> None:
    edges = logic_edges([np.array([1, 1, 0, 0, 0, 1], np.uint8)], MILLI, start=-0.5)
    assert edges.times == pytest.approx([-0.4985, -0.4955])
    assert edges.rising.tolist() == [False, True]
    assert edges.unresolved == pytest.approx([MILLI / 2] * 2)
    assert edges.slews.tolist() == [-np.inf, np.inf]
    assert (edges.initially_high, edges.begin, edges.end) == (True, -0.5, pytest.approx(-0.495))
    assert edges.high_at(np.array([-9, -0.4985, -0.4956, -0.4955, 9])).tolist() == [True, False, False, True, True]


@settings(deadline=None)
@given(
    bits=st.lists(st.booleans(), min_size=1, max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=5),
    high=st.sampled_from([1, 2, 255]),
)
def test_blocks_of_any_size_have_the_edges_of_the_whole(bits: list[bool], cuts: list[int], high: int) -> None:
    samples = np.array(bits, np.uint8) * np.uint8(high)
    edges = logic_edges(np.split(samples, sorted(cuts)), 1.0)
    due = [place - 0.5 for place in range(1, len(bits)) if bits[place] != bits[place - 1]]
    assert edges.times.tolist() == due
    assert edges.rising.tolist() == [bits[int(at + 0.5)] for at in due]
    assert edges.initially_high == bits[0]
    assert edges.end == len(bits) - 1


def test_chunks_have_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    levels = 2.5 + 2.5 * np.sin(np.arange(3000) / 20) + random.normal(0, 0.2, 3000)
    waveform = Waveform((levels * 40).astype(np.int16), MILLI, 0.0, 1 / 40)
    thresholds = Thresholds(2.0, 3.0)
    whole, logic = analogue_edges(waveform, thresholds), logic_edges([levels > 2.5], MILLI)
    assert len(whole) > 10
    for size in (1, 2, 7, 64):
        monkeypatch.setattr(edges_module, "_CHUNK", size)
        parts = analogue_edges(waveform, thresholds)
        assert parts.times.tolist() == whole.times.tolist()
        assert parts.rising.tolist() == whole.rising.tolist()
        assert logic_edges([levels > 2.5], MILLI).times.tolist() == logic.times.tolist()


def test_an_analogue_edge_is_where_the_line_between_samples_crosses_the_middle() -> None:
    edges = analogue([0, 0, 4, 4, 0], 1.0, 2.0, start=0.1)
    assert edges.times == pytest.approx([0.1 + 1.375 * MILLI, 0.1 + 3.625 * MILLI])
    assert edges.rising.tolist() == [True, False]
    assert edges.slews == pytest.approx([4000, -4000])
    # No sample lies within the hysteresis: of the way between two samples nothing is known.
    assert edges.unresolved == pytest.approx([MILLI / 2] * 2)
    assert (edges.initially_high, edges.begin, edges.end) == (False, 0.1, pytest.approx(0.104))


def test_an_edge_with_samples_within_the_hysteresis_is_resolved() -> None:
    edges = analogue([0, 0, 1.2, 1.8, 4, 4], 1.0, 2.0)
    assert edges.times == pytest.approx([2.5 * MILLI])
    assert edges.unresolved == pytest.approx([0.0])
    assert edges.slews == pytest.approx([4 / (3 * MILLI)])


def test_an_edge_that_crosses_the_middle_several_times_is_unresolved_between_them() -> None:
    edges = analogue([0, 1.6, 1.4, 1.6, 4], 1.0, 2.0)
    first, last = 1.5 / 1.6, 2.5
    assert edges.times == pytest.approx([(first + last) / 2 * MILLI])
    assert edges.unresolved == pytest.approx([(last - first) / 2 * MILLI])


def test_a_glitch_within_the_hysteresis_is_no_edge_and_one_beyond_it_is_two() -> None:
    assert len(analogue([0, 0, 1.9, 0, 0], 1.0, 2.0)) == 0
    assert len(analogue([4, 4, 1.1, 4, 4], 1.0, 2.0)) == 0
    assert analogue([0, 0, 2.1, 0, 0], 1.0, 2.0).rising.tolist() == [True, False]


def test_a_level_at_a_threshold_has_passed_it() -> None:
    assert analogue([1.0, 2.0, 1.0], 1.0, 2.0).rising.tolist() == [True, False]


def test_a_recording_that_begins_within_the_hysteresis_has_no_edge_there() -> None:
    edges = analogue([1.5, 1.6, 4, 0, 4], 1.0, 2.0)
    assert edges.initially_high
    assert edges.rising.tolist() == [False, True]
    nothing = analogue([1.5, 1.4, 1.6], 1.0, 2.0)
    assert (len(nothing), nothing.initially_high) == (0, False)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32])
def test_numbers_of_a_recorder_are_levels_by_scale_and_offset(kind: type[np.generic]) -> None:
    levels = np.array([0.0, 0.0, 1.0, 3.0, 4.0, 4.0, 1.0, 0.0])
    due = analogue_edges(Waveform(levels, MILLI, 0.0), Thresholds(1.5, 2.5))
    for scale, offset in ((0.1, -1.0), (-0.1, 5.0)):
        numbers = np.rint((levels - offset) / scale).astype(kind)
        edges = analogue_edges(Waveform(numbers, MILLI, 0.0, scale, offset), Thresholds(1.5, 2.5))
        assert edges.times == pytest.approx(due.times)
        assert edges.rising.tolist() == due.rising.tolist() == [True, False]
        assert edges.slews == pytest.approx(due.slews)


def test_inverted_edges_go_the_other_way() -> None:
    edges = analogue([0, 4, 4, 0], 1.0, 2.0).inverted()
    assert edges.rising.tolist() == [False, True]
    assert edges.initially_high
    assert edges.slews[0] == pytest.approx(-4000)


def test_thresholds_are_in_order() -> None:
    assert Thresholds(2.5, 11.0).middle == 6.75
    with pytest.raises(BenchFault, match=r"low, 3, is not below the one for high, 3: give two thresholds"):
        Thresholds(3.0, 3.0)


def edges_at(*times: float) -> Edges:
    rising = np.arange(len(times)) % 2 == 0
    return Edges(np.array(times), rising, np.where(rising, 1.0, -1.0), np.array(times) / 100, 0.0, 100.0, False)


@pytest.mark.parametrize(
    ("times", "left"),
    [
        ((), ()),
        ((10, 20), (10, 20)),
        ((10, 10.5), ()),
        ((10, 20, 20.5, 30), (10, 30)),
        ((10, 10.5, 11, 30), (10, 30)),
        ((10, 10.5, 11, 11.5), ()),
        ((10, 20, 20.5, 21, 30, 40), (10, 20, 30, 40)),
        ((10, 10.3, 10.4, 30), (10, 30)),
        ((10, 10.1, 10.4, 30), (10.4, 30)),
        ((10, 10.5, 20, 20.5, 20.9, 21.4, 22), (20,)),
    ],
)
def test_pulses_shorter_than_asked_go_and_others_stay(times: tuple[float, ...], left: tuple[float, ...]) -> None:
    edges = edges_at(*times).without_pulses(1.0)
    assert tuple(edges.times) == left
    assert edges.unresolved == pytest.approx(np.array(left) / 100)
    assert edges.rising.tolist() == [number % 2 == 0 for number in range(len(left))]


def two_levels(noise: float, low: float = 0.5, high: float = 4.5) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    levels = np.full(4000, high)
    levels[1000:1100] = low
    return levels + np.random.default_rng(5).normal(0, noise, len(levels))


@pytest.mark.parametrize(("low", "high"), [(0.5, 4.5), (0.002, 0.02), (-12.0, 12.0)])
def test_levels_are_found_although_one_is_rare(low: float, high: float) -> None:
    noise = (high - low) / 40
    levels = find_levels(Waveform(two_levels(noise, low, high), MILLI, 0.0))
    assert levels.low == pytest.approx(low, abs=noise / 2)
    assert levels.high == pytest.approx(high, abs=noise / 2)
    assert levels.noise == pytest.approx(noise, rel=0.25)
    thresholds = levels.thresholds(0.4)
    assert thresholds.middle == pytest.approx((low + high) / 2, abs=noise)
    assert thresholds.high - thresholds.low == pytest.approx(0.4 * (high - low), rel=0.1)


@pytest.mark.parametrize("scale", [0.1, -0.1])
def test_levels_come_out_in_the_unit_of_the_waveform(scale: float) -> None:
    numbers = np.rint((two_levels(0.05) - 2.0) / scale).astype(np.int8)
    levels = find_levels(Waveform(numbers, MILLI, 0.0, scale, 2.0))
    assert (levels.low, levels.high) == (pytest.approx(0.5, abs=0.1), pytest.approx(4.5, abs=0.1))


def test_a_logic_capture_has_the_levels_0_and_1() -> None:
    levels = find_levels(Waveform(np.array([0, 1] * 10, np.uint8), MILLI, 0.0, unit=""))
    assert (levels.low, levels.high, levels.noise) == (0, 1, 0)


TIMES = np.arange(4000)
REFUSED = {
    "flat: it stays within 0 V of 3 V": np.full(100, 3.0),
    "has no samples": np.empty(0),
    "are not numbers": np.array([0.0, 5.0, np.nan] * 9),
    "has only 3 samples": np.where(TIMES < 3, 50.0, np.random.default_rng(2).normal(0, 0.1, 4000)),
    r"noise of 0\.\d+ V is too large": two_levels(0.6),
    "noise of .* V is too large": np.random.default_rng(3).normal(0, 1.0, 4000),
    "has no two levels: 1000 samples lie between": np.repeat([0.0, 2.5, 5.0, 5.0], 1000),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_recording_without_two_levels_is_refused(what: str) -> None:
    with pytest.raises(BenchFault, match=what):
        find_levels(Waveform(REFUSED[what], MILLI, 0.0))


def test_a_few_steps_of_the_recorder_are_no_levels() -> None:
    numbers = np.repeat(np.array([100, 107], np.uint8), 50)
    with pytest.raises(BenchFault, match=r"is flat: it stays within 0\.07 V of 1 V: connect"):
        find_levels(Waveform(numbers, MILLI, 0.0, 0.01))
    assert find_levels(Waveform(numbers * 2, MILLI, 0.0, 0.01)).high == pytest.approx(2.14)


def test_a_clipped_signal_is_refused_and_an_overshoot_is_not() -> None:
    numbers = np.repeat(np.array([20, 255, 200], np.uint8), [1000, 9, 1000])
    assert find_levels(Waveform(numbers, MILLI, 0.0)).high == 200
    numbers = np.repeat(np.array([20, 255], np.uint8), 1000)
    with pytest.raises(BenchFault, match="clipped: 1000 samples are at 255 V"):
        find_levels(Waveform(numbers, MILLI, 0.0))
    with pytest.raises(BenchFault, match="clipped: 1000 samples are at 0 V"):
        find_levels(Waveform(numbers - np.uint8(20), MILLI, 0.0))
    volts = Waveform(np.repeat([0.0, 5.0], 1000), MILLI, 0.0)
    assert find_levels(volts, (-1.0, 6.0)).high == 5
    with pytest.raises(BenchFault, match="clipped: 1000 samples are at 5 V"):
        find_levels(volts, (-1.0, 5.0))
