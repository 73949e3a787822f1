"""What a run writes is as the published schemas say, and its journal tells tokens, keys and beliefs in types."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from conftest import Stsbench
from sts_reports.events import ClockUsed, KeyNamed, MeterHeld, RunStarted, TokenEntered
from sts_reports.journal import read_journal

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8")))


def test_a_run_is_as_the_schemas_say(stsbench: Stsbench, tmp_path: Path) -> None:
    only = [word for name in ("41-8.9-completing", "52-6.7.1", "52-6.2", "41-7.3.9") for word in ("--only", name)]
    assert stsbench("run", *only).code == 0
    (run,) = (tmp_path / "runs").iterdir()
    journal = schema("journal")
    seen: dict[str, int] = {}
    for line in (run / "journal.jsonl").read_text("utf-8").splitlines():
        content = json.loads(line)
        kind = content["kind"]
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= 20:
            assert [error.message for error in journal.iter_errors(content)] == [], line
    assert {"run", "inspection", "plan", "instruments", "clock", "exchange", "key", "token", "held"} <= set(seen)
    record = json.loads((run / "record.json").read_text("utf-8"))
    assert [error.message for error in schema("record").iter_errors(record)] == []


def test_the_journal_tells_under_which_keys_tokens_are_authentic_and_which_the_meter_holds(
    stsbench: Stsbench, tmp_path: Path
) -> None:
    assert stsbench("run", "--only", "41-8.9-completing").code == 0
    (run,) = (tmp_path / "runs").iterdir()
    events = list(read_journal(run / "journal.jsonl"))
    (started,) = [one for one in events if isinstance(one, RunStarted)]
    (clock,) = [one for one in events if isinstance(one, ClockUsed)]
    assert started.declaration["implements.key_change_tokens"] == 4
    assert clock.is_simulated
    handles = [one.handle for one in events if isinstance(one, KeyNamed)]
    assert handles[0] == "declared"
    assert "TI 02" in handles
    tokens = [one for one in events if isinstance(one, TokenEntered)]
    assert all(set(one.token.authentic_under) <= set(handles) for one in tokens)
    assert all(one.token.key is None or one.token.key in one.token.authentic_under for one in tokens)
    changes = [one for one in tokens if one.token.new_key]
    assert {one.token.new_key for one in changes} == {"declared", "TI 02"}
    held = [one for one in events if isinstance(one, MeterHeld)]
    assert {one.key for one in held} == {"declared", "TI 02"}
    assert (1, 2, 3) in {one.parts for one in held}
    assert (held[-1].key, held[-1].parts) == ("declared", ())
