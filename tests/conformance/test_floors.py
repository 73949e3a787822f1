"""A verdict on less than a standard expects bears a remark, in terminal, page, record and `ics check`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Stsbench
from sts_conformance import register
from sts_fixtures.declaration.consistency.meter_rules import RULES
from sts_fixtures.register.selection import is_selected

SMALL = {
    "token_identifiers = 50": ("token_identifiers = 3", "41-7.3.8", "implements.token_identifiers = 3"),
    'lockout = true\nlockout_shared = true\nlockout_counts = "CRCError"': (
        'lockout = false\nlockout_shared = false\nlockout_counts = "CRCError"',
        "52-6.6.7",
        "implements.lockout = false",
    ),
    "key_change_timeout = 120": ("key_change_timeout = 0", "41-8.9-timeout", "implements.key_change_timeout = 0"),
}


@pytest.mark.parametrize("usual", SMALL)
def test_what_is_declared_below_a_floor_is_a_remark_everywhere(
    stsbench: Stsbench, declaration: Callable[..., Path], tmp_path: Path, usual: str
) -> None:
    changed, only, item = SMALL[usual]
    # what is declared of a lockout goes with it
    also = [('lockout_survives = "yes"\n', "")] if "lockout = false" in changed else []
    meter = declaration((usual, changed), *also)
    words = ["run", "--meter", meter, "--only", only]
    record = stsbench(*words, "--json").json
    (remark,) = record["remarks"]
    assert remark.startswith(f"tested only as declared, {item}: a meter is expected to ")
    ran = [one for clause in record["clauses"] for one in clause["requirements"] if one["cases"]]
    assert ran
    assert all(one["remarks"] == [remark] for one in ran)
    told = stsbench(*words).out.replace("\n", " ")
    assert item in told
    page = next((tmp_path / "runs").glob("*/index.html")).read_text("utf-8")
    assert page.count(item) > len(ran)
    checked = stsbench("ics", "check", meter)
    assert checked.code == 0
    assert f"doubt: {item}" in checked.out
    if any(one["verdict"] == "PASS" for one in ran):
        assert f"{sum(one['decides'] for one in ran)} verdicts with a remark" in record["summary"]["conclusion"]


def test_what_is_declared_as_expected_bears_no_remark(stsbench: Stsbench) -> None:
    record = stsbench("run", "--only", "41-7.3.8", "--only", "52-6.6.7", "--json").json
    assert record["remarks"] == []
    assert "remark" not in record["summary"]["conclusion"]


def test_a_floor_is_about_requirements_that_are_there() -> None:
    for rule in RULES:
        for beginning in rule.about:
            assert any(is_selected(one, [beginning]) for one in register.load()), rule.id
