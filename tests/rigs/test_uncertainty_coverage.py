"""Seeded simulations of what really happens at a bench bear the budgets out."""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from sts_reports.measurement import DecisionRule, Measurement, chances
from sts_rigs.uncertainty.budget import combine
from sts_rigs.uncertainty.components import normal, scatter_of_mean
from sts_rigs.uncertainty.intervals import Channel, Edge, Oscillator, recorded_interval

Values = NDArray[np.float64]
COVERED = math.erf(math.sqrt(2))


@dataclass(frozen=True)
class JournalWriter:
    """A recorder as slow and inaccurate as it takes for its errors to be about a millisecond."""

    interval: float = 1e-3
    slew: float = 40.0
    noise: float = 0.012
    threshold: float = 0.018
    asymmetry: float = 0.5e-3
    deviation: float = 4e-4
    calibration: float = 4e-4
    stability: float = 3e-4

    def times(self, true: Values, seed: str) -> Values:
        """Return what it shows for pulses of so many seconds, from their first edge (rising) to their second."""
        random = np.random.default_rng(list(seed.encode()))
        runs = len(true)
        begin = random.uniform(0, self.interval, runs)
        end = begin + true + random.uniform(-self.asymmetry, self.asymmetry, runs)
        too_high = random.uniform(-self.threshold, self.threshold, runs)
        begin += (too_high + random.normal(0, self.noise, runs)) / self.slew
        end -= (too_high + random.normal(0, self.noise, runs)) / self.slew
        rate = 1 + self.deviation
        rate += random.normal(0, self.calibration / 2, runs) + random.uniform(-1, 1, runs) * self.stability
        first, last = (np.floor(edge * rate / self.interval) for edge in (begin, end))
        shown: Values = (last - first) * self.interval
        return shown

    def budget(self) -> tuple[Oscillator, Edge, Edge]:
        """Return what its data sheet and certificate say."""
        channel = Channel(
            name="channel 1",
            source="data sheet",
            noise=self.noise,
            threshold=self.threshold,
            asymmetry=self.asymmetry,
        )
        edges = (
            Edge(channel=channel, rising=rising, slew=self.slew, unresolved=self.interval / 2)
            for rising in (True, False)
        )
        return (
            Oscillator(
                name="recorder",
                source="certificate",
                deviation=self.deviation,
                calibration=self.calibration,
                stability=self.stability,
            ),
            *edges,
        )


def pulses(runs: int) -> Values:
    """Return pulses of about 1.5 s, of all lengths between two samples."""
    return np.random.default_rng(3).uniform(1.5, 1.51, runs)


def test_u_of_a_recorded_interval_holds_the_true_time_as_often_as_it_says() -> None:
    recorder, true = JournalWriter(), pulses(200_000)
    shown = recorder.times(true, "coverage")
    results = {time: recorded_interval(time, *recorder.budget()) for time in np.unique(shown).tolist()}
    pairs = zip(shown.tolist(), true.tolist(), strict=True)
    covered = [abs(results[time].value - real) <= results[time].expanded for time, real in pairs]
    assert sum(covered) / len(covered) == pytest.approx(COVERED, abs=0.006)


def test_the_standard_uncertainty_is_the_spread_and_the_value_is_not_biased() -> None:
    recorder, true = JournalWriter(), pulses(200_000)
    result = recorded_interval(float(true.mean()), *recorder.budget())
    errors = recorder.times(true, "spread") - true
    assert result.standard == pytest.approx(float(errors.std()), rel=0.01)
    assert float(true.mean()) - result.value == pytest.approx(float(errors.mean()), abs=0.01 * result.standard)


def test_u_of_few_repeats_covers_as_it_says_because_k_grows() -> None:
    """With k = 2 it would hold the true value in about 87 % of the runs only."""
    random = np.random.default_rng(5)
    runs = 4000
    held = 0
    for bias, *repeats in zip(random.normal(0, 0.3, runs), *random.normal(0, 1, (4, runs)), strict=True):
        values = [float(one + bias) for one in repeats]
        scatter = scatter_of_mean("repeats", values, "V", "simulated")
        result = combine(sum(values) / 4, "V", [scatter, normal("bias", 0.3, "V", "simulated")])
        held += abs(result.value) <= result.expanded
    assert held / runs == pytest.approx(COVERED, abs=0.015)


@pytest.mark.parametrize("rule", DecisionRule)
@pytest.mark.parametrize("beyond", [-10.0, -1.0, -0.1, 0.1, 1.0, 10.0])
def test_a_recorded_meter_near_its_limit_gets_each_verdict_as_often_as_theory_says(
    beyond: float, rule: DecisionRule
) -> None:
    recorder, runs = JournalWriter(interval=5e-5, noise=0.025), 10_000
    true = np.full(runs, (1500 + beyond) / 1000)
    shown, counts = np.unique(recorder.times(true, f"{beyond}"), return_counts=True)
    seen: Counter[str] = Counter()
    for time, count in zip(shown.tolist(), counts.tolist(), strict=True):
        result = recorded_interval(time, *recorder.budget()).times(1000, "ms")
        judged = Measurement(
            quantity="reaction time",
            unit="ms",
            value=result.value,
            uncertainty=result.expanded,
            lower=20,
            upper=1500,
            source="recorder",
            rule=rule,
            k=result.k,
        )
        seen[judged.statement] += count
    spread = recorded_interval(1.5, *recorder.budget()).times(1000, "ms")
    for statement, chance in chances(beyond, spread.expanded, rule, k=spread.k).items():
        statistical = 4.5 * math.sqrt(runs * chance * (1 - chance)) + 1
        # the errors are a sum of rectangles in steps of a sample, and so not quite normal
        assert abs(seen[statement] - runs * chance) <= statistical + 0.01 * runs
