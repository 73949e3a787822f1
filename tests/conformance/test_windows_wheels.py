"""The check for wheels of Windows sees what only Windows needs, and names what has no wheel."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

PROGRAM = Path(__file__).parents[2] / "proofs" / "windows_wheels.py"


@pytest.fixture
def wheels() -> ModuleType:
    spec = spec_from_file_location("windows_wheels", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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


def test_what_only_windows_needs_is_missing_until_it_is_there(wheels: ModuleType, tmp_path: Path) -> None:
    needs = (
        "colorama>=0.4; sys_platform == 'win32'",
        "ptyprocess; sys_platform != 'win32'",
        "six; extra == 'more'",
    )
    first = wheel(tmp_path, "first", *needs, "tomli; python_version < '3.11'")
    assert wheels.missing_from([first], "3.11") == ["colorama>=0.4"]
    assert wheels.missing_from([first], "3.10") == ["colorama>=0.4", "tomli"]
    assert wheels.missing_from([first, wheel(tmp_path, "colorama")], "3.11") == []


def test_a_download_that_fails_ends_with_the_reason_of_pip(
    wheels: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = tmp_path / "pip.py"
    pip.write_text("import sys; sys.exit('WARNING: slow\\nERROR: No matching distribution found for x')", "utf-8")
    monkeypatch.setattr(wheels, "_PIP", [sys.executable, str(pip)])
    with pytest.raises(SystemExit) as end:
        wheels.download(["x"], "3.11", tmp_path)
    assert end.value.code == "ERROR: No matching distribution found for x"
