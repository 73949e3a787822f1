"""Proof that every run-time dependency installs on Windows without a compiler; run by `make check-windows`.

Each package is downloaded as a wheel for 64-bit Windows, in the version of constraints.txt. pip evaluates the
markers of dependencies for the machine that it runs on, so what only Windows needs is read out of the wheels and
fetched too.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from email.parser import HeaderParser
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).parents[1]
_PIP = [sys.executable, "-m", "pip"]
_TARGET = ["--platform", "win_amd64", "--implementation", "cp", "--only-binary=:all:"]


def windows(python: str) -> dict[str, str]:
    """Return the marker environment of 64-bit Windows with that version of CPython."""
    return {
        "implementation_name": "cpython",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
        "platform_system": "Windows",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "win32",
        "extra": "",
    }


def requirements_of(wheel: Path) -> list[Requirement]:
    """Return what a wheel declares that it needs."""
    with ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        metadata = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
    return [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]


def missing_from(wheels: Iterable[Path], python: str) -> list[str]:
    """Return the requirements of the wheels that apply on Windows and are not among them."""
    wheels = list(wheels)
    present = {parse_wheel_filename(wheel.name)[0] for wheel in wheels}
    needed = [requirement for wheel in wheels for requirement in requirements_of(wheel)]
    applying = [need for need in needed if need.marker is None or need.marker.evaluate(windows(python))]
    return sorted(
        {f"{need.name}{need.specifier}" for need in applying if canonicalize_name(need.name) not in present}
    )


def download(requirements: Iterable[str], python: str, folder: Path) -> None:
    """Download wheels for Windows; SystemExit names what has none."""
    command = [*_PIP, "download", "--quiet", "--dest", str(folder), *_TARGET]
    command += ["--python-version", python, "--constraint", str(ROOT / "constraints.txt"), *requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own words
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise SystemExit("\n".join(said) or done.stderr)


def main() -> None:
    """Download all wheels and print how many there are; exit code 1 if one is missing."""
    parser = argparse.ArgumentParser(description="Check that every run-time dependency has a wheel for Windows.")
    parser.add_argument("--python", default="3.11", metavar="X.Y", help="version of CPython (default 3.11)")
    python = parser.parse_args().python
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    requirements: list[str] = project["dependencies"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        while requirements:
            download(requirements, python, folder)
            requirements = missing_from(folder.glob("*.whl"), python)
        wheels = sorted(wheel.name for wheel in folder.glob("*.whl"))
    compiled = [wheel for wheel in wheels if not wheel.endswith("-any.whl")]
    sys.stdout.write(f"{len(wheels)} wheels for Windows and CPython {python}, {len(compiled)} of them compiled:\n")
    sys.stdout.writelines(f"  {wheel}\n" for wheel in compiled)


if __name__ == "__main__":
    main()
