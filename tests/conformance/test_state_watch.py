"""Whole campaigns under the state watch: it sees what no case asks about, and accuses no good meter."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conftest import Stsbench
from declared_meters import write_declaration
from sts62055.carrier.profile import default_profile
from sts_fixtures.watch.state_watch import StateFinding, StateWatch
from sts_reports.events import CaseBegan, CaseJudged, ExchangeDone, FaultFound
from sts_reports.journal import JOURNAL, read_journal
from sts_reports.messages import Data
from sts_reports.verdict import Verdict
from stsbench import run_campaign

PROFILE = default_profile()
CREDIT = PROFILE.registers["electricity_credit"].id
UNSEEN = {
    "clear-tamper-gives-credit": ("41-8.10-clears", "41-8.4-only"),
    "test-of-everything-clears-credit": ("41-8.5-all", "41-8.4-only"),
}
"""Defects, with a case that does not ask about them and what the watch finds beside it."""


def events_of(folder: Path) -> list[Any]:
    return list(read_journal(next(folder.glob(f"*/{JOURNAL}"))))


def found_in(events: list[Any]) -> list[StateFinding]:
    watch = StateWatch(PROFILE)
    return [finding for event in events for finding in watch.take(event)]


@pytest.fixture(scope="module")
def of_a_good_meter(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("runs")
    run_campaign(only=["41-8.4", "41-8.6", "41-8.7", "41-8.10"], out=folder)
    return events_of(folder)


def test_a_good_meter_is_not_accused(of_a_good_meter: list[Any]) -> None:
    assert found_in(of_a_good_meter) == []


def with_credit(events: list[Any], *, from_place: int, count: int) -> list[Any]:
    """Return events in which some answers of the credit register, from one on, tell another credit."""
    changed, left = [], count
    for place, event in enumerate(events):
        if place < from_place or not left or not _is_credit(event):
            changed.append(event)
            continue
        changed.append(_told(event, f"{int(event.answer.values[0], 16) + 7:08X}"))
        left -= 1
    return changed


def _is_credit(event: Any) -> bool:
    return (
        isinstance(event, ExchangeDone)
        and isinstance(event.answer, Data)
        and event.answer.register_id == CREDIT
        and len(event.answer.values) == 1
    )


def _told(event: ExchangeDone, text: str) -> ExchangeDone:
    return replace(event, answer=replace(event.answer, values=(text,)))  # type: ignore[type-var, arg-type]


def test_what_is_seen_once_is_not_believed(of_a_good_meter: list[Any]) -> None:
    places = [place for place, event in enumerate(of_a_good_meter) if _is_credit(event)]
    assert len(places) > 20
    for place in places[2:20]:
        assert found_in(with_credit(of_a_good_meter, from_place=place, count=1)) == []


def test_credit_out_of_nothing_is_found_once(of_a_good_meter: list[Any]) -> None:
    places = [place for place, event in enumerate(of_a_good_meter) if _is_credit(event)]
    found = found_in(with_credit(of_a_good_meter, from_place=places[6], count=10_000))
    assert found
    assert len({finding.requirement for finding in found}) == len(found)
    assert all(finding.verdict is Verdict.FAIL for finding in found)
    assert "every hypothesis expected" in found[0].reason


def test_a_case_that_fails_by_itself_has_accused_the_meter(of_a_good_meter: list[Any]) -> None:
    places = [place for place, event in enumerate(of_a_good_meter) if _is_credit(event)]
    spoiled = [
        replace(event, verdict=Verdict.FAIL) if isinstance(event, CaseJudged) else event
        for event in with_credit(of_a_good_meter, from_place=places[6], count=10_000)
    ]
    assert found_in(spoiled) == []


@pytest.mark.parametrize("name", UNSEEN)
def test_a_defect_that_no_case_asks_about_is_found(stsbench: Stsbench, name: str) -> None:
    only, requirement = UNSEEN[name]
    result = stsbench("run", "--defect", name, "--only", only, "--json")
    found = [one for one in json.loads(result.out)["findings"] if one["by"] == "state watch"]
    assert [one["requirement"] for one in found] == [requirement]
    assert not [one for one in result.json["cases"] if one["verdict"] == "FAIL"]


@pytest.mark.parametrize(("said", "failed"), [([], {"41-8.6-only"}), (["power limit"], set())], ids=str)
def test_a_side_effect_is_no_failure_where_the_maker_has_told_it(
    stsbench: Stsbench, tmp_path: Path, said: list[str], failed: set[str]
) -> None:
    meter = write_declaration(tmp_path / "meter.toml", {"implements.side_effects": said})
    only = [word for name in ("41-8.6-only", "41-8.9-only", "41-8.9-credit") for word in ("--only", name)]
    result = stsbench("run", "--meter", meter, "--defect", "key-change-forgets-power-limit", *only, "--json")
    assert result.failed == failed
    assert result.json["findings"] == []


def test_after_a_fault_it_goes_on_with_the_next_case(of_a_good_meter: list[Any]) -> None:
    begin = next(place for place, event in enumerate(of_a_good_meter) if isinstance(event, CaseBegan))
    events = [*of_a_good_meter[:begin], FaultFound(what="the port was lost", remedy=""), *of_a_good_meter[begin:]]
    places = [place for place, event in enumerate(events) if _is_credit(event)]
    assert found_in(events) == []
    assert found_in(with_credit(events, from_place=places[6], count=10_000))
