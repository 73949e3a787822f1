"""A spike on a recorded line fails no meter: the case passes, or is an ERROR where recording and port disagree."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from conftest import Stsbench
from sts_rigs.simulator.ideal_recorder import IdealRecorder
from sts_rigs.waveforms import character_decoding
from sts_rigs.waveforms.waveform import Waveform

BIT = 1 / 2400
SPIKE = 29e-6
METER = 1
ONLY = [
    "--only",
    "52-6.3.2-stop",
    "--only",
    "52-6.3.3",
    "--only",
    "52-6.7.1-reaction",
    "--only",
    "52-6.7.1-gaps-sent",
]

Spoil = Callable[[float, float], None]


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Spoil:
    """Turn the recorded line of the meter over, from so many bits into its third character, for some seconds."""
    fetch = IdealRecorder.fetch

    def spoiling(into: float, seconds: float) -> None:
        def spoiled(recorder: IdealRecorder) -> Mapping[int, Waveform]:
            whole = dict(fetch(recorder))
            samples = whole[METER].samples.copy()
            fell = np.flatnonzero(samples == samples.min())
            begin = fell[0] + round((20 + into) * BIT / whole[METER].interval)
            end = begin + round(seconds / whole[METER].interval)
            samples[begin:end] = samples.max() + samples.min() - samples[begin:end]
            return {**whole, METER: replace(whole[METER], samples=samples)}

        monkeypatch.setattr(IdealRecorder, "fetch", spoiled)

    return spoiling


@pytest.mark.parametrize("into", [0.3, 0.5, 4.5, 8.5, 9.4])
def test_a_spike_fails_no_meter(stsbench: Stsbench, spoil: Spoil, into: float) -> None:
    spoil(into, SPIKE)
    result = stsbench("run", *ONLY, "--json")
    found = {(case["verdict"], case["reason"]) for case in result.json["cases"]}
    assert (result.code, found) == (0, {("PASS", "")})


def test_without_the_filter_it_would(stsbench: Stsbench, spoil: Spoil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(character_decoding, "_SPIKE", 0.0)
    spoil(0.2, SPIKE)
    result = stsbench("run", *ONLY, "--json")
    assert (result.code, result.failed) == (1, {"52-6.3.2-stop"})


def test_what_the_port_heard_otherwise_is_a_fault_of_the_instrument(stsbench: Stsbench, spoil: Spoil) -> None:
    spoil(3.0, BIT)
    result = stsbench("run", "--only", "52-6.3.2-stop", "--json")
    assert result.code == 4
    assert {case["verdict"] for case in result.json["cases"]} == {"ERROR"}
    reason = result.json["cases"][0]["reason"]
    assert reason.startswith("simulated recorder read ")
    assert ", and the port " in reason
    assert "look at the recording for spikes" in reason
    assert result.json["faults"] == []
