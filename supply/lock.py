"""The lock: every version and hash that `make` installs; `make lock` renews it with uv.

One resolution is made of everything, for each system and each Python that the project claims, and each file of
supply/locks holds the part of it that one use needs. So a package has the same version wherever it is installed.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).with_name("locks")
# What each file is made of: the project's own requirements, or groups of pyproject.toml.
USES = {
    "build": ["--group", "build"],
    "run": ["pyproject.toml"],
    "dev": ["pyproject.toml", "--group", "dev"],
    "docs": ["--group", "docs"],
    "lock": ["--group", "lock"],
}
_WHOLE = ["pyproject.toml", *(word for use in USES.values() for word in use if word != "pyproject.toml")]
_UV = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
_UV += ["--fork-strategy", "fewest", "--custom-compile-command", "make lock"]
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?: *; *(?P<marker>.+?))?(?: \\)?$")
_HASH = re.compile(r"^ +--hash=(?P<hash>sha256:[0-9a-f]{64})(?: \\)?$")


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a lock: its version, where it is needed, and the hashes of all files of that release."""

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]

    def applies(self, environment: Mapping[str, str]) -> bool:
        """Return whether the package is needed there."""
        return self.marker is None or Marker(self.marker).evaluate(dict(environment))

    def line(self) -> str:
        """Return the pin as a line of a requirements file, for whatever system it is read on."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash={one}" for one in self.hashes)]) + "\n"


def parse(text: str) -> list[Pin]:
    """Return the packages of a lock; ValueError names a line that is neither a package, a hash nor a comment."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if pin := _PIN.match(line):
            found.append((pin, []))
        elif (one := _HASH.match(line)) and found:
            found[-1][1].append(one["hash"])
        else:
            raise ValueError(f"no line of a lock: {line!r}")
    return [Pin(pin["name"], pin["version"], pin["marker"], tuple(hashes)) for pin, hashes in found]


def read(use: str) -> list[Pin]:
    """Return the packages that one use needs."""
    return parse((FOLDER / f"{use}.txt").read_text("utf-8"))


def project() -> dict[str, object]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def pythons() -> list[str]:
    """Return the versions of Python that the project claims, oldest first."""
    classifiers: list[str] = project()["project"]["classifiers"]  # type: ignore[index]
    found = [re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", one) for one in classifiers]
    return [one[1] for one in found if one]


def unmet(requirements: Iterable[str], pins: Iterable[Pin]) -> list[str]:
    """Return the requirements that no package of a lock meets."""
    versions = {canonicalize_name(pin.name): pin.version for pin in pins}
    found = [(need, versions.get(canonicalize_name(need.name))) for need in map(Requirement, requirements)]
    return [str(need) for need, version in found if version is None or version not in need.specifier]


def compile_lock(sources: Iterable[str], output: Path, *options: str) -> None:
    """Have uv write a lock; SystemExit says what it says."""
    command = [*_UV, *sources, "--python-version", pythons()[0], "--output-file", str(output), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 our own words
    if done.returncode:
        raise SystemExit(done.stderr)


def main() -> None:
    """Write all locks anew and print what changed; versions stay where they can, unless newer ones are wanted."""
    parser = argparse.ArgumentParser(description="Renew supply/locks from pyproject.toml.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    upgrade = parser.parse_args().upgrade
    before = {pin.name: pin.version for use in USES for pin in read(use)} if any(FOLDER.iterdir()) else {}
    with TemporaryDirectory() as name:
        whole = Path(name) / "whole.txt"
        if not upgrade:
            whole.write_text("".join(f"{name}=={version}\n" for name, version in before.items()), "utf-8")
        compile_lock(_WHOLE, whole)
        for use, sources in USES.items():
            (FOLDER / f"{use}.txt").unlink(missing_ok=True)
            compile_lock(sources, FOLDER / f"{use}.txt", "--constraint", str(whole), "--no-annotate")
    after = {pin.name: pin.version for use in USES for pin in read(use)}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            sys.stdout.write(f"{name}: {before.get(name, 'none')} -> {after.get(name, 'none')}\n")
    sys.stdout.write(f"{len(after)} packages are locked\n")


if __name__ == "__main__":
    main()
