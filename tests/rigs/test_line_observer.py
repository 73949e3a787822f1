"""A recording shows the meter's answer, or is the instrument's fault or too short: the meter is never to blame."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from logic_recorder import LogicRecorder
from meter_on_bench import MILLISECOND, PROFILE, SECOND, configuration
from sts62055.carrier.characters import outgoing
from sts62055.carrier.messages import BreakCommand, Command, IDRequest, ReadCommand
from sts_rigs.carriers.port_carrier import PortCarrier
from sts_rigs.errors import BenchFault, InstrumentFault, InstrumentLost
from sts_rigs.files.rig import SignalSection
from sts_rigs.instruments.capabilities import RecordingSetup
from sts_rigs.line.observer import LineObserver
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.line.recording import Recording
from sts_rigs.line.timing import ObservedExchange, PortTimes
from sts_rigs.simulator.bench import SimulatedBench
from sts_rigs.simulator.defects import DEFECTS
from sts_rigs.simulator.ideal_recorder import IdealRecorder
from sts_rigs.uncertainty.intervals import Oscillator
from sts_rigs.waveforms.waveform import Waveform

Samples = NDArray[np.int8]
Tamper = Callable[[Samples, Samples], tuple[Samples, Samples]]
"""Of the meter's and the reader's samples, 1 for mark; they may be changed in place."""

READ = ReadCommand(PROFILE.registers["serial_number"].id)
RATE = 29.073
"""Samples of a bit."""
BEFORE = round(0.01 * 2400 * RATE)
"""Samples before the trigger."""
REACTION = 0.25
NEAR = 30e-6
"""A sample and a half."""


def bits(count: float) -> int:
    """Return the samples of so many bits."""
    return round(count * RATE)


class Tampered:
    """The ideal recorder, whose samples somebody changes."""

    name = "scope"
    channels = 2
    identity = IdealRecorder.identity

    def __init__(self, recorder: IdealRecorder, tamper: Tamper) -> None:
        self._recorder = recorder
        self._tamper = tamper
        self.setups: list[RecordingSetup] = []

    def arm(self, setup: RecordingSetup) -> None:
        self.setups.append(setup)
        self._recorder.arm(setup)

    def fetch(self) -> Mapping[int, Waveform]:
        whole = self._recorder.fetch()
        changed = self._tamper(whole[1].samples, whole[2].samples)
        return {number: replace(whole[number], samples=changed[number - 1]) for number in whole}

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


class Observing:
    """A simulated meter whose line is recorded by an instrument that is tampered with."""

    def __init__(self, tamper: Tamper, *, defect: str | None = None, reaction: float = REACTION) -> None:
        nanoseconds = round(reaction * SECOND)
        meter = configuration(reaction=nanoseconds, jitter=0)
        self.simulated = SimulatedBench(meter, PROFILE, seed=1, device=DEFECTS.meter_with(defect))
        self.carrier = PortCarrier(
            self.simulated.port,
            self.simulated.timeline,
            PROFILE,
            patience=4 * SECOND,
            turnaround=50 * MILLISECOND,
            observe=lambda _: None,
        )
        self.scope = Tampered(LogicRecorder.of(self.simulated), tamper)
        ideal = Oscillator(name="scope", source="test", stability=1e-9)
        self.recorder = LineRecorder(self.scope, {"meter": 1, "reader": 2}, SignalSection(), ideal, PROFILE)
        self.kept: list[Recording] = []
        self.recoveries = 0
        self._observer = LineObserver(
            self.carrier, self.simulated.timeline, PROFILE, self.recorder, self.kept.append, self._recover
        )
        self.observe = self._observer.observe
        self.lost = False

    def _recover(self) -> None:
        self.recoveries += 1
        if self.lost:
            raise BenchFault("scope is gone", "bring it back")


def observe(tamper: Tamper, command: Command = READ, **how: object) -> ObservedExchange:
    return Observing(tamper, **how).observe(command)  # type: ignore[arg-type]


def untouched(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
    return meter, reader


def later(samples: Samples, count: int) -> Samples:
    return np.roll(samples, count)


def reaction(observed: ObservedExchange) -> float:
    assert isinstance(observed.times, Recording)
    found = observed.times.reaction()
    assert found is not None
    return found.time.value


def command_ends(command: Command = READ) -> int:
    """Return the sample at which the command is over."""
    codes = Observing(untouched).carrier.codec.encode(command)
    return BEFORE + bits(10 * len(codes))


def low(samples: Samples, begin: int, count: int) -> Samples:
    samples[begin : begin + count] = 0
    return samples


# -- what the meter's input may see of the reader -------------------------------------------------------------


@pytest.mark.parametrize("shift", [-5, 0, 1, 5], ids=lambda shift: f"{shift} samples late")
@pytest.mark.parametrize("command", [READ, BreakCommand()], ids=["Data", "ACK"])
def test_light_of_the_reader_on_the_meters_input_is_not_the_meters(shift: int, command: Command) -> None:
    def stray(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        return np.minimum(meter, later(reader, shift)), reader

    assert reaction(observe(stray, command)) == pytest.approx(REACTION, abs=NEAR)


def test_a_recording_by_itself_tells_the_readers_light_from_the_answer() -> None:
    observing = Observing(lambda meter, reader: (np.minimum(meter, later(reader, 1)), reader))
    observing.recorder.arm(3.0)
    observing.carrier.exchange(READ)
    found = observing.recorder.take("alone").reaction()
    assert found
    assert found.time.value == pytest.approx(REACTION, abs=NEAR)
    assert found.recording == "alone"


def test_weak_light_that_shows_only_parts_of_the_readers_characters_is_not_the_meters() -> None:
    def weak(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        # what is left of a space after the first 0,4 bits: other starts, and other characters
        return np.minimum(meter, np.maximum(reader, later(reader, 8))), reader

    assert reaction(observe(weak)) == pytest.approx(REACTION, abs=NEAR)


def test_both_inputs_may_be_on_one_line() -> None:
    def shared(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        both = np.minimum(meter, reader)
        return both, both.copy()

    times = observe(shared).times
    found, gap, bit = times.reaction(), times.longest_gap(), times.bit_time()
    assert found
    assert gap
    assert bit
    assert found.time.value == pytest.approx(REACTION, abs=NEAR)
    assert abs(gap.time.value) < NEAR
    assert bit.time.value == pytest.approx(1 / 2400, rel=1e-3)


# -- what the meter does wrong --------------------------------------------------------------------------------


def test_an_answer_that_begins_before_the_command_is_over_is_seen_as_that() -> None:
    early = bits((REACTION + 0.0095) * 2400)

    def hasty(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        return later(meter, -early), reader

    assert reaction(observe(hasty)) == pytest.approx(-0.0095, abs=NEAR)


def test_an_answer_that_is_later_than_the_recording_is_timed_by_the_port() -> None:
    observed = observe(untouched, reaction=3.8)
    assert isinstance(observed.times, PortTimes)
    found = observed.times.reaction()
    assert found
    assert found.time.value == pytest.approx(3.8)
    assert found.recording == ""


def test_an_answer_that_outlasts_the_recording_is_timed_by_the_port() -> None:
    def cut(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        first = np.flatnonzero(meter == 0)[0]
        return meter[: first + bits(55)], reader[: first + bits(55)]

    observing = Observing(cut)
    observed = observing.observe(READ)
    assert isinstance(observed.times, PortTimes)
    assert len(observing.kept) == 1
    assert observing.kept[0].answered == 5


def test_the_longest_late_answer_fits_the_recording() -> None:
    observing = Observing(untouched)
    observing.observe(READ)
    (setup,) = observing.scope.setups
    # the noise of the idle line is seen before the trigger
    assert setup.before * 2400 * RATE > 200
    sent = len(observing.carrier.codec.encode(READ)) * PROFILE.character_time
    late = PROFILE.longest_time("reaction_time") + PROFILE.number("longest_message") * PROFILE.character_time
    assert setup.duration > (sent + late) / SECOND
    # a gap too long in a usual answer is drawn too
    usual = 0.5 + 1.6 + 60 * PROFILE.character_time / SECOND
    assert setup.duration > sent / SECOND + usual


def test_gaps_in_a_command_lengthen_the_recording() -> None:
    observing = Observing(untouched)
    codes = observing.carrier.codec.encode(READ)
    characters = [replace(one, gap=100 * MILLISECOND) for one in outgoing(codes)]
    observing.observe(characters)
    observing.observe(outgoing(codes))
    paused, whole = (setup.duration for setup in observing.scope.setups)
    assert paused - whole == pytest.approx(1.1 * 0.1 * len(codes))
    assert [len(one.reader.characters) for one in observing.kept] == [len(codes)] * 2


def test_what_comes_after_the_answer_is_no_part_of_it() -> None:
    def chatty(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        last = np.flatnonzero(meter == 0)[-1]
        return low(meter, last + bits(200), bits(1)), reader

    times = observe(chatty).times
    gap = times.longest_gap()
    assert gap
    assert abs(gap.time.value) < NEAR


def test_a_slow_meter_is_timed_although_a_port_may_misread_it() -> None:
    observed = observe(untouched, IDRequest(), defect="slow-bits")
    bit = observed.times.bit_time()
    assert bit
    assert bit.time.value == pytest.approx(1.03 / 2400, rel=1e-3)


# -- what the instrument does wrong ---------------------------------------------------------------------------


def fault_of(tamper: Tamper) -> str:
    with pytest.raises(InstrumentFault) as caught:
        observe(tamper)
    return str(caught.value)


def test_an_input_that_does_not_see_the_meter_is_the_instruments_fault() -> None:
    def dead(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        return np.ones_like(meter), reader

    assert "scope saw 0 of the 25 characters that the port heard" in fault_of(dead)


def test_an_input_that_misses_a_character_is_the_instruments_fault() -> None:
    def deaf(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        last = np.flatnonzero(meter == 0)[-1]
        meter[last - bits(8.5) :] = 1
        return meter, reader

    assert "saw 24 of the 25 characters" in fault_of(deaf)


def test_exchanged_inputs_are_the_instruments_fault() -> None:
    def exchanged(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        return reader, meter

    assert "scope read" in fault_of(exchanged)
    assert "on input 2, where the reader sent 01 " in fault_of(exchanged)


def test_an_input_that_does_not_see_the_reader_is_the_instruments_fault() -> None:
    def dark(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        return meter, np.ones_like(reader)

    assert "scope saw no character of the reader on input 2" in fault_of(dark)


def test_a_long_spike_before_the_answer_is_no_reaction_but_a_fault() -> None:
    def spike(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        return low(meter, command_ends() + bits(200), bits(1)), reader

    said = fault_of(spike)
    assert "saw a character on the meter's input at" in said
    assert "that the port did not hear" in said


SPIKE = round(29e-6 * 2400 * RATE)
"""Samples of 29 us, 7 % of a bit."""


def spoil(samples: Samples, begin: int) -> Samples:
    """Turn the line over for the time of a spike."""
    samples[begin : begin + SPIKE] ^= 1
    return samples


@pytest.mark.parametrize("character", [0, 3, 24])
@pytest.mark.parametrize("into", [*np.arange(0.02, 10, 0.24), 9.95])
def test_a_spike_in_a_character_fails_no_meter(character: int, into: float) -> None:
    def spiky(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        first = np.flatnonzero(meter == 0)[0]
        return spoil(meter, first + bits(10 * character + into)), reader

    times = observe(spiky).times
    stop, gap, bit, found = times.shortest_stop(), times.longest_gap(), times.bit_time(), times.reaction()
    assert stop
    assert gap
    assert bit
    assert found
    # one that adjoins an edge moves that edge
    assert stop.time.value > PROFILE.ratio("shortest_stop_bit")
    assert abs(gap.time.value) < 29e-6 + NEAR
    assert bit.time.value == pytest.approx(1 / 2400, rel=1e-3)
    assert found.time.value == pytest.approx(REACTION, abs=29e-6 + NEAR)


def test_a_spike_at_every_start_bit_is_the_instruments_fault() -> None:
    def spiky(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        first = np.flatnonzero(meter == 0)[0]
        for character in range(25):
            spoil(meter, first + bits(10 * character + 0.5))
        return meter, reader

    times = observe(spiky).times
    with pytest.raises(InstrumentFault, match="saw spikes at the start bits"):
        times.shortest_stop()


def test_a_character_that_the_port_heard_as_another_is_the_instruments_fault() -> None:
    def other(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        first = np.flatnonzero(meter == 0)[0]
        meter[first + bits(13) : first + bits(14)] ^= 1
        return meter, reader

    said = fault_of(other)
    assert "scope read 02 " in said
    assert ", and the port 02 " in said
    assert "look at the recording for spikes" in said


def test_a_short_spike_before_the_answer_is_no_character() -> None:
    def spike(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        return low(meter, command_ends() + bits(200), bits(0.3)), reader

    assert reaction(observe(spike)) == pytest.approx(REACTION, abs=NEAR)


def test_a_spike_that_looks_like_the_answer_is_told_from_it_by_the_time() -> None:
    begin = command_ends(BreakCommand())

    def ack(meter: Samples, reader: Samples) -> tuple[Samples, Samples]:
        # one ACK while the command still runs, as a spoiled echo might show it
        place, first = begin - bits(30), meter.argmin()
        meter[place : place + bits(10)] = meter[first : first + bits(10)]
        return meter, reader

    assert reaction(observe(ack, BreakCommand())) == pytest.approx(REACTION, abs=NEAR)


def test_a_fault_of_what_is_shown_needs_no_recovery_and_the_recording_is_kept() -> None:
    observing = Observing(lambda meter, reader: (np.ones_like(meter), reader))
    with pytest.raises(InstrumentFault):
        observing.observe(READ)
    assert observing.recoveries == 0
    assert len(observing.kept) == 1


def test_an_instrument_that_fails_and_cannot_be_recovered_is_lost_for_later_cases() -> None:
    observing = Observing(lambda meter, reader: (meter, np.ones_like(reader)))
    with pytest.raises(InstrumentFault, match="saw no character"):
        observing.observe(READ)
    observing.lost = True
    with pytest.raises(InstrumentFault, match="saw no character"):
        observing.observe(READ)
    for _ in range(2):
        with pytest.raises(InstrumentLost, match="an instrument was lost: scope is gone"):
            observing.observe(READ)
    assert observing.recoveries == 2


def test_without_a_recorder_the_port_measures() -> None:
    bench = Observing(untouched)
    observer = LineObserver(
        bench.carrier, bench.simulated.timeline, PROFILE, None, bench.kept.append, lambda: None
    )
    times = observer.observe(READ).times
    assert isinstance(times, PortTimes)
    assert bench.kept == []
