"""Show a record as one page that needs nothing else: clause, requirement, case, measurement and transcript."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from sts_reports.verdicts import Verdict

__all__ = ["write_html"]

Json = dict[str, Any]

_COLUMNS = (
    Verdict.PASS,
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_APPLICABLE,
    Verdict.NOT_TESTED,
    Verdict.ERROR,
)
_UNDECIDED = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE)
_BLANK: Json = {
    "run": {"id": "unknown", "started": "unknown"},
    "product": {"name": "stsbench", "version": ""},
    "meter": {"maker": "Unknown", "model": "meter", "serial": None, "firmware": None},
    "bench": {},
    "declaration": {},
    "editions": {},
    "selection": {},
}
"""What stands for a section of a record whose journal lost even its first line."""

_MARGIN = 0.15
"""The part of a gauge's scale that is left free on each side."""


def write_html(record: Json, path: Path) -> None:
    """Write the page of a record, in UTF-8."""
    path.write_text(_page(record), encoding="utf-8", newline="\n")


def _page(record: Json) -> str:
    environment = Environment(
        loader=PackageLoader("sts_reports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "letter": lambda verdict: Verdict(verdict).letter,
        "word": lambda verdict: str(verdict).replace("_", " ").lower(),
        "moment": lambda moment: str(moment).replace("T", " ").replace("+00:00", " UTC"),
        "clock": _clock,
        "milliseconds": lambda nanoseconds: f"{nanoseconds / 1e6:.3f} ms",
        "number": lambda value: f"{value:.6g}",
        "spread": lambda value: f"{value:.3g}",
        "limits": _limits,
        "gauge": _gauge,
        "digits": lambda digits: " ".join(digits[at : at + 4] for at in range(0, len(digits), 4)),
        "plain": _plain,
        "css_text": lambda text: re.sub(r"[^\w .:+-]", "_", text),
    }
    environment.filters |= filters
    requirements = [requirement for clause in record["clauses"] for requirement in clause["requirements"]]
    places = _places(requirements)
    return environment.get_template("report.html.jinja").render(
        record
        | {name: blank | record.get(name, {}) for name, blank in _BLANK.items()}
        | {
            "columns": _COLUMNS,
            "undecided": _UNDECIDED,
            "case_of": {case["id"]: case for case in record["cases"]},
            "anchor_of": {case["id"]: f"case-{number}" for number, case in enumerate(record["cases"], start=1)},
            "place_of": places,
            "findings": [requirement for requirement in requirements if requirement["verdict"] in _UNDECIDED],
            "untested": _untested(requirements),
            "cases_of_no_clause": [case for case in record["cases"] if case["id"] not in places],
        }
    )


def _places(requirements: list[Json]) -> dict[str, str]:
    """Return the requirement under which each case is told: the first; the others point there."""
    places: dict[str, str] = {}
    for requirement in requirements:
        for case in requirement["cases"]:
            places.setdefault(case, requirement["id"])
    return places


def _untested(requirements: list[Json]) -> dict[str, list[str]]:
    causes: dict[str, list[str]] = {}
    for requirement in requirements:
        if requirement["verdict"] == Verdict.NOT_TESTED:
            causes.setdefault(requirement["reason"], []).append(requirement["id"])
    return causes


def _clock(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds // 1_000_000, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _limits(measurement: Json) -> str:
    lower, upper, unit = measurement["lower"], measurement["upper"], measurement["unit"]
    if lower is None and upper is None:
        return "none"
    if upper is None:
        return f"at least {lower:g} {unit}"
    return f"at most {upper:g} {unit}" if lower is None else f"{lower:g} to {upper:g} {unit}"


def _gauge(measurement: Json) -> dict[str, float] | None:
    """Return where the limits, the value and its uncertainty stand on a scale of 100; None without limits."""
    value, spread = measurement["value"], measurement["uncertainty"]
    limits = [limit for limit in (measurement["lower"], measurement["upper"]) if limit is not None]
    if not limits:
        return None
    points = [value - spread, value + spread, *limits]
    width = (max(points) - min(points) or 1.0) * (1 + 2 * _MARGIN)
    start = (max(points) + min(points) - width) / 2

    def place(point: float | None, otherwise: float) -> float:
        return otherwise if point is None else round((point - start) / width * 100, 2)

    return {
        "lower": place(measurement["lower"], 0.0),
        "upper": place(measurement["upper"], 100.0),
        "least": place(value - spread, 0.0),
        "value": place(value, 0.0),
        "most": place(value + spread, 0.0),
    }


def _plain(value: Any) -> str:
    """Return a value of a declaration or a selection as people write it."""
    match value:
        case None:
            return "not stated"
        case [] | "":
            return "none"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(_plain, value))
        case dict():
            return "; ".join(_pairs(value))
        case _:
            return str(value)


def _pairs(content: Json) -> Iterator[str]:
    for name, value in content.items():
        yield f"{name}: {_plain(value)}"
