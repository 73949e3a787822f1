"""The record as one page that needs nothing else: clause, requirement, case, measurement and transcript."""

import math
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from sts_reports.record import MeasurementStep, Record, RequirementRecord
from sts_reports.verdict import Verdict
from sts_reports.views.pictures import Pictures
from sts_reports.views.plots import COLOURS
from sts_reports.whole_files import write_whole

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
_BROKEN = (Verdict.FAIL, Verdict.ERROR)
_UNDECIDED = (*_BROKEN, Verdict.INCONCLUSIVE)
_UNJUDGED = (Verdict.INCONCLUSIVE, Verdict.NOT_TESTED)
_MARGIN = 0.15
"""The part of a gauge's scale that is left free on each side."""

_MANY = 1e6
"""Degrees of freedom that are no longer told from endless ones."""

_COLOURED = re.compile("|".join(COLOURS.values()))
_NAME_OF = {colour: name for name, colour in COLOURS.items()}


def write_html(record: Record, path: Path, pictures: Pictures | None = None) -> None:
    """Write the page of a record with its pictures, in UTF-8."""
    write_whole(path, _page(record, pictures or Pictures()).encode())


@cache
def _template() -> Template:
    """Return the page's template, which takes a while to compile."""
    environment = Environment(
        loader=PackageLoader("sts_reports.views", ""),
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
        "value": _value,
        "spread": lambda measurement: f"{measurement['uncertainty']:.{_decimals(measurement)}f}",
        "short": lambda value: f"{value:.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.3g}",  # no 1e+03
        "freedom": _freedom,
        "picture": _inlined,
        "limits": _limits,
        "gauge": _gauge,
        "digits": lambda digits: " ".join(digits[at : at + 4] for at in range(0, len(digits), 4)),
        "plain": _plain,
        "source_hash": lambda text: f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}",
        "css_text": lambda text: re.sub(r"[^\w .:+-]", "_", text),
    }
    environment.filters |= filters
    return environment.get_template("report.html.jinja")


def _page(record: Record, pictures: Pictures) -> str:
    requirements = [requirement for clause in record["clauses"] for requirement in clause["requirements"]]
    places = _places(requirements)
    return _template().render(
        {
            **record,
            "columns": _COLUMNS,
            "undecided": _UNDECIDED,
            "pictures": pictures,
            "case_of": {case["id"]: case for case in record["cases"]},
            "anchor_of": {case["id"]: f"case-{number}" for number, case in enumerate(record["cases"], start=1)},
            "place_of": places,
            "shown": Counter(requirement["verdict"] for requirement in requirements),
            "broken": [requirement for requirement in requirements if requirement["verdict"] in _BROKEN],
            "unjudged": _unjudged(requirements),
            "cases_of_no_clause": [case for case in record["cases"] if case["id"] not in places],
        }
    )


def _places(requirements: list[RequirementRecord]) -> dict[str, str]:
    """Return the requirement under which each case is told: the first; the others point there."""
    places: dict[str, str] = {}
    for requirement in requirements:
        for case in requirement["cases"]:
            places.setdefault(case, requirement["id"])
    return places


def _unjudged(requirements: list[RequirementRecord]) -> dict[tuple[Verdict, str], list[str]]:
    """Return the requirements that nobody could judge by their verdict and its cause, INCONCLUSIVE first."""
    causes: dict[tuple[Verdict, str], list[str]] = {}
    for verdict in _UNJUDGED:
        for requirement in requirements:
            if requirement["verdict"] == verdict:
                causes.setdefault((verdict, requirement["reason"]), []).append(requirement["id"])
    return causes


def _clock(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds // 1_000_000, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _decimals(measurement: MeasurementStep) -> int:
    """Return how many decimals show three digits of U, at least none."""
    spread = measurement["uncertainty"]
    return max(2 - math.floor(math.log10(spread)), 0) if spread else 6


def _value(measurement: MeasurementStep) -> str:
    """Return a value to the last digit of its U; minus nothing is nothing."""
    decimals = _decimals(measurement)
    return f"{round(measurement['value'], decimals) + 0.0:.{decimals}f}"


def _freedom(degrees: float | None) -> str:
    return "∞" if degrees is None or degrees >= _MANY else str(math.floor(degrees))


def _inlined(svg: str, prefix: str) -> Markup:
    """Return an svg element as a part of a page: with ids of its own, and in the page's colours."""
    svg = re.sub(r'<svg\b[^>]*(viewBox="[^"]*")[^>]*>', r'<svg \1 role="img">', svg, count=1)
    svg = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    # it was drawn by us from numbers and texts that were escaped there
    return Markup(_COLOURED.sub(lambda colour: f"var(--{_NAME_OF[colour[0]]})", svg))  # noqa: S704


def _limits(measurement: MeasurementStep) -> str:
    lower, upper, unit = measurement["lower"], measurement["upper"], measurement["unit"]
    if lower is None and upper is None:
        return "none"
    if upper is None:
        return f"at least {lower:g} {unit}"
    return f"at most {upper:g} {unit}" if lower is None else f"{lower:g} to {upper:g} {unit}"


def _gauge(measurement: MeasurementStep) -> Json | None:
    """Return where limits, value, uncertainty and repeats stand on a scale of 100; None without limits."""
    value, spread = measurement["value"], measurement["uncertainty"]
    limits = [limit for limit in (measurement["lower"], measurement["upper"]) if limit is not None]
    if not limits:
        return None
    values = measurement["values"]
    points = [value - spread, value + spread, *limits, *values]
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
        "repeats": sorted({place(one, 0.0) for one in values}) if len(values) > 1 else [],
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
