"""Each fault that a simulated instrument can play, at the command and the occurrence that were planned."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import pyvisa
from pyvisa.resources import MessageBasedResource

from simulated_visa import opened
from sts_rigs.simulator.instruments.keysight_scope import KeysightScope
from sts_rigs.simulator.instruments.multimeter import KeysightMultimeter
from sts_rigs.simulator.instruments.planned_faults import Fault, PlannedFault
from sts_rigs.simulator.instruments.sampling import Probe
from sts_rigs.simulator.instruments.server import InstrumentServer
from sts_rigs.simulator.signal import Signal
from sts_rigs.simulator.timeline import Timeline


@contextmanager
def recorded(*faults: PlannedFault) -> Iterator[MessageBasedResource]:
    """Open a scope with 1000 points at 5 V."""
    timeline = Timeline()
    with opened(KeysightScope(timeline, {1: Probe(Signal())}, faults=faults), timeout=2_000) as scope:
        scope.query(":TIM:SCAL 1e-3;:WAV:POIN 1000;:RUN;*OPC?")
        timeline.wait_until(1_000_000_000)
        yield scope


def data(scope: MessageBasedResource) -> list[int]:
    return list(scope.query_binary_values(":WAV:DATA?", datatype="B"))


def test_without_a_fault_every_point_comes() -> None:
    with recorded() as scope:
        assert len(data(scope)) == int(scope.query(":WAV:POIN?")) >= 900


def test_no_answer() -> None:
    with recorded(PlannedFault(Fault.NO_ANSWER, "TER?", 2)) as scope:
        assert scope.query(":TER?") == "1"
        scope.timeout = 100
        with pytest.raises(pyvisa.errors.VisaIOError, match="VI_ERROR_TMO"):
            scope.query(":TER?")
        assert scope.query(":TER?") == "0"


def test_a_garbage_header() -> None:
    with recorded(PlannedFault(Fault.GARBAGE_HEADER, "WAVeform:DATA?")) as scope:
        scope.write(":WAV:DATA?")
        assert scope.read_bytes(2) == b"@?"
    garbage = PlannedFault(Fault.GARBAGE_HEADER, "WAVeform:DATA?")
    with recorded(garbage) as scope, pytest.raises(ValueError, match="hash"):
        data(scope)


def test_a_short_waveform() -> None:
    with recorded(PlannedFault(Fault.SHORT_WAVEFORM, "WAVeform:DATA?")) as scope:
        points = int(scope.query(":WAV:POIN?"))
        assert len(data(scope)) == points // 2
        assert len(data(scope)) == points


def test_an_overload_clips_samples() -> None:
    with recorded(PlannedFault(Fault.OVERLOAD, "WAVeform:DATA?", 2)) as scope:
        assert set(data(scope)) <= set(range(140, 200))
        assert set(data(scope)) == {255}
        assert 255 not in data(scope)


def test_an_overload_of_a_multimeter() -> None:
    faults = [PlannedFault(Fault.OVERLOAD, "READ?")]
    with opened(KeysightMultimeter(lambda: -1.0, faults=faults), timeout=2_000) as meter:
        assert float(meter.query("READ?")) == -9.9e37
        assert float(meter.query("READ?")) == -1.0


def test_an_error_in_the_queue() -> None:
    with recorded(PlannedFault(Fault.ERROR_IN_QUEUE, "STOP")) as scope:
        assert scope.query(":SYST:ERR?") == '+0,"No error"'
        scope.write(":STOP")
        assert scope.query(":SYST:ERR?").startswith("-310,")
        assert scope.query(":SYST:ERR?") == '+0,"No error"'
        assert int(scope.query("*ESR?")) & 8


def test_the_connection_closes_in_the_middle() -> None:
    meter = KeysightMultimeter(faults=[PlannedFault(Fault.CLOSES_CONNECTION, "READ?")])
    with InstrumentServer(meter) as server, socket.create_connection(server.address, timeout=5.0) as connection:
        connection.sendall(b"READ?\n")
        answer = b""
        while received := connection.recv(100):
            answer += received
        assert answer == b"+0.00000"
        with socket.create_connection(server.address, timeout=5.0) as again:
            again.sendall(b"READ?\n")
            assert again.recv(100) == b"+0.00000000E+00\n"


def test_another_serial_number() -> None:
    with recorded(PlannedFault(Fault.WRONG_IDENTITY, "*IDN?", 2)) as scope:
        answers = [scope.query("*IDN?").split(",") for _ in range(3)]
        assert answers[0] == answers[2]
        assert answers[1][:2] == answers[0][:2]
        assert answers[1][2] != answers[0][2]
