"""The licences of what is installed at run time, read from the files of each package, not from its metadata alone.

`make licences` writes docs/licences.md; `make test` refuses what licences.toml does not allow. A licence file
counts for what its text says. One that names a copyleft or source-available licence, or is of no known kind, is
refused until a person has read it and entered its digest.
"""

import argparse
import hashlib
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, PathDistribution, distribution
from pathlib import Path, PurePosixPath
from zipfile import Path as ArchivePath

from packaging.utils import canonicalize_name

import lock

FILE = Path(__file__).with_name("licences.toml")
PAGE = lock.ROOT / "docs" / "licences.md"
_HOLDS = re.compile(r"(?i)^(un)?(licen[cs]es?|copying|copyright|notices?|eula|terms)(?![a-z])")
_NO_TEXT = {".py", ".pyc", ".pyi", ".so", ".pyd", ".json", ".svg", ".png"}
_TAG = re.compile(rb"SPDX-License-Identifier:[ \t]*([^\r\n]+)")
_HEAD = 4096  # where a source file names its licence
_MARKS = "*#\"'`/_"  # what Markdown, comments and quotes put into a text

# Phrases that only the text of a licence holds: all of one row.
KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("0BSD", ("this software for any purpose with or without fee is hereby granted.",)),
    ("Apache-2.0", ("apache license", "terms and conditions for use, reproduction, and distribution")),
    ("Apache-2.0", ("licensed under the apache license, version 2.0",)),
    ("Bitstream-Vera", ("fonts accompanying this license", "bitstream vera")),
    (
        "BSD-2-Clause",
        ("redistributions of source code must retain", "redistributions in binary form must reproduce"),
    ),
    ("BSD-3-Clause", ("neither the name of", "may be used to endorse or promote products derived from")),
    ("BSD-3-Clause", ("the names of its contributors may not be used to endorse",)),
    ("CC0-1.0", ("cc0 1.0 universal",)),
    ("CC0-1.0", ("creativecommons.org publicdomain zero 1.0",)),
    ("HPND", ("to use, copy, modify, and distribute this software", "and without fee", "is hereby granted")),
    ("ISC", ("this software for any purpose with or without fee is hereby granted, provided that",)),
    ("MIT", ("permission is hereby granted, free of charge, to any person obtaining a copy",)),
    ("OFL-1.1", ("sil open font license version 1.1",)),
    ("PSF-2.0", ("python software foundation license version 2",)),
    ("Unlicense", ("free and unencumbered software released into the public domain",)),
    ("Zlib", ("altered source versions must be plainly marked as such",)),
)
# Words that no text of a free and permissive licence needs: whoever reads the file says why they stand there.
SUSPECT: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("AGPL", re.compile(r"affero general public|\bagpl")),
    ("LGPL", re.compile(r"(lesser|library) general public|\blgpl")),
    ("GPL", re.compile(r"(?<!affero )(?<!lesser )(?<!library )general public licen[cs]e|\bgpl(?!-compatible)")),
    ("BUSL", re.compile(r"business source licen[cs]e|\b(busl|bsl)[- ]?1\.[01]\b")),
    ("SSPL", re.compile(r"server side public licen[cs]e|\bsspl")),
    ("not open", re.compile(r"commons clause|elastic licen[cs]e|functional source licen[cs]e|polyform ")),
    ("not open", re.compile(r"proprietary (licen[cs]e|and confidential)")),
    (
        "not commercial",
        re.compile(r"attribution-?\s?noncommercial|for non-?commercial (use|purposes) only|\bcc-by-nc"),
    ),
    ("not open", re.compile(r"all rights reserved\.? (no part|unauthori[sz]ed)|evaluation (use|purposes) only")),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person found where the tables cannot judge: licences that they do not know, and why it is taken."""

    licences: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed: licences, files that were read (by digest of the text), packages without a licence file."""

    allowed: frozenset[str]
    read: Mapping[tuple[str, str], Reading]
    stated: Mapping[tuple[str, str], Reading]


@dataclass(frozen=True, slots=True)
class Finding:
    """The licences of one package, where they were read, and what is refused about them."""

    name: str
    version: str
    licences: tuple[str, ...]
    sources: tuple[str, ...]
    remarks: tuple[str, ...]
    refused: tuple[str, ...]


def rules(path: Path = FILE) -> Rules:
    """Return what is allowed, from the file that people keep."""
    table = tomllib.loads(path.read_text("utf-8"))
    return Rules(
        frozenset(table["allowed"]),
        {
            (canonicalize_name(one["package"]), digest): Reading(tuple(one["licences"]), one["why"])
            for one in table["read"]
            for digest in one["digests"]
        },
        {
            (canonicalize_name(one["package"]), one["version"]): Reading(tuple(one["licences"]), one["why"])
            for one in table["stated"]
        },
    )


def plain(text: str) -> str:
    """Return a text in small letters, without line breaks and marks, as the tables have it."""
    return " ".join(text.lower().translate(str.maketrans(_MARKS, " " * len(_MARKS))).split()).replace(" ,", ",")


def digest(text: str) -> str:
    """Return what tells one licence text from another, whatever its line breaks."""
    return hashlib.sha256(plain(text).encode()).hexdigest()[:16]


def kinds(text: str) -> list[str]:
    """Return the licences whose texts stand in one."""
    words = plain(text).replace("modify and distribute", "modify, and distribute")
    found = {name for name, phrases in KINDS if all(phrase in words for phrase in phrases)}
    if "BSD-3-Clause" in found and words.count("redistributions of source code must retain") == 1:
        found.discard("BSD-2-Clause")
    return sorted(found)


def suspects(text: str) -> list[str]:
    """Return the licences that a text names and that are not simply taken."""
    words = plain(text)
    return list(dict.fromkeys(name for name, pattern in SUSPECT if pattern.search(words)))


def licence_files(package: Distribution) -> Iterator[tuple[str, str]]:
    """Return the licence files of a package with their texts, wherever in it they are."""
    listed = set(package.metadata.get_all("License-File", []))
    for path in sorted(package.files or [], key=str):
        name = PurePosixPath(path)
        if name.suffix in _NO_TEXT:
            continue
        in_metadata = name.parts[0].endswith(".dist-info")
        inside = "/".join(name.parts[1:]).removeprefix("licenses/")
        if _HOLDS.match(name.name) or (in_metadata and (name.parts[1] == "licenses" or inside in listed)):
            yield str(path), path.locate().read_text("utf-8", "replace")  # type: ignore[attr-defined]


def tags(package: Distribution) -> set[str]:
    """Return the licences that the source files of a package name in their first lines."""
    found: set[bytes] = set()
    for path in package.files or []:
        if path.suffix == ".py":
            try:
                with path.locate().open("rb") as file:  # type: ignore[attr-defined]
                    found.update(_TAG.findall(file.read(_HEAD)))
            except FileNotFoundError:
                continue
    return {tag.decode("utf-8", "replace").strip(" \t'\"") for tag in found}


def names_in(expression: str) -> set[str]:
    """Return the licences of an SPDX expression."""
    return set(re.findall(r"[A-Za-z0-9.+-]+", expression)) - {"AND", "OR", "WITH"}


def stated_by(package: Distribution) -> str:
    """Return what the metadata of a package says of its licence, in all three places where it may."""
    metadata = package.metadata
    classified = [one for one in metadata.get_all("Classifier", []) if one.startswith("License ::")]
    return "\n".join([*metadata.get_all("License-Expression", []), *metadata.get_all("License", []), *classified])


def judge(package: Distribution, allowing: Rules) -> Finding:
    """Return the licences of a package and what is refused about them."""
    name, version = canonicalize_name(package.metadata["Name"]), package.version
    found: set[str] = set()  # by the tables
    read: set[str] = set()  # by a person
    excused: set[str] = set()
    sources: list[str] = []
    remarks: list[str] = []
    refused: list[str] = []
    for path, text in licence_files(package):
        sources.append(path)
        named = suspects(text)
        if reading := allowing.read.get((name, digest(text))):
            read |= set(reading.licences)
            excused |= set(named)
            remarks.append(reading.why)
        elif named:
            refused.append(f"{path} names {' and '.join(named)} (digest {digest(text)})")
            continue
        found |= (known := set(kinds(text)))
        if not (reading or known or PurePosixPath(path).name.lower().startswith("authors")):
            refused.append(f"{path} is of no known licence (digest {digest(text)})")
    if tagged := tags(package):
        sources.append("SPDX tags of the sources")
        found |= {one for tag in tagged for one in names_in(tag)}
    if named := [one for one in suspects(stated_by(package)) if one not in excused]:
        refused.append(f"the metadata names {' and '.join(named)}")
    if not (found or read) and (stated := allowing.stated.get((name, version))):
        read |= set(stated.licences)
        sources.append("read elsewhere")
        remarks.append(stated.why)
    refused += [f"{one} is not among the licences that are allowed" for one in sorted(found - allowing.allowed)]
    if not (found or read or refused):
        refused.append("no file of the package holds a licence")
    return Finding(name, version, tuple(sorted(found | read)), tuple(sources), tuple(remarks), tuple(refused))


def installed(pins: Iterable[lock.Pin]) -> list[Distribution]:
    """Return the packages of a lock as they are installed here; SystemExit names one that is not."""
    try:
        return [distribution(pin.name) for pin in pins]
    except PackageNotFoundError as missing:
        raise SystemExit(
            f"{missing.name} is locked and not installed: add it to group dev, so that it is read"
        ) from None


def in_wheel(wheel: Path) -> Distribution:
    """Return the package that a wheel holds, without installing it."""
    folders = [path for path in ArchivePath(wheel).iterdir() if path.name.endswith(".dist-info")]
    return PathDistribution(folders[0])


def refusals(findings: Iterable[Finding]) -> list[str]:
    """Return what is refused, a sentence each."""
    return [f"{one.name} {one.version}: {reason}" for one in findings for reason in one.refused]


def page(findings: Sequence[Finding]) -> str:
    """Return the page of all licences."""
    rows = [f"| {one.name} | {one.version} | {', '.join(one.licences)} |" for one in findings]
    remarks = [f"- {one.name}: {remark}" for one in findings for remark in dict.fromkeys(one.remarks)]
    return "\n".join(
        [
            "# Licences of the dependencies",
            "",
            "stsbench is under the Apache License 2.0. What comes with it, in the locked versions, is listed here",
            "by `make licences`, from the licence files in the wheels for Linux. Several licences of a package",
            "hold for parts of it, or leave a choice. [Dependencies](supply.md#licences) says what is refused.",
            "",
            "| Package | Version | Licences |",
            "|---|---|---|",
            *rows,
            "",
            "## What was read by a person",
            "",
            *remarks,
            "",
        ]
    )


def main() -> None:
    """Write the page; exit code 1 names what is refused."""
    argparse.ArgumentParser(description="Write docs/licences.md from what is installed.").parse_args()
    findings = [judge(package, rules()) for package in installed(lock.read("run"))]
    if said := refusals(findings):
        raise SystemExit("\n".join(said))
    PAGE.write_text(page(findings), "utf-8")
    sys.stdout.write(f"{len(findings)} packages: {PAGE.relative_to(lock.ROOT)}\n")


if __name__ == "__main__":
    main()
