"""The clock of the simulated bench: events in their order, and time that passes only when it is let."""

from datetime import timedelta

import pytest

from sts_rigs.simulator.timeline import START, Timeline


def test_time_begins_at_the_start() -> None:
    timeline = Timeline()
    assert timeline.now() == 0
    assert timeline.date() == START


def test_events_happen_in_the_order_of_their_instants() -> None:
    timeline, happened = Timeline(), list[int]()
    for instant in (30, 10, 20, 40):
        timeline.at(instant, lambda instant=instant: happened.append(instant))  # type: ignore[misc]
    timeline.wait_until(30)
    assert happened == [10, 20, 30]


def test_events_of_one_instant_happen_in_the_order_of_their_planning() -> None:
    timeline, happened = Timeline(), list[str]()
    for name in "cabed":
        timeline.at(10, lambda name=name: happened.append(name))  # type: ignore[misc]
    timeline.wait_until(10)
    assert happened == list("cabed")


def test_an_event_sees_its_own_instant() -> None:
    timeline, seen = Timeline(), list[int]()
    for instant in (7, 11):
        timeline.at(instant, lambda: seen.append(timeline.now()))
    timeline.wait_until(100)
    assert seen == [7, 11]
    assert timeline.now() == 100


def test_an_event_may_plan_the_next_one_within_the_same_wait() -> None:
    timeline, seen = Timeline(), list[int]()

    def tick() -> None:
        seen.append(timeline.now())
        timeline.at(timeline.now() + 10, tick)

    timeline.at(10, tick)
    timeline.wait_until(35)
    assert seen == [10, 20, 30]
    assert timeline.next_instant == 40


def test_what_is_planned_for_the_past_happens_at_once() -> None:
    timeline, seen = Timeline(), list[int]()
    timeline.wait_until(100)
    timeline.at(50, lambda: seen.append(timeline.now()))
    timeline.wait_until(100)
    assert seen == [100]


def test_waiting_for_the_past_does_not_turn_time_back() -> None:
    timeline = Timeline()
    timeline.wait_until(100)
    timeline.wait_until(50)
    assert timeline.now() == 100


def test_a_step_is_one_event() -> None:
    timeline, happened = Timeline(), list[int]()
    for instant in (10, 20):
        timeline.at(instant, lambda instant=instant: happened.append(instant))  # type: ignore[misc]
    assert timeline.step(20)
    assert (happened, timeline.now()) == ([10], 10)
    assert timeline.step(20)
    assert (happened, timeline.now()) == ([10, 20], 20)


@pytest.mark.parametrize("instants", [[], [21]])
def test_a_step_without_an_event_lets_the_instant_come(instants: list[int]) -> None:
    timeline = Timeline()
    for instant in instants:
        timeline.at(instant, pytest.fail)
    assert not timeline.step(20)
    assert timeline.now() == 20


def test_the_next_instant_is_that_of_the_earliest_event() -> None:
    timeline = Timeline()
    assert timeline.next_instant is None
    timeline.at(20, lambda: None)
    timeline.at(10, lambda: None)
    assert timeline.next_instant == 10
    timeline.wait_until(20)
    assert timeline.next_instant is None


def test_the_date_goes_with_the_clock() -> None:
    timeline = Timeline()
    timeline.wait_until(86_400_000_000_000)
    assert timeline.date() == START + timedelta(days=1)
    timeline.wait_until(86_400_000_001_999)
    assert timeline.date() == START + timedelta(days=1, microseconds=1)
