"""A simulated campaign that oscilloscopes measure through VISA has the verdicts of the ideal bench."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from conftest import Result, Stsbench
from scope_rig import SCOPES, write_rig
from sts62055.carrier.profile import default_profile
from sts_reports.events import Event, ExchangeDone, MeasurementTaken, RecordingKept
from sts_reports.journal import read_journal
from sts_reports.measurement import Measurement
from sts_reports.verdict import Verdict

PATIENT_MS = 30_000
CHARACTER = default_profile().character_time
AXES = re.compile(r'axes_1">.*?d="M ([0-9.]+) [0-9.]+ \nL ([0-9.]+) ', re.DOTALL)
UPRIGHT = re.compile(r'd="M ([0-9.]+) [0-9.]+ \nL ([0-9.]+) [0-9.]+ \n"[^>]*stroke: var\(--fail\)')
MEASURED = ("52-6.3.2-stop", "52-6.3.3-speed", "52-6.7.1-reaction", "52-6.7.1-gaps-sent", "52-6.7.2-time")


def verdicts(result: Result) -> dict[str, str]:
    return {case["id"]: case["verdict"] for case in result.json["cases"]}


def journal(folder: Path) -> list[Event]:
    (path,) = folder.glob("runs/*/journal.jsonl")
    return list(read_journal(path))


def run(stsbench: Stsbench, folder: Path, driver: str, *options: str, repeats: int = 1) -> Result:
    rig = write_rig(folder, driver, timeout_ms=PATIENT_MS, repeats=repeats)
    result = stsbench("run", "--rig", rig, "--json", *options)
    assert "Traceback" not in result.err, result.err
    return result


@pytest.mark.matrix
def test_a_whole_campaign_by_an_oscilloscope_has_the_verdicts_of_the_ideal_bench(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    by_scope = run(stsbench, tmp_path, "keysight-infiniivision")
    ideal = stsbench("run", "--json")
    assert by_scope.code == ideal.code == 0
    assert verdicts(by_scope) == verdicts(ideal)
    assert len(verdicts(ideal)) > 100


@pytest.mark.parametrize("driver", SCOPES)
def test_what_is_measured_is_measured_by_each_oscilloscope(
    stsbench: Stsbench, tmp_path: Path, driver: str
) -> None:
    only = [word for name in MEASURED for word in ("--only", name)]
    result = run(stsbench, tmp_path, driver, *only, "--only", "52-6.4.2")
    assert result.code == 0
    assert set(verdicts(result).values()) - {"NOT_APPLICABLE"} == {"PASS"}
    measurements = measured_in(journal(tmp_path))
    assert len(measurements) >= 14
    assert all("scope" in one.source for one in measurements)
    assert all(one.recording for one in measurements)


def measured_in(lines: list[Event]) -> list[Measurement]:
    return [line.measurement for line in lines if isinstance(line, MeasurementTaken)]


def starts_of(folder: Path, lines: list[Event], name: str) -> list[float]:
    """Return where on a recording the answer's characters truly started, in seconds, were they good ones.

    What only the simulator knows: the ends of the characters, and of the command.
    """
    place, kept = next(
        (number, line)
        for number, line in enumerate(lines)
        if isinstance(line, RecordingKept) and line.name == name
    )
    assert sha256((folder / kept.file).read_bytes()).hexdigest() == kept.sha256
    exchange = next(line for line in reversed(lines[:place]) if isinstance(line, ExchangeDone))
    trigger = exchange.asked - len(exchange.sent.codes) * CHARACTER
    return [(end - CHARACTER - trigger) / 1e9 for end in exchange.received.ends]


@pytest.mark.parametrize("defect", ["short-stop-bit", "slow-bits", "gap-in-data", "hasty-break"])
def test_a_defect_is_found_with_a_recording_that_shows_the_instant(
    stsbench: Stsbench, tmp_path: Path, defect: str
) -> None:
    only = [word for name in MEASURED for word in ("--only", name)]
    result = run(stsbench, tmp_path, "rigol-ds1000z", "--defect", defect, *only)
    assert result.code == 1, result.out
    lines = journal(tmp_path)
    failed = [one for one in measured_in(lines) if one.verdict is Verdict.FAIL]
    assert failed
    (folder,) = tmp_path.glob("runs/*")
    for one in failed:
        starts = starts_of(folder, lines, one.recording)
        # a slow or short character began up to a fifth of a bit away from where a good one would have begun
        assert min(abs((one.at or 0) - start) for start in starts) < 0.04 * CHARACTER / 1e9
        if defect == "gap-in-data":
            gaps = [later - earlier for earlier, later in pairwise(starts)]
            assert one.at == pytest.approx(starts[gaps.index(max(gaps)) + 1], abs=1e-4)
        if defect == "hasty-break":
            assert one.at == pytest.approx(starts[0], abs=1e-4)


def test_a_gap_once_in_50_answers_is_found_and_its_instant_is_marked_on_the_page(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    only = ("--defect", "gap-once-in-50", "--only", "52-6.7.1-gaps-sent")
    result = run(stsbench, tmp_path, "rigol-ds1000z", *only, repeats=25)
    assert result.code == 1, result.out
    (folder,) = tmp_path.glob("runs/*")
    lines = journal(tmp_path)
    measured = measured_in(lines)
    assert [one.verdict for one in measured] == ["PASS", "PASS", "FAIL"]
    failed = measured[-1]
    assert sum(value > 1500 for value in failed.values) == 1
    starts = starts_of(folder, lines, failed.recording)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert failed.at == pytest.approx(starts[gaps.index(max(gaps)) + 1], abs=1e-4)
    assert failed.value == pytest.approx(1600, abs=failed.uncertainty)
    record = json.loads((folder / "record.json").read_text("utf-8"))
    kept = [(recording, at) for recording, at in instants(record) if recording == failed.recording]
    assert kept == [(failed.recording, failed.at)]
    page = (folder / "index.html").read_text("utf-8")
    caption = f"fail: at {failed.at:.6g} s of recording {failed.recording}"
    (figure,) = [one for one in re.findall(r"<figure.*?</figure>", page, re.DOTALL) if caption in one]
    # the recorded answer with the gap, a margin of 15 % of it before and after, over the width of its axes
    left, right = (float(edge) for edge in AXES.search(figure).groups())  # type: ignore[union-attr]
    lines_upright = {float(one) for one, other in UPRIGHT.findall(figure) if one == other}
    assert list(lines_upright) == pytest.approx([left + (right - left) * 1.15 / 1.3], abs=0.5)
    assert f">{failed.value:.6g} ms<" in figure


def instants(content: Any) -> Iterator[tuple[str, float]]:
    """Yield recording and instant of each measurement of a record."""
    if isinstance(content, list):
        for one in content:
            yield from instants(one)
    elif isinstance(content, dict):
        if content.get("kind") != "recording" and content.get("recording") and content.get("at") is not None:
            yield content["recording"], content["at"]
        for one in content.values():
            yield from instants(one)
