"""The lock is the one of pyproject.toml, its parts agree, and nothing is installed without it."""

import re
from importlib.metadata import version

import pytest
from packaging.markers import default_environment

import lock

PROJECT = lock.project()
WHEEL = "sha256:" + "a" * 64


def required() -> dict[str, list[str]]:
    """Return what each use of a lock needs at least, as pyproject.toml says it."""
    groups = PROJECT["dependency-groups"]
    own = PROJECT["project"]["dependencies"]
    build = PROJECT["build-system"]["requires"]
    return {
        "build": [*groups["build"], *build],
        "run": own,
        "dev": [*own, *groups["dev"]],
        "docs": groups["docs"],
        "lock": groups["lock"],
    }


@pytest.mark.parametrize("use", lock.USES)
def test_each_lock_meets_what_it_is_for(use: str) -> None:
    assert lock.unmet(required()[use], lock.read(use)) == [], "run `make lock`"


def test_a_requirement_that_the_lock_lacks_is_told() -> None:
    pins = lock.read("run")
    assert lock.unmet(["rich>=14", "rich>=999", "requests"], pins) == ["rich>=999", "requests"]


@pytest.mark.parametrize("use", lock.USES)
def test_a_lock_holds_hashes_and_no_place_to_fetch_from(use: str) -> None:
    text = (lock.FOLDER / f"{use}.txt").read_text("utf-8")
    assert "://" not in text
    assert [pin.name for pin in lock.parse(text) if not pin.hashes] == []


@pytest.mark.parametrize(
    "line", ["--index-url elsewhere", "rich>=14", "rich @ file.whl", "-r other.txt", "    --hash=md5:abc"]
)
def test_what_is_no_pinned_package_is_no_line_of_a_lock(line: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(line))):
        lock.parse(f"rich==15.0.0 \\\n    --hash={WHEEL}\n{line}\n")


def test_a_package_has_one_version_wherever_it_is_installed() -> None:
    versions: dict[str, set[str]] = {}
    for use in lock.USES:
        for pin in lock.read(use):
            versions.setdefault(pin.name, set()).add(pin.version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
    assert {pin.name for pin in lock.read("run")} <= {pin.name for pin in lock.read("dev")}


def test_what_only_one_system_needs_is_marked() -> None:
    (pin,) = lock.parse(f"colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash={WHEEL}\n")
    assert pin.applies({"sys_platform": "win32"})
    assert not pin.applies({"sys_platform": "linux"})
    assert pin.line() == f"colorama==0.4.6 --hash={WHEEL}\n"


def test_this_environment_is_that_of_the_lock() -> None:
    """An environment that `make` did not renew tests other versions than it says."""
    here = default_environment()
    pins = [pin for use in ("build", "dev") for pin in lock.read(use) if pin.applies(here)]
    assert {pin.name: found for pin in pins if (found := version(pin.name)) != pin.version} == {}, "run `make`"


def test_whatever_make_installs_is_locked() -> None:
    text = (lock.ROOT / "Makefile").read_text("utf-8")
    ways = re.findall(r"pip install (.*)", text)
    assert len(ways) == 2
    assert all("--require-hashes" in way or "--no-deps --no-build-isolation" in way for way in ways)
    files = set(re.findall(r"\$\(LOCKS\)/([\w%]+)\.txt", text))
    assert files == {"build", "dev", "%"}


def test_the_claimed_versions_of_python_begin_where_the_project_does() -> None:
    assert lock.pythons()[0] == PROJECT["project"]["requires-python"].removeprefix(">=")
    assert len(lock.pythons()) >= 4
