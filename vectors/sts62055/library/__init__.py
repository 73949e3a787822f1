"""Library of test vectors (IEC 62055-41): JSON files by subject, see vectors/README.md."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

__all__ = ["load", "primitives", "subjects", "tokens"]

_NOT_VECTORS = ("published.json", "schema.json")
_PUBLISHED_TOKEN = re.compile(r"V\d{3}")
_ORIGINS = {
    "key and block published, digits computed with the sample tables": (
        "computed (sample tables; key and block published)"
    )
}
_METER_NAMES = ("ea", "dkga", "pan", "kt", "sgc", "ti", "krn", "bdt", "decoder_key", "sta_tables")
_GENERATION_NAMES = ("pan", "kt", "sgc", "ti", "krn", "bdt", "ea", "decoder_key")


def subjects() -> tuple[str, ...]:
    """Return the names of the files, without their ending."""
    names = (item.name for item in files(__name__).iterdir())
    return tuple(sorted(name[:-5] for name in names if name.endswith(".json") and name not in _NOT_VECTORS))


def load(subject: str) -> dict[str, Any]:
    """Return one file: its head, notes and groups of vectors."""
    content: dict[str, Any] = json.loads(files(__name__).joinpath(f"{subject}.json").read_text("utf-8"))
    return content


def tokens() -> list[dict[str, Any]]:
    """Return the tokens of published documents as flat rows: fields, key, plain block and digits of one each."""
    rows = [
        _token_row(group["group"]["meter"], vector)
        for subject in (
            "transfer_credit",
            "transfer_credit_currency",
            "test_display",
            "management",
            "key_change_parts",
        )
        for group, vector in _vectors(subject)
        if _PUBLISHED_TOKEN.fullmatch(vector["id"])
    ]
    return sorted(rows, key=lambda row: str(row["id"]))


def primitives() -> dict[str, list[dict[str, Any]]]:
    """Return, for each function below the tokens, its published values as flat rows."""
    return {
        "misty1": _published("ciphers", {"cipher": "ea11"}, ("key", "plain", "cipher")),
        "sta_sample_tables": _published(
            "ciphers", {"cipher": "ea07", "sta_tables": "sample"}, ("key", "plain", "class", "token")
        ),
        "des": _published("ciphers", {"cipher": "ea09"}, ("key", "plain", "cipher")),
        "hmac_sha256": _published("ciphers", {"cipher": "hmac_sha256"}, ("key", "data_ascii", "mac")),
        "crc16": _published("crc", {"function": "crc16"}, ("bytes", "stored")),
        "dkga02": _published("key_generation", {"dkga": 2}, _GENERATION_NAMES),
        "dkga04": _published("key_generation", {"dkga": 4}, _GENERATION_NAMES),
        "luhn": _published("check_digits", {"function": "luhn"}, ("payload", "check")),
    }


def _vectors(subject: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for group in load(subject)["groups"]:
        for vector in group["vectors"]:
            yield group, vector


def _published(subject: str, shared: dict[str, Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = []
    for group, vector in _vectors(subject):
        if group["group"] == shared and "Published" in vector["flags"] and vector["result"] == "valid":
            row = {name: vector[name] for name in names if name in vector}
            row |= {"vudk": vector["vending_key"]} if "vending_key" in vector else {}
            row["origin"] = vector["source"]
            rows.append(row)
    return rows


def _token_row(meter: dict[str, Any], vector: dict[str, Any]) -> dict[str, Any]:
    row = {name: vector[name] for name in ("id", "class", "subclass", "crc", "token")}
    row |= {"content44": vector["content"], "plain_block64": vector["block"]}
    row["origin"] = _ORIGINS.get(vector["source"], vector["source"])
    row |= {name: meter[name] for name in _METER_NAMES if name in meter}
    row |= {"vudk": meter["vending_key"]} if "vending_key" in meter else {}
    asked = vector.get("asked", {})
    row |= asked
    fields = vector["fields"]
    if "control" in fields:
        bits = 36 if vector["subclass"] == 0 else 28
        return row | {f"control{bits}": fields["control"], f"mfr{44 - bits}": fields["mfr_code"]}
    if "tid" in fields and (vector["class"], vector["subclass"]) != (2, 10):
        head, _, value = fields
        row |= {head: fields[head], "tid": fields["tid"]}
        row["amount16" if {"units", "currency_amount"} & set(asked) else "value16"] = fields[value]
    return row
