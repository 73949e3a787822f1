"""Runs that are killed within a key change, or leave a meter otherwise: the next one knows, and accuses nobody."""

import json
import re
import signal
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kills import (
    Instant,
    Moment,
    SimulatedBenchStation,
    SimulatedStation,
    given_twice,
    prove_instant,
    prove_moment,
)

from conftest import Stsbench
from sts_reports.events import IdentifierGiven, RunEnded, TokenEntered
from sts_reports.journal import read_journal
from sts_rigs.files.rig import load_rig

CASE = "41-8.9-completing"
DRN = "12345678903"
ONLY = ["--only", "52-6.4.2"]

needs_terminals = pytest.mark.skipif(sys.platform == "win32", reason="this system has no pseudo-terminals")


@needs_terminals
def test_a_run_that_is_killed_leaves_a_meter_that_is_known_and_can_be_put_back(tmp_path: Path) -> None:
    with SimulatedStation(tmp_path).serving() as station:
        for number, (token, place, way) in enumerate([(9, "sent", "SIGKILL"), (9, "answered", "SIGHUP")]):
            instant = Instant(CASE, token, place, way)
            assert prove_instant(station, instant, by_itself=number == 1) == []


@needs_terminals
@pytest.mark.parametrize(
    ("left", "done", "says", "told"),
    [
        ({"is_powered": False}, "power off", "without its power", "and is not any more"),
        ({"is_powered": False}, "", "without its power", "the meter has its power again"),
        ({"is_cover_open": True, "is_tampered": True}, "cover open", "its terminal cover open", "not any more"),
        ({"load": [2000, 0, 0]}, "load apply 2000", "with a load", "and is not any more"),
        ({"is_locked_out": True}, "", "locked out", "the lockout has ended"),
    ],
)
def test_what_was_done_to_a_meter_is_ended(
    tmp_path: Path, left: dict[str, Any], done: str, says: str, told: str
) -> None:
    with SimulatedStation(tmp_path).serving() as station:
        station.run("52-6.4.2")
        if done:
            act(station, done)
        (path,) = (tmp_path / "state").glob("*.json")
        ledger = station.ledger
        held = ledger["held"] or {"keys": [KEY], "way": [], "parts": []}
        path.write_text(json.dumps({**ledger, "held": {**held, **left}}), "utf-8")
        if told.endswith("any more"):
            refused = station.run("52-6.4.2")
            assert refused.code == 4
            assert "recover" in refused.out
        recovered = station.recover()
        assert recovered.code == 0, recovered.err
        content = json.loads(recovered.out)
        assert says in content["found"]
        assert [told in text for text in content["done"]] == [True]
        assert content["left"] == []
        assert isinstance(last_event(tmp_path / content["journal"]), RunEnded)
        assert says not in station.recover().out
        assert station.run("52-6.4.2").code == 0


@needs_terminals
def test_a_sample_that_was_spoiled_is_known_to_the_next_run(tmp_path: Path) -> None:
    station, case = SimulatedStation(tmp_path), "41-6.5.2.4-from-first"
    meter = tmp_path / "meter.toml"
    text = meter.read_text("utf-8").replace("[meter]", "[meter]\nexpendable = true")
    meter.write_text(text.replace('key_type = "DUTK"', 'key_type = "DITK"'), "utf-8")
    with station.serving():
        spoiled = station.run(case)
        assert spoiled.code == 0, spoiled.out + spoiled.err
        held = station.ledger["held"]
        assert (held["spoiled_by"], [one["key_type"] for one in held["keys"]]) == (case, [2])
        after = station.run("41-8.4-adds")
        assert after.code == 3, after.out + after.err
        (found,) = (one for one in json.loads(after.out)["ladder"] if one["state"] == "broken")
        assert f"the meter was left spoiled for good by the case of {case}" in found["what"]
        assert found["remedy"] == "test another sample: this one was declared expendable"
        assert station.recover().code == 4


def last_event(journal: Path) -> object:
    """Return the last event of a journal in a folder of its own."""
    return list(read_journal(journal))[-1]


@needs_terminals
def test_what_a_recovery_entered_is_in_its_journal_and_no_identifier_is_lost(tmp_path: Path) -> None:
    with SimulatedStation(tmp_path).serving() as station:
        assert station.run(CASE, struck=Instant(CASE, 9, "sent", "SIGKILL").words).code == -9
        recovered = station.recover()
        assert recovered.code == 0, recovered.err
        (journal,) = set(station.journals()) - {station.journals()[0]}
        assert (tmp_path / json.loads(recovered.out)["journal"]).samefile(journal)
        events = list(read_journal(journal))
        given = [event.tid for event in events if isinstance(event, IdentifierGiven)]
        entered = [event for event in events if isinstance(event, TokenEntered)]
        assert given == list(range(given[0], given[-1] + 1))
        assert given[-1] == station.ledger["identifiers"]["2014"]
        assert any(event.token.new_key == "declared" for event in entered)
        before = [event.tid for event in read_journal(station.journals()[0]) if isinstance(event, IdentifierGiven)]
        assert given[0] == before[-1] + 1


@needs_terminals
def test_a_group_that_sets_of_two_have_cleared_is_not_held_against_the_meter_later(tmp_path: Path) -> None:
    station = SimulatedStation(tmp_path)
    (tmp_path / "vending-key.hex").write_text("AB" * 8, "ascii")
    declared = (tmp_path / "meter.toml").read_text("utf-8")
    for new in (
        'file = "vending-key.hex"',
        "encryption_algorithm = 7",
        "key_generation = 2",
        "key_change_tokens = 2",
    ):
        declared, found = re.subn(new.partition("=")[0] + r'= ("[a-z_.]*"|\d+)', new, declared, count=1)
        assert found
    (tmp_path / "meter.toml").write_text(declared, "utf-8")
    with station.serving():
        assert station.run("52-6.8.3-group").code == 0
        assert station.ledger["held"]["cleared_group"] == ""
        assert station.run("41-8.9-old-key").code == 0
        assert station.ledger["held"]["cleared_group"] == "123457"
        later = station.run("52-6.8.3-group")
        (case,) = json.loads(later.out)["cases"]
        assert (later.code, case["verdict"]) == (3, "INCONCLUSIVE")
        assert "have cleared the SupplyGroupCode" in case["reason"]
        (path,) = (tmp_path / "state").glob("*.json")
        path.write_text(
            path.read_text("utf-8").replace('"cleared_group": "123457"', '"cleared_group": ""'), "utf-8"
        )
        assert station.run("52-6.8.3-group").code == 1


def act(station: SimulatedStation, line: str) -> None:
    """Do something to the meter, as a device of the bench does."""
    host, _, port = load_rig(station.rig).actions.cover.removeprefix("socket://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"{line}\n".encode())
        assert connection.makefile().readline().startswith("ok")


KEY = {
    "pan": "600727123456789030",
    "key_type": 2,
    "supply_group_code": "123457",
    "tariff_index": "01",
    "key_revision_number": 1,
    "base_date": 2014,
    "encryption_algorithm": 11,
    "check_value": "1f8e91",
}


def ledger_of(folder: Path, *, days: float = 0, **held: Any) -> Path:
    """Write the ledger of the simulated meter, whose last run was so many days ago."""
    then = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    run = {"by": "ann@bench-1", "process": 1, "began": then, "seen": then, "has_ended": True}
    path = folder / f"{DRN}.json"
    whole = {"format": 1, "meter": DRN, "identifiers": {"2014": 1}, "run": run}
    path.write_text(json.dumps(whole), "utf-8")
    return path


def unreachable(folder: Path) -> list[object]:
    """Return what names a bench whose port nobody serves: what is refused before it is opened is refused."""
    rig = folder / "rig.toml"
    rig.write_text('[rig]\nname = "b"\n[port]\nurl = "socket://127.0.0.1:1"\nparity = "software"\n', "utf-8")
    return ["--rig", rig, "--meter", "simulated", "--state", folder]


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (41, "and it refuses those of the true date for good"),
        (-2, "the meter gets TokenIdentifiers ahead of the date, since they never go back"),
    ],
)
@pytest.mark.parametrize("command", ["run", "recover"])
def test_a_date_far_from_the_last_run_is_refused(
    stsbench: Stsbench, tmp_path: Path, days: int, says: str, command: str
) -> None:
    path = ledger_of(tmp_path, days=days)
    before = path.read_text("utf-8")
    only = ONLY if command == "run" else []
    result = stsbench(command, *unreachable(tmp_path), *only)
    assert result.code == 2
    assert f"the last run with meter {DRN} was on" in result.err
    assert says in result.err
    assert len(result.err.strip().splitlines()) == 1
    assert path.read_text("utf-8") == before
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert f"insist with --date {today}" in result.err
    assert stsbench(command, *unreachable(tmp_path), *only, "--date", today).code == 4
    wrong = stsbench(command, *unreachable(tmp_path), *only, "--date", "2036-01-01")
    assert wrong.code == 2
    assert f"this computer's clock says {today}" in wrong.err


@pytest.mark.parametrize("days", [0, 39.9, -0.02])
def test_a_date_near_the_last_run_is_none_to_ask_about(stsbench: Stsbench, tmp_path: Path, days: float) -> None:
    ledger_of(tmp_path, days=days)
    assert stsbench("run", *unreachable(tmp_path), *ONLY).code == 4


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda text: text[:50], "it is damaged"),
        (
            lambda text: text.replace('"format": 1', '"format": 2'),
            "it is a ledger of form 2, and this stsbench reads 1",
        ),
    ],
    ids=["damaged", "newer"],
)
@pytest.mark.parametrize("command", ["run", "recover"])
def test_a_ledger_that_cannot_be_read_is_told_in_one_sentence(
    stsbench: Stsbench, tmp_path: Path, spoil: Callable[[str], str], says: str, command: str
) -> None:
    path = ledger_of(tmp_path)
    spoiled = spoil(path.read_text("utf-8"))
    path.write_text(spoiled, "utf-8")
    result = stsbench(command, *unreachable(tmp_path), *(ONLY if command == "run" else []))
    assert result.code == 2
    assert says in result.err
    assert len(result.err.strip().splitlines()) == 1
    assert path.read_text("utf-8") == spoiled


def test_there_is_nothing_to_put_back_on_the_simulated_bench(stsbench: Stsbench) -> None:
    result = stsbench("recover")
    assert result.code == 2
    assert "name the bench with --rig, or a run on the simulated bench with --meter-from" in result.err


def test_a_simulated_meter_outlives_a_run_that_is_killed_in_a_key_change(tmp_path: Path) -> None:
    station = SimulatedBenchStation(tmp_path)
    killed = station.run(CASE, struck=Instant(CASE, 9, "answered", "SIGKILL").words)
    assert killed.code == -9
    assert not is_declared(station.ledger["held"])
    first = station.last
    assert first is not None
    before = {path: path.read_bytes() for path in first.rglob("*") if path.is_file()}
    refused = station.run("41-8.4-adds")
    assert refused.code == 3, refused.out + refused.err
    assert "left the meter with" in refused.err
    runs = sorted(path.name for path in first.parent.iterdir())
    assert f"stsbench recover --meter meter.toml --meter-from runs/{runs[-1]}" in refused.out
    recovered = station.recover()
    assert recovered.code == 0, recovered.err
    assert station.run("41-8.4-adds").code == 0
    assert is_declared(station.ledger["held"])
    assert given_twice(station.journals()) == []
    assert {path: path.read_bytes() for path in first.rglob("*") if path.is_file()} == before


def is_declared(held: dict[str, Any]) -> bool:
    """Whether a ledger says that the meter holds its declared key."""
    return bool(held["keys"] == [KEY])


@pytest.mark.parametrize("part", [0.3, 0.75])
def test_a_run_on_the_simulated_bench_can_be_killed_at_any_moment(tmp_path: Path, part: float) -> None:
    station = SimulatedBenchStation(tmp_path)
    assert prove_moment(station, Moment(CASE, part), 4, by_itself=True) == []


def test_a_simulated_meter_is_taken_up_as_it_was_left(stsbench: Stsbench, tmp_path: Path) -> None:
    assert stsbench("run", "--only", "41-8.4-adds").code == 0
    (first,) = (tmp_path / "runs").iterdir()
    again = [stsbench("run", "--meter-from", first, "--only", "41-8.4-adds", "--json") for _ in range(2)]
    assert [one.code for one in again] == [0, 0]
    second, third = sorted((tmp_path / "runs").iterdir())[1:]
    given = [
        [event.tid for event in read_journal(folder / "journal.jsonl") if isinstance(event, IdentifierGiven)]
        for folder in (first, second, third)
    ]
    assert given[1] == given[2]
    assert min(given[1]) > max(given[0])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--meter-from", "nowhere"], "no simulated meter is kept in it"),
        (
            ["--meter-from", "run", "--rig", "rig.toml", "--meter", "simulated"],
            "only the simulated meter can be taken up",
        ),
    ],
)
def test_what_is_no_simulated_meter_is_not_taken_up(
    stsbench: Stsbench, tmp_path: Path, words: list[str], says: str
) -> None:
    unreachable(tmp_path)
    result = stsbench("run", *words)
    assert result.code == 2
    assert says in result.err
    assert len(result.err.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()


@needs_terminals
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_run_like_ctrl_c(tmp_path: Path, name: str) -> None:
    assert hasattr(signal, name)
    with SimulatedStation(tmp_path).serving() as station:
        ended = station.run(CASE, struck=Instant(CASE, 8, "before", name).words)
        assert ended.code == 3
        assert "putting the key back, about" in ended.err
        assert "do not interrupt" in ended.err
        assert station.ledger["run"]["has_ended"]
        assert station.ledger["held"]["keys"] == [KEY]
        assert station.ledger["held"]["way"] == []
