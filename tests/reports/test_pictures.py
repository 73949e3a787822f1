"""What is worth a picture gets one, and a recording that is not what was recorded gets a sentence."""

import subprocess
import sys
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sts_reports.measurement import DecisionRule, Measurement
from sts_reports.recordings import save_recording
from sts_reports.views.pictures import Pictures, draw_case, draw_record

Json = dict[str, Any]

INSTRUMENT = {"name": "scope"}


def recorded(folder: Path, name: str = "7") -> Json:
    """Keep a recording, and return the step that tells of it."""
    side = {"samples": np.zeros(1000, np.int8), "interval": 1e-3, "start": 0.0}
    side |= {"scale": 1.0, "offset": 0.0, "unit": "V"}
    kept = save_recording(folder, name, {"meter": side, "reader": side})
    return {"kind": "recording", "at": 0, "source": "scope", **asdict(kept)}


def taken(value: float, *repeats: float, recording: str = "7", quantity: str = "reaction time") -> Json:
    """Return the step of a measurement against 200 to 1500 ms."""
    found = Measurement(
        quantity=quantity,
        unit="ms",
        value=value,
        uncertainty=1.0,
        lower=200,
        upper=1500,
        source="scope",
        rule=DecisionRule.GUARDED,
        repeats=max(len(repeats), 1),
        values=repeats or (value,),
        recording=recording,
        at=0.5 if recording else None,
    )
    return {"kind": "measurement", **found.as_json(), "reason": found.reason}


def record(*cases: list[Json], instruments: tuple[Json, ...] = (INSTRUMENT,)) -> Json:
    """Return what of a record counts here."""
    return {
        "instruments": list(instruments),
        "cases": [
            {"id": f"c{number}", "title": f"case[{number}]", "steps": steps} for number, steps in enumerate(cases)
        ],
    }


def shown(pictures: Pictures) -> list[tuple[str, int]]:
    """Return which measurements have a picture."""
    return sorted(pictures.waveforms)


def test_a_run_without_instruments_that_passed_has_no_pictures_but_its_repeats_and_failures_have(
    tmp_path: Path,
) -> None:
    passing = [[recorded(tmp_path), taken(300)], [taken(400)]]
    assert draw_record(record(*passing, instruments=()), tmp_path) == Pictures()
    assert len(draw_record(record(*passing), tmp_path).distributions) == 1
    repeated = draw_record(record([taken(300, 300, 400, recording="")], instruments=()), tmp_path)
    assert len(repeated.distributions) == 1
    failed = draw_record(record([recorded(tmp_path), taken(1600)], instruments=()), tmp_path)
    assert shown(failed) == [("c0", 0)]


def test_a_quantity_of_several_values_has_one_distribution_over_all_cases(tmp_path: Path) -> None:
    cases = [[taken(300, 310, 300)], [taken(250, recording="")], [taken(900, quantity="gap", recording="")]]
    (picture,) = draw_record(record(*cases), tmp_path).distributions
    assert picture.title == (
        "reaction time: 3 values of 2 measurements, 250 to 310 ms; the worst, with U, 250 ms ± 1 ms: pass"
    )
    assert picture.svg.startswith("<svg")


def test_the_same_quantity_with_other_limits_is_another(tmp_path: Path) -> None:
    other = {**taken(300, recording=""), "upper": 900}
    assert not draw_record(record([taken(310, recording="")], [other]), tmp_path).distributions


def test_the_worst_of_each_quantity_and_all_that_did_not_pass_show_their_recordings(tmp_path: Path) -> None:
    cases = [
        [recorded(tmp_path), taken(300), taken(1600), taken(400)],
        [taken(1700), taken(1499.5)],
        [taken(500, quantity="gap"), taken(210, quantity="gap")],
        [taken(1800, recording="")],
    ]
    pictures = draw_record(record(*cases), tmp_path)
    assert shown(pictures) == [("c0", 1), ("c1", 0), ("c1", 1), ("c2", 1)]
    assert all(picture.svg for picture in pictures.waveforms.values())
    assert pictures.waveforms["c0", 1].title == "reaction time 1600 ms ± 1 ms, fail: at 0.5 s of recording 7"


def test_a_page_shows_so_many_recordings_and_says_so_of_the_others(tmp_path: Path) -> None:
    steps = [recorded(tmp_path), *[taken(1600 + number) for number in range(26)]]
    pictures = draw_record(record(steps), tmp_path)
    assert [bool(picture.svg) for picture in pictures.waveforms.values()] == [True] * 24 + [False] * 2
    assert pictures.waveforms["c0", 25].svg
    assert "24 first recordings" in pictures.waveforms["c0", 24].problem


def _changed(place: Path) -> None:
    place.write_bytes(place.read_bytes()[:-1] + b"x")


@pytest.mark.parametrize(
    ("harm", "said"),
    [(Path.unlink, "cannot be read"), (_changed, "was changed after the run")],
    ids=["missing", "changed"],
)
def test_a_recording_that_is_not_what_was_recorded_is_named_and_not_drawn(
    tmp_path: Path, harm: Any, said: str
) -> None:
    good, bad = recorded(tmp_path), recorded(tmp_path, "8")
    harm(tmp_path / bad["file"])
    pictures = draw_record(record([good, bad, taken(1600), taken(1700, recording="8")]), tmp_path)
    (problem,) = pictures.problems
    assert problem.startswith("Recording 8 ")
    assert said in problem
    assert pictures.waveforms["c0", 0].svg
    assert (pictures.waveforms["c0", 1].svg, pictures.waveforms["c0", 1].problem) == ("", problem)


def test_a_harmed_recording_is_named_even_where_nothing_is_drawn(tmp_path: Path) -> None:
    step = recorded(tmp_path)
    _changed(tmp_path / step["file"])
    assert draw_record(record([step], instruments=()), tmp_path).problems


def test_a_file_that_is_no_recording_or_not_in_the_folder_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    outside = {**recorded(tmp_path), "file": "../recordings/7.npz"}
    pictures = draw_record(record([outside, taken(1600)]), tmp_path / "run")
    assert "not in the folder of the run" in pictures.waveforms["c0", 0].problem
    text = tmp_path / "recordings" / "7.npz"
    text.write_bytes(b"no archive")
    step = {**outside, "file": "recordings/7.npz"}
    step["sha256"] = sha256(b"no archive").hexdigest()
    assert "cannot be drawn" in draw_record(record([step, taken(1600)]), tmp_path).waveforms["c0", 0].problem


def test_a_measurement_whose_recording_the_journal_does_not_tell_of_says_so(tmp_path: Path) -> None:
    pictures = draw_record(record([taken(1600)]), tmp_path)
    assert pictures.waveforms["c0", 0].problem == "The journal does not tell of recording 7."


def test_a_case_shows_its_repeats_and_what_did_not_pass(tmp_path: Path) -> None:
    kept = recorded(tmp_path)
    assert [one.title for one in draw_case("c", [kept, taken(300)], tmp_path)] == []
    repeated, failed = draw_case("c", [kept, taken(1600, 300, 1600)], tmp_path)
    assert repeated.title.startswith("reaction time: 2 values")
    assert failed.title.startswith("reaction time 1600 ms")
    assert repeated.svg != failed.svg


def test_drawing_is_loaded_only_where_there_is_something_to_draw() -> None:
    program = "import sys, sts_reports.views, sts_reports.views.allure; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
