"""Service of the simulated meter in real time, with simulated instruments on its line."""

import selectors
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any

import tomlkit
from tomlkit.items import InlineTable

from sts62055.carrier.profile import Profile
from sts_rigs.actions import Action, Actions
from sts_rigs.clock import SECOND
from sts_rigs.errors import FileFault
from sts_rigs.files.rig import InstrumentSection, OutputSection, SignalSection
from sts_rigs.simulator.bench import SimulatedBench, Simulation
from sts_rigs.simulator.endpoints import ActionPort, Peer, TcpPort, open_pseudo_terminal
from sts_rigs.simulator.instruments.ac_source import KeysightAcSource
from sts_rigs.simulator.instruments.counter import KeysightCounter
from sts_rigs.simulator.instruments.fleet import SIMULATED_INSTRUMENTS
from sts_rigs.simulator.instruments.oscilloscope import Oscilloscope
from sts_rigs.simulator.signal import Signal

__all__ = ["serve"]

_LONGEST_WAIT = 0.2
_ACCURACY = 25.0
_MAINS = OutputSection(volts=230.0, hertz=50.0)


class _Pace:
    """Clock that runs a bench's timeline in real time, for the serving loop and the instruments' threads.

    Each call of `now` executes what is due, so that signals are complete up to that instant. No two calls return
    the same instant, so that what is sent after an instrument has looked is later than what it saw.
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
        time.sleep(max(instant - self.now(), 0) / SECOND)

    def date(self) -> datetime:
        self.now()
        return self._timeline.date()

    def catch_up(self) -> None:
        """Wait until it is as late as an action has left the timeline: pressing keys takes its time."""
        time.sleep(max(self._timeline.now() - (time.monotonic_ns() - self._origin), 0) / SECOND)

    def until_next(self) -> float:
        """Return the seconds until the next event, at most 0.2."""
        with self._lock:
            now, coming = self.now(), self._timeline.next_instant
        return _LONGEST_WAIT if coming is None else min(max((coming - now) / SECOND, 0), _LONGEST_WAIT)


class _PacedActions:
    """Actions on a bench that take as long as they take on its timeline."""

    def __init__(self, others: Actions, pace: _Pace, lock: RLock) -> None:
        self._others = others
        self._pace = pace
        self._lock = lock

    def perform(self, action: Action, value: str = "") -> str:
        """Perform an action and return what was observed; ActionNotPerformed where the device cannot."""
        with self._lock:
            self._pace.now()
            seen = self._others.perform(action, value)
        self._pace.catch_up()
        return seen


class _SharedSignal(Signal):
    """Signal that one thread changes and others read."""

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


def serve(
    simulation: Simulation,
    profile: Profile,
    *,
    tcp: str | None,
    rig_out: Path | None,
    declaration: str,
    power_cut_after: float | None,
    tell: Callable[[str], None],
    instruments: Mapping[str, str] | None = None,
) -> None:
    """Serve a simulated meter until the process is stopped.

    BenchFault if a port cannot be had or an instrument is not known, FileFault if the rig file is not written.

    tcp: HOST:PORT, or None for a pseudo-terminal; rig_out: where to write a rig file that fits; declaration: what
    names the meter's declaration to a run;
    power_cut_after: seconds after which the meter is switched off; instruments: the drivers by name of what
    is served on its line, each on a TCP port of its own.
    """
    bench = SimulatedBench(simulation.configure(), profile, seed=simulation.seed, device=simulation.device)
    lock = RLock()
    bench.line.meter.signal, bench.line.reader.signal = _SharedSignal(lock), _SharedSignal(lock)
    pace = _Pace(bench, lock)
    sections = {name: _section_of(driver) for name, driver in (instruments or {}).items()}
    with ExitStack() as stack:
        peer: Peer = open_pseudo_terminal() if tcp is None else TcpPort(tcp)
        stack.callback(peer.close)
        actions = ActionPort(_PacedActions(bench.actions, pace, lock))
        stack.callback(actions.close)
        bench.line.reader.listener = peer.write
        resources = _start_instruments(bench, sections, pace, lock, stack)
        rig = _rig_file(peer, actions, sections, resources)
        if rig_out is not None:
            _write(rig_out, rig)
        tell(f"A simulated meter answers on {peer.url}. A rig file for it:\n\n{rig}")
        if rig_out is not None:
            words = ["stsbench", "run", "--rig", str(rig_out), "--meter", declaration]
            tell(f"It is in {rig_out}: {shlex.join(words)}")
        tell("Stop with Ctrl-C.")
        if power_cut_after is not None:
            bench.timeline.at(round(power_cut_after * SECOND), bench.switch_off)
        _run(bench, pace, lock, peer, actions)


def _run(bench: SimulatedBench, pace: _Pace, lock: RLock, peer: Peer, actions: ActionPort) -> None:
    while True:
        ready = _wait_for(peer, actions, seconds=pace.until_next())
        if actions in ready:
            actions.serve()
        with lock:
            pace.now()
            if peer in ready:
                bench.line.reader.transmit(peer.read())


def _start_instruments(
    bench: SimulatedBench, sections: Mapping[str, InstrumentSection], pace: _Pace, lock: RLock, stack: ExitStack
) -> Mapping[str, str]:
    def feed(volts: float, hertz: float) -> None:
        with lock:
            pace.now()
            bench.feed(volts, hertz)

    return bench.start_instruments(sections, SignalSection(), stack, clock=pace, feed=feed)


def _section_of(driver: str) -> InstrumentSection:
    """Return the section of the rig file for an instrument that is served here, without its resource."""
    kind = SIMULATED_INSTRUMENTS.get(driver, object)
    sees_line = issubclass(kind, Oscilloscope | KeysightCounter)
    return InstrumentSection(
        driver=driver,
        resource="simulated",
        channels={"meter": 1, "reader": 2} if sees_line else {},
        accuracy_ppm=_ACCURACY if sees_line else None,
        output=_MAINS if issubclass(kind, KeysightAcSource) else None,
    )


def _wait_for(*sources: Peer | ActionPort, seconds: float) -> list[object]:
    with selectors.DefaultSelector() as selector:
        for source in sources:
            selector.register(source, selectors.EVENT_READ)
        return [key.fileobj for key, _ in selector.select(seconds)]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise FileFault(path, [f"it cannot be written ({error.strerror}): check the path"]) from None


def _rig_file(
    peer: Peer, actions: ActionPort, sections: Mapping[str, InstrumentSection], resources: Mapping[str, str]
) -> str:
    power = "source" if any(section.output for section in sections.values()) else actions.url
    others = dict.fromkeys(("cover", "display", "keypad", "load", "levels"), actions.url)
    content: dict[str, Any] = {
        "rig": {"name": "simulated meter"},
        "port": {"url": peer.url, "parity": peer.parity},
        "actions": {"power": power, **others},
    }
    if sections:
        content["instruments"] = {
            name: _instrument_table(section, resources[name]) for name, section in sections.items()
        }
    return tomlkit.dumps(content)


def _instrument_table(section: InstrumentSection, resource: str) -> dict[str, Any]:
    table: dict[str, Any] = {"driver": section.driver, "resource": resource}
    if section.channels:
        table["channels"] = _inline(section.channels)
    if section.accuracy_ppm is not None:
        table["accuracy_ppm"] = section.accuracy_ppm
    if section.output:
        table["output"] = _inline(section.output.model_dump())
    return table


def _inline(content: Mapping[Any, Any]) -> InlineTable:
    table = tomlkit.inline_table()
    table.update(content)
    return table
