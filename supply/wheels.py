"""Wheels of what is locked, for each system and Python: proof that it installs there without a compiler.

`make check-wheels` runs it. pip downloads for another system, but evaluates markers for the one that it runs on.
So they are evaluated here, pip gets exact files, and what the wheels require is compared with what came.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

import lock

GLIBC = (2, 28)  # the oldest that numpy, scipy and pillow have wheels for
_PIP = [sys.executable, "-m", "pip"]
_OLD_TAGS = ("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64")


@dataclass(frozen=True, slots=True)
class System:
    """A kind of computer: the tags of wheels that it installs, and what markers see on it."""

    name: str
    tags: tuple[str, ...]
    markers: Mapping[str, str]

    def environment(self, python: str) -> dict[str, str]:
        """Return what markers see there with that version of CPython."""
        return {
            **self.markers,
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "python_full_version": f"{python}.0",
            "python_version": python,
            "extra": "",
        }


SYSTEMS = {
    "windows": System(
        "64-bit Windows",
        ("win_amd64",),
        {
            "os_name": "nt",
            "platform_machine": "AMD64",
            "platform_system": "Windows",
            "platform_release": "10",
            "sys_platform": "win32",
        },
    ),
    "linux": System(
        f"64-bit Linux with glibc {GLIBC[0]}.{GLIBC[1]} or later",
        (*(f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC[1], 4, -1)), *_OLD_TAGS),
        {
            "os_name": "posix",
            "platform_machine": "x86_64",
            "platform_system": "Linux",
            "platform_release": "4.18",
            "sys_platform": "linux",
        },
    ),
}


def requirements_of(wheel: Path) -> list[Requirement]:
    """Return what a wheel declares that it needs."""
    with ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        metadata = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
    return [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]


def missing_from(wheels: Iterable[Path], environment: Mapping[str, str]) -> list[str]:
    """Return the requirements of the wheels that apply there and that none of them meets."""
    wheels = list(wheels)
    present = {name: version for name, version, *_ in (parse_wheel_filename(wheel.name) for wheel in wheels)}
    needed = [requirement for wheel in wheels for requirement in requirements_of(wheel)]
    return sorted(
        {
            f"{need.name}{need.specifier}"
            for need in needed
            if need.marker is None or need.marker.evaluate(dict(environment))
            if (version := present.get(canonicalize_name(need.name))) is None or version not in need.specifier
        }
    )


def download(pins: Iterable[lock.Pin], system: System, python: str, folder: Path) -> None:
    """Download the wheels of a lock for a system; SystemExit names what has none, or what a wheel lacks."""
    environment = system.environment(python)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        wanted = Path(name) / "wanted.txt"
        wanted.write_text("".join(pin.line() for pin in pins if pin.applies(environment)), "utf-8")
        command = [*_PIP, "download", "--quiet", "--dest", str(folder), "--no-deps", "--require-hashes"]
        command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", python]
        command += [word for tag in system.tags for word in ("--platform", tag)]
        done = subprocess.run([*command, "-r", str(wanted)], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise SystemExit("\n".join(said) or done.stderr)
    if missing := missing_from(folder.glob("*.whl"), environment):
        raise SystemExit(f"the lock lacks for {system.name} and CPython {python}: {', '.join(missing)}")


def main() -> None:
    """Download the wheels for every system and Python, and print how many there are; exit code 1 without one."""
    parser = argparse.ArgumentParser(description="Check that whatever is locked has wheels for each system.")
    parser.add_argument("--use", default="dev", choices=list(lock.USES), help="which lock (default dev)")
    pins = lock.read(parser.parse_args().use)
    for system in SYSTEMS.values():
        for python in lock.pythons():
            with TemporaryDirectory() as name:
                download(pins, system, python, Path(name))
                wheels = sorted(wheel.name for wheel in Path(name).glob("*.whl"))
            compiled = [wheel for wheel in wheels if not wheel.endswith("-any.whl")]
            sys.stdout.write(
                f"{len(wheels)} wheels for {system.name} and CPython {python}, {len(compiled)} of them compiled\n"
            )


if __name__ == "__main__":
    main()
