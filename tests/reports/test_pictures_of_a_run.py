"""A run with an oscilloscope shows its measurements on its page and in Allure, with marks where conditional."""

import json
import re
from pathlib import Path

import pytest

from conftest import Stsbench

RIG = """
[rig]
name = "bench with an oscilloscope"
[port]
url = "simulated"
parity = "software"
[judgement]
rule = "nonbinary"
guard_ratio = 3.0
repeats = 2
[instruments.scope]
driver = "keysight-infiniivision"
resource = "simulated"
channels = { meter = 1, reader = 2 }
accuracy_ppm = 10000.0
"""


@pytest.fixture
def rig(tmp_path: Path) -> Path:
    """Return a rig whose time base is so poor that some verdicts are conditional."""
    place = tmp_path / "rig.toml"
    place.write_text(RIG, "utf-8")
    return place


def test_a_short_stop_bit_is_drawn_on_the_page_and_in_allure_and_marked_everywhere(
    stsbench: Stsbench, rig: Path, tmp_path: Path
) -> None:
    done = stsbench(
        "run", "--rig", rig, "--defect", "short-stop-bit", "--only", "52-6.3.2-stop", "--only", "52-6.3.3-speed"
    )
    assert done.code == 1, done.out + done.err
    assert "1 of 2 requirements failed, 1 of them conditional" in done.out
    (folder,) = (tmp_path / "runs").iterdir()
    record = json.loads((folder / "record.json").read_text("utf-8"))
    ran = [clause for clause in record["clauses"] if any(one["cases"] for one in clause["requirements"])]
    assert {clause["clause"]: clause["conditional"] for clause in ran} == {
        "6.3.2": True,
        "6.3.3": False,  # whose other requirement was left out
    }
    page = (folder / "index.html").read_text("utf-8")
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page)
    assert [caption.split(":")[0].split(" 0.")[0] for caption in captions].count("stop bit") == 3
    assert sum("conditional fail: at" in caption for caption in captions) == 2
    attached = [
        (attachment["name"], (folder / "allure-results" / attachment["source"]).read_text("utf-8"))
        for result in (folder / "allure-results").glob("*-result.json")
        for attachment in json.loads(result.read_text("utf-8")).get("attachments", [])
        if attachment["type"] == "image/svg+xml"
    ]
    names = sorted(name.split(" 0.")[0].split(":")[0] for name, _ in attached)
    # two cases with two repeats each, and both failed; the bit time was repeated and passed
    assert names == ["bit time", "stop bit", "stop bit", "stop bit", "stop bit"]
    assert all(svg.startswith("<svg") for _, svg in attached)
    recording = next((folder / "recordings").iterdir())
    recording.unlink()
    again = stsbench("report", folder)
    assert again.code == 0, again.err
    assert f"recordings/{recording.name}" in (folder / "index.html").read_text("utf-8").split("<figure")[0]
