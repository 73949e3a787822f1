"""The archive for a lab without internet holds what installs there, and is the same for the same files."""

from pathlib import Path

import pytest

import lock
import wheelhouse
import wheels


def test_the_page_names_the_systems_that_the_archive_is_for() -> None:
    page = (lock.ROOT / "docs" / "supply.md").read_text("utf-8")
    *most, newest = lock.pythons()
    assert f"CPython {', '.join(most)} and {newest} |" in page
    assert f"CPython {most[0]} to {newest} on Windows and Linux" in page
    assert f"glibc {wheels.GLIBC[0]}.{wheels.GLIBC[1]} or later" in page
    assert wheelhouse.INSTALL in page


def test_the_same_files_make_the_same_archive(tmp_path: Path) -> None:
    archives = []
    for name, order in (("one", ["b.txt", "a.txt"]), ("other", ["a.txt", "b.txt"])):
        folder = tmp_path / name / "wheels"
        folder.mkdir(parents=True)
        for file in order:
            (folder / file).write_text(file, "utf-8")
        archives.append(tmp_path / name / "house.zip")
        wheelhouse.pack(folder, archives[-1], 1_700_000_000)
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_a_wheel_whose_licence_is_refused_gets_into_no_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "download", lambda *_: None)
    monkeypatch.setattr(wheelhouse.builds, "export", lambda folder: folder)
    monkeypatch.setattr(
        wheelhouse.builds, "build", lambda _source, store, *_: [store / "stsbench-9-py3-none-any.whl"]
    )
    refused = wheelhouse.licences.Finding("meterlib", "1.0", (), (), (), ("LICENSE names BUSL",))
    monkeypatch.setattr(wheelhouse.licences, "judge", lambda *_: refused)
    monkeypatch.setattr(wheelhouse.licences, "in_wheel", lambda wheel: wheel)
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "meterlib-1.0-py3-none-any.whl").touch()
    with pytest.raises(SystemExit, match=r"meterlib 1.0: LICENSE names BUSL"):
        wheelhouse.fill(tmp_path, lock.pythons())
    assert not (tmp_path / "requirements.txt").exists()
