"""Levels of the interface: what is read from a recording with which U, what is asked for, and what is refused."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from logic_recorder import LogicRecorder
from meter_on_bench import PROFILE, MeterOnBench
from sts62055.carrier.messages import IDRequest
from sts_rigs.actions import Action
from sts_rigs.errors import BenchFault
from sts_rigs.files.rig import SignalSection
from sts_rigs.line.interface_levels import LEVEL_UNITS, Level, NoLevel, ask_level
from sts_rigs.line.recorded_levels import recorded_level
from sts_rigs.line.recorder import LineRecorder
from sts_rigs.line.recording import Recording
from sts_rigs.simulator.defects import DEFECTS
from sts_rigs.simulator.defects import levels as of_levels
from sts_rigs.simulator.ideal_recorder import IdealRecorder
from sts_rigs.simulator.true_levels import GOOD_LEVELS, LevelStatements
from sts_rigs.uncertainty.intervals import Oscillator
from sts_rigs.waveforms.waveform import Waveform

CALIBRATED: dict[str, Any] = {"per_volt": 1000.0, "unit": "uW/cm2", "per_volt_uncertainty": 0.04}
STEP = 0.002


class RealRecorder:
    """The ideal recorder behind an input with gain, offset, noise and steps of its own; input 1 sees the meter.

    stray: how much of the reader's light the meter's input sees, as a share of the swing.
    """

    def __init__(self, ideal: IdealRecorder, seed: int, gain: float, offset: float, stray: float = 0.0) -> None:
        self._ideal = ideal
        self._random = np.random.default_rng(seed)
        self._gain, self._offset, self._stray = gain, offset, stray
        self.name, self.identity = "real recorder", ideal.identity
        self.arm, self.check, self.close = ideal.arm, ideal.check, ideal.close

    def fetch(self) -> Mapping[int, Waveform]:
        """Return what was recorded, as a converter of 16 bits gives it."""
        found = dict(self._ideal.fetch())
        straying = self._stray * (1 - found[2].samples)
        found[1] = replace(found[1], samples=found[1].samples - straying)
        return {number: self._seen(one) for number, one in found.items()}

    def _seen(self, waveform: Waveform) -> Waveform:
        volts = waveform.levels() * self._gain + self._offset
        volts += self._random.normal(0.0, 0.01, len(volts))
        return replace(waveform, samples=np.round(volts / STEP).astype(np.int16), scale=STEP, offset=0.0)


def recorded(signal: SignalSection, recorder: Callable[[IdealRecorder], Any] | None = None) -> Recording:
    bench = MeterOnBench()
    make = recorder or (lambda ideal: RealRecorder(ideal, 1, 1.0, 0.0))
    oscillator = Oscillator(name="clock", source="stated", stability=1e-6)
    line = LineRecorder(
        make(LogicRecorder.of(bench.simulated)), {"meter": 1, "reader": 2}, signal, oscillator, PROFILE
    )
    line.arm(2.0)
    bench.carrier.exchange(IDRequest())
    return line.take("one")


def signal(**changes: Any) -> SignalSection:
    """Return a signal whose higher level is mark: 0,2 V at space and 2,4 V at mark."""
    return SignalSection(**{"low": 0.2, "high": 2.4, "threshold": 0.006, **CALIBRATED, **changes})


@cache
def usual_recording() -> Recording:
    return recorded(signal())


@pytest.mark.parametrize(
    ("level", "changes", "value"),
    [
        (Level.IRRADIANCE_OFF, {}, 2400),
        (Level.IRRADIANCE_ON, {}, 200),
        (Level.IRRADIANCE_ON, {"inverted": True}, 2400),
        (Level.IRRADIANCE_OFF, {"inverted": True}, 200),
        (Level.MARK_CURRENT, {"unit": "mA", "per_volt": 10.0}, 24),
        (Level.SPACE_CURRENT, {"unit": "mA", "per_volt": 10.0}, 2),
        (Level.SPACE_VOLTAGE, {"unit": "V", "per_volt": 1.0}, 0.2),
    ],
)
def test_mark_and_space_are_read_from_a_recording_in_the_unit_of_the_receiver(
    level: Level, changes: dict[str, Any], value: float
) -> None:
    found = recorded_level(usual_recording(), level, signal(**changes))
    assert found
    assert found.time.value == pytest.approx(value, rel=0.01)
    assert (found.time.unit, found.recording) == (level.unit, "one")
    assert found.at is not None
    assert found.at > usual_recording().reader.characters.start[-1]


def test_the_budget_has_calibration_input_resolution_and_scatter() -> None:
    found = recorded_level(usual_recording(), Level.IRRADIANCE_ON, signal())
    assert found
    calibration, offset, step, scatter = found.time.lines
    assert calibration.contribution == pytest.approx(200 * 0.02, rel=0.01)
    assert offset.contribution == pytest.approx(6 / math.sqrt(3))
    assert step.contribution == pytest.approx(1000 * STEP / math.sqrt(12))
    assert (scatter.evaluation, scatter.degrees_of_freedom) == ("A", 9)
    assert 0 < scatter.contribution < 1
    assert found.time.expanded == pytest.approx(2 * math.hypot(200 * 0.02, 6 / math.sqrt(3)), rel=0.05)


def test_the_true_level_is_within_u_as_often_as_k_says_and_u_is_no_excuse() -> None:
    random = np.random.default_rng(7)
    errors, stated = [], []
    for seed in range(200):
        truth = 1000.0 * (1 + random.normal(0, 0.02))
        offset = float(random.uniform(-0.006, 0.006))
        one = recorded(signal(), lambda ideal, s=seed, o=offset: RealRecorder(ideal, s, 1.0, o))  # type: ignore[misc]
        found = recorded_level(one, Level.IRRADIANCE_OFF, signal())
        assert found
        errors.append(found.time.value - 2.4 * truth)
        stated.append(found.time.expanded)
    within = np.mean(np.abs(errors) <= stated)
    assert 0.9 <= within < 1
    assert np.mean(stated) < 3 * 2 * np.std(errors)


def test_light_of_the_reader_that_strays_into_the_receiver_is_not_the_meters() -> None:
    one = recorded(signal(), lambda ideal: RealRecorder(ideal, 1, 1.0, 0.0, stray=2.0))
    found = recorded_level(one, Level.IRRADIANCE_ON, signal())
    assert found
    assert found.time.value == pytest.approx(200, abs=3)


@pytest.mark.parametrize(
    ("level", "changes"),
    [
        (Level.WAVELENGTH, {}),
        (Level.TAKEN_AS_ON, {}),
        (Level.MARK_CURRENT, {}),
        (Level.TRANSMITTER_DROP, {"unit": "V"}),
        (Level.IRRADIANCE_ON, {"per_volt": None, "unit": None, "per_volt_uncertainty": None}),
    ],
)
def test_a_recording_says_nothing_of_what_its_receiver_is_not_calibrated_for(
    level: Level, changes: dict[str, Any]
) -> None:
    assert recorded_level(usual_recording(), level, signal(**changes)) is None


def test_a_logic_capture_shows_no_levels() -> None:
    assert recorded_level(recorded(signal(), lambda ideal: ideal), Level.IRRADIANCE_ON, signal()) is None


def test_a_meter_that_is_not_seen_is_a_fault_of_the_bench() -> None:
    one = recorded(signal())
    flat = replace(one.meter.waveform, samples=np.full_like(one.meter.waveform.samples, 1200))
    one.meter = replace(one.meter, waveform=flat)
    with pytest.raises(BenchFault, match="the signal is flat"):
        recorded_level(one, Level.IRRADIANCE_ON, signal())


def test_a_recording_that_ends_before_the_answer_is_a_fault_of_the_bench() -> None:
    one = recorded(signal())
    asked = int((one.reader.characters.start[-1] - one.meter.waveform.start) / one.meter.waveform.interval)
    short = replace(one.meter.waveform, samples=one.meter.waveform.samples[:asked])
    one.meter = replace(one.meter, waveform=short)
    with pytest.raises(BenchFault, match="ends before the meter's answer"):
        recorded_level(one, Level.IRRADIANCE_ON, signal())


# -- what somebody states ----------------------------------------------------------------------------------------


def saying(answers: Iterable[str], asked: list[Action] | None = None) -> Callable[[Action], str]:
    left = iter(answers)

    def perform(action: Action) -> str:
        if asked is not None:
            asked.append(action)
        return next(left)

    return perform


@pytest.mark.parametrize(
    ("text", "value", "uncertainty"),
    [
        ("1230 60", 1230, 60),
        (" 1230.5   60.25 ", 1230.5, 60.25),
        ("0,8 0,3", 0.8, 0.3),
        ("-0.1 0.3", -0.1, 0.3),
    ],
)
def test_a_stated_value_has_its_u_with_k_2(text: str, value: float, uncertainty: float) -> None:
    asked: list[Action] = []
    found = ask_level(saying([text], asked), Level.IRRADIANCE_ON, "the lab")
    assert (found.value, found.k) == (value, pytest.approx(2))
    assert found.expanded == pytest.approx(uncertainty)
    assert (found.unit, found.lines[0].source) == ("uW/cm2", "the lab")
    assert asked == [Action.MEASURE_IRRADIANCE_ON]


WRONG = ["1230", "1230 uW", "1230 0", "1230 -60", "nan 60", "1230 inf", "1230 60 2", "1_2 3", f"{'9' * 400} 1"]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_read_is_asked_again(wrong: str) -> None:
    asked: list[Action] = []
    assert ask_level(saying([wrong, "1230 60"], asked), Level.IRRADIANCE_ON, "the lab").value == 1230
    assert len(asked) == 2


def test_it_is_asked_again_three_times_and_no_more() -> None:
    assert ask_level(saying(["a", "b", "c", "9 1"]), Level.MARK_CURRENT, "the lab").value == 9
    with pytest.raises(NoLevel) as caught:
        ask_level(saying(["a", "b", "c", "d", "9 1"]), Level.MARK_CURRENT, "the lab")
    assert str(caught.value) == (
        "the mark current was not measured: 'd' is no value with its U above 0, both in mA"
    )


@pytest.mark.parametrize("answers", [[""], ["wrong", " "]])
def test_an_empty_answer_is_no_level(answers: list[str]) -> None:
    with pytest.raises(NoLevel, match="the wavelength was not measured: no value was given"):
        ask_level(saying(answers), Level.WAVELENGTH, "the lab")


# -- the tables --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", Level)
def test_a_level_is_found_by_its_name_and_asked_for_in_its_unit(level: Level) -> None:
    assert Level.of(level.quantity) is level
    assert f" in {level.unit}, such as " in level.action.request()
    assert level.action.performer == "levels"
    example = level.action.request().partition("such as ")[2].partition(", then")[0]
    assert ask_level(saying([example]), level, "the example").unit == level.unit


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no level 'glow': wavelength, "):
        Level.of("glow")


def test_every_way_of_measuring_is_of_one_level() -> None:
    measuring = [action for action in Action if action.performer == "levels"]
    assert sorted(measuring, key=str) == sorted((level.action for level in Level), key=str)


def test_light_is_measured_at_its_distance() -> None:
    optical = [level for level in Level if level.unit in ("nm", LEVEL_UNITS["optical"])]
    assert len(optical) == 5
    assert all("10 mm from the window, on its axis" in level.action.request() for level in optical)


# -- the simulated meter ---------------------------------------------------------------------------------------


def within(level: Level, value: float) -> bool:
    names = {
        Level.TAKEN_AS_ON: "irradiance_taken_as_on",
        Level.TAKEN_AS_OFF: "irradiance_taken_as_off",
        Level.TAKEN_AS_MARK: "current_taken_as_mark",
        Level.TAKEN_AS_SPACE: "current_taken_as_space",
        Level.TRANSMITTER_DROP: "transmitter_drop",
        Level.RECEIVER_DROP: "receiver_drop",
    }
    limits = PROFILE.level_limits(names.get(level, level.quantity.lower().replace(" ", "_")))
    return (limits.lower is None or value >= limits.lower) and (limits.upper is None or value <= limits.upper)


@pytest.mark.parametrize("level", Level)
def test_a_good_simulated_meter_is_within_every_limit(level: Level) -> None:
    assert within(level, GOOD_LEVELS[level])


@pytest.mark.parametrize(
    "name", [name for name, one in DEFECTS.items() if one.part.__module__ == of_levels.__name__]
)
def test_a_defect_of_levels_is_beyond_one_limit(name: str) -> None:
    true = MeterOnBench(defect=name).simulated.device.level
    assert len([level for level in Level if not within(level, true(level))]) == 1


def test_the_simulated_bench_states_true_levels_with_an_honest_u() -> None:
    statements = LevelStatements(seed=3)
    found = [ask_level(lambda _: statements.state(15.0), Level.MARK_CURRENT, "it") for _ in range(400)]
    share = np.mean([abs(one.value - 15.0) <= one.expanded for one in found])
    assert 0.93 < share < 0.98


def test_the_simulated_bench_measures_by_itself_and_the_same_with_the_same_seed() -> None:
    first, again, other = ([MeterOnBench(seed=seed).do(level.action) for level in Level] for seed in (1, 1, 2))
    assert first == again != other


# -- the rig file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", CALIBRATED)
def test_a_calibration_of_the_receiver_is_whole(missing: str) -> None:
    with pytest.raises(ValueError, match="per_volt, unit and per_volt_uncertainty go together"):
        SignalSection(**{key: value for key, value in CALIBRATED.items() if key != missing})
    assert SignalSection(**CALIBRATED).per_volt == 1000
    assert SignalSection().per_volt is None
