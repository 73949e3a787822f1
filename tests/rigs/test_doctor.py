"""The doctor finds what is wrong with a bench, says what to write, and makes no check that cannot be made."""

import shutil
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import sts_rigs.simulator.bench
from meter_on_bench import MILLISECOND, PROFILE, SECOND, configuration
from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter
from sts62055.carrier.client import Reply
from sts62055.carrier.messages import IDRequest
from sts_rigs.bench import Simulation
from sts_rigs.carriers.port_carrier import Exchange, PortCarrier
from sts_rigs.doctor import DoctorRequest, examine
from sts_rigs.doctor.check import Check, Status, guarded
from sts_rigs.doctor.line_checks import CHECKS, Exchanged, LineDoctor
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import InstrumentSection, Rig, Side, SignalSection
from sts_rigs.instruments.registry import open_instrument
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.port.lock import PortLock
from sts_rigs.simulator.bench import SimulatedBench, SimulatedPort
from sts_rigs.simulator.instruments.fleet import SimulatedInstruments
from sts_rigs.simulator.instruments.planned_faults import read_planned_fault
from sts_rigs.simulator.line import Line
from sts_rigs.simulator.timeline import Timeline
from sts_rigs.uncertainty.intervals import Oscillator

INPUTS: dict[Side, int] = {"meter": 1, "reader": 2}
SCOPE: dict[str, Any] = {
    "driver": "keysight-infiniivision",
    "resource": "simulated",
    "channels": INPUTS,
    "accuracy_ppm": 25.0,
}
CERTIFICATE = {
    "certificate": "C-1",
    "lab": "L",
    "serial": "CN00000001",
    "due": datetime(2026, 6, 1, tzinfo=UTC).date(),
}


def request(folder: Path, *, certification: bool = False, port: Any = None, **sections: Any) -> DoctorRequest:
    content = {"rig": {"name": "bench"}, "port": {"url": "simulated", "parity": "software", **(port or {})}}
    return DoctorRequest(
        rig=Rig.model_validate({**content, **sections}),
        rig_folder=folder,
        profile=PROFILE,
        simulation=Simulation(configuration),
        out=folder / "runs",
        is_certification=certification,
        exchanges=2,
    )


def examined(folder: Path, **facts: Any) -> dict[str, Check]:
    checks = list(examine(request(folder, **facts)))
    assert len({check.name for check in checks}) == len(checks)
    assert all(check.remedy for check in checks if check.health in (Status.RED, Status.WARNING))
    return {check.name: check for check in checks}


def not_ok(checks: dict[str, Check]) -> dict[str, Status]:
    return {name: check.health for name, check in checks.items() if check.health is not Status.OK}


def all_not_checked(*names: str) -> dict[str, Status]:
    return dict.fromkeys(names, Status.NOT_CHECKED)


# -- the whole bench -------------------------------------------------------------------------------------------


def test_the_simulated_bench_is_in_order(tmp_path: Path) -> None:
    checks = examined(tmp_path)
    assert not_ok(checks) == {}
    assert list(checks)[-len(CHECKS) :] == list(CHECKS)
    assert {"disk", "action: power", "port", "parity", "meter", "echo", "recorder"} <= checks.keys()


@pytest.mark.parametrize("driver", ["rigol-ds1000z", "rigol-dho800", "siglent-sds1000xe", "tektronix-tbs2000"])
def test_a_scope_of_each_maker_is_in_order_but_for_its_calibration(tmp_path: Path, driver: str) -> None:
    checks = examined(tmp_path, instruments={"scope": {**SCOPE, "driver": driver}})
    assert not_ok(checks) == {"scope: calibration": Status.WARNING}
    assert checks["noise"].figures["noise_v"] < 0.05


def test_a_calibrated_scope_on_the_line_is_in_order(tmp_path: Path) -> None:
    checks = examined(tmp_path, certification=True, instruments={"scope": {**SCOPE, "calibration": CERTIFICATE}})
    assert not_ok(checks) == {}
    assert "CN00000001" in checks["instrument scope"].seen
    assert checks["recorder"].seen == "scope: input 1 sees the meter, input 2 sees the reader"
    assert checks["levels"].figures["meter_high_v"] == pytest.approx(5, abs=0.1)
    assert 0 < checks["host clock"].figures["uncertainty_ms"] < 0.1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (None, "says nothing of its calibration"),
        ({"due": datetime(2025, 12, 1, tzinfo=UTC).date()}, "is overdue since 2025-12-01"),
        ({"serial": "CN7"}, "has the serial number CN00000001, and its certificate is for CN7"),
        ({"lab": ""}, "does not say the lab"),
    ],
)
def test_a_calibration_that_is_not_in_order_warns_and_is_red_for_certification(
    tmp_path: Path, changes: dict[str, Any] | None, said: str
) -> None:
    section = SCOPE if changes is None else {**SCOPE, "calibration": {**CERTIFICATE, **changes}}
    for certification, health in ((False, Status.WARNING), (True, Status.RED)):
        checks = examined(tmp_path, certification=certification, instruments={"scope": section})
        assert not_ok(checks) == {"scope: calibration": health}
        assert said in checks["scope: calibration"].seen


def test_a_scope_that_is_not_there_is_red_and_what_needs_it_is_not_checked(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        resource = f"TCPIP::127.0.0.1::{closed.getsockname()[1]}::SOCKET"
    checks = examined(tmp_path, instruments={"scope": {**SCOPE, "resource": resource, "timeout_ms": 200}})
    assert not_ok(checks) == {
        "instrument scope": Status.RED,
        **all_not_checked("scope: errors", "scope: calibration", "scope: time base", "recorder", *CHECKS),
    }
    assert checks["recorder"].seen == "not checked: instrument scope is not open"


def test_an_error_that_waits_in_a_queue_is_red(tmp_path: Path) -> None:
    name, fault = read_planned_fault("scope=error-in-queue@*IDN?#1")
    given = request(tmp_path, instruments={"scope": {**SCOPE, "calibration": CERTIFICATE}})
    checks = {
        check.name: check
        for check in examine(replace(given, simulation=replace(given.simulation, faults={name: [fault]})))
    }
    assert not_ok(checks) == {"scope: errors": Status.RED}
    assert "scope reports error -310" in checks["scope: errors"].seen


def test_another_model_than_the_driver_is_for_is_red(tmp_path: Path) -> None:
    part = Simulation(configuration)
    bench = SimulatedBench(part.configure(), PROFILE, seed=1)
    section = InstrumentSection(driver="rigol-ds1000z", resource="simulated", channels=INPUTS)
    servers = SimulatedInstruments(
        {"x": section}, SignalSection(), bench.line, bench.timeline, seed=1, feed=bench.feed, faults={}
    )
    try:
        checks = examined(tmp_path, instruments={"scope": {**SCOPE, "resource": servers.resources["x"]}})
    finally:
        servers.close()
    assert checks["instrument scope"].health is Status.RED
    assert "DS1104Z" in checks["instrument scope"].seen


def test_a_time_base_that_nobody_states_is_one_red_line(tmp_path: Path) -> None:
    section = {name: value for name, value in SCOPE.items() if name != "accuracy_ppm"}
    checks = examined(tmp_path, instruments={"scope": {**section, "calibration": CERTIFICATE}})
    assert not_ok(checks) == {"scope: time base": Status.RED, **all_not_checked("recorder", *CHECKS)}


def test_a_source_gives_the_meter_its_power_before_anything_is_asked(tmp_path: Path) -> None:
    source = {"driver": "keysight-ac6800", "resource": "simulated", "output": {"volts": 230.0, "hertz": 50.0}}
    checks = examined(tmp_path, instruments={"ac": source}, actions={"power": "source"})
    assert "switched on, 230 V and 50 Hz" in checks["instrument ac"].seen
    assert (checks["meter"].health, checks["action: power"].health) == (Status.OK, Status.OK)
    assert checks["recorder"].health is Status.WARNING


def test_an_unknown_simulated_instrument_leaves_nothing_to_check(tmp_path: Path) -> None:
    checks = examined(tmp_path, instruments={"scope": {**SCOPE, "driver": "acme-1"}})
    assert not_ok(checks) == {"simulated bench": Status.RED, **all_not_checked("port", "meter", *CHECKS)}


# -- disk and actions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("gib", "health"), [(0.1, Status.RED), (1, Status.WARNING), (3, Status.OK)])
def test_free_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gib: float, health: Status) -> None:
    def usage(folder: Path) -> Any:
        assert folder == tmp_path
        return shutil._ntuple_diskusage(0, 0, int(gib * 2**30))  # type: ignore[attr-defined]

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert examined(tmp_path)["disk"].health is health


def test_a_device_that_does_an_action_must_be_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as device:
        url = "socket://{}:{}".format(*device.getsockname())
        assert not_ok(examined(tmp_path, actions={"cover": url})) == {}
    checks = examined(tmp_path, actions={"cover": url})
    assert not_ok(checks) == {"action: cover": Status.RED}
    assert url in checks["action: cover"].seen


def test_a_source_that_is_no_instrument_is_red(tmp_path: Path) -> None:
    assert not_ok(examined(tmp_path, actions={"power": "source"})) == {"action: power": Status.RED}


# -- the port and the meter ------------------------------------------------------------------------------------

BEHIND_THE_PORT = ("parity", "meter", "echo", "recorder", *CHECKS)


def test_a_bench_without_a_port_is_in_order_and_everything_can_be_left_to_the_operator(tmp_path: Path) -> None:
    checks = examined(tmp_path, port={"url": "none"}, actions={"patience_s": 60})
    assert not_ok(checks) == all_not_checked(*BEHIND_THE_PORT)
    performer = {name: check.seen for name, check in checks.items() if name.startswith("action: ")}
    everything = ("power", "cover", "display", "keypad", "load", "levels")
    assert performer == {f"action: {name}": "the operator is asked, in the terminal" for name in everything}


def test_a_port_that_refuses_leaves_the_line_unchecked(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = "socket://{}:{}".format(*closed.getsockname())
    checks = examined(tmp_path, port={"url": url})
    assert not_ok(checks) == {"port": Status.RED, **all_not_checked(*BEHIND_THE_PORT)}
    assert checks["meter"].seen == "not checked: the port is not open"


def test_a_port_in_use_names_who_has_it(tmp_path: Path) -> None:
    url = "socket://127.0.0.1:9"
    lock = PortLock(url, datetime.now(UTC))
    try:
        checks = examined(tmp_path, port={"url": url})
    finally:
        lock.release()
    assert checks["port"].seen.startswith(f"port {url} is in use by process ")


class EchoingPort(SimulatedPort):
    """Gives back what is sent."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._back: deque[ReceivedCharacter] = deque()

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        end = super().send(characters)
        self._back.extend(ReceivedCharacter(one.code, True, end, end) for one in characters)
        return end

    def receive(self, until: int) -> ReceivedCharacter | None:
        return self._back.popleft() if self._back else super().receive(until)


class DeafPort(SimulatedPort):
    """Sends nothing on."""

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        return super().send(characters[:0])


class NoisyPort(SimulatedPort):
    """Hears one bit of each character wrong."""

    def receive(self, until: int) -> ReceivedCharacter | None:
        character = super().receive(until)
        return character and ReceivedCharacter(character.code ^ 1, False, character.start, character.end)


class HumPort(SimulatedPort):
    """Hears each character right, with wrong parity."""

    def receive(self, until: int) -> ReceivedCharacter | None:
        character = super().receive(until)
        return character and ReceivedCharacter(character.code, False, character.start, character.end)


class SleepingPort(SimulatedPort):
    """Loses the first command."""

    _awake = False

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        end = super().send(characters if self._awake else ())
        self._awake = True
        return end


class BlindPort(SimulatedPort):
    """Cannot send wrong parity."""

    def __init__(self, timeline: Timeline, line: Line) -> None:
        super().__init__(timeline, line)
        self.spoils_parity = False
        self.sends_break = self.proves_break = False


@pytest.mark.parametrize(
    ("kind", "stated", "expected"),
    [
        (EchoingPort, "auto", {}),
        (EchoingPort, True, {}),
        (EchoingPort, False, {"echo": Status.RED}),
        (SimulatedPort, True, {"echo": Status.RED}),
        (SimulatedPort, False, {}),
        (SleepingPort, "auto", {"meter": Status.WARNING}),
        (BlindPort, "auto", {"parity": Status.WARNING}),
        (DeafPort, "auto", {"meter": Status.RED, **all_not_checked("recorder", *CHECKS)}),
        (NoisyPort, "auto", {"meter": Status.RED, **all_not_checked("recorder", *CHECKS)}),
        (HumPort, "auto", {"meter": Status.RED, **all_not_checked("recorder", *CHECKS)}),
    ],
)
def test_echo_parity_and_answers_are_found_out(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[SimulatedPort],
    stated: bool | str,
    expected: dict[str, Status],
) -> None:
    monkeypatch.setattr(sts_rigs.simulator.bench, "SimulatedPort", kind)
    checks = examined(tmp_path, port={"echo": stated})
    assert not_ok(checks) == expected
    if kind is DeafPort:
        assert checks["meter"].seen == "nothing answers"
    if kind is NoisyPort:
        assert checks["meter"].seen.startswith("what comes is no answer: ")


def test_whatever_fails_in_a_check_is_a_red_line() -> None:
    def failing() -> Iterator[Check]:
        yield Check("a", Status.OK, "")
        raise ZeroDivisionError("by nothing")

    first, second = guarded("b", failing())
    assert first.name == "a"
    assert (second.name, second.health, second.remedy) == ("b", Status.RED, "report it")


# -- the line as the recorder sees it --------------------------------------------------------------------------


class Line:
    """A scope on a line whose levels are the true ones, and a doctor who has been told others."""

    def __init__(
        self, stack: ExitStack, true: SignalSection, stated: SignalSection, inputs: dict[Side, int]
    ) -> None:
        self.bench = SimulatedBench(configuration(), PROFILE, seed=1)
        section = InstrumentSection(**SCOPE)
        servers = SimulatedInstruments(
            {"scope": section}, true, self.bench.line, self.bench.timeline, seed=1, feed=self.bench.feed, faults={}
        )
        stack.callback(servers.close)
        clock = self.bench.timeline
        scope = open_instrument("keysight-infiniivision", "scope", servers.resources["scope"], clock)
        stack.callback(scope.close)
        known = Oscillator(name="scope", source="test", stability=25e-6)
        self.recorder = LineRecorder(scope, inputs, stated, known, PROFILE)  # type: ignore[arg-type]
        self._stated = stated
        self._exchanges: deque[Exchange] = deque(maxlen=1)
        self.late = 0
        self.carrier = PortCarrier(
            self.bench.port,
            clock,
            PROFILE,
            patience=4 * SECOND,
            turnaround=50 * MILLISECOND,
            observe=self._exchanges.append,
        )

    def exchange(self) -> Exchanged:
        reply = self.carrier.exchange(IDRequest())
        later = tuple(
            ReceivedCharacter(one.code, one.intact, one.start + self.late, one.end + self.late)
            for one in reply.characters
        )
        shown = Reply(reply.asked, later, reply.answer, reply.fault, reply.detail)
        return Exchanged(bytes(one.code for one in self._exchanges[-1].sent), shown)

    def examined(self, stated_ms: float = 0.1) -> dict[str, Check]:
        doctor = LineDoctor(
            self.recorder,
            self._stated,
            PROFILE.number("bit_rate"),
            self.exchange,
            seconds=0.8,
            stated=stated_ms / 1e3,
            count=3,
        )
        checks = {check.name: check for check in doctor.examine()}
        assert list(checks) == list(CHECKS)
        return checks


Make = Callable[..., Line]


@pytest.fixture
def line() -> Iterator[Make]:
    with ExitStack() as stack:

        def make(true: Any = None, stated: Any = None, inputs: dict[Side, int] = INPUTS) -> Line:
            return Line(stack, SignalSection(**(true or {})), SignalSection(**(stated or {})), inputs)

        yield make


LEVELS_24 = {"low": 0.0, "high": 24.0}
INVERTED = {"inverted": True}


@pytest.mark.parametrize("signal", [{}, INVERTED, {"low": -12.0, "high": 12.0}, {"high": 1.8, "probe": 10.0}])
def test_levels_that_are_as_stated_are_in_order(line: Make, signal: dict[str, Any]) -> None:
    assert not_ok(line(signal, signal).examined()) == {}


@pytest.mark.parametrize(
    ("true", "stated", "health", "write"),
    [
        ({"high": 3.3}, {}, Status.RED, "high = 3.3, inverted = false"),
        ({"high": 4.2}, {}, Status.WARNING, "high = 4.2, inverted = false"),
        ({"low": 1.0, **INVERTED}, INVERTED, Status.WARNING, "high = 5.0, inverted = true"),
    ],
)
def test_levels_that_are_off_are_told(
    line: Make, true: dict[str, Any], stated: dict[str, Any], health: Status, write: str
) -> None:
    checks = line(true, stated).examined()
    assert not_ok(checks) == {"levels": health}
    assert checks["levels"].remedy.startswith("write low = ")
    assert write in checks["levels"].remedy


@pytest.mark.parametrize(
    ("true", "stated", "write"),
    [
        ({}, {"high": 1.8}, "high = 5.0, inverted = false"),
        ({}, LEVELS_24, "high = 5.0, inverted = false"),
        ({"high": 3.1}, LEVELS_24, "high = 3.1, inverted = false"),
        ({"low": -12.0, "high": 12.0}, {}, "low = -12.0, high = 12.0, inverted = false"),
        ({"low": -5.0, "high": -1.0, **INVERTED}, {}, "low = -5.0, high = -1.0, inverted = true"),
        ({"high": 0.8}, {}, "high = 0.8"),
    ],
)
def test_a_line_that_is_not_recorded_is_looked_at_with_a_wide_range(
    line: Make, true: dict[str, Any], stated: dict[str, Any], write: str
) -> None:
    checks = line(true, stated).examined()
    assert not_ok(checks) == {CHECKS[0]: Status.RED, **all_not_checked(*CHECKS[1:])}
    assert write in checks[CHECKS[0]].remedy


def test_a_line_where_nothing_moves_is_the_recorders_own_sentence(line: Make) -> None:
    one = line()
    one.bench.line.reader.signal.draw = lambda *_: None  # type: ignore[method-assign]
    checks = one.examined()
    assert "saw no falling edge" in checks[CHECKS[0]].seen
    assert "wide range" not in checks[CHECKS[0]].seen


@pytest.mark.parametrize(("true", "stated", "value"), [({}, INVERTED, "false"), (INVERTED, {}, "true")])
def test_a_wrong_polarity_is_told(line: Make, true: dict[str, Any], stated: dict[str, Any], value: str) -> None:
    checks = line(true, stated).examined()
    assert not_ok(checks) == {CHECKS[0]: Status.RED, **all_not_checked(*CHECKS[2:])}
    assert checks[CHECKS[0]].remedy == f"write inverted = {value} in [signal]"


def test_exchanged_inputs_are_told(line: Make) -> None:
    checks = line(inputs={"meter": 2, "reader": 1}).examined()
    assert checks[CHECKS[0]].health is Status.RED
    assert checks[CHECKS[0]].remedy == "write channels = { meter = 1, reader = 2 }, or exchange the probes"


def test_a_probe_that_hangs_loose_is_told(line: Make) -> None:
    one = line()
    one.bench.line.meter.signal.draw = lambda *_: None  # type: ignore[method-assign]
    checks = one.examined()
    assert checks[CHECKS[0]].seen.startswith("on the meter's input the recorder read nothing, not ")
    assert checks["levels"].health is Status.RED


def test_an_adapter_that_is_too_slow_is_told(line: Make) -> None:
    one = line()
    one.bench.line.reader.character_time = round(PROFILE.character_time * 1.02)
    checks = one.examined()
    assert not_ok(checks) == {"bit time": Status.WARNING}
    assert checks["bit time"].figures["reader_bit_time_percent"] == pytest.approx(2, abs=0.1)


def test_noise_is_told(line: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sts_rigs.simulator.instruments.fleet._NOISE", 0.03)
    assert not_ok(line().examined()) == {"noise": Status.WARNING}


def test_what_the_host_clock_is_off_on_average_is_part_of_its_uncertainty(line: Make) -> None:
    one = line()
    one.late = 8 * MILLISECOND
    for stated, health in ((10, Status.OK), (5, Status.WARNING), (1, Status.RED)):
        check = one.examined(stated)["host clock"]
        assert check.health is health
        assert check.figures["error_ms"] == pytest.approx(8, abs=0.05)
        assert 8 <= check.figures["uncertainty_ms"] <= 8.3
        assert f"{check.figures['uncertainty_ms']:g} ms" in check.seen


def test_a_recorder_that_fails_is_one_red_line(line: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = line()

    def fail(_: object) -> None:
        raise BenchFault("the scope burns", "use another")

    monkeypatch.setattr(one.recorder.recorder, "arm", fail)
    check = one.examined()[CHECKS[0]]
    assert (check.seen, check.remedy) == ("the scope burns", "use another")
