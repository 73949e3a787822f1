"""The budget of a time holds what the way it was measured brings with it, and nothing twice."""

import math
import re
import runpy
from pathlib import Path

import pytest

from sts_rigs.errors import BenchFault
from sts_rigs.uncertainty.budget import Uncertain
from sts_rigs.uncertainty.components import expanded, next_of, rectangular, scatter_of_one
from sts_rigs.uncertainty.intervals import (
    Channel,
    Edge,
    Oscillator,
    bounded_interval,
    counted_interval,
    host_interval,
    recorded_bit_time,
    recorded_interval,
)

ROOT3 = math.sqrt(3)
OSCILLATOR = Oscillator(name="recorder", source="certificate 17", stability=1e-6)
ONE = Channel(name="channel 1", source="maker", noise=0.02, step=0.04, threshold=0.1, delay=5e-6, asymmetry=3e-6)
TWO = Channel(name="channel 2", source="maker", noise=0.02, threshold=0.1, delay=5e-6)


def parts(result: Uncertain) -> dict[str, float]:
    """Return the contribution of each component."""
    found = {line.component: line.contribution for line in result.lines}
    assert len(found) == len(result.lines)
    return found


def edge(channel: Channel, *, rising: bool = True, slew: float = 1e4) -> Edge:
    return Edge(channel=channel, rising=rising, slew=slew)


def test_a_logic_capture_has_the_time_base_and_half_a_sample_at_each_edge() -> None:
    clean = Channel(name="D0", source="logic analyser")
    start, stop = (Edge.between_samples(clean, rising=rising, interval=2e-6) for rising in (False, True))
    result = recorded_interval(1.5, OSCILLATOR, start, stop)
    assert parts(result) == pytest.approx(
        {
            "rate of recorder, stability": 1.5e-6 / ROOT3,
            "start, between samples": 2e-6 / math.sqrt(12),
            "stop, between samples": 2e-6 / math.sqrt(12),
        }
    )
    assert result.value == 1.5
    assert result.expanded == pytest.approx(2 * math.sqrt(0.75e-12 + 2 * 1e-12 / 3))


def test_a_calibrated_time_base_is_corrected_and_brings_calibration_drift_and_stability() -> None:
    oscillator = Oscillator(
        name="recorder", source="c", deviation=4e-6, calibration=1e-6, k=2.0, drift=3e-6, years=0.5, stability=2e-6
    )
    result = recorded_interval(1.5, oscillator, edge(ONE), edge(ONE))
    found = parts(result)
    assert result.value == pytest.approx(1.5 * (1 - 4e-6), abs=1e-12)
    assert found["rate of recorder"] == pytest.approx(1.5 * 0.5e-6)
    assert found["rate of recorder, drift in 0.5 a"] == pytest.approx(1.5 * 1.5e-6 / ROOT3)
    assert found["rate of recorder, stability"] == pytest.approx(1.5 * 2e-6 / ROOT3)


def test_noise_and_steps_act_through_the_slew_of_each_edge() -> None:
    found = parts(recorded_interval(1.0, OSCILLATOR, edge(ONE), edge(ONE, slew=-2e4)))
    assert found["start, noise"] == pytest.approx(0.02 / 1e4)
    assert found["stop, noise"] == pytest.approx(0.02 / 2e4)
    assert found["start, step"] == pytest.approx(0.02 / ROOT3 / 1e4)


def test_what_interpolation_leaves_open_counts_too() -> None:
    start = Edge(channel=ONE, rising=True, slew=1e4, unresolved=4e-6)
    assert parts(recorded_interval(1.0, OSCILLATOR, start, edge(ONE)))["start, between samples"] == pytest.approx(
        4e-6 / ROOT3
    )


def test_between_equal_edges_of_one_channel_threshold_and_delay_cancel() -> None:
    names = parts(recorded_interval(1.0, OSCILLATOR, edge(ONE), edge(ONE))).keys()
    assert not any("threshold" in name or "delay" in name or "rise" in name for name in names)


def test_between_opposite_edges_of_one_channel_the_threshold_counts_twice_and_the_asymmetry_once() -> None:
    found = parts(recorded_interval(1.0, OSCILLATOR, edge(ONE), edge(ONE, rising=False)))
    assert found["threshold of channel 1"] == pytest.approx(2 * 0.1 / ROOT3 / 1e4)
    assert found["rise against fall of channel 1"] == pytest.approx(3e-6 / ROOT3)
    assert not any("delay" in name for name in found)


def test_the_threshold_of_a_slower_edge_cancels_in_part() -> None:
    found = parts(recorded_interval(1.0, OSCILLATOR, edge(ONE, slew=1e4), edge(ONE, slew=2e4)))
    assert found["threshold of channel 1"] == pytest.approx(0.1 / ROOT3 * (1 / 1e4 - 1 / 2e4))


def test_between_two_channels_nothing_cancels() -> None:
    found = parts(recorded_interval(1.0, OSCILLATOR, edge(ONE), edge(TWO)))
    for name in ("channel 1", "channel 2"):
        assert found[f"threshold of {name}"] == pytest.approx(0.1 / ROOT3 / 1e4)
        assert found[f"delay of {name}"] == pytest.approx(5e-6 / ROOT3)


def test_a_repeatability_adds_its_degrees_of_freedom() -> None:
    scatter = scatter_of_one("repeatability", [1.0, 1.1, 1.2], "s", "five reactions")
    result = recorded_interval(1.1, OSCILLATOR, edge(ONE), edge(ONE), [scatter])
    assert parts(result)["repeatability"] == pytest.approx(0.1)
    assert result.degrees_of_freedom == pytest.approx(2, rel=1e-3)
    assert result.k == pytest.approx(4.53, abs=0.01)


def test_the_bit_time_divides_everything_by_the_bits() -> None:
    whole = recorded_interval(90 / 2400, OSCILLATOR, edge(ONE), edge(ONE))
    bit = recorded_bit_time(90 / 2400, 90, OSCILLATOR, edge(ONE), edge(ONE))
    assert bit.value == pytest.approx(1 / 2400)
    assert bit.expanded == pytest.approx(whole.expanded / 90)
    assert parts(bit)["rate of recorder, stability"] == pytest.approx(1e-6 / ROOT3 / 2400)


def test_a_bit_time_over_no_bit_is_a_fault() -> None:
    with pytest.raises(BenchFault, match="over 0 bits"):
        recorded_bit_time(1.0, 0, OSCILLATOR, edge(ONE), edge(ONE))


def test_a_counter_adds_its_resolution() -> None:
    result = counted_interval(1.5, OSCILLATOR, edge(ONE), edge(TWO), single_shot=2e-8, digit=1e-8)
    found = parts(result)
    assert found["single-shot resolution"] == pytest.approx(2e-8)
    assert found["last digit"] == pytest.approx(1e-8 / math.sqrt(12))
    assert found["threshold of channel 2"] > 0
    assert found["rate of recorder, stability"] == pytest.approx(1.5e-6 / ROOT3)


def test_the_host_clock_is_as_uncertain_as_the_rig_file_says() -> None:
    result = host_interval(0.4, expanded("host clock", 0.05, 2.0, "s", "rig file"))
    assert (result.value, result.expanded) == (0.4, pytest.approx(0.05))


def test_a_compared_host_clock_is_corrected_and_polling_comes_on_top() -> None:
    errors = next_of("host clock", [0.010, 0.012, 0.014], "s", "comparison with the recorder")
    polling = rectangular("latency timer", 0.016, "s", "adapter")
    result = host_interval(0.4, errors, polling)
    assert result.value == pytest.approx(0.388)
    assert result.standard == pytest.approx(math.hypot(0.002 * math.sqrt(4 / 3), 0.016 / ROOT3))


def test_a_time_between_two_bounds_is_a_rectangle_about_their_middle() -> None:
    result = bounded_interval(1.0, 1.6, expanded("host clock", 0.05, 2.0, "s", "rig file"))
    assert result.value == pytest.approx(1.3)
    assert result.standard == pytest.approx(math.hypot(0.3 / ROOT3, 0.025))
    with pytest.raises(BenchFault, match="at the latest"):
        bounded_interval(1.6, 1.0, expanded("host clock", 0.05, 2.0, "s", "rig file"))


@pytest.mark.parametrize("slew", [0.0, math.nan, math.inf])
def test_an_edge_without_a_slope_cannot_be_placed(slew: float) -> None:
    with pytest.raises(BenchFault, match=r"edge of channel 1 has a slew of .*: record it with more samples"):
        edge(ONE, slew=slew)


def test_an_edge_or_a_time_base_of_which_nothing_is_known_is_not_taken_as_perfect() -> None:
    with pytest.raises(BenchFault, match="where an edge of channel 1 lies"):
        Edge(channel=ONE, rising=True)
    with pytest.raises(BenchFault, match="rate of recorder: state its calibration"):
        Oscillator(name="recorder", source="none", deviation=1e-6)


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "uncertainty.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example, "utf-8")
    reaction = runpy.run_path(str(script))["reaction"]
    assert reaction.value == pytest.approx(402.5 * (1 - 2e-6))
    assert parts(reaction).keys() >= {"rate of recorder", "stop, step", "threshold of optical head"}
