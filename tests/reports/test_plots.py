"""A picture shows every value, the limits in their places, and the signal around an instant."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from sts_reports.measurement import BudgetLine, DecisionRule, Measurement
from sts_reports.recordings import RecordedSignal
from sts_reports.views.plots import COLOURS, draw_distribution, draw_waveform

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
RATE = 10_000.0


def measured(value: float = 300.0, **more: object) -> Measurement:
    """Return a measurement with the limits of a reaction."""
    facts = {
        "quantity": "reaction time",
        "unit": "ms",
        "value": value,
        "uncertainty": 0.5,
        "lower": 200.0,
        "upper": 1500.0,
        "source": "scope",
        "rule": DecisionRule.GUARDED,
        "recording": "7",
        "at": 0.35,
    }
    return Measurement(**{**facts, **more})  # type: ignore[arg-type]


def in_seconds(sensitivity: float) -> BudgetLine:
    """Return a component in seconds."""
    return BudgetLine(
        component="edge",
        evaluation="B",
        distribution="rectangular",
        unit="s",
        estimate=0.0,
        standard_uncertainty=1e-6,
        sensitivity=sensitivity,
        contribution=1e-3,
        degrees_of_freedom=np.inf,
        source="scope",
    )


def signals(seconds: float = 3.0) -> dict[str, RecordedSignal]:
    """Return the signals of an exchange: the reader speaks up to 50 ms, the meter from 350 ms on."""
    times = -0.1 + np.arange(int(seconds * RATE)) / RATE
    reader = np.where((times > 0) & (times < 0.05), 0.0, 5.0)
    meter = np.where((times > 0.35) & (times < 0.4), 0.0, 5.0)
    return {
        side: RecordedSignal(levels, 1 / RATE, -0.1, "V")
        for side, levels in {"meter": meter, "reader": reader}.items()
    }


def texts(svg: str) -> list[str]:
    """Return all that is written in a picture."""
    return [(element.text or "").strip() for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def marks(svg: str, colour: str) -> list[ElementTree.Element]:
    """Return the markers of a colour."""
    return [
        one
        for one in ElementTree.fromstring(svg).iter(f"{SVG}use")  # noqa: S314
        if COLOURS[colour] in one.get("style", "") and f"{COLOURS['quiet']}" not in one.get("style", "")
    ]


def upright(svg: str, colour: str) -> list[float]:
    """Return where the upright lines of a colour stand, from left to right."""
    found = re.findall(r'd="M ([\d.]+) [\d.]+ \nL ([\d.]+) [\d.]+ \n" [^>]*stroke: (#\w+)', svg)
    return sorted({float(one) for one, other, tone in found if one == other and tone == COLOURS[colour]})


def test_every_value_of_every_measurement_is_marked_once() -> None:
    rows = [("IDRequest", (500.0, 900.0)), ("BreakCommand", (700.0, 1200.0, 300.0))]
    svg = draw_distribution(rows, measured(300.0))
    assert len(marks(svg, "link")) == 5
    assert {"IDRequest", "BreakCommand", "reaction time in ms"} <= set(texts(svg))


def test_the_limits_stand_left_and_right_of_the_values_between_them() -> None:
    svg = draw_distribution([("all", (300.0, 1400.0))], measured(300.0))
    lower, upper = upright(svg, "ink")
    places = [float(mark.get("x", "")) for mark in marks(svg, "link")]
    assert lower < min(places) < max(places) < upper
    # 300 and 1400 of 200 to 1500: a scale that is not straight would show them elsewhere
    assert [(place - lower) / (upper - lower) for place in places] == pytest.approx([1 / 13, 12 / 13], abs=0.002)
    assert {"at least 200", "at most 1500"} <= set(texts(svg))


def test_values_far_from_their_limits_are_shown_at_their_own_scale_too() -> None:
    near = draw_distribution([("all", (240.0, 241.0))], measured(240.0))
    assert len(marks(near, "link")) == 4
    assert "at their own scale" in texts(near)
    assert "at their own scale" not in texts(draw_distribution([("all", (240.0, 1300.0))], measured(240.0)))


def test_the_worst_is_in_the_colour_of_its_verdict() -> None:
    rows = [("all", (300.0, 1600.0, 1000.0))]
    assert marks(draw_distribution(rows, measured(1600.0)), "fail")
    assert not marks(draw_distribution(rows, measured(300.0)), "fail")
    assert marks(draw_distribution(rows, measured(300.0)), "pass")


def test_very_many_values_are_counted_instead_of_marked() -> None:
    rows = [("all", tuple(np.linspace(250.0, 1450.0, 2000)))]
    svg = draw_distribution(rows, measured(250.0))
    assert not marks(svg, "link")
    assert "values" in texts(svg)
    assert svg.count(f"fill: {COLOURS['link']}") >= 50
    assert len(svg) < 40_000


def test_a_recording_is_shown_with_its_instant_and_its_duration() -> None:
    svg = draw_waveform(signals(), measured(300.0))
    (instant,) = upright(svg, "pass")
    (lower,) = upright(svg, "ink")
    # the answer came 300 ms after 50 ms; it was allowed from 250 ms on, and the window has 15 % on both sides
    left, right = _ends_of(svg)
    assert (instant - left) / (right - left) == pytest.approx(1.15 / 1.3, abs=0.002)
    assert (lower - left) / (right - left) == pytest.approx((0.15 + 2 / 3) / 1.3, abs=0.002)
    assert {"300 ms", "at least 200 ms", "reader in V", "meter in V"} <= set(texts(svg))
    assert "at most 1500 ms" not in texts(svg)


def test_what_failed_is_drawn_in_red() -> None:
    assert upright(draw_waveform(signals(), measured(100.0)), "fail")
    assert not upright(draw_waveform(signals(), measured(300.0)), "fail")


def test_a_time_in_bits_is_as_long_as_its_budget_says() -> None:
    stop = {"quantity": "stop bit", "unit": "bit", "lower": 0.9, "upper": None, "uncertainty": 0.01}
    svg = draw_waveform(signals(), measured(0.7, **stop, budget=(in_seconds(-100.0),)))
    (instant,), (limit,) = upright(svg, "fail"), upright(svg, "ink")
    # a bit of 10 ms: the stop bit begins 7 ms before the instant, and had to last 2 ms longer than it did
    left, right = _ends_of(svg)
    assert (limit - instant) / (right - left) == pytest.approx(2 / 13, abs=0.002)
    assert "0.7 bit" in texts(svg)


def test_a_bit_time_names_a_character_and_has_no_duration_before_it() -> None:
    bit = {"quantity": "bit time", "value": 0.4, "lower": 0.41, "upper": 0.43, "uncertainty": 1e-4}
    svg = draw_waveform(signals(), measured(**bit))
    assert "350 ms" in texts(svg)
    assert not upright(svg, "ink")


@pytest.mark.parametrize(
    ("instant", "said"), [(None, "names no instant"), (7.0, "nothing was recorded at 7 s")], ids=["none", "late"]
)
def test_an_instant_that_was_not_recorded_is_refused(instant: float | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        draw_waveform(signals(), measured(at=instant))


def test_a_long_recording_keeps_its_shortest_pulse_in_a_small_picture() -> None:
    both = signals(200.0)
    noise = np.random.default_rng(3).normal(0, 0.02, len(both["meter"].levels))
    both["meter"].levels[:] += noise
    both["meter"].levels[900_000] = -40.0
    both["meter"].levels[600_000] = 40.0
    svg = draw_waveform(both, measured(150_000.0, at=150.05))
    assert len(svg) < 150_000
    # the pulses of one sample reach far down and far up, where nothing else of the signal is
    curve = max(re.findall(r'd="([^"]*)"[^>]*stroke: ' + COLOURS["link"], svg), key=len)
    lows = sorted((float(height) for height in re.findall(r"[ML] [\d.]+ ([\d.]+)", curve)), reverse=True)
    assert lows[0] > lows[5] + 20
    assert lows[-1] < lows[-6] - 20


def test_what_a_person_wrote_is_never_markup_nor_mathematics() -> None:
    written = "<b>$x_1$</b>"
    svg = draw_distribution([(written, (300.0, 1400.0))], measured(300.0))
    assert written in texts(svg)
    assert "<b>" not in svg


def test_a_picture_needs_nothing_from_elsewhere_and_is_the_same_twice() -> None:
    svg = draw_waveform(signals(), measured())
    assert draw_waveform(signals(), measured()) == svg
    assert "<style" not in svg
    assert "metadata" not in svg
    assert all(one.get(LINK, "#").startswith("#") for one in ElementTree.fromstring(svg).iter())  # noqa: S314
    assert "DejaVu" not in svg


def _ends_of(svg: str) -> tuple[float, float]:
    """Return where the axes begin and end: the widest of the frames that limit what is drawn."""
    frames = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)
    start, width = max(((float(x), float(width)) for x, width in frames), key=lambda frame: frame[1])
    return start, start + width
