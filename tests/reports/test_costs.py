"""What a run took is counted from the lines of its journal."""

from typing import Any

from run_events import events_of

from sts_reports.costs import CostCounter

LINES: list[dict[str, Any]] = [
    {"kind": "run"},
    {"kind": "plan", "cases": [{"id": "first", "requirements": []}, {"id": "second", "requirements": []}]},
    {"kind": "exchange", "at": 1},
    {"kind": "identifier", "at": 2, "tid": 7},
    {"kind": "case", "id": "first", "at": 1_000_000_000},
    {"kind": "identifier", "at": 3, "tid": 8},
    {"kind": "identifier", "at": 4, "tid": 9},
    {"kind": "minted", "at": 4, "digits": "1", "token": "TransferCredit", "tid": 9, "rolls_over": False},
    {"kind": "minted", "at": 4, "digits": "2", "token": "TransferCredit", "tid": 9, "rolls_over": False},
    {"kind": "token", "at": 4, "token": "TransferCredit", "result": "Accept", "rolls_over": False},
    {"kind": "prompt", "at": 5, "action": "keypad enter", "request": "Key in 1"},
    {"kind": "action", "at": 6, "what": "keypad enter 12345678901234567890", "seen": ""},
    {"kind": "verdict", "id": "first", "at": 3_500_000_000},
    {"kind": "case", "id": "second", "at": 4_000_000_000},
    {"kind": "token", "at": 4, "token": "Set1stSectionDecoderKey", "result": "1stKCT", "rolls_over": True},
    {"kind": "token", "at": 4, "token": "Set2ndSectionDecoderKey", "result": "Accept", "rolls_over": True},
    {"kind": "token", "at": 4, "token": "Set2ndSectionDecoderKey", "result": "Accept", "rolls_over": False},
    {"kind": "token", "at": 4, "token": "Set2ndSectionDecoderKey", "result": "CRCError", "rolls_over": True},
    {"kind": "action", "at": 6, "what": "power off", "seen": ""},
    {"kind": "action", "at": 6, "what": "power on", "seen": ""},
    {"kind": "recording", "at": 6},
    {"kind": "verdict", "id": "second", "at": 4_500_000_000},
    {"kind": "end", "at": 9_000_000_000},
]


def counted(lines: list[dict[str, Any]]) -> CostCounter:
    counter = CostCounter()
    for event in events_of(lines):
        counter.take(event)
    return counter


def test_each_case_has_its_own_costs_and_the_run_those_of_all() -> None:
    counter = counted(LINES)
    first, second = counter.cases["first"], counter.cases["second"]
    assert (first.at, first.seconds, second.at, second.seconds) == (1.0, 2.5, 4.0, 0.5)
    assert first.identifiers == {"not minted": 1, "TransferCredit": 1}
    assert (first.prompts, first.actions, first.power_cuts) == ({"keypad enter": 1}, {"keypad enter": 1}, 0)
    assert (second.key_changes, second.roll_overs, second.power_cuts, second.recordings) == (2, 1, 1, 1)
    total = counter.total
    assert total.seconds == 9.0
    assert total.identifiers == {"not minted": 2, "TransferCredit": 1}
    assert total.tokens == {
        "TransferCredit": 1,
        "Set1stSectionDecoderKey": 1,
        "Set2ndSectionDecoderKey": 3,
    }
    assert total.as_json()["power_cuts"] == 1


def test_a_run_that_was_cut_off_has_the_costs_until_then() -> None:
    counter = counted(LINES[:-3])
    assert counter.total.seconds == 2.5
    assert counter.total.power_cuts == 1
