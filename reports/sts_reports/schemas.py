"""JSON Schemas of a line of the journal and of the record, made from the types that read and write them."""

from typing import Any

from sts_reports.events import EVENT_ADAPTER
from sts_reports.record import RECORD_ADAPTER

__all__ = ["journal_schema", "record_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PREVIOUS = {
    "description": "The SHA-256 of the line before, without its end; zeros in the first line.",
    "pattern": "^[0-9a-f]{64}$",
    "type": "string",
}


def journal_schema() -> dict[str, Any]:
    """Return the schema of one line of journal.jsonl: an event, and the hash of the line before."""
    schema = EVENT_ADAPTER.json_schema(mode="serialization")
    for reference in schema["discriminator"]["mapping"].values():
        event = schema["$defs"][reference.rpartition("/")[2]]
        event["properties"] = {"previous": _PREVIOUS, **event["properties"]}
        event["required"] = ["previous", *event["required"]]
    return {"$schema": _DIALECT, "title": "A line of journal.jsonl", **schema}


def record_schema() -> dict[str, Any]:
    """Return the schema of record.json."""
    return {"$schema": _DIALECT, **RECORD_ADAPTER.json_schema(mode="serialization")}
