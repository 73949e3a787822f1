"""Run the simulated meter in real time behind a pseudo-terminal or a TCP port, with instruments on its line."""

import os
import re
import selectors
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Protocol

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, parity_bit
from sts62055.carrier.profile import Profile
from sts_rigs.actions import Action
from sts_rigs.errors import BenchFault, FileFault
from sts_rigs.files.rig import InstrumentSection, OutputSection, SignalSection
from sts_rigs.simulator.bench import SimulatedBench
from sts_rigs.simulator.instruments.ac_source import KeysightAcSource
from sts_rigs.simulator.instruments.counter import KeysightCounter
from sts_rigs.simulator.instruments.fleet import SIMULATED_INSTRUMENTS, SimulatedInstruments
from sts_rigs.simulator.instruments.oscilloscope import Oscilloscope
from sts_rigs.simulator.meter.configuration import MeterConfiguration
from sts_rigs.simulator.signal import Signal

__all__ = ["serve"]

_SECOND = 1_000_000_000
_LONGEST_WAIT = 0.2
_ACCURACY = 25.0
_MAINS = OutputSection(volts=230.0, hertz=50.0)


class _Peer(Protocol):
    """Who is at the other end of the line."""

    url: str
    parity: str

    def fileno(self) -> int:
        """Return what to wait for; -1 while nobody is there."""

    def read(self) -> list[OutgoingCharacter]:
        """Return the characters that have come."""

    def write(self, character: ReceivedCharacter) -> None:
        """Deliver a character of the meter."""

    def close(self) -> None:
        """End the service."""


class _PseudoTerminal:
    """A pseudo-terminal, acting as a port with a driver that makes the parity.

    It has no parity bits of its own: a character that comes while the other side is set to odd parity counts as
    wrong, and one that goes out with wrong parity has its eighth bit set.
    """

    parity = "driver"

    def __init__(self) -> None:
        try:
            import termios
            import tty
        except ImportError:
            raise BenchFault("this system has no pseudo-terminals", "use --tcp HOST:PORT") from None
        self._termios = termios
        self._ours, theirs = os.openpty()
        self.url = os.ttyname(theirs)
        tty.setraw(theirs)
        self._fresh = termios.tcgetattr(theirs)
        os.close(theirs)
        os.set_blocking(self._ours, False)

    def fileno(self) -> int:
        return self._ours

    def read(self) -> list[OutgoingCharacter]:
        try:
            octets = os.read(self._ours, 4096)
        except BlockingIOError:
            return []
        except OSError:
            self._forget()
            return []
        is_odd = bool(self._termios.tcgetattr(self._ours)[2] & self._termios.PARODD)
        return [OutgoingCharacter(octet & 0x7F, wrong_parity=is_odd) for octet in octets]

    def write(self, character: ReceivedCharacter) -> None:
        with suppress(BlockingIOError):
            os.write(self._ours, bytes([character.code | (not character.intact) << 7]))

    def close(self) -> None:
        os.close(self._ours)

    def _forget(self) -> None:
        """Nobody is there: make the settings fresh, so that the next one who opens it can set them again."""
        self._termios.tcsetattr(self._ours, self._termios.TCSANOW, self._fresh)
        time.sleep(0.01)


class _TcpPort:
    """A TCP port that carries octets with the parity in their eighth bit, like a terminal server set to 8N1."""

    parity = "software"

    def __init__(self, address: str) -> None:
        self._listener = _listen(address)
        host, port = self._listener.getsockname()[:2]
        self.url = f"socket://{host}:{port}"
        self._connection: socket.socket | None = None

    def fileno(self) -> int:
        return (self._connection or self._listener).fileno()

    def read(self) -> list[OutgoingCharacter]:
        if self._connection is None:
            self._connection, _ = self._listener.accept()
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return []
        try:
            octets = self._connection.recv(4096)
        except OSError:
            octets = b""
        if not octets:
            self._connection.close()
            self._connection = None
        return [
            OutgoingCharacter(octet & 0x7F, wrong_parity=octet >> 7 != parity_bit(octet & 0x7F))
            for octet in octets
        ]

    def write(self, character: ReceivedCharacter) -> None:
        if self._connection is not None:
            parity = parity_bit(character.code) ^ (not character.intact)
            try:
                self._connection.sendall(bytes([character.code | parity << 7]))
            except OSError:
                return

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._listener.close()


class _Pace:
    """A bench's timeline at the speed of real time, for the serving loop and for the instruments' threads.

    Whoever asks for the instant lets everything happen that was due, so that signals are complete up to it; no two
    get the same one, so that what is sent after an instrument has looked is later than what it saw.
    """

    def __init__(self, bench: SimulatedBench, lock: RLock) -> None:
        self._timeline = bench.timeline
        self._origin = time.monotonic_ns()
        self._lock = lock

    def now(self) -> int:
        with self._lock:
            self._timeline.wait_until(max(time.monotonic_ns() - self._origin, self._timeline.now() + 1))
            return self._timeline.now()

    def wait_until(self, instant: int) -> None:
        time.sleep(max(instant - self.now(), 0) / _SECOND)

    def date(self) -> datetime:
        self.now()
        return self._timeline.date()

    def go_on(self) -> None:
        """Go on from where an action has left the timeline: pressing keys takes the meter time, and us none."""
        self._origin = min(self._origin, time.monotonic_ns() - self._timeline.now())

    def until_next(self) -> float:
        """Return the seconds until something happens by itself, at most those between two looks."""
        with self._lock:
            now, coming = self.now(), self._timeline.next_instant
        return _LONGEST_WAIT if coming is None else min(max((coming - now) / _SECOND, 0), _LONGEST_WAIT)


class _SharedSignal(Signal):
    """A signal that one thread draws and others look at."""

    def __init__(self, lock: RLock) -> None:
        super().__init__()
        self._lock = lock

    def change(self, instant: int, level: int) -> None:
        with self._lock:
            super().change(instant, level)

    def level(self, instant: int) -> int:
        with self._lock:
            return super().level(instant)

    def changes(self, begin: int, end: int) -> Sequence[tuple[int, int]]:
        with self._lock:
            return super().changes(begin, end)


class _ActionPort:
    """A TCP port that does actions to the meter: one line each."""

    def __init__(self, bench: SimulatedBench) -> None:
        self._bench = bench
        self._listener = _listen("127.0.0.1:0")
        host, port = self._listener.getsockname()[:2]
        self.url = f"socket://{host}:{port}"

    def fileno(self) -> int:
        return self._listener.fileno()

    def serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(2)
            try:
                line = connection.makefile(encoding="utf-8", errors="replace").readline().strip()
                connection.sendall(f"{self._do(line)}\n".encode())
            except OSError:
                return

    def close(self) -> None:
        self._listener.close()

    def _do(self, line: str) -> str:
        action = next((one for one in Action if line == one.line or line.startswith(f"{one.line} ")), None)
        if action is None:
            return f"error there is no action '{line}'"
        return f"ok {self._bench.actions.perform(action, line.removeprefix(action.line).strip())}".strip()


def serve(
    configuration: MeterConfiguration,
    profile: Profile,
    *,
    tcp: str | None,
    defect: str | None,
    seed: int,
    rig_out: Path | None,
    power_cut_after: float | None,
    tell: Callable[[str], None],
    instruments: Mapping[str, str] | None = None,
) -> None:
    """Serve a simulated meter until the process is stopped.

    BenchFault if a port cannot be had or an instrument is not known, FileFault if the rig file is not written.

    tcp: HOST:PORT, or None for a pseudo-terminal; rig_out: where to write a rig file that fits;
    power_cut_after: seconds after which the meter is switched off; instruments: the drivers by name of what
    is served on its line, each on a TCP port of its own.
    """
    bench = SimulatedBench(configuration, profile, seed=seed, defect=defect)
    lock = RLock()
    bench.line.meter.signal, bench.line.reader.signal = _SharedSignal(lock), _SharedSignal(lock)
    pace = _Pace(bench, lock)
    sections = {name: _section_of(driver) for name, driver in (instruments or {}).items()}
    with ExitStack() as stack:
        peer: _Peer = _PseudoTerminal() if tcp is None else _TcpPort(tcp)
        stack.callback(peer.close)
        actions = _ActionPort(bench)
        stack.callback(actions.close)
        bench.line.reader.listener = peer.write
        servers = _instruments_of(bench, sections, pace, lock, seed)
        stack.callback(servers.close)
        rig = _rig_file(peer, actions, sections, servers.resources)
        if rig_out is not None:
            _write(rig_out, rig)
        tell(f"A simulated meter answers on {peer.url}. A rig file for it:\n\n{rig}")
        if rig_out is not None:
            tell(f"It is in {rig_out}: stsbench run --rig {rig_out}")
        tell("Stop with Ctrl-C.")
        if power_cut_after is not None:
            bench.timeline.at(round(power_cut_after * _SECOND), bench.meter.switch_off)
        _run(bench, pace, lock, peer, actions)


def _run(bench: SimulatedBench, pace: _Pace, lock: RLock, peer: _Peer, actions: _ActionPort) -> None:
    while True:
        ready = _wait_for(peer, actions, seconds=pace.until_next())
        with lock:
            pace.now()
            if actions in ready:
                actions.serve()
                pace.go_on()
            if peer in ready:
                bench.line.reader.transmit(peer.read())


def _instruments_of(
    bench: SimulatedBench, sections: Mapping[str, InstrumentSection], pace: _Pace, lock: RLock, seed: int
) -> SimulatedInstruments:
    def feed(volts: float, hertz: float) -> None:
        with lock:
            pace.now()
            bench.feed(volts, hertz)

    return SimulatedInstruments(sections, SignalSection(), bench.line, pace, seed=seed, feed=feed, faults={})


def _section_of(driver: str) -> InstrumentSection:
    """Return what the rig file says of an instrument that is served here, but for where it is."""
    kind = SIMULATED_INSTRUMENTS.get(driver, object)
    sees_line = issubclass(kind, Oscilloscope | KeysightCounter)
    return InstrumentSection(
        driver=driver,
        resource="simulated",
        channels={"meter": 1, "reader": 2} if sees_line else {},
        accuracy_ppm=_ACCURACY if sees_line else None,
        output=_MAINS if issubclass(kind, KeysightAcSource) else None,
    )


def _wait_for(*sources: _Peer | _ActionPort, seconds: float) -> list[object]:
    with selectors.DefaultSelector() as selector:
        for source in sources:
            selector.register(source, selectors.EVENT_READ)
        return [key.fileobj for key, _ in selector.select(seconds)]


def _listen(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    remedy = "give HOST:PORT with a port that is free"
    if not re.fullmatch("[0-9]{1,5}", port) or int(port) > 0xFFFF:
        raise BenchFault(f"cannot listen on {address} ('{port}' is no port number)", remedy)
    try:
        return socket.create_server((host or "127.0.0.1", int(port)))
    except (OSError, ValueError) as error:
        raise BenchFault(f"cannot listen on {address} ({error})", remedy) from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise FileFault(path, [f"it cannot be written ({error.strerror}): check the path"]) from None


def _rig_file(
    peer: _Peer, actions: _ActionPort, sections: Mapping[str, InstrumentSection], resources: Mapping[str, str]
) -> str:
    power = "source" if any(section.output for section in sections.values()) else actions.url
    return (
        f'[rig]\nname = "simulated meter"\n\n[port]\nurl = "{peer.url}"\nparity = "{peer.parity}"\n\n'
        f'[actions]\npower = "{power}"\ncover = "{actions.url}"\ndisplay = "{actions.url}"\n'
        f'keypad = "{actions.url}"\nload = "{actions.url}"\nlevels = "{actions.url}"\n'
        + "".join(_instrument_lines(name, section, resources[name]) for name, section in sections.items())
    )


def _instrument_lines(name: str, section: InstrumentSection, resource: str) -> str:
    lines = ["", f"[instruments.{name}]", f'driver = "{section.driver}"', f'resource = "{resource}"']
    if section.channels:
        inputs = ", ".join(f"{side} = {number}" for side, number in section.channels.items())
        lines.append(f"channels = {{ {inputs} }}")
    if section.accuracy_ppm is not None:
        lines.append(f"accuracy_ppm = {section.accuracy_ppm}")
    if section.output:
        lines.append(f"output = {{ volts = {section.output.volts}, hertz = {section.output.hertz} }}")
    return "\n".join(lines) + "\n"
