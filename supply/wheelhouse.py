"""One archive from which a lab without internet installs stsbench; `make wheelhouse` writes it into dist/.

It holds our wheel of the last commit, the wheels of the lock for each system and Python, a requirements file with
all their hashes, and the bill of materials. The licence files of every wheel are read like those of installed
packages.
"""

import argparse
import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import builds
import licences
import lock
import sbom
import wheels

INSTALL = "venv/bin/python -m pip install --no-index --find-links wheels --require-hashes -r requirements.txt"
_README = """stsbench {version}, with all that it needs, for {systems}, and CPython {pythons}.

Unpack this archive, and in its folder:

    python3 -m venv venv
    {install}
    venv/bin/stsbench run

On Windows say py instead of python3, venv\\Scripts\\python and venv\\Scripts\\stsbench.
pip compares every file with its hash in requirements.txt, and asks no index. {bill} lists the packages and their
licences.
"""


def fill(folder: Path, pythons: Sequence[str]) -> str:
    """Write all that the archive holds into a folder, and return our version; SystemExit says what is missing."""
    pins = lock.read("run")
    store = folder / "wheels"
    with TemporaryDirectory() as name:
        source = builds.export(Path(name) / "source")
        (ours,) = builds.build(source, store, builds.commit_time(), "wheel")
    version = ours.name.split("-")[1]
    for system in wheels.SYSTEMS.values():
        for python in pythons:
            wheels.download(pins, system, python, store)
    findings = [licences.judge(licences.in_wheel(wheel), licences.rules()) for wheel in sorted(store.iterdir())]
    if said := licences.refusals(findings):
        raise SystemExit("\n".join(dict.fromkeys(said)))
    own = lock.Pin("stsbench", version, None, (f"sha256:{hashlib.sha256(ours.read_bytes()).hexdigest()}",))
    text = own.line() + (lock.FOLDER / "run.txt").read_text("utf-8")
    (folder / "requirements.txt").write_text(text, "utf-8", newline="\n")
    bill = folder / f"stsbench-{version}.cdx.json"
    sbom.write(bill)
    readme = _README.format(
        install=INSTALL,
        version=version,
        systems=" and ".join(system.name for system in wheels.SYSTEMS.values()),
        pythons=", ".join(pythons),
        bill=bill.name,
    )
    (folder / "README.txt").write_text(readme, "utf-8", newline="\n")
    return version


def pack(folder: Path, archive: Path, epoch: int) -> None:
    """Write a folder into an archive that is the same for the same files: sorted, with one time, uncompressed."""
    when = time.gmtime(epoch)[:6]
    with ZipFile(archive, "w", ZIP_STORED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            one = ZipInfo(f"{archive.stem}/{path.relative_to(folder).as_posix()}", when)
            one.external_attr = 0o100644 << 16
            packed.writestr(one, path.read_bytes())


def main() -> None:
    """Write the archive and print what is in it."""
    parser = argparse.ArgumentParser(description="Write an archive with all wheels, for a lab without internet.")
    parser.add_argument(
        "pythons", nargs="*", metavar="X.Y", help="versions of CPython (default: all that are claimed)"
    )
    pythons = parser.parse_args().pythons or lock.pythons()
    with TemporaryDirectory() as name:
        folder = Path(name)
        version = fill(folder, pythons)
        builds.DIST.mkdir(exist_ok=True)
        archive = builds.DIST / f"stsbench-{version}-wheelhouse.zip"
        pack(folder, archive, builds.commit_time())
        count = len(list((folder / "wheels").iterdir()))
    size = archive.stat().st_size / 1e6
    sys.stdout.write(f"{count} wheels for CPython {', '.join(pythons)}, {size:.0f} MB: dist/{archive.name}\n")
    sys.stdout.write(f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}\n")


if __name__ == "__main__":
    main()
