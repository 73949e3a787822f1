"""A bench whose meter is simulated and whose port and devices are none of ours: pyserial and sockets end here.

The command takes it for a real one, with ledger, lock and serial port. The meter and its time outlast the command,
as a real meter outlasts a run.
"""

from collections import deque
from pathlib import Path
from typing import Any, Final

import injection
import serial

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, parity_bit
from sts62055.carrier.profile import default_profile
from sts_fixtures.declaration.declared_meter import load_declaration, simulated_meter_path
from sts_fixtures.declaration.simulated_meter import configuration_of
from sts_rigs.actions import Action
from sts_rigs.bench import assembly
from sts_rigs.clock import SECOND
from sts_rigs.simulator.bench import SimulatedBench

__all__ = ["HOST", "RIG", "FaultBench", "install_bench", "make_present"]

HOST: Final = "bench.invalid"
_PORT, _ACTIONS = 1, 2
RIG: Final = f"""\
[rig]
name = "bench of faults"
[port]
url = "rfc2217://{HOST}:{_PORT}"
parity = "software"
echo = false
[actions]
power = "socket://{HOST}:{_ACTIONS}"
cover = "socket://{HOST}:{_ACTIONS}"
display = "socket://{HOST}:{_ACTIONS}"
keypad = "socket://{HOST}:{_ACTIONS}"
load = "socket://{HOST}:{_ACTIONS}"
levels = "socket://{HOST}:{_ACTIONS}"
"""
_LATE: Final = 3 * SECOND
_SILENCE: Final = 40 * SECOND


class FaultBench:
    """The meter behind the bench, its line and its time, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "rig.toml").write_text(RIG, "utf-8")
        declared = load_declaration(simulated_meter_path())
        self.simulated = SimulatedBench(configuration_of(declared), default_profile())
        self.timeline = self.simulated.timeline

    def perform(self, line: str) -> str:
        """Perform the action of a line, and return what a device answers."""
        action = next(one for one in Action if line == one.line or line.startswith(f"{one.line} "))
        return f"ok {self.simulated.actions.perform(action, line.removeprefix(action.line).strip())}".strip()


_present: list[FaultBench] = []


def install_bench() -> None:
    """Have the command find the bench that is present behind the names of the rig file, for good."""
    injection.connecting(_connect)
    serial.serial_for_url = lambda *_, **settings: _Serial(settings["timeout"])
    assembly.HostClock = lambda: _present[-1].timeline  # type: ignore[assignment, misc]


def make_present(bench: FaultBench) -> None:
    """Have the command find this bench from now on."""
    _present[:] = [bench]


class _Serial:
    """What pyserial makes of a port, with our line behind it; time passes while it is read."""

    rts = dtr = break_condition = False
    baudrate = 0
    parity = "N"

    def __init__(self, timeout: float) -> None:
        self._line = _present[-1].simulated.line.reader
        self._timeline = _present[-1].timeline
        self._timeout = round(timeout * SECOND)
        self._received: deque[int] = deque()
        self._deaf_until = 0
        self._end = 0

    def open(self) -> None:
        injection.meet("port open")
        self._line.listener = self._take

    def close(self) -> None:
        self._line.listener = lambda _: None
        injection.meet("port close")

    @property
    def in_waiting(self) -> int:
        injection.meet("port look")
        return len(self._received)

    def read(self, size: int) -> bytes:
        fault = injection.meet("port read")
        if fault == "gone":
            raise serial.SerialException("device reports readiness to read but returned no data")
        if fault == "silent":
            self._received.clear()
            self._deaf_until = self._timeline.now() + _SILENCE
        elif fault == "late":
            self._timeline.wait_until(self._timeline.now() + _LATE)
        until = self._timeline.now() + self._timeout
        while not self._received and self._timeline.step(until):
            pass
        octets = bytes(self._received.popleft() for _ in range(min(size, len(self._received))))
        if fault == "short":
            return octets[:-1]
        return bytes(octet ^ 0x2A for octet in octets) if fault == "garbage" else octets

    def write(self, octets: bytes) -> int:
        fault = injection.meet("port write")
        if fault == "timeout":
            raise serial.SerialTimeoutException("Write timeout")
        if fault == "gone":
            raise serial.SerialException("socket disconnected")
        sent = octets[: len(octets) // 2] if fault == "short" else octets
        self._end = self._line.transmit(
            [OutgoingCharacter(one & 0x7F, wrong_parity=one >> 7 != parity_bit(one & 0x7F)) for one in sent]
        )
        return len(sent)

    def flush(self) -> None:
        injection.meet("port flush")
        self._timeline.wait_until(self._end)

    def reset_input_buffer(self) -> None:
        self._received.clear()

    def _take(self, character: ReceivedCharacter) -> None:
        if character.end >= self._deaf_until:
            parity = parity_bit(character.code) ^ (not character.intact)
            self._received.append(character.code | parity << 7)


class _Device:
    """A connection to what does things to the meter."""

    def __enter__(self) -> "_Device":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def sendall(self, line: bytes) -> None:
        injection.meet("action send")
        self._line = line.decode().strip()

    def makefile(self, encoding: str) -> "_Device":  # noqa: ARG002 - as a socket has it
        return self

    def readline(self) -> str:
        fault = injection.meet("action read")
        answer = _present[-1].perform(self._line)
        if fault == "late":
            raise TimeoutError("timed out")
        return {"short": "", "garbage": "\x00\ufffd?!"}.get(fault, f"{answer}\n")


def _connect(address: tuple[str, int]) -> Any | None:
    if address[0] != HOST:
        return None
    if address[1] != _ACTIONS:
        raise injection.refused("port")
    injection.meet("action connect")
    return _Device()
