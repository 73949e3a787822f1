"""The simulated meter in real time: behind a TCP port and a pseudo-terminal, with its port for actions."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import serial

from conftest import COMMAND
from meter_on_bench import MILLISECOND, PROFILE, SECOND, MeterOnBench, configuration
from sts62055.application.results import Accept
from sts62055.carrier.characters import OutgoingCharacter, outgoing
from sts62055.carrier.messages import Data, IDRequest, IDResponse, Nak, ReadCommand
from sts_rigs.actions import Action, Actions
from sts_rigs.bench import Bench, BenchDescription, open_bench
from sts_rigs.bench import Simulation as Simulated
from sts_rigs.carriers.port_carrier import PortCarrier
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.rig import load_rig
from sts_rigs.simulator.serving import serve

SIMULATE = [*COMMAND, "simulate"]
TCP = ("--tcp", "127.0.0.1:0")
PTY = ("--pty",)
IS_POSIX = os.name == "posix"
NEEDS_POSIX = pytest.mark.skipif(not IS_POSIX, reason="this system has no pseudo-terminals")
ON_TERMINAL = pytest.param(PTY, id="pty", marks=NEEDS_POSIX)
EACH_WAY = [pytest.param(TCP, id="tcp"), ON_TERMINAL]
SHOW_SUPPLY_GROUP = "00000000549890034216"
"""A published token without encryption: test number 16 for every maker."""


class Simulation:
    """A running `stsbench simulate`."""

    def __init__(self, process: subprocess.Popen[str], rig: Path) -> None:
        self.process = process
        self.rig = load_rig(rig)

    @contextmanager
    def opened(self, *, patience: int = 10 * SECOND) -> Iterator[tuple[PortCarrier, Actions]]:
        """Open the bench of its rig file; patience is long, for the computer may be busy."""
        nothing = Simulated(configuration)
        bench = open_bench(BenchDescription(self.rig, Path(), PROFILE, nothing))
        try:
            yield self.carrier(bench, patience), bench.actions
        finally:
            bench.close()

    @staticmethod
    def carrier(bench: Bench, patience: int = 4 * SECOND) -> PortCarrier:
        """Return the client's side of a bench."""
        return PortCarrier(
            bench.port,
            bench.clock,
            PROFILE,
            patience=patience,
            turnaround=50 * MILLISECOND,
            observe=lambda _: None,
        )

    def tell(self, line: bytes) -> bytes:
        """Send octets to the port for actions; return the answer."""
        host, _, port = self.rig.actions.power.removeprefix("socket://").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(line)
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile("rb").read()


@contextmanager
def simulation(folder: Path, *arguments: str) -> Iterator[Simulation]:
    """Run a simulation until the end of the block."""
    rig = folder / "rig.toml"
    with (
        (folder / "stderr").open("w+") as errors,
        subprocess.Popen(
            [*SIMULATE, *arguments, "--rig-out", str(rig)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        ) as process,
    ):
        assert process.stdout is not None
        try:
            said: list[str] = []
            while not (said and said[-1].startswith("Stop with")):
                said.append(process.stdout.readline())
                assert said[-1], (folder / "stderr").read_text()
            yield Simulation(process, rig)
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture(scope="module", params=EACH_WAY)
def simulated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with simulation(tmp_path_factory.mktemp("simulation"), *request.param) as running:
        yield running
        assert running.process.poll() is None, "the simulation has stopped by itself"


def test_the_rig_file_fits_the_meter(simulated: Simulation) -> None:
    is_tcp = simulated.rig.port.url.startswith("socket://127.0.0.1:")
    assert simulated.rig.port.parity == ("software" if is_tcp else "driver")
    assert set(simulated.rig.actions.performers.values()) == {simulated.rig.actions.power}


def test_a_register_is_read_and_takes_the_time_of_a_line(simulated: Simulation) -> None:
    with simulated.opened() as (carrier, _):
        began = time.monotonic_ns()
        reply = carrier.exchange(ReadCommand(0x2006))
        took = time.monotonic_ns() - began
    assert reply.answer == Data(0x2006, ("00000002DFDC1C37",))
    assert not reply.damaged
    assert took >= (10 + len(reply.codes)) * PROFILE.character_time + 230 * MILLISECOND


def test_a_token_is_entered_and_the_display_read(simulated: Simulation) -> None:
    with simulated.opened() as (carrier, actions):
        outcome = carrier.enter(SHOW_SUPPLY_GROUP)
        assert outcome.result is Accept
        assert actions.perform(Action.READ_DISPLAY) == "123457"


def test_a_token_goes_in_at_the_keypad_and_the_port_goes_on(simulated: Simulation) -> None:
    with simulated.opened() as (carrier, actions):
        assert actions.perform(Action.KEY_IN, SHOW_SUPPLY_GROUP) == "123457"
        assert answers(carrier)
        assert actions.perform(Action.PRESS_KEYS, " ".join(SHOW_SUPPLY_GROUP[:19])) == ""
        assert actions.perform(Action.READ_DISPLAY) == SHOW_SUPPLY_GROUP[:19]
        assert actions.perform(Action.PRESS_KEYS, "C") == ""
        assert actions.perform(Action.READ_DISPLAY) == ""
        assert actions.perform(Action.READ_CREDIT, "0") == "0.0"
        assert answers(carrier)


def test_pressing_keys_takes_its_time_so_that_no_lockout_ends_early(simulated: Simulation) -> None:
    with simulated.opened() as (_, actions):
        began = time.monotonic_ns()
        assert actions.perform(Action.PRESS_KEYS, " ".join("0123456789")) == ""
        assert time.monotonic_ns() - began >= 2_900 * MILLISECOND
        assert actions.perform(Action.PRESS_KEYS, "C") == ""


def test_an_open_cover_is_tampering(simulated: Simulation) -> None:
    with simulated.opened() as (carrier, actions):
        assert actions.perform(Action.OPEN_COVER) == ""
        assert actions.perform(Action.CLOSE_COVER) == ""
        assert carrier.read_number("tamper_status") == 1


def answers(carrier: PortCarrier) -> bool:
    return isinstance(carrier.exchange(IDRequest()).answer, IDResponse)


def test_without_power_the_meter_is_silent_and_with_power_it_answers_again(simulated: Simulation) -> None:
    with simulated.opened(patience=SECOND) as (carrier, actions):
        actions.perform(Action.POWER_OFF)
        assert not answers(carrier)
        actions.perform(Action.POWER_ON)
        assert any(answers(carrier) for _ in range(20))


def test_wrong_parity_is_answered_with_nak_once_the_line_was_quiet(simulated: Simulation) -> None:
    with simulated.opened() as (carrier, _):
        frame = carrier.codec.encode(ReadCommand(0x2006))
        began = time.monotonic_ns()
        reply = carrier.exchange_characters(
            [OutgoingCharacter(code, wrong_parity=place == 4) for place, code in enumerate(frame)]
        )
        assert reply.answer == Nak()
        assert time.monotonic_ns() - began >= PROFILE.time("quiet_time")
        assert answers(carrier)


def test_the_port_can_be_opened_again_and_again(simulated: Simulation) -> None:
    for _ in range(2):
        with simulated.opened() as (carrier, _):
            assert answers(carrier)


def test_who_hangs_up_within_an_exchange_leaves_the_next_one_a_good_meter(simulated: Simulation) -> None:
    with simulated.opened() as (carrier, _):
        carrier.port.send(outgoing(carrier.codec.encode(ReadCommand(0x2006))))
    with simulated.opened() as (carrier, _):
        carrier.listen()
        assert carrier.read("serial_number") == "00000002DFDC1C37"


def can_be_opened(url: str) -> bool:
    import termios

    try:
        serial.Serial(url, 2400, bytesize=7, parity="E").close()
    except termios.error:
        return False
    return True


@pytest.mark.parametrize("simulated", [ON_TERMINAL], indirect=True)
def test_a_terminal_takes_the_same_settings_from_whoever_comes_next(simulated: Simulation) -> None:
    for _ in range(3):
        end = time.monotonic() + 10
        while not can_be_opened(simulated.rig.port.url):
            assert time.monotonic() < end, "the settings of the one before were kept"
            time.sleep(0.01)


@pytest.mark.parametrize(
    "line", [b"power sideways\n", b"POWER OFF\n", b"\n", b"", b"\xff\xfe\n", b"power off\x00\n", b"x" * 10_000]
)
def test_the_port_for_actions_refuses_what_it_does_not_know(simulated: Simulation, line: bytes) -> None:
    assert simulated.tell(line).startswith(b"error there is no action '")
    assert simulated.tell(b"cover close\n") == b"ok\n"


def test_a_line_for_an_action_may_come_from_windows_or_unfinished(simulated: Simulation) -> None:
    assert simulated.tell(b"cover close\r\n") == b"ok\n"
    assert simulated.tell(b"cover close") == b"ok\n"


@pytest.mark.parametrize("way", EACH_WAY)
def test_a_defect_is_simulated_and_wrong_parity_of_the_meter_is_seen(tmp_path: Path, way: tuple[str, ...]) -> None:
    with (
        simulation(tmp_path, *way, "--defect", "odd-parity-of-data") as running,
        running.opened() as (carrier, _),
    ):
        reply = carrier.exchange(ReadCommand(0x2006))
    assert isinstance(reply.answer, Data)
    assert reply.damaged == reply.characters[-1:]


def test_a_power_cut_after_some_seconds_makes_the_meter_silent(tmp_path: Path) -> None:
    with (
        simulation(tmp_path, *TCP, "--power-cut-after", "4") as running,
        running.opened(patience=SECOND) as (carrier, _),
    ):
        assert answers(carrier)
        time.sleep(4)
        assert not answers(carrier)
        assert running.tell(b"display read\n") == b"ok\n"


@pytest.mark.skipif(not IS_POSIX, reason="another system has no such signal")
def test_it_is_stopped_from_the_keyboard(tmp_path: Path) -> None:
    with simulation(tmp_path, *TCP) as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(10) == 0
        assert running.process.stdout is not None
        assert running.process.stdout.read() == "stopped\n"


def test_an_oscilloscope_on_the_line_records_it_in_real_time_while_a_source_feeds_the_meter(
    tmp_path: Path,
) -> None:
    """What it says of the reaction is within its uncertainty of what a meter of this seed does on the timeline."""
    true = MeterOnBench().carrier.exchange(IDRequest()).reaction
    named = ("--instrument", "scope=rigol-dho800", "--instrument", "mains=keysight-ac6800")
    with simulation(tmp_path, *TCP, *named) as running:
        assert running.rig.actions.power == "source"
        assert running.rig.instruments["scope"].channels == {"meter": 1, "reader": 2}
        nothing = Simulated(configuration)
        bench = open_bench(BenchDescription(running.rig, tmp_path, PROFILE, nothing))
        try:
            recorder, carrier = bench.line_recorder, running.carrier(bench)
            assert recorder is not None
            bench.clock.wait_until(bench.clock.now() + 2 * SECOND)
            recorder.arm(1.0)
            reply = carrier.exchange(IDRequest())
            recording = recorder.take("one")
            bench.actions.perform(Action.POWER_OFF)
            assert not answers(carrier)
        finally:
            bench.close()
    assert isinstance(reply.answer, IDResponse)
    assert bytes(int(code) for code in recording.reader.characters.code) == carrier.codec.encode(IDRequest())
    assert bytes(int(code) for code in recording.meter.characters.code) == reply.codes
    reaction = recording.reaction()
    assert reaction is not None
    assert true is not None
    assert reaction.time.value * SECOND == pytest.approx(true, abs=1.5 * reaction.time.expanded * SECOND)
    assert reaction.time.expanded < 50e-6


# -- what it refuses -------------------------------------------------------------------------------------------


def refused(**changes: object) -> Exception:
    facts: dict[str, object] = {
        "tcp": "127.0.0.1:0",
        "rig_out": None,
        "declaration": "simulated",
        "power_cut_after": None,
        "tell": lambda _: None,
    }
    with pytest.raises((BenchFault, FileFault)) as caught:
        serve(Simulated(configuration), PROFILE, **{**facts, **changes})  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "address", ["", "nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999", "203.0.113.1:80"]
)
def test_an_address_where_nobody_can_listen_is_refused_with_a_sentence(address: str) -> None:
    said = str(refused(tcp=address))
    assert said.startswith(f"cannot listen on {address} (")
    assert said.endswith("): give HOST:PORT with a port that is free")
    assert "invalid literal" not in said


def test_a_port_that_is_taken_is_refused_with_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert str(refused(tcp=address)).startswith(f"cannot listen on {address} (")


def test_a_rig_file_that_cannot_be_written_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none" / "rig.toml"
    assert (
        str(refused(rig_out=path)) == f"{path}: it cannot be written (No such file or directory): check the path"
    )


@pytest.mark.parametrize("arguments", [(), (*TCP, *PTY)])
def test_the_command_wants_one_of_the_two_ways(stsbench: Any, arguments: tuple[str, ...]) -> None:
    result = stsbench("simulate", *arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err == "choose one: --pty, or --tcp HOST:PORT\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--tcp", "nonsense"), "cannot listen on nonsense"),
        ((*TCP, "--rig-out", "none/rig.toml"), "rig.toml: it cannot be written"),
        ((*TCP, "--defect", "crc-not-check"), "there is no defect 'crc-not-check': crc-not-checked"),
        ((*TCP, "--instrument", "scope"), "--instrument scope: write NAME=DRIVER, such as scope=rigol-ds1000z"),
        ((*TCP, "--instrument", "a b=rigol-ds1000z"), "--instrument a b=rigol-ds1000z: write NAME=DRIVER"),
        ((*TCP, "--instrument", "scope=acme-1"), "instrument 'scope': the simulated bench has no acme-1"),
        (
            (*TCP, "--instrument", "x=rigol-ds1000z", "--instrument", "x=rigol-dho800"),
            "--instrument x=rigol-dho800: there is a 'x' already",
        ),
    ],
)
def test_the_command_refuses_in_one_line(stsbench: Any, arguments: tuple[str, ...], said: str) -> None:
    result = stsbench("simulate", *arguments)
    assert result.code != 0
    assert said in result.err
    assert len(result.err.splitlines()) == 1
