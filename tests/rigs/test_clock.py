"""The clock of a real bench."""

from datetime import UTC, datetime, timedelta

import pytest

from sts_rigs.clock import HostClock


def test_the_host_clock_begins_near_zero_and_never_runs_backwards() -> None:
    clock = HostClock()
    instants = [clock.now() for _ in range(100)]
    assert instants == sorted(instants)
    assert 0 <= instants[0] < 60_000_000_000


def test_waiting_ends_when_the_instant_has_come() -> None:
    clock = HostClock()
    until = clock.now() + 30_000_000
    clock.wait_until(until)
    assert clock.now() >= until


def test_waiting_sleeps_no_longer_than_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    clock = HostClock()
    clock.wait_until(clock.now() + 1_000_000)
    monkeypatch.setattr("time.sleep", slept.append)
    clock.wait_until(clock.now() + 60_000_000_000)
    assert 0 < slept[0] <= 60


def test_waiting_for_the_past_does_not_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    clock = HostClock()
    clock.wait_until(clock.now() - 1_000_000_000)
    assert slept == [0]


def test_the_date_is_that_of_this_computer_in_utc() -> None:
    date = HostClock().date()
    assert date.tzinfo is UTC
    assert abs(datetime.now(UTC) - date) < timedelta(minutes=5)
