"""Published rows: each keeps its id, its digits and what the document says was asked for."""

import json
from importlib.resources import files
from itertools import groupby

from sts62055.library.making.vectors import group, token_vector
from sts62055.library.rows import Row
from sts62055.provenance import Grade

__all__ = ["primitives", "token_groups"]

_SOURCES = {
    "published": ("published", Grade.VERIFIED),
    "computed (sample tables; key and block published)": (
        "key and block published, digits computed with the sample tables",
        Grade.VERIFIED,
    ),
}
_FLAGS = {
    (0, 1): "Water",
    (0, 2): "Gas",
    (0, 3): "Time",
    (1, 2): "ExtendedSet",
    (2, 0): "PowerLimit",
    (2, 1): "Register",
    (2, 5): "ClearTamper",
    (2, 6): "PowerLimit",
    (2, 10): "ExtendedSet",
    **{(2, subclass): "Kct" for subclass in (3, 4, 8, 9)},
    **{(0, subclass): "Currency" for subclass in range(4, 8)},
    **{(1, subclass): "TestNumber" for subclass in range(2)},
}


def primitives() -> dict[str, list[Row]]:
    """Return the published values of the functions below the tokens."""
    return {name: rows for name, rows in _read().items() if name not in ("note", "tokens")}


def token_groups(kinds: set[tuple[int, int]]) -> list[Row]:
    """Return the published tokens of some classes and subclasses, those of one meter together."""
    rows = [row for row in _read()["tokens"] if (row["class"], row["subclass"]) in kinds]
    meters = sorted((_meter(row) for row in rows), key=repr)
    return [
        group({"meter": meter}, (_vector(row, meter) for row in rows if _meter(row) == meter))
        for meter, _ in groupby(meters)
    ]


def _read() -> Row:
    content: Row = json.loads(files("sts62055.library").joinpath("published.json").read_text("utf-8"))
    return content


def _meter(row: Row) -> Row:
    if "ea" not in row:
        return {"mfr_code": "00"}
    names = ("pan", "kt", "sgc", "ti", "krn", "bdt", "ea", "dkga")
    meter = {name: row[name] for name in names if name in row}
    meter |= {"vending_key": row["vudk"], "decoder_key": row["decoder_key"]}
    if "sta_tables" in row:
        meter["sta_tables"] = row["sta_tables"]
    return meter


def _vector(row: Row, meter: Row) -> Row:
    source, grade = _SOURCES[row["origin"]]
    flag = _FLAGS.get((row["class"], row["subclass"]))
    asked = {name: row[name] for name in ("date", "units", "currency_amount", "new_key") if name in row}
    return token_vector(
        row["id"],
        "",
        row["token"],
        meter,
        ["Published", f"Class{row['class']}", *([flag] if flag else [])],
        extra={"asked": asked} if asked else None,
        source=source,
        grade=grade,
    )
