"""Two builds are compared byte by byte, and what differs is named."""

from pathlib import Path

import pytest

import builds

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "tiny"
version = "1.0"
requires-python = ">=3"
[tool.hatch.build]
reproducible = {reproducible}
packages = ["tiny"]
"""


def project(folder: Path, reproducible: str, source: str = "") -> Path:
    (folder / "tiny").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT.format(reproducible=reproducible), "utf-8")
    (folder / "tiny" / "__init__.py").write_text(source, "utf-8")
    return folder


def test_two_builds_at_other_times_and_places_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builds, "_DOS_TICK_S", 0)
    one, other = (project(tmp_path / name, "true") for name in ("one", "another"))
    built = builds.prove(one, other, tmp_path / "built", 1_700_000_000)
    assert [path.name for path in built] == ["tiny-1.0-py3-none-any.whl", "tiny-1.0.tar.gz"]


def test_times_of_files_that_get_into_a_build_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "_DOS_TICK_S", 0)
    one, other = (project(tmp_path / name, "false") for name in ("one", "another"))
    with pytest.raises(SystemExit) as end:
        builds.prove(one, other, tmp_path / "built", 1_700_000_000)
    assert "tiny-1.0.tar.gz: tiny-1.0/" in str(end.value.code)
    assert "tiny/__init__.py" in str(end.value.code)


def test_what_is_in_one_build_only_is_told(tmp_path: Path) -> None:
    (tmp_path / "tiny-1.0.tar.gz").touch()
    assert builds.differences([tmp_path / "tiny-1.0.tar.gz"], []) == ["tiny-1.0.tar.gz is in one of the two only"]
