"""Views are found by name, ours and those of others, and one that fails keeps no other from being made."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from run_events import events_of

from sts_reports.events import Event
from sts_reports.journal import JOURNAL, Journal
from sts_reports.record import Record, build_record, load_record
from sts_reports.views import PAGE, write_views
from sts_reports.views.registry import GROUP, OWN_VIEWS, known_views, make_views

EVENTS = events_of([{"kind": "run"}, {"kind": "plan", "cases": []}, {"kind": "end"}])


def count_events(record: Record, events: Sequence[Event], folder: Path) -> None:
    (folder / "count").write_text(f"{record['run']['id']}: {len(events)}")


def fail(record: Record, events: Sequence[Event], folder: Path) -> None:
    raise RuntimeError("no\nspace")


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, f"test_views:{value}", GROUP)


def made(folder: Path, *plugins: EntryPoint) -> list[str]:
    return make_views(build_record(EVENTS), EVENTS, folder, plugins)


def test_ours_and_those_of_others_are_made(tmp_path: Path) -> None:
    assert made(tmp_path, entry("count", "count_events")) == []
    assert {path.name for path in tmp_path.iterdir()} == {"record.json", PAGE, "count"}
    assert (tmp_path / "count").read_text() == "run-1: 3"
    assert load_record(tmp_path)["run"]["id"] == "run-1"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("fail", "RuntimeError: no space"),
        ("nothing", "AttributeError: "),
        ("fail.more", "AttributeError: "),
    ],
)
def test_one_that_fails_is_told_in_a_sentence_and_the_others_are_made(
    tmp_path: Path, value: str, reason: str
) -> None:
    (problem,) = made(tmp_path, entry("bad", value), entry("count", "count_events"))
    assert problem.startswith(f"the view 'bad' was not made ({reason}")
    assert "\n" not in problem
    assert {path.name for path in tmp_path.iterdir()} == {"record.json", PAGE, "count"}


def test_one_of_a_package_that_is_gone_is_told(tmp_path: Path) -> None:
    (problem,) = made(tmp_path, EntryPoint("gone", "no_such_package:view", GROUP))
    assert problem.startswith("the view 'gone' was not made (ModuleNotFoundError: ")


def test_the_second_of_a_name_is_not_made_and_told(tmp_path: Path) -> None:
    count = entry("count", "count_events")
    problems = made(tmp_path, entry("html", "fail"), count, count)
    assert problems == [
        f"the view 'html' of test_views:fail was not made: {OWN_VIEWS['html']} has its name already"
    ]


def test_our_own_views_can_be_loaded() -> None:
    assert [one.name for one in known_views(())] == list(OWN_VIEWS)
    assert all(callable(one.load()) for one in known_views(()))


def test_the_views_of_a_folder_are_made_from_its_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / JOURNAL)
    for event in EVENTS:
        journal.write(event)
    journal.close()
    told: list[str] = []
    assert write_views(tmp_path, told.append) == load_record(tmp_path)
    assert told == []
    (tmp_path / PAGE).unlink()
    (tmp_path / PAGE).mkdir()
    with pytest.raises(OSError, match=PAGE):
        write_views(tmp_path, told.append)
