"""Measure with many simulated instruments, each as far from ideal as its rig file allows, and know the truth.

What an instrument does wrong for good (its time base, its delays, its thresholds) is one draw for each instrument,
so that only many instruments show whether the uncertainty that the suite states is the right one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from meter_on_bench import MILLISECOND, PROFILE, SECOND, configuration
from sts62055.carrier.messages import BreakCommand, Command, IDRequest, ReadCommand
from sts_rigs.actions import Action
from sts_rigs.bench import Bench, BenchDescription, Simulation, open_bench
from sts_rigs.bench.instruments import NamedInstrument
from sts_rigs.carriers.port_carrier import PortCarrier
from sts_rigs.files.calibration import read_calibration
from sts_rigs.files.rig import CalibrationSection, InstrumentSection, PortSection, Rig, RigSection, SignalSection
from sts_rigs.instruments.capabilities import ChannelSetup, Identity, RecordingSetup
from sts_rigs.line.observer import LineObserver
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.line.recording import Recording
from sts_rigs.line.timing import ObservedExchange
from sts_rigs.simulator.bench import SimulatedBench
from sts_rigs.simulator.defects import DEFECTS
from sts_rigs.simulator.instruments.acquisition import Acquisition, Record, State
from sts_rigs.simulator.instruments.fleet import imperfections_of, probe_of
from sts_rigs.simulator.instruments.sampling import Channel
from sts_rigs.simulator.timeline import START
from sts_rigs.waveforms.waveform import Waveform

SCOPES = ("keysight-infiniivision", "rigol-ds1000z", "rigol-dho800", "siglent-sds1000xe", "tektronix-tbs2000")
COMMANDS: tuple[Command, ...] = (
    IDRequest(),
    ReadCommand(PROFILE.registers["serial_number"].id),
    BreakCommand(),
    ReadCommand(PROFILE.registers["electricity_credit"].id, 2),
)
FOLDER = Path()
"""Of the rig file: these name no further files."""


@dataclass(frozen=True)
class Message:
    """One reaction time in seconds: what only the simulator knows, what the suite says, and its U."""

    true: float
    value: float
    expanded: float
    k: float

    @property
    def error(self) -> float:
        return self.value - self.true

    @property
    def is_within(self) -> bool:
        return abs(self.error) <= self.expanded


@dataclass(frozen=True)
class Ensemble:
    """What many messages show: the share within U, and U against twice the spread of the errors."""

    count: int
    within: float
    mean_error: float
    spread: float
    expanded: float

    @property
    def ratio(self) -> float:
        """U over the U that the errors really call for."""
        return self.expanded / (2 * self.spread)


def ensemble(messages: Sequence[Message]) -> Ensemble:
    errors = [one.error for one in messages]
    return Ensemble(
        len(messages),
        sum(one.is_within for one in messages) / len(messages),
        fmean(errors),
        pstdev(errors),
        fmean(one.expanded for one in messages),
    )


def rig(
    driver: str,
    *,
    signal: SignalSection | None = None,
    accuracy_ppm: float = 25.0,
    calibration: CalibrationSection | None = None,
    timeout_ms: int = 5000,
) -> Rig:
    """Return a simulated bench with one oscilloscope on the line."""
    scope = InstrumentSection(
        driver=driver,
        resource="simulated",
        channels={"meter": 1, "reader": 2},
        accuracy_ppm=accuracy_ppm,
        timeout_ms=timeout_ms,
        calibration=calibration,
    )
    return Rig(
        rig=RigSection(name="ensemble"),
        port=PortSection(url="simulated", parity="software"),
        signal=signal or SignalSection(),
        instruments={"scope": scope},
    )


def nobody(_: Action) -> str:
    raise AssertionError("a simulated bench asks nobody")


class ObservedBench:
    """A bench of the product with a simulated meter, and exchanges that its recorder observes."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.recordings: list[Recording] = []
        self.recoveries = 0
        self.carrier = PortCarrier(
            bench.port,
            bench.clock,
            PROFILE,
            patience=4 * SECOND,
            turnaround=50 * MILLISECOND,
            observe=lambda _: None,
        )
        self._observer = LineObserver(
            self.carrier, bench.clock, PROFILE, bench.line_recorder, self.recordings.append, self._recover
        )

    def observe(self, command: Command) -> ObservedExchange:
        return self._observer.observe(command)

    def _recover(self) -> None:
        self.recoveries += 1
        self.bench.recover_recorder()

    def close(self) -> None:
        self.bench.close()


def observed_bench(
    of: Rig, seed: int, *, defect: str | None = None, faults: object = None, **meter: object
) -> ObservedBench:
    """Open the bench of a rig with a simulated meter made by a seed."""
    made = DEFECTS.meter_with(defect)
    simulated = Simulation(partial(configuration, **meter), seed, made, faults or {})  # type: ignore[arg-type]
    return ObservedBench(open_bench(BenchDescription(of, FOLDER, PROFILE, simulated, nobody)))


def messages(of: Rig, seeds: Sequence[int], each: int) -> Iterator[Message]:
    """Yield `each` reaction times by one instrument for each seed."""
    for seed in seeds:
        with closing(observed_bench(of, seed)) as bench:
            for number in range(each):
                yield message(bench.observe(COMMANDS[(seed + number) % len(COMMANDS)]))


class DirectScope:
    """A recorder with an oscilloscope's imperfections but without its language, to save time.

    Eight bits over 1.25 times the swing, at the rate that is asked for.
    """

    name = "scope"
    channels = 2
    identity = Identity("stsbench", "direct", "1", "1")

    def __init__(self, bench: SimulatedBench, of: Rig, seed: int) -> None:
        section = of.instruments["scope"]
        ends = {"meter": bench.line.meter, "reader": bench.line.reader}
        self._clock = bench.timeline
        self._imperfections = imperfections_of(section, of.signal, seed)
        self._probes = {
            number: probe_of(ends[side].signal, of.signal, f"{seed} {side}")
            for side, number in section.channels.items()
        }
        self._number = 0
        self._latest = 0
        self._acquisition: Acquisition | None = None

    def arm(self, setup: RecordingSetup) -> None:
        self._number += 1
        self._latest = self._clock.now() + 60 * SECOND
        points = round((setup.before + setup.duration) * setup.rate)
        inputs = {number: self._input(one) for number, one in setup.channels.items()}
        trigger = setup.trigger
        record = Record(
            inputs, 1 / setup.rate, points, -setup.before, trigger.channel, trigger.level, trigger.rising
        )
        self._acquisition = Acquisition(record, self._probes, self._imperfections, self._clock.now(), self._number)
        self._clock.wait_until(self._clock.now() + round(setup.before * SECOND) + MILLISECOND)

    def fetch(self) -> Mapping[int, Waveform]:
        acquisition = self._acquisition
        assert acquisition is not None
        while acquisition.state(self._clock.now()) is not State.COMPLETE:
            assert self._clock.now() < self._latest, "no trigger came"
            self._clock.wait_until(self._clock.now() + 100 * MILLISECOND)
        record = acquisition.record
        return {
            number: Waveform(
                acquisition.samples(number, 0, record.points),
                record.interval,
                record.start,
                channel.volts_per_code,
                channel.volts_of_zero,
            )
            for number, channel in record.channels.items()
        }

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass

    @staticmethod
    def _input(setup: ChannelSetup) -> Channel:
        step = (setup.high - setup.low) * 1.25 / 255
        return Channel(step, (setup.low + setup.high) / 2 - 128 * step, 0, 255, setup.probe_factor)


class DirectBench:
    """A simulated meter on a line that a recorder without a language observes."""

    def __init__(
        self, of: Rig, seed: int, *, defect: str | None = None, ideal: bool = False, **meter: Any
    ) -> None:
        self.simulated = SimulatedBench(
            configuration(**meter), PROFILE, seed=seed, device=DEFECTS.meter_with(defect)
        )
        self.recordings: list[Recording] = []
        section = of.instruments["scope"]
        scope = self.simulated.recorder if ideal else DirectScope(self.simulated, of, seed)
        written = section.calibration
        calibration = read_calibration(written, FOLDER) if written else None
        known = NamedInstrument("scope", section, scope, calibration)
        recorder = LineRecorder(scope, section.channels, of.signal, known.oscillator(START.date()), PROFILE)
        self.carrier = PortCarrier(
            self.simulated.port,
            self.simulated.timeline,
            PROFILE,
            patience=4 * SECOND,
            turnaround=50 * MILLISECOND,
            observe=lambda _: None,
        )
        observer = LineObserver(
            self.carrier, self.simulated.timeline, PROFILE, recorder, self.recordings.append, lambda: None
        )
        self.observe = observer.observe


def message(observed: ObservedExchange) -> Message:
    """Hold a measured reaction time against the true one."""
    measured, reply = observed.times.reaction(), observed.reply
    assert measured is not None
    true = (reply.characters[0].start - reply.asked) / SECOND
    return Message(true, measured.time.value, measured.time.expanded, measured.time.k)


def direct_messages(of: Rig, seeds: Sequence[int], each: int) -> Iterator[Message]:
    """Yield reaction times as `messages` does, without a language between."""
    for seed in seeds:
        bench = DirectBench(of, seed)
        for number in range(each):
            yield message(bench.observe(COMMANDS[(seed + number) % len(COMMANDS)]))
