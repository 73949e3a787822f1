"""Events for tests, from what matters in each: the rest of an event is filled in."""

import json
from collections.abc import Iterable
from typing import Any

from sts_reports.events import EVENT_ADAPTER, Event

Json = dict[str, Any]

RUN: Json = {
    "format": 2,
    "product": {"name": "stsbench", "version": "0.1.0", "python": "3.11"},
    "declaration": {},
    "editions": {"IEC 62055-41": "2018", "IEC 62055-52": "2008", "A": "1", "B": "1"},
    "profile": "a profile",
    "overlay": None,
    "decision_rule": "guarded",
    "again": "stsbench run",
    "requirements": [],
}
IDENTITY: Json = {"id": "run-1", "started": "2026-11-20T09:00:00+00:00"}
BENCH: Json = {
    "name": "bench",
    "port": "/dev/ttyUSB0",
    "parity": "driver",
    "interface": "optical",
    "clock": "host clock",
    "uncertainty_ms": None,
    "uncertainty_source": "exact",
    "seed": None,
    "defect": None,
    "built_as": None,
}
METER: Json = {
    "maker": "M",
    "model": "1",
    "serial": "1",
    "firmware": "1",
    "pan": "600727123456789030",
    "supply_group_code": "123457",
    "key_type": "DUTK",
    "tariff_index": "01",
    "key_revision_number": 1,
    "key_expiry_number": 255,
    "base_date": 2014,
    "encryption_algorithm": 11,
    "decoder_key_check_value": "1f8e91",
}
REQUIREMENT: Json = {
    "standard": "IEC 62055-41",
    "clause": "1",
    "clause_title": "a title",
    "strength": "shall",
    "text": "What it asks.",
    "provenance": "3 sources",
    "numbered": True,
    "seen_by": ["carrier"],
    "rests_on": [],
}
INSTRUMENT: Json = {
    "driver": "a driver",
    "maker": "M",
    "model": "1",
    "serial": "1",
    "firmware": "1",
    "calibration": None,
    "problems": [],
}
TOKEN: Json = {
    "digits": "1" * 20,
    "text": "a token",
    "token_class": 0,
    "subclass": 0,
    "fields": {"kind": "TransferCredit", "units": 1},
    "has_right_crc": True,
    "tid": None,
    "key": "declared",
    "new_key": None,
    "authentic_under": ["declared"],
    "rolls_over": False,
}
FIELDS: dict[str, Json] = {
    "Set1stSectionDecoderKey": {
        "key_expiry_high": 15,
        "key_revision_number": 1,
        "roll_over": False,
        "three_tokens": False,
        "key_type": 2,
    },
    "Set2ndSectionDecoderKey": {"key_expiry_low": 15, "tariff_index": 1},
    "TransferCredit": {"units": 1},
}
DERIVED = {"reason", "guard_band", "statement", "conditional", "verdict"}
"""What the record has of a measurement beyond its event."""


def events_of(lines: Iterable[Json]) -> list[Event]:
    """Return the events of lines, each with what matters of it."""
    return [event_of(line) for line in lines]


def event_of(line: Json) -> Event:
    """Return the event of a line in the flat form of the record's steps, with all the rest filled in."""
    content = dict(line)
    made = _MAKERS.get(content["kind"], lambda content: content)(content)
    return EVENT_ADAPTER.validate_json(json.dumps({"kind": line["kind"], **made}))


def run(content: Json) -> Json:
    sections = {"run": IDENTITY, "bench": BENCH, "meter": METER, "selection": {"only": [], "shuffle": None}}
    return {
        **RUN,
        **content,
        **{name: {**usual, **content.get(name, {})} for name, usual in sections.items()},
        "requirements": [{**REQUIREMENT, **one} for one in content.get("requirements", [])],
    }


def inspection(content: Json) -> Json:
    return {**content, "requirements": [{**REQUIREMENT, **one} for one in content["requirements"]]}


def left_out(content: Json) -> Json:
    return {**content, "requirements": [{**REQUIREMENT, **one} for one in content["requirements"]]}


def plan(content: Json) -> Json:
    usual = {"title": "a case", "again": "stsbench run"}
    return {"cases": [{**usual, **case} for case in content["cases"]]}


def instruments(content: Json) -> Json:
    return {"instruments": [{**INSTRUMENT, **one} for one in content["instruments"]]}


def exchange(content: Json) -> Json:
    at, reaction = content.get("at", 0), content.get("reaction") or 0
    came = bytes.fromhex(content.get("received", ""))
    stray = content.get("stray", [])
    return {
        "at": at,
        "asked": at,
        "attempt": 1,
        "command": None,
        "command_text": content.get("command") or "",
        "sent": {"codes": bytes.fromhex(content.get("sent", "")).hex(), "gaps": [], "wrong_parity": []},
        "answer": None,
        "fault": "nothing came",
        "detail": "",
        "answer_text": content.get("answer") or "",
        "received": {
            "codes": came.hex(),
            "ends": [at + reaction + number for number in range(1, len(came) + 1)],
            "durations": [1] * bool(came),
            "damaged": content.get("damaged", []),
        },
        "stray": {
            "codes": bytes(code for code, _ in stray).hex(),
            "ends": [end for _, end in stray],
            "durations": [1] * bool(stray),
            "damaged": [],
        },
    }


def token_facts(content: Json) -> Json:
    name = content.get("token", "TransferCredit")
    known = {"text": content.get("what", "a token"), "fields": {"kind": name, **FIELDS[name]}}
    return {**TOKEN, **known, **{key: value for key, value in content.items() if key in TOKEN}}


def minted(content: Json) -> Json:
    return {"at": content["at"], "token": token_facts(content)}


def token(content: Json) -> Json:
    result = content["result"]
    return {
        "at": content["at"],
        "carrier": "port",
        "token": token_facts(content),
        "result": result,
        "possible": None,
        "code": 1,
        "acknowledged": None if result is None else content["at"],
        "busy_from": 0,
        "ready_by": 0,
        "shown": "",
    }


def action(content: Json) -> Json:
    words = content["what"].split(" ")
    return {
        "at": content["at"],
        "action": " ".join(words[:2]),
        "value": " ".join(words[2:]),
        "seen": content["seen"],
    }


def measurement(content: Json) -> Json:
    return {
        "measurement": {name: value for name, value in content.items() if name not in {*DERIVED, "kind"}},
    }


_MAKERS = {
    "run": run,
    "inspection": inspection,
    "left out": left_out,
    "plan": plan,
    "instruments": instruments,
    "exchange": exchange,
    "minted": minted,
    "token": token,
    "action": action,
    "measurement": measurement,
    "recording": lambda content: (
        {"at": 0, "name": "1", "file": "1", "source": "scope", **content}
        | {"sha256": content.get("sha256", "0").ljust(64, "0")}
    ),
    "verdict": lambda content: {
        "at": 0,
        "verdict": "PASS",
        "reason": "",
        "provisional": [],
        "conditional": False,
        **content,
    },
    "identifier": lambda content: {"base_date": 2014, **content},
    "prompt": lambda content: {"value": "", **content},
    "end": lambda content: {
        "at": 0,
        "finished": "2026-11-20T10:00:00+00:00",
        "interrupted": False,
        "simulated": None,
        **content,
    },
}
