"""The pictures of a record: what is worth one, with recordings proven by their hash."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from sts62055.untrusted import Refused, read_file
from sts_reports.measurement import Measurement, Statement
from sts_reports.record import Record, RecordingStep, Step
from sts_reports.recordings import load_recording
from sts_reports.verdict import Verdict

__all__ = ["Picture", "Pictures", "draw_case", "draw_record"]

_MOST_WAVEFORMS = 24
_LARGEST = 64 << 20
_NOT_SHOWN = f"Not drawn: the page shows the {_MOST_WAVEFORMS} first recordings of interest."
_BADNESS = list(Statement)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as an svg element with its title, or in its stead the sentence why there is none."""

    title: str
    svg: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a run.

    distributions: one of each quantity of which there are several values; waveforms: by case and by the number of
    the measurement within it, from 0 on; problems: a sentence for each recording that is not what was recorded.
    """

    distributions: tuple[Picture, ...] = ()
    waveforms: Mapping[tuple[str, int], Picture] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Taken:
    """A measurement, and where it is told."""

    case: str
    title: str
    number: int
    measurement: Measurement

    @property
    def badness(self) -> tuple[int, float]:
        return _BADNESS.index(self.measurement.statement), self.measurement.excess

    @property
    def is_shown(self) -> bool:
        return bool(self.measurement.recording) and self.measurement.at is not None


def draw_record(record: Record, folder: Path) -> Pictures:
    """Return the pictures of a run whose recordings are below a folder.

    Of a run in which no instrument measured, nothing was repeated and all passed, there is none: the page draws
    each value within its limits anyhow.
    """
    recordings = {
        step["name"]: step for case in record["cases"] for step in case["steps"] if step["kind"] == "recording"
    }
    problems = {name: problem for name, step in recordings.items() if (problem := _problem(step, folder))}
    told = tuple(dict.fromkeys(problems.values()))
    taken = [one for case in record["cases"] for one in _measurements(case["id"], case["title"], case["steps"])]
    if not record["instruments"] and not any(_is_notable(one.measurement) for one in taken):
        return Pictures(problems=told)
    groups: dict[tuple[Any, ...], list[_Taken]] = {}
    for one in taken:
        kind = one.measurement
        groups.setdefault((kind.quantity, kind.unit, kind.lower, kind.upper), []).append(one)
    worst = [max(group, key=lambda one: one.badness) for group in groups.values()]
    distributions = tuple(_distribution(group, one) for group, one in zip(groups.values(), worst, strict=True))
    failed = [one for one in taken if one.measurement.verdict is not Verdict.PASS and one not in worst]
    shown = [one for one in [*worst, *failed] if one.is_shown]
    waveforms = {
        (one.case, one.number): _waveform(one.measurement, recordings, problems, folder)
        if place < _MOST_WAVEFORMS
        else Picture(_title(one.measurement), problem=_NOT_SHOWN)
        for place, one in enumerate(shown)
    }
    return Pictures(tuple(one for one in distributions if one), waveforms, told)


def draw_case(title: str, steps: Iterable[Step], folder: Path) -> Iterator[Picture]:
    """Yield the pictures of one case: repeated values within their limits, and recordings of what did not pass."""
    steps = list(steps)
    recordings = {step["name"]: step for step in steps if step["kind"] == "recording"}
    problems = {name: problem for name, step in recordings.items() if (problem := _problem(step, folder))}
    for one in _measurements("", title, steps):
        picture = _distribution([one], one)
        if picture is not None:
            yield picture
        if one.is_shown and one.measurement.verdict is not Verdict.PASS:
            yield _waveform(one.measurement, recordings, problems, folder)


def _is_notable(measurement: Measurement) -> bool:
    return len(measurement.values) > 1 or measurement.verdict is not Verdict.PASS


def _measurements(case: str, title: str, steps: Iterable[Step]) -> Iterator[_Taken]:
    number = count()
    for step in steps:
        if step["kind"] == "measurement":
            yield _Taken(case, title, next(number), Measurement.from_json(dict(step)))


def _distribution(group: list[_Taken], worst: _Taken) -> Picture | None:
    """Return how all values of a quantity lie between its limits; None if there is one only."""
    rows = [(_short(one.title), one.measurement.values or (one.measurement.value,)) for one in group]
    values = [value for _, row in rows for value in row]
    if len(values) < 2:
        return None
    from sts_reports.views.plots import draw_distribution

    found = worst.measurement
    measured = "1 measurement" if len(rows) == 1 else f"{len(rows)} measurements"
    scatter = f"{min(values):.6g} to {max(values):.6g} {found.unit}"
    title = (
        f"{found.quantity}: {len(values)} values of {measured}, {scatter}; "
        f"the worst, with U, {_value(found)}: {found.statement}"
    )
    return Picture(title, draw_distribution(rows, found))


def _waveform(
    measurement: Measurement, recordings: Mapping[str, RecordingStep], problems: Mapping[str, str], folder: Path
) -> Picture:
    name, title = measurement.recording, _title(measurement)
    if name not in recordings:
        return Picture(title, problem=f"The journal does not tell of recording {name}.")
    if name in problems:
        return Picture(title, problem=problems[name])
    from sts_reports.views.plots import draw_waveform

    try:
        return Picture(title, draw_waveform(load_recording(folder / recordings[name]["file"]), measurement))
    except (OSError, ValueError, KeyError) as error:
        return Picture(title, problem=f"Recording {name} cannot be drawn: {error}.")


def _problem(recording: RecordingStep, folder: Path) -> str:
    """Return what speaks against the file of a recording; empty if nothing does."""
    file, place = recording["file"], (folder / recording["file"]).resolve()
    if not place.is_relative_to(folder.resolve()):
        return f"Recording {recording['name']} is not in the folder of the run: {file}."
    try:
        content = read_file(place, _LARGEST)
    except (OSError, Refused) as error:
        return f"Recording {recording['name']} cannot be read: {file} ({getattr(error, 'strerror', error)})."
    if sha256(content).hexdigest() != recording["sha256"]:
        return (
            f"Recording {recording['name']} was changed after the run: {file} has another hash than the journal."
        )
    return ""


def _title(measurement: Measurement) -> str:
    where = f"at {measurement.at:.6g} s of recording {measurement.recording}"
    return f"{measurement.quantity} {_value(measurement)}, {measurement.statement}: {where}"


def _value(measurement: Measurement) -> str:
    return f"{measurement.value:.6g} {measurement.unit} ± {measurement.uncertainty:.3g} {measurement.unit}"


def _short(title: str) -> str:
    """Return what tells a case from others of its quantity: what stands in brackets, else its name."""
    found = re.search(r"\[(.+)\]$", title)
    text = found[1] if found else title
    return text if len(text) <= 28 else f"{text[:27]}…"
