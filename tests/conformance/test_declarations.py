"""Eight good meters, each with another declaration, conform; what does not apply names its item."""

import re
from pathlib import Path

import pytest

from conftest import Stsbench
from declared_meters import GOOD_METERS, write_declaration

TWO_HOURS = 7200


USUAL = ("EA07", "currency", "keypad only")
"""Those of every test run; `make prove-defects` has the rest."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in USUAL else pytest.mark.matrix) for name in GOOD_METERS]
)
def test_a_good_meter_conforms_as_it_is_declared(stsbench: Stsbench, tmp_path: Path, name: str) -> None:
    meter = write_declaration(tmp_path / "meter.toml", GOOD_METERS[name])
    result = stsbench("run", "--meter", meter, "--json")
    unlike = [case for case in result.json["cases"] if case["verdict"] not in ("PASS", "NOT_APPLICABLE")]
    assert not [case for case in unlike if case["verdict"] != "NOT_TESTED"]
    assert all(case["reason"] for case in unlike)
    assert result.json["findings"] == []
    applicable = [case for case in result.json["cases"] if case["verdict"] != "NOT_APPLICABLE"]
    assert len(applicable) > 100
    for case in result.json["cases"]:
        if case["verdict"] == "NOT_APPLICABLE":
            assert re.match(r"declared: (implements|decoder_key|display|traits|meter)\.", case["reason"]), case
    if name == "currency":
        assert result.json["simulated"]["line_seconds"] >= TWO_HOURS
