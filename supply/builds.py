"""Wheel and source archive of the last commit, the same bytes wherever and whenever they are built.

`make dist` builds them into dist/. `make prove-builds` builds them twice, and the wheel once more from the source
archive: in other folders, at another time, in another time zone, with other rights of files, and compares.
"""

import argparse
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import lock

DIST = lock.ROOT / "dist"
_DOS_TICK_S = 2.1  # the times in a zip archive are even seconds
_LONG_AGO = 1_000_000_000
_OTHER = {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7", "LC_ALL": "C"}


def commit_time() -> int:
    """Return when the last commit was made, in seconds: SOURCE_DATE_EPOCH of all that is built of it."""
    command = ["git", "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, cwd=lock.ROOT, capture_output=True, check=True).stdout)  # noqa: S603


def export(folder: Path) -> Path:
    """Write the files of the last commit into a folder, without what lies beside them."""
    done = subprocess.run(["git", "archive", "HEAD"], cwd=lock.ROOT, capture_output=True, check=True)  # noqa: S607
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        return _unpack(archive, folder)


def build(source: Path, output: Path, epoch: int, *targets: str, **environment: str) -> list[Path]:
    """Build a project into a new folder with the locked build backend; SystemExit says what went wrong."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(output)]
    command += [word for target in targets for word in ("--target", target)]
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), **environment}
    done = subprocess.run(command, cwd=source, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(done.stderr)
    return sorted(output.iterdir())


def disturb(folder: Path) -> Path:
    """Give the files of a folder other times and rights, as another checkout does."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o600 if path.stat().st_mode & 0o100 == 0 else 0o700)
            os.utime(path, (_LONG_AGO, _LONG_AGO))
    return folder


def members(archive: Path) -> dict[str, str]:
    """Return what tells the members of a wheel or source archive apart: contents, time and rights."""
    if archive.suffix == ".whl":
        with ZipFile(archive) as wheel:
            return {
                one.filename: f"{_short(wheel.read(one))} {one.date_time} {one.external_attr:o}"
                for one in wheel.infolist()
            }
    with tarfile.open(archive) as source:
        return {
            one.name: f"{_short(file.read() if file else b'')} {one.mtime} {one.mode:o}"
            for one, file in ((one, source.extractfile(one)) for one in source.getmembers())
        }


def differences(one: Iterable[Path], other: Iterable[Path]) -> list[str]:
    """Return what differs between the files of two builds; empty where they are the same, byte by byte."""
    left, right = ({path.name: path for path in paths} for paths in (one, other))
    said = [f"{name} is in one of the two only" for name in sorted(left.keys() ^ right.keys())]
    for name in sorted(left.keys() & right.keys()):
        if left[name].read_bytes() != right[name].read_bytes():
            mine, yours = members(left[name]), members(right[name])
            inside = sorted(path for path in mine.keys() | yours.keys() if mine.get(path) != yours.get(path))
            said.append(f"{name}: {', '.join(inside) or 'the archive itself'}")
    return said


def prove(source: Path, again: Path, folder: Path, epoch: int) -> list[Path]:
    """Build two copies of a project, and the wheel of its source archive; SystemExit says what differs."""
    first = build(source, folder / "first", epoch, "sdist", "wheel")
    time.sleep(_DOS_TICK_S)
    second = build(disturb(again), folder / "second" / "and" / "deeper", epoch, "sdist", "wheel", **_OTHER)
    said = differences(first, second)
    wheel, sdist = sorted(first, key=lambda path: path.suffix != ".whl")
    with tarfile.open(sdist) as archive:
        (unpacked,) = _unpack(archive, folder / "unpacked").iterdir()
    said += differences([wheel], build(unpacked, folder / "third", epoch, "wheel"))
    if said:
        raise SystemExit("two builds differ:\n" + "\n".join(said))
    return first


def main() -> None:
    """Build into dist/, or prove that it does not matter where and when; print the hashes."""
    parser = argparse.ArgumentParser(description="Build wheel and source archive of the last commit.")
    parser.add_argument("--prove", action="store_true", help="build three times and compare")
    proving = parser.parse_args().prove
    with TemporaryDirectory() as name:
        folder = Path(name)
        source = export(folder / "source")
        if proving:
            built = prove(source, export(folder / "elsewhere"), folder, commit_time())
        else:
            built = build(source, folder / "built", commit_time(), "sdist", "wheel")
            DIST.mkdir(exist_ok=True)
            for path in built:
                shutil.copy(path, DIST)
        for path in built:
            sys.stdout.write(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")


def _unpack(archive: tarfile.TarFile, folder: Path) -> Path:
    # Python 3.11.3 and earlier know no filter
    archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
    archive.extractall(folder)  # noqa: S202 our own archive
    return folder


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


if __name__ == "__main__":
    main()
