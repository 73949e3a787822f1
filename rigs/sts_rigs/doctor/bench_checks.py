"""Checks of the parts of a bench: disk, actions, instruments, port, meter and recorder."""

import shutil
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from sts62055.carrier.characters import OutgoingCharacter, ReceivedCharacter, describe
from sts62055.carrier.messages import BreakCommand, Command, IDRequest, ReadCommand
from sts_rigs.bench import Assembly, BenchDescription
from sts_rigs.bench.instruments import BenchInstruments, NamedInstrument
from sts_rigs.carriers.port_carrier import Exchange, PortCarrier
from sts_rigs.clock import MILLISECOND, SECOND, Clock
from sts_rigs.doctor.check import Check, Status, guarded, not_checked
from sts_rigs.doctor.line_checks import CHECKS, Exchanged, LineDoctor
from sts_rigs.doctor.request import DoctorRequest
from sts_rigs.errors import BenchFault
from sts_rigs.files.calibration import read_calibration
from sts_rigs.files.rig import InstrumentSection, Rig
from sts_rigs.instruments.capabilities import AcSource
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.port import Port
from sts_rigs.port.echo import EchoFilter

__all__ = ["BenchDoctor", "check_actions", "check_disk"]

_GIB = 1 << 30
_LEAST_DISK, _GOOD_DISK = 0.2, 2.0
_LOOK = 100 * MILLISECOND
_START_UP = 2000 * MILLISECOND
"""How long a meter may need for its first answer after a source has given it power."""
_SIMULATED_CLOCK = 1e-4
"""Seconds by which a recorder and the simulated clock may differ: sampling and time base of the recorder."""
_OF_INSTRUMENT = ("errors", "calibration", "time base")


def check_disk(out: Path) -> Iterator[Check]:
    """Yield whether the disk has room for the recordings of a run."""
    folder = out.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / _GIB
    seen, figures = f"{free:.1f} GiB are free for {out}", {"free_gib": free}
    if free >= _GOOD_DISK:
        yield Check("disk", Status.OK, seen, figures=figures)
    else:
        health = Status.WARNING if free >= _LEAST_DISK else Status.RED
        yield Check("disk", health, seen, "make room: recordings of a run need many MB; or use --out", figures)


def check_actions(rig: Rig) -> Iterator[Check]:
    """Yield who performs each action, and whether its device can be reached."""
    for action, performer in rig.actions.performers.items():
        yield from guarded(f"action: {action}", _performer(action, performer, rig))


def _performer(action: str, performer: str, rig: Rig) -> Iterator[Check]:
    name = f"action: {action}"
    if rig.port.is_simulated and performer == "operator":
        yield Check(name, Status.OK, "the simulated bench does it")
    elif performer == "operator":
        yield Check(name, Status.OK, "the operator is asked, in the terminal")
    elif performer == "source":
        if not any(section.output for section in rig.instruments.values()):
            raise BenchFault(
                "no instrument of the rig file has an output for the meter",
                'add an AC source with its output to [instruments], or write power = "operator"',
            )
        yield Check(name, Status.OK, "the AC source of the bench does it")
    else:
        host, _, port = performer.removeprefix("socket://").rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=3).close()
        except (OSError, OverflowError) as error:
            raise BenchFault(
                f"the device at {performer} is not there ({error})", f"start it, or correct {action} in [actions]"
            ) from None
        yield Check(name, Status.OK, f"{performer} is there")


class _EchoFreePort:
    """A port whose echo is removed, whatever the rig file says of it."""

    def __init__(self, port: Port, clock: Clock) -> None:
        self.name = port.name
        self.time_base = port.time_base
        self.shows_parity = port.shows_parity
        self.spoils_parity = port.spoils_parity
        self.sends_break = port.sends_break
        self.proves_break = port.proves_break
        self._port = port
        self._clock = clock
        self._filter = EchoFilter(port.name, "auto")
        self._received: deque[ReceivedCharacter] = deque()

    @property
    def echoes(self) -> bool:
        """Whether the port gave back what was sent."""
        return self._filter.echoes is True

    def send(self, characters: Sequence[OutgoingCharacter]) -> int:
        end = self._port.send(characters)
        self._filter.sent(bytes(character.code for character in characters), end)
        return end

    def send_break(self, duration: int) -> int:
        return self._port.send_break(duration)

    def set_bit_rate(self, bit_rate: int) -> None:
        self._port.set_bit_rate(bit_rate)

    def receive(self, until: int) -> ReceivedCharacter | None:
        while not self._received:
            character = self._port.receive(min(until, self._clock.now() + _LOOK))
            if character is not None:
                self._received.extend(self._filter.received(character))
                continue
            now = self._clock.now()
            self._received.extend(self._filter.expire(now))
            if not self._received and now >= until:
                return None
        return self._received.popleft()

    def close(self) -> None:
        self._port.close()


class BenchDoctor:
    """Checks of one bench, part by part, so that one that fails does not hide the others."""

    def __init__(self, request: DoctorRequest, stack: ExitStack) -> None:
        self._request = request
        self._rig = request.rig
        self._named: dict[str, NamedInstrument] = {}
        self._timed: set[str] = set()
        self._exchanges: deque[Exchange] = deque(maxlen=1)
        wanted = BenchDescription(request.rig, request.rig_folder, request.profile, request.simulation)
        self._assembly = Assembly(wanted, stack)
        self._clock = self._assembly.clock

    # -- instruments -----------------------------------------------------------------------------------------

    def instruments(self) -> Iterator[Check]:
        """Open each instrument and yield its checks."""
        for name, section in self._rig.instruments.items():
            yield from guarded(f"instrument {name}", self._instrument(name, section))
            if name not in self._named:
                yield from (not_checked(f"{name}: {what}", "it is not open") for what in _OF_INSTRUMENT)
                continue
            one = self._named[name]
            yield from guarded(f"{name}: errors", self._errors(one))
            yield from guarded(f"{name}: calibration", self._calibration(one))
            if section.channels:
                yield from guarded(f"{name}: time base", self._time_base(one))

    def _instrument(self, name: str, section: InstrumentSection) -> Iterator[Check]:
        instrument = self._assembly.open_instrument(name)
        who = instrument.identity
        self._named[name] = NamedInstrument(name, section, instrument, None)
        seen = f"{who.maker} {who.model}, serial {who.serial}, firmware {who.firmware}"
        if section.output and isinstance(instrument, AcSource):
            self._clock.wait_until(self._clock.now() + _START_UP)
            seen += f"; switched on, {section.output.volts:g} V and {section.output.hertz:g} Hz"
        yield Check(f"instrument {name}", Status.OK, seen)

    def _errors(self, one: NamedInstrument) -> Iterator[Check]:
        one.instrument.check()
        yield Check(f"{one.name}: errors", Status.OK, "its error queue is empty")

    def _calibration(self, one: NamedInstrument) -> Iterator[Check]:
        check, section = f"{one.name}: calibration", one.section.calibration
        if section is not None:
            calibration = read_calibration(section, self._request.rig_folder)
            one = NamedInstrument(one.name, one.section, one.instrument, calibration)
            self._named[one.name] = one
        problems = one.problems(self._today)
        if not problems:
            yield Check(check, Status.OK, str(one.calibration))
            return
        health = Status.RED if self._request.is_certification else Status.WARNING
        remedy = f"correct [instruments.{one.name}.calibration], have it calibrated, or exchange it"
        yield Check(check, health, "; ".join(problems), remedy)

    def _time_base(self, one: NamedInstrument) -> Iterator[Check]:
        known = one.oscillator(self._today)
        self._timed.add(one.name)
        yield Check(f"{one.name}: time base", Status.OK, known.source)

    @property
    def _today(self) -> date:
        return self._clock.date().date()

    # -- the line --------------------------------------------------------------------------------------------

    def line(self) -> Iterator[Check]:
        """Open the port, exchange messages with the meter and record them; yield the checks."""
        rest = ("parity", "meter", "echo", "recorder", *CHECKS)
        if not self._rig.port.is_there:
            yield Check("port", Status.OK, "none is stated: what only a port shows will not be tested")
            yield from (not_checked(name, "the bench does not reach the meter's port") for name in rest)
            return
        opened: list[Port] = []
        yield from guarded("port", self._port(opened))
        if not opened:
            yield from (not_checked(name, "the port is not open") for name in rest)
            return
        yield _parity(opened[0])
        port = _EchoFreePort(opened[0], self._clock)
        works: list[Command] = []
        yield from guarded("meter", self._meter(port, works))
        yield from guarded("echo", self._echo(port))
        if not works:
            yield from (not_checked(name, "the meter does not answer") for name in ("recorder", *CHECKS))
            return
        recorders: list[LineRecorder] = []
        yield from guarded("recorder", self._recorder(recorders))
        if not recorders:
            yield from (not_checked(name, "there is no recorder") for name in CHECKS)
            return
        doctor = LineDoctor(
            recorders[0],
            self._rig.signal,
            self._request.profile.number("bit_rate"),
            lambda: self._exchange(works[0]),
            seconds=self._took * 1.2 + 0.3,
            stated=_SIMULATED_CLOCK if self._assembly.simulated else opened[0].time_base.uncertainty / SECOND,
            count=self._request.exchanges,
        )
        yield from guarded("recorder", doctor.examine())

    def _port(self, opened: list[Port]) -> Iterator[Check]:
        # the doctor takes the echo off by itself, so that a wrong statement is found out
        opened.append(self._assembly.open_port(echo=False))
        if self._assembly.simulated is not None:
            yield Check("port", Status.OK, "the simulated bench's")
            return
        section = self._rig.port
        form = "8N1 with parity in software" if section.parity == "software" else "7E1"
        lines = "".join(
            f", {name.upper()} {'on' if level else 'off'}"
            for name in ("rts", "dtr")
            if (level := getattr(section, name)) is not None
        )
        yield Check(
            "port", Status.OK, f"{section.url}, {self._request.profile.number('bit_rate')} Bd, {form}{lines}"
        )

    def _meter(self, port: _EchoFreePort, works: list[Command]) -> Iterator[Check]:
        profile, section = self._request.profile, self._rig.port
        self._carrier = PortCarrier(
            port,
            self._clock,
            profile,
            patience=section.patience_ms * MILLISECOND,
            turnaround=section.turnaround_ms * MILLISECOND,
            observe=self._exchanges.append,
        )
        status = profile.registers["token_status"].id
        commands: tuple[Command, ...] = (IDRequest(), BreakCommand(), ReadCommand(status))
        came = b""
        for place, command in enumerate(commands):
            reply = self._carrier.exchange(command)
            came = came or reply.codes
            if reply.answer is None or reply.damaged or reply.reaction is None:
                continue
            works.append(command)
            seen = f"answers after {reply.reaction / MILLISECOND:.0f} ms with {len(reply.codes)} characters"
            if place:
                remedy = "check contact and light of the head: the first commands were not answered"
                yield Check("meter", Status.WARNING, f"{seen}, but only command {place + 1}", remedy)
            else:
                yield Check("meter", Status.OK, seen)
            return
        if came:
            remedy = 'check the line: parity = "software" if the adapter only does 8N1, the right meter'
            yield Check("meter", Status.RED, f"what comes is no answer: {describe(came)}", remedy)
        else:
            remedy = "check that the meter has power, that the head or cable sits right, and the port's url"
            yield Check("meter", Status.RED, "nothing answers", remedy)

    def _echo(self, port: _EchoFreePort) -> Iterator[Check]:
        stated = self._rig.port.echo
        if port.echoes and stated is False:
            yield Check("echo", Status.RED, "the port gives back what it sends", "write echo = true in [port]")
        elif port.echoes:
            yield Check("echo", Status.OK, "the port gives back what it sends; it is taken off")
        elif stated is True:
            remedy = "check the head and its power, or write echo = false in [port]"
            yield Check("echo", Status.RED, "the port does not give back what it sends", remedy)
        else:
            yield Check("echo", Status.OK, "none")

    def _exchange(self, command: Command) -> Exchanged:
        reply = self._carrier.exchange(command)
        return Exchanged(bytes(character.code for character in self._exchanges[-1].sent), reply)

    @property
    def _took(self) -> float:
        last = self._exchanges[-1]
        return (last.reply.characters[-1].end - last.began) / SECOND

    def _recorder(self, found: list[LineRecorder]) -> Iterator[Check]:
        request, rig = self._request, self._rig
        ideal = self._assembly.ideal_recorder()
        if ideal is not None:
            found.append(ideal)
            yield Check("recorder", Status.OK, "the simulated bench's ideal one")
            return
        untimed = [name for name, one in self._named.items() if one.section.channels and name not in self._timed]
        if untimed:
            yield not_checked("recorder", f"the time base of {', '.join(untimed)} is not known")
            return
        recorder = BenchInstruments(self._named, {}, rig, request.profile, self._clock).line_recorder
        if recorder is None:
            missing = [name for name in rig.instruments if name not in self._named]
            if missing:
                yield not_checked("recorder", f"instrument {', '.join(missing)} is not open")
                return
            remedy = "add an oscilloscope to [instruments], or judge times by [host_clock]"
            yield Check("recorder", Status.WARNING, "no instrument records the line", remedy)
            return
        found.append(recorder)
        seen = ", ".join(f"input {number} sees the {side}" for side, number in recorder.inputs.items())
        yield Check("recorder", Status.OK, f"{recorder.recorder.name}: {seen}")


def _parity(port: Port) -> Check:
    missing = [
        words
        for able, words in ((port.shows_parity, "show wrong parity"), (port.spoils_parity, "send wrong parity"))
        if not able
    ]
    if not missing:
        return Check("parity", Status.OK, "wrong parity can be sent, and is seen")
    remedy = 'use a local adapter, or one set to 8N1 with parity = "software", if those cases matter'
    seen = f"this port cannot {' or '.join(missing)}: cases of 6.3.2 will be INCONCLUSIVE"
    return Check("parity", Status.WARNING, seen, remedy)
