"""Measurements as SVG: values against their limits, and a recording around an instant."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sts_reports.measurement import Measurement
from sts_reports.recordings import RecordedSignal
from sts_reports.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "draw_distribution", "draw_waveform"]

Array = NDArray[np.float64]

COLOURS = {
    "ink": "#1b1f24",
    "quiet": "#5b6470",
    "line": "#d8dde3",
    "zone": "#cfe8d7",
    "link": "#0b57a4",
    "pass": "#1c7a3e",
    "fail": "#b3201c",
    "inconclusive": "#8f5a00",
}
"""The colours of a picture by the names that the page has for them."""

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 9,
    "text.parse_math": False,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["quiet"],
    "axes.labelcolor": COLOURS["quiet"],
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "xtick.color": COLOURS["quiet"],
    "ytick.color": COLOURS["quiet"],
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "path.simplify": True,
    "path.simplify_threshold": 0.2,
}
_WIDTH = 9.4
_MARGIN = 0.06
_SMALL = 0.2
"""The part of a scale below which values are shown a second time, at their own scale."""
_ROWS = 16
_STRIP = 400
"""Up to so many rows and values each value is drawn; above, values are counted."""
_BINS = 60
_COLUMNS = 800
_SHORT = 0.2
"""The part of the time that is shown below which there is no room for a text over an arrow."""
_LEAST_MARGIN = 0.003
"""Seconds that are shown before and after what was measured, at least."""
_NAMES_A_CHARACTER = frozenset({"bit time"})
"""Quantities whose instant is the start of a character, not the end of what was measured."""
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_PLACES = re.compile(r' (?:d|x|y|transform)="[^"]*"')
_DECIMALS = re.compile(r"(?<=\d\.\d\d)\d+")
"""A hundredth of a point is as fine as a picture is drawn; text keeps its digits."""
_TONES = {Verdict.PASS: "pass", Verdict.INCONCLUSIVE: "inconclusive", Verdict.FAIL: "fail"}


def draw_distribution(rows: Sequence[tuple[str, Sequence[float]]], worst: Measurement) -> str:
    """Return a picture of all values of a quantity with its limits, and U at the worst of them.

    rows: what to call each measurement, and its values; many of them are counted instead of shown one by one.
    """
    values = np.concatenate([np.asarray(row, np.float64) for _, row in rows])
    is_strip = len(rows) <= _ROWS and len(values) <= _STRIP
    near = _range([*values, worst.value - worst.uncertainty, worst.value + worst.uncertainty])
    limits = [limit for limit in (worst.lower, worst.upper) if limit is not None]
    far = _range([*near, *limits])
    is_small = near[1] - near[0] < _SMALL * (far[1] - far[0])

    def draw(figure: "Figure") -> None:
        panels = figure.subplots(1, 2 if is_small else 1, sharey=True, squeeze=False)[0]
        for axes, scale in zip(panels, [far, near], strict=False):
            _draw_limits(axes, worst, scale)
            if is_strip:
                _draw_strip(axes, [row for _, row in rows], worst)
            else:
                axes.hist(values, bins=_BINS, range=scale, color=COLOURS["link"], rwidth=0.9)
                _draw_spread(axes, worst, 0.0)
            axes.set_xlabel(f"{worst.quantity} in {worst.unit}")
            axes.locator_params(axis="x", nbins=5 if is_small else 9)
        if is_strip:
            panels[0].set_yticks(range(len(rows)), labels=[name for name, _ in rows])
            panels[0].set_ylim(len(rows) - 0.5, -0.5)
        else:
            panels[0].set_ylabel("values")
        if is_small:
            panels[0].set_title("against the limits", fontsize=9, color=COLOURS["quiet"], loc="right", pad=14)
            panels[1].set_title("at their own scale", fontsize=9, color=COLOURS["quiet"], loc="right", pad=14)
            panels[1].tick_params(labelleft=False)

    return _drawn(draw, height=1.05 + 0.25 * len(rows) if is_strip else 2.6)


def draw_waveform(signals: Mapping[str, RecordedSignal], measurement: Measurement) -> str:
    """Return a picture of both sides of the line around the instant of a measurement, with its limits.

    ValueError if the measurement names no instant, or none that was recorded.
    """
    at = measurement.at
    if at is None:
        raise ValueError(f"{measurement.quantity} names no instant")
    second = _seconds(measurement)
    begin = at if second is None else at - measurement.value * second
    margin = max(abs(at - begin) * 0.15, _LEAST_MARGIN)
    start, stop = min(at, begin) - margin, max(at, begin) + margin
    windows = {side: _window(signal, start, stop) for side, signal in signals.items()}
    if not windows or any(not len(times) for times, _ in windows.values()):
        raise ValueError(f"nothing was recorded at {at:g} s from the trigger")
    sides = sorted(windows, reverse=True)
    tone = COLOURS[_TONES[measurement.verdict]]

    def draw(figure: "Figure") -> None:
        panels = figure.subplots(len(sides), 1, sharex=True, squeeze=False)[:, 0]
        for axes, side in zip(panels, sides, strict=True):
            times, levels = windows[side]
            axes.plot(times * 1e3, levels, color=COLOURS["link"], linewidth=0.8)
            axes.axvline(at * 1e3, color=tone, linewidth=1.2)
            axes.set_ylabel(f"{side} in {signals[side].unit}")
            low, high = float(signals[side].levels.min()), float(signals[side].levels.max())
            room = (high - low or 1.0) * 0.12
            axes.set_ylim(low - room, high + room)
            axes.set_yticks([tick for tick in axes.get_yticks() if low - room <= tick <= high + room])
        axes = panels[-1]
        bottom, top = axes.get_ylim()
        axes.set_ylim(bottom, top + (top - bottom) * 0.42)
        axes.set_xlim(start * 1e3, stop * 1e3)
        axes.set_xlabel("time from the trigger in ms")
        if second is None:
            _label(axes, at * 1e3, f"{at * 1e3:.6g} ms", tone)
            return
        height = top + (top - bottom) * 0.1
        arrow = {"arrowstyle": "<->", "color": tone, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (begin * 1e3, height), (at * 1e3, height), arrowprops=arrow)
        is_short = abs(at - begin) < _SHORT * (stop - start)
        axes.text(
            (min(at, begin) if is_short else (begin + at) / 2) * 1e3,
            height + (0 if is_short else (top - bottom) * 0.05),
            f"{measurement.value:.6g} {measurement.unit}{'  ' if is_short else ''}",
            color=tone,
            ha="right" if is_short else "center",
            va="center" if is_short else "bottom",
        )
        for limit, word in ((measurement.lower, "at least"), (measurement.upper, "at most")):
            if limit is None or not start < begin + limit * second < stop:
                continue
            place = (begin + limit * second) * 1e3
            for one in panels:
                one.axvline(place, color=COLOURS["ink"], linewidth=0.9, linestyle=(0, (4, 2)))
            _label(panels[0], place, f"{word} {limit:g} {measurement.unit}", COLOURS["ink"])

    return _drawn(draw, height=1.4 * len(sides) + 0.6)


def _drawn(draw: "Callable[[Figure], None]", height: float) -> str:
    """Return what a function draws on a figure of so many inches, as an svg element and nothing around it."""
    # half a second of loading is for those runs only that have something to draw
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    content = io.StringIO()
    with rc_context({**_STYLE, "svg.hashsalt": "stsbench"}):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        figure.patch.set_alpha(0)
        draw(figure)
        for axes in figure.axes:
            axes.patch.set_alpha(0)
        figure.savefig(content, format="svg")
    text = content.getvalue()
    text = re.sub(r"\s*<(metadata|style\b).*?</(metadata|style)>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = _PLACES.sub(lambda place: _DECIMALS.sub("", place[0]), text)
    return re.sub(r"'DejaVu Sans'[^;\"]*", "sans-serif", text)


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low or abs(high) or 1.0) * _MARGIN
    return low - room, high + room


def _draw_limits(axes: "Axes", measurement: Measurement, scale: tuple[float, float]) -> None:
    start, stop = scale
    lower = start if measurement.lower is None else min(max(measurement.lower, start), stop)
    upper = stop if measurement.upper is None else min(max(measurement.upper, start), stop)
    axes.set_xlim(start, stop)
    if (measurement.lower, measurement.upper) != (None, None):
        axes.axvspan(lower, upper, color=COLOURS["zone"], linewidth=0)
    for limit, word in ((measurement.lower, "at least"), (measurement.upper, "at most")):
        if limit is not None and start <= limit <= stop:
            axes.axvline(limit, color=COLOURS["ink"], linewidth=0.9, linestyle=(0, (4, 2)))
            _label(axes, limit, f"{word} {limit:.6g}", COLOURS["ink"])


def _draw_strip(axes: "Axes", rows: Sequence[Sequence[float]], worst: Measurement) -> None:
    for place, row in enumerate(rows):
        axes.plot(row, [place] * len(row), "|", color=COLOURS["link"], markersize=9, markeredgewidth=1.1)
    _draw_spread(axes, worst, next((place for place, row in enumerate(rows) if worst.value in row), 0))


def _draw_spread(axes: "Axes", worst: Measurement, height: float) -> None:
    tone = COLOURS[_TONES[worst.verdict]]
    axes.errorbar(
        worst.value,
        height,
        xerr=worst.uncertainty,
        fmt="D",
        color=tone,
        markersize=3.5,
        capsize=3.5,
        elinewidth=1.1,
    )


def _label(axes: "Axes", place: float, text: str, colour: str) -> None:
    """Write above a vertical line, on that side of it where there is more room."""
    start, stop = axes.get_xlim()
    side = "left" if place < (start + stop) / 2 else "right"
    axes.text(place, 1.02, text, color=colour, ha=side, va="bottom", transform=axes.get_xaxis_transform())


def _seconds(measurement: Measurement) -> float | None:
    """Return how many seconds a unit of what was measured lasts; None if it does not end at its instant."""
    if measurement.quantity in _NAMES_A_CHARACTER:
        return None
    if measurement.unit in _SECONDS:
        return _SECONDS[measurement.unit]
    # a time in bits tells by the sensitivity of its components in seconds how long a bit is
    shares = [abs(line.sensitivity) for line in measurement.budget if line.unit == "s" and line.sensitivity]
    return 1 / shares[0] if shares else None


def _window(signal: RecordedSignal, start: float, stop: float) -> tuple[Array, Array]:
    """Return times and levels between two instants; of a long part the lowest and highest in each column."""
    first = max(int((start - signal.start) / signal.interval), 0)
    last = max(int(np.ceil((stop - signal.start) / signal.interval)) + 1, first)
    levels = signal.levels[first:last]
    times = np.asarray(signal.start + (first + np.arange(len(levels))) * signal.interval, np.float64)
    share = len(levels) // _COLUMNS
    if share < 4:
        return times, levels
    whole = len(levels) // share * share
    columns = levels[:whole].reshape(-1, share)
    both = np.stack([columns.min(axis=1), columns.max(axis=1)], axis=1).ravel()
    return np.repeat(times[:whole:share], 2), both
