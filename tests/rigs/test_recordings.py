"""A recording that is kept in a run's folder comes back as it was, under the hash that the journal notes."""

from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from instrument_ensemble import DirectBench, rig
from meter_on_bench import PROFILE, configuration
from sts62055.carrier.characters import outgoing
from sts62055.carrier.messages import ReadCommand
from sts_reports.recordings import RecordingFile, load_recording, save_recording
from sts_rigs.errors import BenchFault
from sts_rigs.instruments.capabilities import ChannelSetup, RecordingSetup, TriggerSetup
from sts_rigs.simulator.bench import SimulatedBench
from sts_rigs.waveforms.waveform import Waveform

READ = ReadCommand(PROFILE.registers["serial_number"].id)


def signals() -> dict[str, Waveform]:
    codes = np.random.default_rng(1).integers(20, 235, 5000).astype(np.uint8)
    return {
        "reader": Waveform(codes, 2e-5, -0.01, 0.04, -1.0),
        "meter": Waveform(codes[::-1], 2e-5, -0.01, 0.05, 0.5, "mA"),
    }


def saved(folder: Path, name: str = "000001.500000") -> RecordingFile:
    return save_recording(folder, name, {side: asdict(one) for side, one in signals().items()})


def test_a_recording_comes_back_as_it_was(tmp_path: Path) -> None:
    facts = saved(tmp_path)
    loaded = load_recording(tmp_path / facts.file)
    assert set(loaded) == {"reader", "meter"}
    for side, waveform in signals().items():
        assert np.array_equal(loaded[side].levels, waveform.levels())
        assert loaded[side].interval == waveform.interval
        assert loaded[side].unit == waveform.unit
        assert loaded[side].times[0] == waveform.start
        assert loaded[side].times[-1] == pytest.approx(waveform.start + waveform.duration)


def test_its_hash_is_that_of_its_file_and_the_same_each_time(tmp_path: Path) -> None:
    one, other = saved(tmp_path), saved(tmp_path, "again")
    assert one.sha256 == other.sha256
    assert one.file == "recordings/000001.500000.npz"
    for facts in (one, other):
        assert sha256((tmp_path / facts.file).read_bytes()).hexdigest() == facts.sha256


def test_a_file_that_was_cut_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / saved(tmp_path).file
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises((ValueError, OSError)):
        load_recording(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        load_recording(tmp_path / "nowhere.npz")


def test_the_ideal_recorder_gives_each_input_its_own_levels_and_waits_for_its_trigger() -> None:
    bench = SimulatedBench(configuration(), PROFILE, seed=1)
    recorder = bench.recorder
    with pytest.raises(BenchFault, match="was not armed"):
        recorder.fetch()
    levels = {1: ChannelSetup(-12.0, 12.0), 2: ChannelSetup(0.0, 3.3)}
    recorder.arm(RecordingSetup(levels, TriggerSetup(2, 1.65, rising=False), 0.1, 0.01, 48_000))
    with pytest.raises(BenchFault, match="saw no trigger"):
        recorder.fetch()
    bench.port.send(outgoing(b"\x15"))
    found = recorder.fetch()
    assert {number: one.levels().max() for number, one in found.items()} == {1: 12.0, 2: 3.3}
    assert found[2].levels().min() == 0.0
    assert len(found[2].samples) == 0.11 * 48_000
    assert found[2].levels()[480] == pytest.approx(1.65, abs=0.01)
    assert (found[2].levels()[474], found[2].levels()[486]) == (3.3, 0.0)


def test_each_observed_exchange_is_kept_with_both_sides() -> None:
    bench = DirectBench(rig("rigol-ds1000z"), 1, ideal=True)
    bench.observe(READ)
    bench.observe(READ)
    names = [recording.name for recording in bench.recordings]
    assert len(set(names)) == 2
    assert names == sorted(names)
    for recording in bench.recordings:
        assert len(recording.reader.characters) == len(bench.carrier.codec.encode(READ))
        assert len(recording.meter.characters) > 10
