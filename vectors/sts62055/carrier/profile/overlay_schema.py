"""JSON schema of overlays, for editors that complete names and values."""

from collections.abc import Mapping
from typing import Any

from sts62055.carrier.profile.model import Parameter, Profile, RegisterEntry
from sts62055.carrier.profile.overlay import CONFIRMATION, FIXED

__all__ = ["overlay_schema"]


def overlay_schema(base: Profile, sentences: Mapping[str, str]) -> dict[str, Any]:
    """Return the JSON schema of overlays of a profile, for editors: names, keys and the kinds of values.

    sentences: the requirements that one may rule on: by their ids, what they say.
    """
    text = {"type": "string", "minLength": 1}
    confirmed = {
        "type": "object",
        "description": "who confirmed it, and in which document and edition",
        "properties": dict.fromkeys(CONFIRMATION, text),
        "required": list(CONFIRMATION),
        "additionalProperties": False,
    }
    freed = {
        "description": "why the standard leaves it free; nothing is judged by it then",
        "oneOf": [
            text,
            {
                "type": "object",
                "properties": dict.fromkeys(("why", *CONFIRMATION), text),
                "required": ["why", *CONFIRMATION],
                "additionalProperties": False,
            },
        ],
    }
    common = {
        "note": {"type": "string"},
        "clause": {"type": "string", "description": "where it stands in the document"},
        "confirmed": {"$ref": "#/$defs/confirmed"},
        "freed": {"$ref": "#/$defs/freed"},
    }
    parameters = {
        name: _described(entry, {"value": _schema_of(entry.value, entry.unit, is_fixed=name in FIXED), **common})
        for name, entry in base.parameters.items()
    }
    registers = {
        name: _described(
            entry,
            {
                "id": {"type": "integer", "minimum": 0, "maximum": 0xFFFF},
                "width": {"type": "integer", "minimum": 1},
                "unit": {"type": "string"},
                "access": {"enum": ["read", "write"]},
                **common,
            },
        )
        for name, entry in base.registers.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An overlay of the protocol profile of IEC 62055-52",
        "type": "object",
        "$defs": {
            "confirmed": confirmed,
            "freed": freed,
            "ruling": {"type": "object", "properties": common, "additionalProperties": False},
        },
        "properties": {
            "confirmed": {"$ref": "#/$defs/confirmed"},
            "parameter": {"type": "object", "properties": parameters, "additionalProperties": False},
            "register": {"type": "object", "properties": registers, "additionalProperties": False},
            "requirement": {
                "type": "object",
                "description": "ids of `stsbench clauses`, those of registers of your own among them",
                "properties": {
                    name: {"description": said, "$ref": "#/$defs/ruling"} for name, said in sentences.items()
                },
                "additionalProperties": {"$ref": "#/$defs/ruling"},
            },
        },
        "required": ["confirmed"],
        "additionalProperties": False,
    }


def _described(entry: Parameter | RegisterEntry, properties: dict[str, Any]) -> dict[str, Any]:
    about = f"{entry.clause}, in {entry.unit}" if entry.unit else entry.clause
    return {
        "type": "object",
        "description": f"{about}. {entry.note}".rstrip(". "),
        "properties": properties,
        "additionalProperties": False,
    }


def _schema_of(value: object, unit: str, *, is_fixed: bool) -> dict[str, Any]:
    if is_fixed:
        return {"const": value}
    match value:
        case int():
            return {"type": "integer", "minimum": 0}
        case float():
            return {"type": "number"}
        case {"lower": _} | {"upper": _}:
            limit = {"type": "integer", "minimum": 0} if unit == "ms" else {"type": "number"}
            return {
                "type": "object",
                "properties": {"lower": limit, "upper": limit},
                "minProperties": 1,
                "additionalProperties": False,
            }
        case dict():
            return {"type": "object", "additionalProperties": {"type": "string"}}
        case _:
            return {"type": "string"}
