"""What is implied is shown: by a defect that breaks it, on which a requirement that implies it fails.

`make test` looks at what the defects say of themselves, `make prove-defects` at campaigns.
"""

from pathlib import Path

import pytest

from conftest import Stsbench
from declared_meters import write_declaration
from sts_conformance import register
from sts_fixtures.register.selection import is_selected
from sts_rigs.simulator.defects import DEFECTS, WHOLESALE

IMPLIED = [one for one in register.load() if one.status == "implied"]
CONFIRMED = {"decoder_key.key_confirmed": "another tool made the same tokens"}
each = pytest.mark.parametrize("name", [one.id for one in IMPLIED])


@each
def test_an_implied_requirement_names_a_defect_that_says_so(name: str) -> None:
    requirement = register.load()[name]
    shown_by = requirement.shown_by
    assert shown_by is not None, f"{name} is implied, and no defect shows it: add shown_by, or change its status"
    assert shown_by in {**DEFECTS, **WHOLESALE}, f"{name} is shown by {shown_by}, which is no defect"
    defect = DEFECTS.get(shown_by) or WHOLESALE[shown_by]
    implying = [register.load()[one] for one in requirement.implied_by]
    about = (*defect.violates, *defect.breaks, *defect.spoils)
    assert any(is_selected(one, about) for one in implying), f"{shown_by} is about none of what implies {name}"


@pytest.mark.matrix
@each
def test_what_implies_it_fails_on_that_defect(stsbench: Stsbench, tmp_path: Path, name: str) -> None:
    requirement = register.load()[name]
    shown_by = requirement.shown_by or ""
    declares = DEFECTS[shown_by].declares if shown_by in DEFECTS else CONFIRMED
    meter = str(write_declaration(tmp_path / "meter.toml", declares))
    # By themselves: beside others, what comes first of a breach fails for it, and the rest is told that.
    only = [word for one in requirement.implied_by for word in ("--only", one)]
    result = stsbench("run", "--defect", shown_by, "--meter", meter, *only, "--json")
    assert result.failed & set(requirement.implied_by), result.json["cases"]
