"""What a recorder says of the line is the truth within U, which is neither too small nor too large."""

from collections import Counter
from contextlib import closing
from datetime import date
from statistics import fmean, pstdev

import pytest

from instrument_ensemble import (
    SCOPES,
    DirectBench,
    Message,
    direct_messages,
    ensemble,
    message,
    messages,
    observed_bench,
    rig,
)
from meter_on_bench import MILLISECOND, PROFILE, SECOND
from sts62055.carrier.characters import outgoing
from sts62055.carrier.messages import BreakCommand, IDRequest, ReadCommand
from sts62055.carrier.profile import Limits
from sts_fixtures.judging.judgement import CaseJudgement
from sts_fixtures.judging.timing import LineTimer
from sts_reports.measurement import DecisionRule, Measurement, Statement, chances
from sts_reports.verdict import Verdict
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import CalibrationSection, JudgementSection, SignalSection
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.line.recording import Recording
from sts_rigs.line.timing import ObservedExchange
from sts_rigs.uncertainty.components import expanded
from sts_rigs.uncertainty.intervals import Oscillator

READ = ReadCommand(PROFILE.registers["serial_number"].id)
LIMIT_MS = 1500
BIT = 1 / PROFILE.number("bit_rate")
DUE = date(2026, 6, 12)


# -- how honest U is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signal", "others"),
    [
        (SignalSection(), {}),
        (SignalSection(), {"accuracy_ppm": 400.0}),
        (SignalSection(delay_us=60), {}),
        (SignalSection(asymmetry_us=60), {}),
        (SignalSection(low=-1.0, high=2.3, inverted=True, probe=10.0), {}),
    ],
    ids=["as usual", "poor time base", "unknown delays", "rises unlike falls", "inverted through a probe"],
)
def test_u_is_what_the_errors_call_for(signal: SignalSection, others: dict[str, float]) -> None:
    of = rig("rigol-ds1000z", signal=signal, **others)  # type: ignore[arg-type]
    found = ensemble(list(direct_messages(of, range(1, 31), 2)))
    assert found.within >= 0.9
    assert 0.6 < found.ratio < 1.7


def test_a_known_deviation_of_the_time_base_is_taken_off() -> None:
    certificate = CalibrationSection(due=DUE, deviation_ppm=2000, uncertainty_ppm=20)
    of = rig("rigol-ds1000z", accuracy_ppm=1.0, calibration=certificate)
    found = ensemble(list(direct_messages(of, range(1, 21), 2)))
    # left on, it would be some 500 us, and on the last character of the command 8 us
    assert abs(found.mean_error) < 5e-6
    assert found.within >= 0.85


@pytest.mark.parametrize("driver", SCOPES)
def test_each_oscilloscope_tells_the_truth_within_u(driver: str) -> None:
    found: list[Message] = list(messages(rig(driver, timeout_ms=30_000), range(1, 7), 2))
    assert sum(one.is_within for one in found) >= 10
    assert ensemble(found).ratio < 3
    assert all(one.k == pytest.approx(2, abs=0.1) for one in found)


# -- at the limit ---------------------------------------------------------------------------------------------


def judged(observed: ObservedExchange, rule: DecisionRule) -> tuple[Verdict, Measurement]:
    """Judge a reaction as a case does."""
    notes: list[Measurement] = []
    judgement = CaseJudgement()
    rules = JudgementSection(rule=rule.value)
    clock = expanded("unused", 1.0, 2, "s", "unused")
    line = LineTimer(lambda _: observed, clock, rules, judgement, notes.append)
    limits = Limits(200 * MILLISECOND, LIMIT_MS * MILLISECOND)
    line.measure("reaction time", [observed.times.reaction()], within=limits)
    return judgement.verdict, notes[0]


def at_limit(seed: int, excess_ms: float, uncertainty_ms: float) -> ObservedExchange:
    """Observe a meter that reacts so much beyond the limit, by a recorder with such a U, all of its time base."""
    ppm = 1e6 * uncertainty_ms / LIMIT_MS
    certificate = CalibrationSection(due=DUE, uncertainty_ppm=ppm)
    of = rig("rigol-ds1000z", accuracy_ppm=0.1, calibration=certificate)
    reaction = LIMIT_MS * MILLISECOND + round(excess_ms * MILLISECOND)
    return DirectBench(of, seed, reaction=reaction, jitter=0).observe(BreakCommand())


BY_RULE = {
    # U is 3 ms; the value is never more than U from the truth here
    DecisionRule.SIMPLE: {-10: "PASS", 10: "FAIL"},
    DecisionRule.GUARDED: {-10: "PASS", -0.1: "INCONCLUSIVE", 0.1: "INCONCLUSIVE", 10: "FAIL"},
    DecisionRule.NONBINARY: {-10: "PASS", 10: "FAIL"},
}


@pytest.mark.parametrize("excess", [-10.0, -0.1, 0.1, 10.0])
def test_a_meter_far_from_the_limit_is_decided_and_one_near_it_is_not(excess: float) -> None:
    observed = at_limit(3, excess, uncertainty_ms=3.0)
    for rule, expected in BY_RULE.items():
        verdict, measurement = judged(observed, rule)
        assert measurement.uncertainty == pytest.approx(3.0, rel=0.02)
        assert abs(measurement.value - LIMIT_MS - excess) < 3
        if excess in expected:
            assert str(verdict) == expected[excess]


@pytest.mark.parametrize("excess", [-10.0, -1.0, -0.1, 0.1, 1.0, 10.0])
def test_an_oscilloscope_as_usual_decides_a_tenth_of_a_millisecond(excess: float) -> None:
    reaction = LIMIT_MS * MILLISECOND + round(excess * MILLISECOND)
    bench = DirectBench(rig("rigol-ds1000z"), 5, reaction=reaction, jitter=0)
    observed = bench.observe(IDRequest())
    for rule in DecisionRule:
        verdict, measurement = judged(observed, rule)
        assert measurement.uncertainty < 0.09
        assert not measurement.is_conditional
        assert verdict is (Verdict.PASS if excess < 0 else Verdict.FAIL)


@pytest.mark.parametrize("excess", [-1.0, -0.1, 0.1, 1.0])
def test_the_chance_of_each_statement_is_as_the_theory_says(excess: float) -> None:
    runs, uncertainty = 70, 1.5
    observations = [at_limit(seed, excess, uncertainty) for seed in range(1, runs + 1)]
    for rule in DecisionRule:
        counted = Counter(judged(one, rule)[1].statement for one in observations)
        theory = chances(excess, uncertainty, rule)
        for statement in Statement:
            chance = theory.get(statement, 0.0)
            # four standard deviations of what is counted, and one run
            slack = 4 * (runs * chance * (1 - chance)) ** 0.5 + 1
            assert abs(counted[statement] - runs * chance) <= slack, (rule, statement, counted)


# -- the offending instant ------------------------------------------------------------------------------------


def trigger_of(observed: ObservedExchange, characters: int) -> int:
    """Return the true instant of the reader's first start bit."""
    return observed.reply.asked - characters * PROFILE.character_time


def assert_at(found: float | None, true: int, trigger: int) -> None:
    assert found is not None
    assert abs(found - (true - trigger) / SECOND) < 50e-6


@pytest.mark.parametrize("driver", SCOPES)
def test_a_reaction_of_190_ms_is_found_where_it_is(driver: str) -> None:
    with closing(observed_bench(rig(driver, timeout_ms=30_000), 1, defect="hasty-once-in-200")) as bench:
        for _ in range(198):
            bench.carrier.exchange(BreakCommand())
        found = [bench.observe(BreakCommand()) for _ in range(3)]
    reactions = [one.times.reaction() for one in found]
    values = [one.time.value for one in reactions if one]
    assert values[1] == pytest.approx(0.19, abs=50e-6)
    assert min(values[0], values[2]) > 0.2
    offending, reaction = found[1], reactions[1]
    assert reaction is not None
    assert_at(reaction.at, offending.reply.characters[0].start, trigger_of(offending, 5))
    assert reaction.recording == bench.recordings[1].name


def test_a_gap_of_1600_ms_is_found_where_it_is() -> None:
    with closing(observed_bench(rig("keysight-infiniivision"), 1, defect="gap-once-in-50")) as bench:
        for _ in range(48):
            bench.carrier.exchange(READ)
        found = [bench.observe(READ) for _ in range(3)]
    gaps = [one.times.longest_gap() for one in found]
    values = [one.time.value for one in gaps if one]
    assert values[1] == pytest.approx(1.6, abs=100e-6)
    assert max(values[0], values[2]) < 100e-6
    offending, gap = found[1], gaps[1]
    assert gap is not None
    # before ETX, which the BCC follows
    true = offending.reply.characters[-2]
    asked = len(bench.carrier.codec.encode(READ))
    assert_at(gap.at, true.start, trigger_of(offending, asked))
    assert gap.recording == bench.recordings[1].name


def test_short_stop_bits_are_measured_where_they_are() -> None:
    observed = DirectBench(rig("rigol-ds1000z"), 1, defect="short-stop-bit").observe(READ)
    stop = observed.times.shortest_stop()
    assert stop is not None
    assert stop.time.unit == "bit"
    assert stop.time.value == pytest.approx(0.7, abs=stop.time.expanded + 0.05)
    starts = [character.start for character in observed.reply.characters[1:]]
    begin = trigger_of(observed, len(DirectBench(rig("rigol-ds1000z"), 1).carrier.codec.encode(READ)))
    assert min(abs(stop.at * SECOND + begin - start) for start in starts if stop.at) < 50_000


@pytest.mark.parametrize(
    ("signal", "ratio"),
    [
        (SignalSection(asymmetry_us=60), 1.7),
        (SignalSection(threshold=1.0, asymmetry_us=0), 3),
        # here what lies between samples is most of it, of which U is more careful
        (SignalSection(), 4),
    ],
    ids=["rises unlike falls", "unknown threshold", "as usual"],
)
def test_u_of_the_bit_time_is_what_the_errors_call_for(signal: SignalSection, ratio: float) -> None:
    of = rig("rigol-ds1000z", signal=signal)
    found = [DirectBench(of, seed).observe(IDRequest()).times.bit_time() for seed in range(1, 41)]
    errors = [one.time.value - BIT for one in found if one]
    within = [abs(error) <= one.time.expanded for error, one in zip(errors, found, strict=True) if one]
    assert sum(within) >= 37
    assert fmean(one.time.expanded for one in found if one) / (2 * pstdev(errors)) < ratio


@pytest.mark.parametrize("asymmetry", [60.0, 100.0])
def test_u_of_a_stop_bit_covers_rises_unlike_falls(asymmetry: float) -> None:
    of = rig("rigol-ds1000z", signal=SignalSection(asymmetry_us=asymmetry))
    found = [DirectBench(of, seed).observe(IDRequest()).times.shortest_stop() for seed in range(1, 31)]
    # the shortest of many is short by what lies between samples
    shortest = 0.05
    assert sum(abs(one.time.value - 1) <= one.time.expanded + shortest for one in found if one) >= 28


@pytest.mark.parametrize(("defect", "bit"), [(None, BIT), ("slow-bits", 1.03 * BIT)])
def test_the_bit_time_is_that_of_the_meter(defect: str | None, bit: float) -> None:
    found = DirectBench(rig("rigol-ds1000z"), 1, defect=defect).observe(IDRequest()).times.bit_time()
    assert found is not None
    assert abs(found.time.value - bit) < 1.5 * found.time.expanded
    assert found.time.expanded < 0.003 * BIT


def test_a_good_answer_has_whole_stop_bits_and_no_gaps() -> None:
    times = DirectBench(rig("rigol-ds1000z"), 1).observe(READ).times
    stop, gap = times.shortest_stop(), times.longest_gap()
    assert stop is not None
    assert gap is not None
    assert stop.time.value == pytest.approx(1, abs=0.1)
    assert abs(gap.time.value) < 0.1 * BIT


def test_one_character_shows_no_gap_no_stop_bit_but_a_reaction() -> None:
    observed = DirectBench(rig("rigol-ds1000z"), 1).observe(BreakCommand())
    assert observed.times.longest_gap() is None
    assert observed.times.shortest_stop() is None
    assert message(observed).is_within


def test_an_unfinished_command_shows_nothing_of_the_meter() -> None:
    bench = DirectBench(rig("rigol-ds1000z"), 1, ideal=True)
    half = bench.carrier.codec.encode(READ)[:4]
    times = bench.observe(outgoing(half)).times
    assert times.reaction() is None
    assert times.bit_time() is None


def test_the_source_names_the_instrument() -> None:
    bench = DirectBench(rig("rigol-ds1000z"), 1)
    bench.observe(READ)
    (recording,) = bench.recordings
    assert isinstance(recording, Recording)
    assert recording.source == "scope, direct 1"


# -- what cannot be -------------------------------------------------------------------------------------------


def test_both_sides_must_be_seen() -> None:
    bench = DirectBench(rig("rigol-ds1000z"), 1)
    oscillator = Oscillator(name="scope", source="test", stability=1e-6)
    with pytest.raises(BenchFault, match="does not say which input of simulated recorder sees the reader"):
        LineRecorder(bench.simulated.recorder, {"meter": 1}, SignalSection(), oscillator, PROFILE)
