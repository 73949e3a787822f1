"""The check for wheels sees what only one system needs, and names what is missing or has no wheel."""

import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

import lock
import wheels

WINDOWS, LINUX = wheels.SYSTEMS["windows"], wheels.SYSTEMS["linux"]
HASH = "sha256:" + "0" * 64


def wheel(folder: Path, name: str, *needs: str) -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        "Version: 1.0",
        *(f"Requires-Dist: {need}" for need in needs),
    ]
    with ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", "\n".join(lines) + "\n\n")
    return path


def test_what_only_one_system_needs_is_missing_until_it_is_there(tmp_path: Path) -> None:
    needs = (
        "colorama>=0.4; sys_platform == 'win32'",
        "ptyprocess; sys_platform != 'win32'",
        "six; extra == 'more'",
    )
    first = wheel(tmp_path, "first", *needs, "tomli; python_version < '3.11'")
    assert wheels.missing_from([first], WINDOWS.environment("3.11")) == ["colorama>=0.4"]
    assert wheels.missing_from([first], WINDOWS.environment("3.10")) == ["colorama>=0.4", "tomli"]
    assert wheels.missing_from([first], LINUX.environment("3.11")) == ["ptyprocess"]
    assert wheels.missing_from([first, wheel(tmp_path, "colorama")], WINDOWS.environment("3.11")) == []


def test_a_wheel_of_another_version_than_is_required_is_missing(tmp_path: Path) -> None:
    found = [wheel(tmp_path, "first", "second>=2"), wheel(tmp_path, "second")]
    assert wheels.missing_from(found, LINUX.environment("3.11")) == ["second>=2"]


def fake_pip(folder: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = folder / "pip.py"
    pip.write_text(program, "utf-8")
    monkeypatch.setattr(wheels, "_PIP", [sys.executable, str(pip)])


def test_a_download_that_fails_ends_with_the_reason_of_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pip(
        tmp_path, "import sys; sys.exit('WARNING: slow\\nERROR: No matching distribution for x')", monkeypatch
    )
    with pytest.raises(SystemExit) as end:
        wheels.download([lock.Pin("x", "1", None, (HASH,))], WINDOWS, "3.11", tmp_path / "wheels")
    assert end.value.code == "ERROR: No matching distribution for x"


def test_pip_is_given_what_the_other_system_needs_and_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked.txt"
    program = f"import sys, shutil; shutil.copy(sys.argv[-1], {str(asked)!r})"
    fake_pip(tmp_path, program, monkeypatch)
    pins = [
        lock.Pin("colorama", "0.4.6", "sys_platform == 'win32'", (HASH,)),
        lock.Pin("ptyprocess", "0.7.0", "sys_platform != 'win32'", (HASH,)),
    ]
    wheels.download(pins, WINDOWS, "3.11", tmp_path / "wheels")
    assert asked.read_text("utf-8") == f"colorama==0.4.6 --hash={HASH}\n"


def test_a_lock_that_lacks_a_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_pip(tmp_path, "", monkeypatch)
    (tmp_path / "wheels").mkdir()
    wheel(tmp_path / "wheels", "first", "second>=2")
    with pytest.raises(SystemExit, match=r"the lock lacks for 64-bit Windows and CPython 3.11: second>=2"):
        wheels.download([], WINDOWS, "3.11", tmp_path / "wheels")
