"""The cases of each requirement, ours and those of one's own, as pytest collects them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sts_fixtures.campaign.options import RunRequest
from sts_fixtures.plugin.listing import collect_cases
from sts_fixtures.register import Register

__all__ = ["CASES", "CaseIndex", "index_cases", "pytest_words"]

CASES = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class CaseIndex:
    """A register, and by requirement id its cases as file::function."""

    register: Register
    cases: Mapping[str, list[str]]


def pytest_words(*cases: str) -> list[str]:
    """Return how pytest is called for our cases, in whatever folder, and with no plugin but ours.

    cases: paths or node ids within this package, everything by default.
    """
    # unraisableexception collects garbage five times at the end, which takes longer than a short campaign
    off = ("terminal", "cacheprovider", "unraisableexception")
    without = [word for name in off for word in ("-p", f"no:{name}")]
    return [
        *(str(CASES / case) for case in cases or ("",)),
        "-c",
        str(CASES / "pytest.ini"),
        f"--rootdir={CASES}",
        "--capture=no",
        "--import-mode=importlib",  # files of one name in several folders are several modules
        *without,
        "-p",
        "sts_fixtures.plugin",
    ]


def index_cases(request: RunRequest | None = None) -> CaseIndex:
    """Return the index for the folders, mapping and edition of a request; CasesNotCollected if there is none."""
    if request is None or not (request.cases or request.mapping):
        return _index_ours(request or RunRequest())
    return _index(request)


@cache
def _index_ours(request: RunRequest) -> CaseIndex:
    """Return the index of what does not change while a program runs."""
    return _index(request)


def _index(request: RunRequest) -> CaseIndex:
    found = collect_cases([*pytest_words(), *request.words(prefix="--sts-")])
    cases: dict[str, dict[str, None]] = {}
    for case, function in found.cases:
        for requirement in case.requirements:
            cases.setdefault(requirement.id, {})[f"{case.file.name}::{function}"] = None
    return CaseIndex(found.register, {name: list(own) for name, own in cases.items()})
