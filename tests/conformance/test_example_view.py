"""The example of a view of one's own is made with each run; one that fails is told in a sentence."""

import csv
import tomllib
from pathlib import Path

import pytest

from conftest import Stsbench
from sts_reports.views.registry import GROUP

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "view"


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    """Make the entry points of the example known, as its installation does."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    points = project["entry-points"][GROUP] | more
    metadata = folder / "site" / "requirements_csv-0.1.0.dist-info"
    metadata.mkdir(parents=True)
    facts = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (metadata / "METADATA").write_text(facts, "utf-8")
    lines = [f"[{GROUP}]", *(f"{name} = {value}" for name, value in points.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines), "utf-8")
    monkeypatch.syspath_prepend(folder / "site")
    monkeypatch.syspath_prepend(EXAMPLE)


def test_the_example_writes_a_spreadsheet_of_the_run(
    stsbench: Stsbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch)
    result = stsbench("run", "--only", "41-8.7-clears", "--defect", "clear-credit-clears-nothing")
    assert result.code == 1, result.err
    (run,) = (tmp_path / "runs").iterdir()
    with (run / "requirements.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["requirement"]: row for row in csv.DictReader(file)}
    row = rows["41-8.7-clears"]
    assert (rows["41-7.3.7-used"]["verdict"], rows["41-7.3.7-used"]["tokens"]) == ("NOT_TESTED", "0")
    assert (row["requirement"], row["clause"], row["verdict"]) == ("41-8.7-clears", "8.7", "FAIL")
    assert row["reason"]
    assert int(row["tokens"]) > 0


def test_a_view_that_fails_is_told_and_the_run_has_its_report(
    stsbench: Stsbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, broken="requirements_csv:no_such_function")
    result = stsbench("run", "--only", "41-8.7-clears")
    assert result.code == 0, result.err
    assert "the view 'broken' was not made (AttributeError: " in result.out + result.err
    assert "Traceback" not in result.out + result.err
    (run,) = (tmp_path / "runs").iterdir()
    assert {"record.json", "index.html", "requirements.csv"} <= {path.name for path in run.iterdir()}
    again = stsbench("report", run)
    assert again.code == 0
    assert again.err.startswith("the view 'broken' was not made")
