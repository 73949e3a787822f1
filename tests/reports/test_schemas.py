"""The published schemas of journal and record are those of the code, and hold what it writes."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from run_events import event_of, events_of

from sts_reports.events import EVENT_ADAPTER
from sts_reports.record import build_record
from sts_reports.schemas import journal_schema, record_schema

Json = dict[str, Any]

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
PREVIOUS = {"previous": "0" * 64}
LINES: list[Json] = [
    {"kind": "run", "requirements": [{"id": "r"}]},
    {"kind": "plan", "cases": [{"id": "c", "requirements": ["r"]}]},
    {"kind": "case", "id": "c", "at": 1},
    {"kind": "exchange", "sent": "01 52", "received": "06", "stray": [[6, 1]], "damaged": [0]},
    {"kind": "token", "at": 2, "token": "Set1stSectionDecoderKey", "result": "1stKCT"},
    {"kind": "action", "at": 3, "what": "power off", "seen": ""},
    {"kind": "recording", "sha256": "0" * 64},
    {"kind": "verdict", "id": "c", "verdict": "FAIL", "reason": "no"},
    {"kind": "end"},
]


def errors(schema: Json, content: Json) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(content)]


@pytest.mark.parametrize(("name", "made"), [("journal", journal_schema), ("record", record_schema)])
def test_a_published_schema_is_that_of_the_code(name: str, made: Any) -> None:
    published = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(published)
    assert published == made(), "make schemas"


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["kind"])
def test_a_line_is_as_the_schema_says(line: Json) -> None:
    content = PREVIOUS | json.loads(EVENT_ADAPTER.dump_json(event_of(line)))
    schema = journal_schema()
    assert errors(schema, content) == []
    assert errors(schema, {**content, "more": 1})
    for name in content:
        assert errors(schema, {key: value for key, value in content.items() if key != name}), name


def test_every_kind_of_event_has_its_schema() -> None:
    kinds = set(journal_schema()["discriminator"]["mapping"])
    assert {line["kind"] for line in LINES} < kinds
    assert len(kinds) == 26


def test_a_record_is_as_the_schema_says() -> None:
    record = json.loads(json.dumps(build_record(events_of(LINES))))
    schema = record_schema()
    assert errors(schema, record) == []
    assert errors(schema, {**record, "more": 1})
    assert errors(schema, {**record, "format": 1})
    assert errors(schema, {**record, "cases": [{**record["cases"][0], "verdict": "GOOD"}]})
