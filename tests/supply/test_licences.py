"""The licences of what is installed are those that are allowed, by the files of each package."""

import sys
from importlib.metadata import Distribution
from pathlib import Path
from zipfile import ZipFile

import pytest

import licences
import lock

RULES = licences.rules()
MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction ..."""
BUSL = "Business Source License 1.1\n\nParameters\n\nLicensor: somebody\nChange Date: 2030-01-01\n"
GPL = "This program is free software: you can redistribute it under the terms of the GNU General\nPublic License."
TYPED_MIT = ("License-Expression: MIT", "Classifier: License :: OSI Approved :: MIT License")


def package(folder: Path, files: dict[str, str], *metadata: str) -> Distribution:
    """Return an installed package of these files, whose metadata says so."""
    home = folder / "meterlib-1.0.dist-info"
    texts = {
        **files,
        "meterlib-1.0.dist-info/METADATA": "\n".join(
            ["Metadata-Version: 2.4", "Name: meterlib", "Version: 1.0", *metadata]
        )
        + "\n\n",
    }
    texts["meterlib-1.0.dist-info/RECORD"] = "".join(f"{name},,\n" for name in texts)
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return Distribution.at(home)


def test_everything_that_is_installed_at_run_time_is_allowed_and_on_the_page() -> None:
    findings = [licences.judge(one, RULES) for one in licences.installed(lock.read("run"))]
    assert licences.refusals(findings) == []
    if sys.platform == "linux":  # the wheels of other systems bundle other libraries
        assert licences.PAGE.read_text("utf-8") == licences.page(findings), "run `make licences`"


@pytest.mark.parametrize(
    "place",
    [
        "meterlib-1.0.dist-info/LICENSE",
        "meterlib-1.0.dist-info/licenses/LICENSE.md",
        "meterlib-1.0.dist-info/licenses/meterlib/terms",
        "meterlib/LICENCE",
        "meterlib/vendored/COPYING.txt",
        "UNLICENSE",
    ],
)
@pytest.mark.parametrize(("text", "named"), [(BUSL, "BUSL"), (GPL, "GPL")])
def test_a_package_that_says_mit_and_holds_something_else_is_refused(
    tmp_path: Path, place: str, text: str, named: str
) -> None:
    found = licences.judge(package(tmp_path, {place: text, "meterlib/__init__.py": ""}, *TYPED_MIT), RULES)
    (refused,) = licences.refusals([found])
    assert refused.startswith(f"meterlib 1.0: {place} names {named} (digest ")


def test_a_good_licence_beside_it_excuses_nothing(tmp_path: Path) -> None:
    files = {"meterlib-1.0.dist-info/licenses/LICENSE": MIT, "meterlib/data/LICENSE": BUSL}
    assert licences.judge(package(tmp_path, files, *TYPED_MIT), RULES).refused != ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("GNU AFFERO GENERAL PUBLIC LICENSE Version 3", "AGPL"),
        ("under the GNU Lesser\n  General Public License", "LGPL"),
        ("Licensed under the GPLv2 or later", "GPL"),
        ("Server Side Public License", "SSPL"),
        (f"{MIT}\n\n'Commons Clause' License Condition v1.0", "not open"),
        ("Creative Commons Attribution-NonCommercial 4.0", "not commercial"),
    ],
)
def test_other_licences_that_bind_a_lab_are_refused(tmp_path: Path, text: str, named: str) -> None:
    (refused,) = licences.judge(package(tmp_path, {"LICENSE": text}, *TYPED_MIT), RULES).refused
    assert refused.startswith(f"LICENSE names {named} (digest ")


def test_a_text_of_no_known_licence_is_refused(tmp_path: Path) -> None:
    (refused,) = licences.judge(package(tmp_path, {"LICENSE": "Ask the author."}, *TYPED_MIT), RULES).refused
    assert refused.startswith("LICENSE is of no known licence (digest ")


def test_metadata_alone_is_no_licence(tmp_path: Path) -> None:
    found = licences.judge(package(tmp_path, {"meterlib/__init__.py": ""}, *TYPED_MIT), RULES)
    assert found.refused == ("no file of the package holds a licence",)


@pytest.mark.parametrize(
    "metadata",
    ["License: GPL-3.0-only", "Classifier: License :: OSI Approved :: GNU General Public License (GPL)"],
)
def test_metadata_that_names_one_is_refused_although_the_file_is_good(tmp_path: Path, metadata: str) -> None:
    assert licences.judge(package(tmp_path, {"LICENSE": MIT}, metadata), RULES).refused == (
        "the metadata names GPL",
    )


def test_a_source_file_that_names_one_is_refused(tmp_path: Path) -> None:
    files = {"LICENSE": MIT, "meterlib/aes.py": "# SPDX-License-Identifier: GPL-2.0-only\n"}
    found = licences.judge(package(tmp_path, files, *TYPED_MIT), RULES)
    assert found.refused == ("GPL-2.0-only is not among the licences that are allowed",)


def test_what_a_person_read_holds_for_that_text_of_that_package_only(tmp_path: Path) -> None:
    reading = licences.Reading(("GPL-3.0-or-later WITH GCC-exception-3.1",), "a run-time library")
    allowing = licences.Rules(RULES.allowed, {("meterlib", licences.digest(GPL)): reading}, {})
    read = licences.judge(package(tmp_path / "read", {"LICENSE": GPL.replace("\n", " ")}), allowing)
    assert (read.refused, read.licences) == ((), reading.licences)
    assert licences.judge(package(tmp_path / "changed", {"LICENSE": f"{GPL} All of it."}), allowing).refused != ()
    assert licences.judge(package(tmp_path / "other", {"LICENSE": GPL, "COPYING": BUSL}), allowing).refused != ()


def test_a_statement_without_a_file_holds_for_its_version_only(tmp_path: Path) -> None:
    reading = licences.Reading(("MIT",), "its repository says so")
    found = package(tmp_path, {"meterlib/__init__.py": ""})
    assert licences.judge(found, licences.Rules(RULES.allowed, {}, {("meterlib", "1.0"): reading})).refused == ()
    assert licences.judge(found, licences.Rules(RULES.allowed, {}, {("meterlib", "0.9"): reading})).refused != ()


def test_the_files_of_a_wheel_are_read_like_those_of_an_installed_package(tmp_path: Path) -> None:
    package(tmp_path / "here", {"meterlib/LICENSE": BUSL, "meterlib/a.py": "# SPDX-License-Identifier: MIT\n"})
    wheel = tmp_path / "meterlib-1.0-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        for path in (tmp_path / "here").rglob("*.*"):
            if path.is_file():
                archive.write(path, path.relative_to(tmp_path / "here").as_posix())
        archive.write(tmp_path / "here/meterlib/LICENSE", "meterlib/LICENSE")
        for name in ("METADATA", "RECORD"):
            archive.write(tmp_path / f"here/meterlib-1.0.dist-info/{name}", f"meterlib-1.0.dist-info/{name}")
    found = licences.judge(licences.in_wheel(wheel), RULES)
    assert found.licences == ("MIT",)
    assert len(found.refused) == 1


def test_every_reading_and_statement_is_still_needed() -> None:
    """A row for a text or a version that is gone would pass unseen when it comes back otherwise."""
    versions = {pin.name: pin.version for pin in lock.read("run")}
    assert {name for name, _ in RULES.read} <= versions.keys()
    assert {(name, version) for name, version in RULES.stated} <= set(versions.items())
