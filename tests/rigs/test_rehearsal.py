"""A rehearsal has the facts of a rig, and nothing of it is touched."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from meter_on_bench import PROFILE, configuration
from sts_rigs.actions import Action, NobodyToAsk
from sts_rigs.actions.performers import RigActions
from sts_rigs.bench import Bench, BenchDescription, Simulation, open_bench
from sts_rigs.bench.rehearsal import twins_of
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import ActionsSection, InstrumentSection, Rig
from sts_rigs.instruments import registry
from sts_rigs.port.serial import SerialPort

SIMULATED = Simulation(configuration)
NOWHERE = "TCPIP::192.0.2.10::INSTR"
BOTH = {"meter": 1, "reader": 2}
Rehearse = Callable[..., Bench]


def rig_of(port: dict[str, Any], **sections: Any) -> Rig:
    return Rig.model_validate({"rig": {"name": "bench 3"}, "port": port, **sections})


def nobody(action: Action, value: str) -> str | None:
    pytest.fail(f"somebody was asked: {action.request(value)}")


@pytest.fixture
def announced() -> list[tuple[Action, str]]:
    return []


@pytest.fixture
def rehearse(announced: list[tuple[Action, str]]) -> Iterator[Rehearse]:
    with ExitStack() as stack:

        def announce(action: Action, value: str) -> None:
            announced.append((action, value))

        def make(url: str = "/dev/ttyNobody", parity: str = "driver", **sections: Any) -> Bench:
            rig = rig_of({"url": url, "parity": parity}, **sections)
            bench = open_bench(
                BenchDescription(rig, Path(), PROFILE, SIMULATED, nobody, announce, is_rehearsal=True)
            )
            return stack.enter_context(closing(bench))

        yield make


def section(**facts: Any) -> InstrumentSection:
    return InstrumentSection.model_validate({"resource": NOWHERE, **facts})


@pytest.mark.parametrize(
    ("url", "parity", "abilities"),
    [
        ("/dev/ttyNobody", "driver", (True, True)),
        ("socket://192.0.2.1:7001", "driver", (False, False)),
        ("socket://192.0.2.1:7001", "software", (True, True)),
        ("none", "driver", (False, False)),
    ],
)
def test_the_port_can_what_that_of_the_rig_can(
    rehearse: Rehearse, url: str, parity: str, abilities: tuple[bool, bool]
) -> None:
    port = rehearse(url, parity).port
    assert (port.shows_parity, port.spoils_parity) == abilities


def test_the_port_knows_the_time_as_well_as_that_of_the_rig(rehearse: Rehearse) -> None:
    base = rehearse(host_clock={"uncertainty_ms": 12.5}).port.time_base
    assert (base.name, base.uncertainty) == ("host clock", 12_500_000)
    assert "/dev/ttyNobody" in base.source


def test_a_simulated_rig_is_opened_as_it_is(rehearse: Rehearse, announced: list[tuple[Action, str]]) -> None:
    bench = rehearse("simulated")
    assert bench.port.time_base.name == "simulated clock"
    assert bench.line_recorder is not None
    bench.actions.perform(Action.OPEN_COVER)
    assert announced == []


def test_a_rig_without_a_recorder_has_none(rehearse: Rehearse) -> None:
    assert rehearse().line_recorder is None


def test_a_recorder_and_a_source_have_their_twins(rehearse: Rehearse, announced: list[tuple[Action, str]]) -> None:
    instruments = {
        "scope": {"driver": "rigol-ds1000z", "resource": NOWHERE, "channels": BOTH, "accuracy_ppm": 25},
        "mains": {"driver": "keysight-ac6800", "resource": NOWHERE, "output": {"volts": 230, "hertz": 50}},
    }
    bench = rehearse(instruments=instruments, actions={"power": "source"})
    assert bench.line_recorder is not None
    assert bench.line_recorder is bench.instruments.line_recorder
    bench.actions.perform(Action.POWER_OFF)
    bench.actions.perform(Action.CLOSE_COVER)
    assert announced == [(Action.CLOSE_COVER, "")]


def test_what_is_the_operators_is_announced_and_done_by_the_simulated_hands(
    rehearse: Rehearse, announced: list[tuple[Action, str]]
) -> None:
    bench = rehearse(actions={"cover": "socket://192.0.2.1:5000"})
    bench.actions.perform(Action.OPEN_COVER)
    seen = bench.actions.perform(Action.READ_DISPLAY)
    assert bench.simulated is not None
    assert seen == bench.simulated.actions.perform(Action.READ_DISPLAY)
    assert announced == [(Action.READ_DISPLAY, "")]


def test_an_operator_is_announced_before_the_question(announced: list[tuple[Action, str]]) -> None:
    def ask(action: Action, value: str) -> str | None:
        assert announced == [(action, value)]
        return None

    performer = RigActions(
        ActionsSection(power="socket://192.0.2.1:5000"), ask, lambda *what: announced.append(what)
    )
    with pytest.raises(NobodyToAsk):
        performer.perform(Action.KEY_IN, "1234")
    assert announced == [(Action.KEY_IN, "1234")]


@pytest.mark.parametrize(
    ("facts", "stand_in"),
    [
        ({"channels": BOTH}, "keysight-infiniivision"),
        ({"output": {"volts": 230, "hertz": 50}}, "keysight-ac6800"),
        ({"channels": {"meter": 1}}, None),
        ({}, None),
    ],
)
def test_something_stands_for_a_driver_that_has_no_twin(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], stand_in: str | None
) -> None:
    plugin = registry.EntryPoint("acme", "collections:OrderedDict", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [plugin] if group == registry.GROUP else [])
    found = twins_of({"it": section(driver="acme", backend="/opt/visa.so", **facts)})
    assert {name: (one.driver, one.resource, one.backend) for name, one in found.items()} == (
        {"it": (stand_in, "simulated", "@py")} if stand_in else {}
    )


def test_an_unknown_driver_is_told() -> None:
    with pytest.raises(BenchFault, match="no driver called 'acme'"):
        twins_of({"it": section(driver="acme")})


def test_no_port_is_opened(rehearse: Rehearse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SerialPort, "__init__", lambda *_: pytest.fail("a port was opened"))
    assert rehearse().simulated is not None
